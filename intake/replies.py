"""What a customer's reply does to its ticket: it ends a wait, opens again what was closed, may raise the severity.

What is nothing but thanks does none of it; whoever thanks for a ticket that is closed is told once that it stays so,
and how to come back. A reply never lowers a severity: where it says so, staff hear it. Whose reply it is was asked
before. What is told to staff comes back as sentences for the notice of the mail.
"""

from dataclasses import replace
from datetime import datetime

from intake import conduct
from intake.conduct_promises import policy_of
from intake.conduct_values import Done
from intake.correspondence import Occasion, tell_of_rest
from intake.letter_order import Rest
from intake.waiting import reopened_until
from rules import severity
from rules.facts import Authentication, Evidence, Reading
from rules.lifecycle import Status
from rules.severity import Judgement
from rules.thanks import is_thanks
from rules.tone import TONE
from storage import tickets
from storage.database import Transaction
from storage.tickets import Event, Ticket

STAYS_CLOSED, RAISED = "stays_closed", "severity_raised"
"""Events of the ticket's log; the first is also the letter."""
MOST_WORDS = 4


def heed(tx: Transaction, occasion: Occasion, reading: Reading | None, now: datetime) -> tuple[Done, str]:
    """Do what a reply of the customer's calls for; without a `reading` of its words, what any reply does."""
    ticket = occasion.ticket
    if reading is not None and is_thanks(occasion.mail, reading):
        return Done(ticket, ticket), _thanked(tx, occasion, now)
    done = conduct.go_on(tx, occasion.desk, ticket, occasion.arrived_at, now)
    if ticket.status == Status.DECLINED:
        return done, f"{ticket.reference} was declined, and nothing more was sent; #accept makes it a ticket after all."
    return _weighed(tx, occasion, done, reading, now) if reading is not None else (done, "")


def _thanked(tx: Transaction, occasion: Occasion, now: datetime) -> str:
    ticket = occasion.ticket
    if ticket.status == Status.CLOSED:
        told = tickets.count(tx, ticket.ticket_id, STAYS_CLOSED, after="closed")
        if not told and ticket.closed_at is not None:
            rest = Rest(ticket.closed_at, reopened_until(occasion.desk, ticket.closed_at))
            # the letter is the ticket's: the reply itself calls for none
            tell_of_rest(tx, replace(occasion, decision=ticket.decision), STAYS_CLOSED, rest, now)
            tickets.log(tx, Event(now, STAYS_CLOSED, "intake", {}, ticket.ticket_id, occasion.mail_id))
        return f"It says thanks and nothing else, so {ticket.reference} stays closed."
    remedy = "; #close it if it is settled" if ticket.status in (Status.OPEN, Status.WAITING) else ""
    return f"It says thanks and nothing else, so {ticket.reference} stays {ticket.status}{remedy}."


def _weighed(tx: Transaction, occasion: Occasion, done: Done, reading: Reading, now: datetime) -> tuple[Done, str]:
    """The severity that the reply's own words speak for, where that is the more urgent one."""
    ticket, desk = done.ticket, occasion.desk
    own = replace(reading, found=tuple(one for one in reading.found if one.where == "body"))
    judged = severity.judge(own, desk.policy)
    phrases = [one for one in judged.evidence if not one.facet.startswith(f"{TONE}=")]
    words = [one for one in phrases if one.severity == judged.severity] or phrases
    if ticket.severity is None or not words or ticket.status not in (Status.OPEN, Status.WAITING):
        return done, ""
    if judged.severity >= ticket.severity:
        lower = judged.severity > ticket.severity and any(one.facet == "explicit" for one in words)
        said = f"It says severity {judged.severity}; {ticket.reference} keeps {ticket.severity} until you change it."
        return done, said if lower else ""
    if not severity.may_raise(own, judged.severity, desk.policy):
        keeps = f"but tell of no fault, so {ticket.reference} keeps {ticket.severity} until you change it."
        return done, f"Its words ({_quoted(words)}) lean to severity {judged.severity}, {keeps}"
    if occasion.mail.authentication is Authentication.FAIL:
        why = f"but the mail server says that it is not the sender's, so {ticket.reference} keeps {ticket.severity}."
        return done, f"Its words speak for severity {judged.severity}, {why}"
    return _raise(tx, occasion, done, judged, words, now)


def _raise(
    tx: Transaction, occasion: Occasion, done: Done, judged: Judgement, words: list[Evidence], now: datetime
) -> tuple[Done, str]:
    before, by = done.ticket, occasion.decision.sender
    heard: Ticket = replace(before, decision=replace(before.decision, severity_why=judged.evidence))
    raised = conduct.set_severity(tx, occasion.desk, heard, judged.severity, by, now)
    if not isinstance(raised, Done):
        return done, ""
    detail = {"from": before.severity, "to": judged.severity, "words": [one.phrase for one in words[:MOST_WORDS]]}
    tickets.log(tx, Event(now, RAISED, by, detail, before.ticket_id, occasion.mail_id))
    term = policy_of(tx, occasion.desk, before).severity_term()
    said = f"By its words ({_quoted(words)}) it is {term.lower()} {judged.severity} now, and was {before.severity}."
    return replace(done, ticket=raised.ticket), said


def _quoted(words: list[Evidence]) -> str:
    return ", ".join(f"“{one.phrase}”" for one in words[:MOST_WORDS])
