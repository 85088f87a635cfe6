"""The checks of a policy's points: what is wrong with them is told with its key, its line and a remedy."""

import pytest

from rules.policy import PolicyFaults, load
from tests.rules.samples import LETTERS, text_of
from tests.rules.test_policy import SMALL


@pytest.mark.parametrize(
    ("written", "key", "problem"),
    [
        ("[severity.points.efect]\nlost = [1, 0, 0, 0]", "severity.points.efect", "efect"),
        ("[severity.points.trend]\ngrwing = [1, 0, 0, 0]", "severity.points.trend.grwing", "grwing"),
        ("[severity.points.trend]\ngrowing = [1, 0]", "severity.points.trend.growing", "2 numbers for 4 severities"),
        ("[severity.brief_points.trend]\ngrwing = [1, 0]", "severity.brief_points.trend.grwing", "grwing"),
        ("[tone.en]\nblazing = [1, 0]", "tone.en.blazing", "2 numbers for 4 severities"),
        ("[tone.en]\nBlazing = [1, 0, 0, 0]", "tone.en.Blazing", "no mail has such a word"),
        ('[tone.en]\n"on fire" = [1, 0, 0, 0]', "tone.en.on fire", "no mail has such a word"),
    ],
)
def test_points_for_nothing_there_is_are_refused(written: str, key: str, problem: str) -> None:
    own, mark, vocabulary = text_of("irex").partition("\n#### vocabulary")
    with pytest.raises(PolicyFaults) as caught:
        load(f"{own}\n{written}\n{mark}{vocabulary}", name="irex", letters=LETTERS)
    (fault,) = (fault for fault in caught.value.faults if fault.key == key)
    assert problem in fault.problem
    assert fault.line is not None
    assert fault.remedy


def test_a_tone_that_nothing_adds_up_is_told() -> None:
    with pytest.raises(PolicyFaults) as caught:
        load(f"{SMALL}\n[tone.en]\nblazing = [1]\n", name="small", letters=LETTERS)
    assert ("tone", "nothing adds them up") in [(fault.key, fault.problem) for fault in caught.value.faults]
