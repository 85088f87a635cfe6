"""The values that a letter's template is given, out of the order for it. The list of names is `templates.samples.FULL`.

No wording is made here: moments and days go as ISO 8601, sizes as octets, and what a policy calls things comes with the
order. What a mail brought is shortened; making it harmless is the renderer's business.
"""

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime

from intake.letter_order import Asking, Digest, Due, LetterOrder, Reported
from rules.facts import Decision, Evidence
from rules.tone import TONE
from templates.sandbox import Value

MOST_ATTACHMENTS = 20
MOST_WORDS = 4
MOST_LINES = 300
LONGEST_LINE = 1_000
LONGEST_TEXT = 40_000
"""Characters of the customer's text that staff are shown: as HTML each may become five, and a letter has a limit."""
LONGEST_REASON = 1_000
"""Characters of one reason: a gate names every phrase that closed it, and a mail can hold thousands."""
LONGEST_NAME = 100


def values_of(order: LetterOrder, subject: str) -> Mapping[str, Value]:
    """Every name of `templates.samples.FULL`; `subject` is the customer's, without reply marks and tags."""
    return _Values(order, subject)


class _Values(Mapping[str, Value]):
    """Values that are made when a template reads one: most of them are for letters of another kind."""

    def __init__(self, order: LetterOrder, subject: str) -> None:
        self._order = order
        self._made: dict[str, Value] = {"subject": subject}

    def __getitem__(self, name: str) -> Value:
        if name not in self._made:
            for group in (GROUP_OF[name],) if name in GROUP_OF else GROUPS:
                made = group(self._order)
                GROUP_OF.update(dict.fromkeys(made, group))
                self._made |= made
        return self._made[name]

    def __iter__(self) -> Iterator[str]:
        for group in GROUPS:
            self._made |= group(self._order)
        return iter(self._made)

    def __len__(self) -> int:
        return len(list(iter(self)))


def _request(order: LetterOrder) -> dict[str, Value]:
    attachments = order.mail.attachments
    return {
        "reference": order.reference,
        "name": salutation(order.decision),
        "arrival": _instant(order.arrival),
        "attachments": [{"name": one.name[:LONGEST_NAME], "size": one.size} for one in attachments[:MOST_ATTACHMENTS]],
        "more_attachments": max(0, len(attachments) - MOST_ATTACHMENTS),
    }


def _desk(order: LetterOrder) -> dict[str, Value]:
    return {
        "mailbox": order.mailbox.name,
        "address": order.mailbox.address,
        "zone": order.wording.zone.key,
        "hours": [
            {"first": one.first, "last": one.last, "opens": one.opens, "closes": one.closes, "through": one.through}
            for one in order.wording.hours
        ],
        "urgent_contact": order.wording.urgent_contact,
    }


def _understood(order: LetterOrder) -> dict[str, Value]:
    decision, severities = order.decision, order.wording.severities
    severity = decision.severity or 0
    return {
        "severity": severity,
        "severity_name": severities.get(severity, ""),
        "most_urgent": int(severity == min(severities, default=1)),
        "severities": len(severities),
        "term": order.wording.term,
        "words": [{"phrase": one.phrase[:200], "where": one.where} for one in deciding_words(decision)],
        "promise": _instant(decision.first_response_due),
        "resolution": _instant(decision.resolution_due),
        "promise_late": _late(decision.first_response_due, order),
        "resolution_late": _late(decision.resolution_due, order),
    }


def _verdict(order: LetterOrder) -> dict[str, Value]:
    decision, wording = order.decision, order.wording
    return {
        "organization": decision.organization or "",
        "contract": decision.contract or "",
        "plan": decision.plan or "",
        "reasons": [gate.value for gate in decision.failed],
        "contract_ended": _day(order.contract_ended),
        "languages": wording.languages or ("en",),
        "written_in": decision.language or "",
        "versions": wording.versions,
        "trainings": wording.trainings,
        "quota": wording.quota,
        "quota_resets": _day(wording.quota_resets),
        "queue": (decision.queue or "").replace("_", " "),
        "forward_to": decision.forward_to or "",
        "party": decision.party,
        "topic": (decision.topic or "").replace("_", " "),
        "allowance": decision.allowance.name.replace("_", " ") if decision.allowance else "",
        "allowance_left": str(decision.allowance.left) if decision.allowance else "",
        "allowance_of": str(decision.allowance.of) if decision.allowance else "",
    }


def _changed(order: LetterOrder) -> dict[str, Value]:
    was = order.former
    severity = (was.severity if was else None) or 0
    return {
        "former_severity": severity,
        "former_severity_name": order.wording.severities.get(severity, ""),
        "former_promise": _instant(was.first_response_due if was else None),
        "former_resolution": _instant(was.resolution_due if was else None),
        "cause": was.cause if was else "",
        "waiting": int(was.waiting) if was else 0,
    }


def _resting(order: LetterOrder) -> dict[str, Value]:
    rest = order.rest
    return {"since": _instant(rest.since if rest else None), "until": _day(rest.until if rest else None)}


def _booked(order: LetterOrder) -> dict[str, Value]:
    booked = order.booked
    return {
        "booked": str(booked.amount) if booked else "",
        "booked_what": booked.what.replace("_", " ") if booked else "",
        "booked_left": str(booked.left) if booked else "",
        "booked_by": booked.by if booked else "",
        "booked_note": booked.note if booked else "",
    }


def _for_staff(order: LetterOrder) -> dict[str, Value]:
    decision = order.decision
    lines = order.mail.new_text.expandtabs(4).splitlines()
    shown = _shown(lines)
    return {
        "event": order.event or (decision.outcome.value if decision.outcome else decision.kind.value),
        "why": _reason(decision.why),
        "note": _reason(order.note),
        "sender": decision.sender,
        "policy": decision.policy,
        "flags": decision.flags,
        "gates": [
            {"gate": one.gate.value, "verdict": one.verdict.value, "why": _reason(one.why)} for one in decision.gates
        ],
        "text": shown,
        "more_lines": len(lines) - len(shown),
    }


def _briefed(order: LetterOrder) -> dict[str, Value]:
    told, decision = order.briefing, order.decision
    return {
        "answerable": int(told.answerable),
        "quote": ">" if told.customers else "|",
        "promise_left": _minutes(decision.first_response_due, order),
        "resolution_left": _minutes(decision.resolution_due, order),
        "promise_met": int("first_response" in told.met),
        "resolution_met": int("resolution" in told.met),
        "standing": int(told.standing),
        "earlier": [
            {
                "reference": one.reference,
                "opened": _instant(one.opened_at),
                "status": one.status,
                "subject": one.subject,
            }
            for one in told.earlier
        ],
        "enclosed": int(told.enclosed),
    }


def _asked(order: LetterOrder) -> dict[str, Value]:
    asking = order.asking or Asking(())
    return {
        "missing": [_reason(one) for one in asking.missing],
        "release": asking.release,
        "draft": _shown(list(asking.text)),
        "other": asking.other,
        "others_text": _shown(list(asking.others_text)),
    }


def _reported(order: LetterOrder) -> dict[str, Value]:
    told = order.reported or Reported(done=False)
    return {
        "done": int(told.done),
        "lines": [{"said": said, "why": _reason(why), "instead": instead} for said, why, instead in told.lines],
        "listed": int(told.mine is not None),
        "mine": [_due(one, "", order) for one in told.mine or ()]
        + [_due(one, answer, order) for one, answer in (order.digest.open if order.digest else ())],
        "more": order.digest.more if order.digest else told.more,
        "forms": [{"shown": shown, "help": said} for shown, said in told.forms],
    }


def _due(one: Due, answer: str, order: LetterOrder) -> dict[str, Value]:
    return {
        "reference": one.reference,
        "status": one.status.replace("_", " "),
        "severity": one.severity or 0,
        "due": _instant(one.due_at),
        "left": _minutes(one.due_at, order),
        "subject": one.subject,
        "own": int(one.own),
        "answer": answer,
    }


def _digested(order: LetterOrder) -> dict[str, Value]:
    told = order.digest or Digest(None)
    return {
        "today": _day(order.at.astimezone(order.wording.zone).date()) if order.digest else "",
        "last_digest": _instant(told.since),
        "news": [
            {
                "reference": one.reference,
                "subject": one.subject,
                "sender": one.sender,
                "events": [{"event": event, "times": times} for event, times in one.events],
                "notes": [_reason(note) for note in one.notes],
                "answer": one.answer,
            }
            for one in told.news
        ],
    }


GROUPS: tuple[Callable[[LetterOrder], dict[str, Value]], ...] = (
    _request,
    _desk,
    _understood,
    _verdict,
    _changed,
    _resting,
    _booked,
    _for_staff,
    _briefed,
    _asked,
    _reported,
    _digested,
)
GROUP_OF: dict[str, Callable[[LetterOrder], dict[str, Value]]] = {}
"""Which of them makes a value, once it has."""


def _minutes(due: datetime | None, order: LetterOrder) -> int:
    """Whole minutes from the letter to what is promised; negative where it is overdue, 0 where nothing is."""
    return int((due - order.at).total_seconds() // 60) if due else 0


def _shown(lines: list[str]) -> list[str]:
    """The first lines, shortened, as many as there is room for."""
    shown: list[str] = []
    room = LONGEST_TEXT
    for line in lines[:MOST_LINES]:
        room -= min(len(line), LONGEST_LINE)
        if room < 0:
            break
        shown.append(line[:LONGEST_LINE])
    return shown


def _reason(why: str) -> str:
    return why if len(why) <= LONGEST_REASON else why[: LONGEST_REASON - 1] + "…"


def salutation(decision: Decision) -> str:
    """The name that the directory has for the sender; what a stranger calls himself is not repeated to anybody."""
    name = decision.contact or ""
    return "" if "@" in name else name[:LONGEST_NAME]


def deciding_words(decision: Decision) -> tuple[Evidence, ...]:
    """The phrases to quote to the customer: those of the severity itself, else those that speak for none.

    Single words of the tone are staff's to see: "we" and "the" explain nothing to anybody.
    """
    phrases = [one for one in decision.severity_why if not one.facet.startswith(f"{TONE}=")]
    for wanted in (decision.severity, None):
        words: dict[str, Evidence] = {}
        for one in phrases:
            if one.severity == wanted:
                words.setdefault(one.phrase.casefold(), one)
        if words:
            whole = [one for said, one in words.items() if not any(said != other and said in other for other in words)]
            return tuple(whole[:MOST_WORDS])
    return ()


def _instant(at: datetime | None) -> str:
    return at.astimezone(UTC).isoformat() if at else ""


def _late(due: datetime | None, order: LetterOrder) -> int:
    return int(due is not None and due <= order.at)


def _day(on: date | None) -> str:
    return on.isoformat() if on else ""
