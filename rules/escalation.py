"""Escalation: may the distributor who writes hand a case back to the vendor?

`#escalate`, alone on the first line of a mail, is the one command that anybody outside may give. It counts only from
the very address that the case was forwarded to, in an answer to the very letter that was sent there: its Message-ID is
random, and nobody else was told it. A number in a subject proves nothing. Whoever falls short moves nothing, and
`Escalation.missing` tells staff what was missing.
"""

import re
from collections.abc import Callable, Collection
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum

from rules.facts import Authentication, Mail, address_key
from rules.lifecycle import Status

COMMAND = "#escalate"
LINES = 50
"""Lines of a mail that are looked through for a command in the wrong place."""
LONGEST = 40
ALIKE = 0.75
INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u200e\u200f"))
"""What editors of HTML leave at the beginning of a line."""


class Asked(StrEnum):
    """What a mail says of the command."""

    NO = "no"
    ALMOST = "almost"
    """A line looks like it; it stays a line of text."""
    YES = "yes"


@dataclass(frozen=True, slots=True)
class Handed:
    """A letter by which a mail of the ticket was forwarded and that may have arrived."""

    message_id: str
    to: str


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail on a ticket, with what the mail's word for it is worth."""

    mail: Mail
    status: str
    """The ticket's."""
    party: str
    """Whom the ticket was forwarded to: "distributor", "support_partner", or "" for nobody."""
    handed: Collection[Handed]
    authentication_expected: bool
    """The mailbox names the server whose verdict on senders it trusts."""


@dataclass(frozen=True, slots=True)
class Escalation:
    asked: Asked
    missing: tuple[str, ...] = ()
    """Sentences for staff: what the case did not come back for."""

    @property
    def proven(self) -> bool:
        return self.asked is Asked.YES and not self.missing


def judge(claim: Claim) -> Escalation:
    """Whether the case comes back. Of what is missing all is told at once."""
    said = asked(claim.mail)
    if said is not Asked.YES:
        return Escalation(said)
    return Escalation(said, tuple(why for why, holds in NEEDED if not holds(claim)))


def asked(mail: Mail) -> Asked:
    """Whether the first line of the writer's own words is the command, whatever its case."""
    lines = [line for raw in mail.new_text.splitlines()[:LINES] if (line := raw.translate(INVISIBLE).strip())]
    if lines and lines[0].casefold() == COMMAND:
        return Asked.YES
    return Asked.ALMOST if any(map(_alike, lines)) else Asked.NO


def _alike(line: str) -> bool:
    word = re.split(r"\s", line[: LONGEST + 1], maxsplit=1)[0].casefold().strip(".,:;!*_\"'`")
    if not word.startswith("#"):
        return line.casefold().rstrip(".!") == COMMAND.removeprefix("#")
    return len(word) <= LONGEST and SequenceMatcher(None, word, COMMAND, autojunk=False).ratio() >= ALIKE


def answers(mail: Mail, handed: Collection[Handed]) -> tuple[Handed, ...]:
    """The forwarded letters that a mail answers, by In-Reply-To or References."""
    named = {*mail.in_reply_to, *mail.references}
    return tuple(one for one in handed if one.message_id in named)


def _is_addressee(claim: Claim) -> bool:
    sender = claim.mail.sender
    return sender is not None and any(address_key(one.to) == sender.key for one in claim.handed)


def _answers_its_own(claim: Claim) -> bool:
    """Whether it answers a letter that went to the address that it comes from."""
    sender = claim.mail.sender
    return sender is not None and any(address_key(one.to) == sender.key for one in answers(claim.mail, claim.handed))


def _is_vouched_for(claim: Claim) -> bool:
    verdict = claim.mail.authentication
    return verdict is Authentication.PASS if claim.authentication_expected else verdict is not Authentication.FAIL


NEEDED: tuple[tuple[str, Callable[[Claim], bool]], ...] = (
    ("A support partner may not send a case back.", lambda claim: claim.party != "support_partner"),
    ("The case is not with its distributor now.", lambda claim: claim.status == Status.WITH_DISTRIBUTOR),
    ("The sender is not the address that it was forwarded to.", _is_addressee),
    ("It does not answer the letter by which it was forwarded to that address.", _answers_its_own),
    ("The mail server does not vouch for the sender.", _is_vouched_for),
    ("A machine wrote it.", lambda claim: not (claim.mail.machine.auto or claim.mail.machine.bulk)),
)
"""What the command needs, each with what staff are told where it is missing."""
