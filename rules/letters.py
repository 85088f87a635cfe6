"""Letters: whether the automatic letter that a decision calls for may really go out.

Nothing is ever sent to a null sender, a machine, a list or ourselves (RFC 3834 §2), and there is a budget per address;
past it the ticket is opened all the same and staff are told. `CHECKS` is the list of reasons in the order they are
looked at.
"""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from rules.facts import Decision, Gate, LetterHistory, Mail, MailKind, Outcome
from rules.policy_model import Policy


class Withheld(StrEnum):
    """Why a letter is not sent."""

    NO_LETTER = "no_letter"
    OWN = "own"
    NO_SENDER = "no_sender"
    NULL_SENDER = "null_sender"
    MACHINE = "machine"
    BULK = "bulk"
    MUTED = "muted"
    SPAM = "spam"
    KNOWN_ELSEWHERE = "known_elsewhere"
    STRANGER_ALREADY_TOLD = "stranger_already_told"
    STRANGERS_BUDGET = "strangers_budget"
    LOOP = "loop"
    MAILBOX_BUDGET = "mailbox_budget"
    HOUR_BUDGET = "hour_budget"
    DAY_BUDGET = "day_budget"

    @property
    def sentence(self) -> str:
        """For staff and for the ticket's log."""
        return SENTENCES[self]

    @property
    def tells_staff(self) -> bool:
        """Whether somebody should know that a customer was left without the letter."""
        return self in (Withheld.MUTED, Withheld.HOUR_BUDGET, Withheld.DAY_BUDGET)


SENTENCES = {
    Withheld.NO_LETTER: "The decision calls for no letter.",
    Withheld.OWN: "The mail is one of our own.",
    Withheld.NO_SENDER: "The mail does not say who it is from.",
    Withheld.NULL_SENDER: "The mail was sent with an empty return address, so that nobody answers it.",
    Withheld.MACHINE: "The mail was written by a machine.",
    Withheld.BULK: "The mail went to a list or to many people at once.",
    Withheld.MUTED: "A letter to this address came back for good; none goes there until somebody writes from it.",
    Withheld.SPAM: "A person called what came from this address spam; it gets no automatic letter for a while.",
    Withheld.KNOWN_ELSEWHERE: "The mail went to another mailbox of ours too, which knows its sender and answers.",
    Withheld.STRANGER_ALREADY_TOLD: "This address was told a few days ago that it is on no contract.",
    Withheld.STRANGERS_BUDGET: "Enough letters went to senders on no contract this hour; more would answer a forger.",
    Withheld.LOOP: "A machine seems to answer our letters there; none goes to it until it is quiet for an hour.",
    Withheld.MAILBOX_BUDGET: "This mailbox has written as many automatic letters this hour as it may.",
    Withheld.HOUR_BUDGET: "This address has had as many automatic letters this hour as one address may have.",
    Withheld.DAY_BUDGET: "This address has had as many automatic letters today as one address may have.",
}


@dataclass(frozen=True, slots=True)
class Going:
    """A letter about to go, with everything that can speak against it."""

    decision: Decision
    mail: Mail
    history: LetterHistory
    policy: Policy
    at: datetime | None


def withheld(
    decision: Decision, mail: Mail, history: LetterHistory, policy: Policy, *, at: datetime | None = None
) -> Withheld | None:
    """Why the letter of a decision is not to be sent, or None if it is.

    `at` is when it would be sent, aware; without it, any letter that told a stranger counts as a recent one.
    """
    going = Going(decision, mail, history, policy, at)
    return next((reason for reason, holds in CHECKS if holds(going)), None)


def is_stranger(decision: Decision) -> bool:
    """Whether the letter would tell somebody that they are on no contract."""
    return decision.outcome is Outcome.DECLINED and decision.failed[:1] == (Gate.CONTACT,)


def _told_lately(going: Going) -> bool:
    last = going.history.last_stranger_letter
    if last is None or not is_stranger(going.decision):
        return False
    return going.at is None or going.at - last < timedelta(days=going.policy.budgets.stranger_letter_days)


CHECKS: tuple[tuple[Withheld, Callable[[Going], bool]], ...] = (
    (Withheld.NO_LETTER, lambda going: going.decision.template is None),
    (Withheld.OWN, lambda going: going.decision.kind is MailKind.OWN or going.mail.intake_tag is not None),
    (Withheld.NO_SENDER, lambda going: going.mail.sender is None),
    (Withheld.NULL_SENDER, lambda going: going.mail.return_path == ""),
    (Withheld.MACHINE, lambda going: bool(going.mail.machine.auto or going.mail.machine.bounce)),
    (Withheld.BULK, lambda going: bool(going.mail.machine.bulk)),
    (Withheld.MUTED, lambda going: going.history.muted),
    (Withheld.SPAM, lambda going: going.history.silenced),
    (Withheld.KNOWN_ELSEWHERE, lambda going: is_stranger(going.decision) and going.history.known_elsewhere),
    (Withheld.STRANGER_ALREADY_TOLD, _told_lately),
    (
        Withheld.STRANGERS_BUDGET,
        lambda going: (
            is_stranger(going.decision)
            and going.history.strangers_last_hour >= going.policy.budgets.stranger_letters_hour
        ),
    ),
    (Withheld.LOOP, lambda going: going.history.looping),
    (
        Withheld.MAILBOX_BUDGET,
        lambda going: going.history.mailbox_last_hour >= going.policy.budgets.letters_per_mailbox_hour,
    ),
    (Withheld.HOUR_BUDGET, lambda going: going.history.last_hour >= going.policy.budgets.letters_per_address_hour),
    (Withheld.DAY_BUDGET, lambda going: going.history.last_day >= going.policy.budgets.letters_per_address_day),
)
