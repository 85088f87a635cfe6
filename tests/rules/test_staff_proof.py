"""What makes a mail a person's word, and what the person hears where something is missing."""

from dataclasses import replace

import pytest

from rules.facts import Authentication, MachineSigns
from rules.staff_proof import NEEDED, Claim, Proof, Seal, Worth, judge

ANSWER, OTHERS, OLD, ELSEWHERE, DENIED, UNVOUCHED, LIST, MACHINE = (why for why, _ in NEEDED)
AGAINST = {DENIED, UNVOUCHED, LIST, MACHINE}
"""What speaks against the sender; the rest is only not there."""
MINE = Seal(7, Worth.GOOD)
PROVEN = Claim((MINE,), (), Authentication.NONE, authentication_expected=False, machine=MachineSigns())
TRUSTED = replace(PROVEN, authentication=Authentication.PASS, authentication_expected=True)


@pytest.mark.parametrize(
    "claim",
    [
        PROVEN,
        TRUSTED,
        replace(PROVEN, named=(7,)),
        replace(PROVEN, authentication=Authentication.UNKNOWN),
        replace(PROVEN, seals=(Seal(3, Worth.EXPIRED), MINE)),
        replace(PROVEN, seals=(Seal(3, Worth.ANOTHERS), MINE)),
        replace(PROVEN, seals=(MINE, Seal(9, Worth.GOOD))),
    ],
)
def test_a_seal_of_their_own_makes_it_their_word_on_its_ticket(claim: Claim) -> None:
    assert judge(claim) == Proof(7)
    assert judge(claim).proven


@pytest.mark.parametrize(
    ("claim", "ticket_id", "missing"),
    [
        (replace(PROVEN, seals=()), None, (ANSWER,)),
        (replace(PROVEN, seals=(), named=(4,)), 4, (ANSWER,)),
        (replace(PROVEN, seals=(Seal(7, Worth.ANOTHERS),)), 7, (OTHERS,)),
        (replace(PROVEN, seals=(Seal(7, Worth.EXPIRED),)), 7, (OLD,)),
        (replace(PROVEN, named=(8,)), 8, (ELSEWHERE,)),
        (replace(PROVEN, named=(7, 8)), 7, (ELSEWHERE,)),
        (replace(PROVEN, authentication=Authentication.FAIL), 7, (DENIED,)),
        (replace(TRUSTED, authentication=Authentication.FAIL), 7, (DENIED,)),
        (replace(TRUSTED, authentication=Authentication.UNKNOWN), 7, (UNVOUCHED,)),
        (replace(TRUSTED, authentication=Authentication.NONE), 7, (UNVOUCHED,)),
        (replace(PROVEN, machine=MachineSigns(bulk=("list-id",))), 7, (LIST,)),
        (replace(PROVEN, machine=MachineSigns(auto=("vacation",))), 7, (MACHINE,)),
        (replace(PROVEN, machine=MachineSigns(bounce=("report",))), 7, (MACHINE,)),
        (replace(TRUSTED, seals=(), authentication=Authentication.FAIL), None, (ANSWER, DENIED)),
    ],
)
def test_of_what_is_missing_all_is_told_and_nothing_is_proven(
    claim: Claim, ticket_id: int | None, missing: tuple[str, ...]
) -> None:
    assert judge(claim) == Proof(ticket_id, missing, denied=bool(set(missing) & AGAINST))
    assert not judge(claim).proven


def test_a_seal_without_a_ticket_to_speak_of_proves_nothing() -> None:
    assert not Proof(None).proven
