"""Staff: whether a mail counts as the person's whose address stands in From, and about which ticket.

A From line proves nothing. A mail is a person's only where it also bears a seal that was sent to exactly that person
(in the Message-ID of a notice, or in the address that its Reply-To named), and where nothing that the mailbox's own
server found out speaks against the address. What a seal is worth is checked by whoever can (`intake.tokens`); here it
is weighed, and what is missing is told as sentences for the person, all at once.
"""

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum

from rules.facts import Authentication, MachineSigns


class Worth(StrEnum):
    GOOD = "good"
    EXPIRED = "expired"
    ANOTHERS = "anothers"
    """It is genuine, and was sent to another member of staff."""


@dataclass(frozen=True, slots=True)
class Seal:
    """A genuine seal that a mail bears."""

    ticket_id: int
    worth: Worth


@dataclass(frozen=True, slots=True)
class Claim:
    """A mail from the address of a member of staff, and all that can prove it to be theirs."""

    seals: tuple[Seal, ...]
    """The nearest first."""
    named: tuple[int, ...]
    """The tickets that the mail names itself: by `#ticket`, else by the tags of its subject."""
    authentication: Authentication
    authentication_expected: bool
    """The mailbox names the server whose verdict on senders it trusts."""
    machine: MachineSigns
    opens: bool = False
    """It opens a ticket, for whomever it names."""


@dataclass(frozen=True, slots=True)
class Proof:
    ticket_id: int | None
    """The ticket that the mail is about, as far as it says; None where it names none."""
    missing: tuple[str, ...] = ()
    """What it lacks, for the person; nothing of it where it is proven."""

    denied: bool = False
    """Something speaks against the sender, beside that it answers nothing of ours."""

    @property
    def proven(self) -> bool:
        return self.ticket_id is not None and not self.missing


def judge(claim: Claim) -> Proof:
    """Whether the mail is that person's word on a ticket."""
    sealed = _sealed(claim)
    named = claim.named[0] if claim.named else None
    missing = tuple(why for why, holds in NEEDED if not holds(claim))
    return Proof(sealed if named is None else named, missing, denied=any(one in DENIALS for one in missing))


def vouched(authentication: Authentication, expected: bool) -> bool:
    """Whether the mailbox's server vouches for the sender; where it is not asked, whether it says nothing against."""
    return authentication is Authentication.PASS if expected else authentication is not Authentication.FAIL


def _sealed(claim: Claim) -> int | None:
    """The ticket of the nearest good seal, else of the nearest that is worth less: a draft is about that one."""
    ranked = sorted(claim.seals, key=lambda seal: seal.worth is not Worth.GOOD)
    return ranked[0].ticket_id if ranked else None


def _is_sealed(claim: Claim) -> bool:
    return any(seal.worth is Worth.GOOD for seal in claim.seals)


def _only(worth: Worth) -> Callable[[Claim], bool]:
    return lambda claim: not claim.seals or _is_sealed(claim) or claim.seals[0].worth is not worth


def _agrees(claim: Claim) -> bool:
    """Whoever answers a notice about one ticket and names another may mean either; one that is to be opened is another,
    for a notice proves its reader on its own ticket alone."""
    return not _is_sealed(claim) or (not claim.opens and set(claim.named) <= {_sealed(claim)})


NEEDED: tuple[tuple[str, Callable[[Claim], bool]], ...] = (
    ("It answers no notice that was sent to you.", lambda claim: bool(claim.seals)),
    ("It answers a notice that was sent to somebody else.", _only(Worth.ANOTHERS)),
    ("The notice that it answers is too old to prove anything.", _only(Worth.EXPIRED)),
    ("It names another ticket than the notice that it answers.", _agrees),
    (
        "Our mail server says that it does not come from your address.",
        lambda claim: claim.authentication is not Authentication.FAIL,
    ),
    (
        "Our mail server does not vouch for it that it comes from your address.",
        lambda claim: (
            claim.authentication is Authentication.FAIL or vouched(claim.authentication, claim.authentication_expected)
        ),
    ),
    ("A list or a bulk mailer sent it.", lambda claim: not claim.machine.bulk),
    ("A machine wrote it.", lambda claim: not (claim.machine.auto or claim.machine.bounce)),
)
"""What a mail needs to be a person's word, each with what the person is told where it is missing."""
DENIALS = frozenset(why for why, _ in NEEDED[4:])
"""What speaks against the sender; before that stands what concerns seals."""
