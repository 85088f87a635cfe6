"""When the letter of a decision stays unsent."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rules.facts import Decision, Gate, LetterHistory, MachineSigns, Mail, MailKind, Outcome
from rules.letters import SENTENCES, Withheld, withheld
from tests.rules.samples import WEDNESDAY, decided, mail, shipped

ACKNOWLEDGED = decided("The export button is missing on one report.")
STRANGER = replace(
    ACKNOWLEDGED, outcome=Outcome.DECLINED, failed=(Gate.CONTACT,), template="declined_contact", contract=None
)
WEEK_AGO = WEDNESDAY - timedelta(days=7)


@pytest.mark.parametrize(
    ("decision", "written", "history", "reason"),
    [
        (ACKNOWLEDGED, mail(), LetterHistory(), None),
        (ACKNOWLEDGED, mail(), LetterHistory(9, 29), None),
        (replace(ACKNOWLEDGED, template=None), mail(), LetterHistory(), Withheld.NO_LETTER),
        (replace(ACKNOWLEDGED, kind=MailKind.OWN), mail(), LetterHistory(), Withheld.OWN),
        (ACKNOWLEDGED, mail(intake_tag="EX-1"), LetterHistory(), Withheld.OWN),
        (ACKNOWLEDGED, mail(sender=None), LetterHistory(), Withheld.NO_SENDER),
        (ACKNOWLEDGED, mail(return_path=""), LetterHistory(), Withheld.NULL_SENDER),
        (ACKNOWLEDGED, mail(return_path="mo@larch.example"), LetterHistory(), None),
        (ACKNOWLEDGED, mail(machine=MachineSigns(auto=("x",))), LetterHistory(), Withheld.MACHINE),
        (ACKNOWLEDGED, mail(machine=MachineSigns(bounce=("x",))), LetterHistory(), Withheld.MACHINE),
        (ACKNOWLEDGED, mail(machine=MachineSigns(bulk=("x",))), LetterHistory(), Withheld.BULK),
        (ACKNOWLEDGED, mail(), LetterHistory(10, 10), Withheld.HOUR_BUDGET),
        (ACKNOWLEDGED, mail(), LetterHistory(3, 30), Withheld.DAY_BUDGET),
        (STRANGER, mail(), LetterHistory(), None),
        (STRANGER, mail(), LetterHistory(1, 1, WEDNESDAY), Withheld.STRANGER_ALREADY_TOLD),
        (STRANGER, mail(), LetterHistory(0, 0, WEEK_AGO + timedelta(seconds=1)), Withheld.STRANGER_ALREADY_TOLD),
        (STRANGER, mail(), LetterHistory(0, 0, WEEK_AGO), None),
        (ACKNOWLEDGED, mail(), LetterHistory(0, 0, WEDNESDAY), None),
        (ACKNOWLEDGED, mail(), LetterHistory(muted=True), Withheld.MUTED),
        (STRANGER, mail(), LetterHistory(muted=True), Withheld.MUTED),
        (STRANGER, mail(), LetterHistory(silenced=True), Withheld.SPAM),
        (ACKNOWLEDGED, mail(), LetterHistory(known_elsewhere=True), None),
        (STRANGER, mail(), LetterHistory(known_elsewhere=True), Withheld.KNOWN_ELSEWHERE),
        (STRANGER, mail(), LetterHistory(strangers_last_hour=29), None),
        (STRANGER, mail(), LetterHistory(strangers_last_hour=30), Withheld.STRANGERS_BUDGET),
        (ACKNOWLEDGED, mail(), LetterHistory(strangers_last_hour=30), None),
        (replace(STRANGER, failed=(Gate.ROLE,)), mail(), LetterHistory(0, 0, WEDNESDAY), None),
    ],
)
def test_a_letter_is_withheld_for_one_reason(
    decision: Decision, written: Mail, history: LetterHistory, reason: Withheld | None
) -> None:
    assert withheld(decision, written, history, shipped(), at=WEDNESDAY) is reason


def test_without_a_time_any_letter_to_a_stranger_counts_as_recent() -> None:
    told = LetterHistory(last_stranger_letter=WEEK_AGO - timedelta(days=300))
    assert withheld(STRANGER, mail(), told, shipped()) is Withheld.STRANGER_ALREADY_TOLD


def test_every_reason_has_its_sentence_and_only_budgets_and_mutes_tell_staff() -> None:
    assert set(SENTENCES) == set(Withheld)
    assert all(reason.sentence.endswith(".") for reason in Withheld)
    assert {reason for reason in Withheld if reason.tells_staff} == {
        Withheld.MUTED,
        Withheld.HOUR_BUDGET,
        Withheld.DAY_BUDGET,
    }
