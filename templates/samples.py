"""The values that every letter is given, with two examples of each: all there is, and as little as there can be.

This list is the contract between who composes letters and who writes templates: every letter gets every name. `check`
renders each letter with both. Text from a mail is one line a value, moments are ISO 8601 in UTC, days are ISO dates.
"""

from rules.facts import Gate
from templates.sandbox import Value

FULL: dict[str, Value] = {
    # the request
    "reference": "EX-1042",
    "subject": "Search has become very slow",
    "name": "Ana Ruiz",  # as the directory has it; "" for a stranger
    "arrival": "2026-03-13T16:05:00+00:00",
    "attachments": [{"name": "server.log", "size": 1_234_567}, {"name": "search.png", "size": 512}],
    "more_attachments": 3,  # beyond those listed
    # who answers
    "mailbox": "Example Support",
    "address": "support@example.com",
    "zone": "Europe/Brussels",
    # 0 is Monday; [] where none are told
    "hours": [{"first": 0, "last": 4, "opens": "08:00", "closes": "16:00", "through": 0}],
    "urgent_contact": "+32 2 555 01 00",  # a telephone number or a sentence, "" for none
    # what was understood and promised
    "severity": 2,  # 0 for none
    "severity_name": "high",
    "most_urgent": 0,
    "severities": 4,  # how many there are; with one, letters do not speak of it
    "term": "Severity",  # what the policy calls it, in the letter's language
    "words": [{"phrase": "major performance degradation", "where": "body"}],
    "promise": "2026-03-16T11:00:00+00:00",  # "" for best effort
    "resolution": "2026-03-18T15:00:00+00:00",
    "promise_late": 0,  # 1 where it is due by the time the letter is written: a letter promises nothing for the past
    "resolution_late": 0,
    # who asked, and why not
    "organization": "Alder Security",
    "contract": "IR-STD",
    "plan": "standard",
    "reasons": [gate.value for gate in Gate],
    "contract_ended": "2025-12-31",
    "languages": ["en"],
    "written_in": "de",  # "" where nobody can tell
    "versions": ["5", "4"],
    "trainings": ["toolkit"],
    "quota": 2,  # 0 for unknown
    "quota_resets": "2026-04-01",
    # where it went
    "queue": "expert services",
    "forward_to": "help@distributor.example",
    "party": "distributor",  # or "support_partner": who it was forwarded to; "" for a queue of ours
    "topic": "report creation",
    "allowance": "on site visit",  # what of the plan's yearly allowances it asks for, "" for none
    "allowance_left": "1",
    "allowance_of": "2",
    # what changed, in the letter that corrects a promise
    "former_severity": 3,
    "former_severity_name": "normal",
    "former_promise": "2026-03-17T15:00:00+00:00",
    "former_resolution": "2026-03-20T15:00:00+00:00",
    "cause": "",  # "reopened" for what was closed, "taken_back" for what was with somebody else
    "waiting": 0,  # 1 where we wait for the customer, and the clock stands still
    # what rests: it waits for the customer, or is closed
    "since": "2026-03-13T16:05:00+00:00",
    "until": "2026-03-23",  # the day on which it is closed, or up to which a reply opens it again; "" for none
    # what staff booked
    "booked": "1.5",
    "booked_what": "expert hours",  # or an allowance
    "booked_left": "18.5",
    "booked_by": "Sam Field",
    "booked_note": "report for the audit",
    # for staff alone
    "event": "accepted",
    "why": "contact and contract are in order",  # what decided the outcome, "" where nothing is to be said
    "note": "The hourly budget of letters to this address is spent.",
    "sender": "ana@alder.example",
    "policy": "irex",
    "flags": ["development_attention"],
    "gates": [{"gate": "contact", "verdict": "pass", "why": "ana@alder.example is on IR-STD"}],
    "text": ["Since this morning", "    every search takes a minute."],
    "more_lines": 12,  # of text, beyond those given
    "quote": ">",  # what stands before each line of it; "|" where it is not the customer's, which nobody may send them
    "answerable": 1,  # whoever reads it is staff, and a reply goes to the customer
    "promise_left": 95,  # minutes, negative where it is overdue
    "resolution_left": 4_000,
    "promise_met": 0,
    "resolution_met": 0,
    "standing": 0,  # 1 where we wait for the customer
    "earlier": [
        {"reference": "EX-1001", "opened": "2026-02-03T08:00:00+00:00", "status": "closed", "subject": "Search is slow"}
    ],
    "enclosed": 1,  # the mail comes along, whole
    # for the one whose mail was not sent on
    "missing": ["It answers no notice that was sent to you."],
    "release": "mailto:support@example.com?subject=Release",  # "" where it cannot go
    "draft": ["The cache was full.", "", "Sam"],
    "other": "Kim Senn",
    "others_text": ["It is the cache."],
    # for the one whose mail held commands
    "done": 1,  # 0: nothing of all was done
    "lines": [{"said": "#clos", "why": "There is no command #clos.", "instead": "#close"}],
    "listed": 1,  # their open tickets were asked for
    "mine": [
        {
            "reference": "EX-1042",
            "status": "open",
            "severity": 2,  # 0 for none
            "due": "2026-03-16T11:00:00+00:00",  # "" for none
            "left": 95,
            "subject": "Search has become very slow",
            "own": 1,  # 0: it is nobody's, in a queue of theirs
            "answer": "mailto:support@example.com?subject=Re",  # in a digest, else ""
        }
    ],
    "more": 0,  # of these, beyond those listed
    # for the one who asks for a digest
    "today": "2026-03-16",  # "" in any other letter
    "last_digest": "2026-03-13T07:00:00+00:00",  # "" where there was none
    "news": [
        {
            "reference": "EX-1042",
            "subject": "Search has become very slow",
            "sender": "ana@alder.example",
            "events": [{"event": "accepted", "times": 1}, {"event": "follow_up", "times": 2}],
            "notes": ["Also addressed, but not on IR-STD: x@y.example."],
            "answer": "mailto:support@example.com?subject=Re",
        }
    ],
    "forms": [{"shown": "#close", "help": "The matter is settled."}],
}

BARE: dict[str, Value] = {
    name: [] if isinstance(value, list) else 0 if isinstance(value, int) else "" for name, value in FULL.items()
} | {
    "reference": "EX-7",
    "arrival": "2026-03-13T16:05:00+00:00",
    "zone": "UTC",
    "event": "held",
    "sender": "x@y.example",
    "quote": ">",
}

SAMPLES = (FULL, BARE)
