"""How urgent a subject sounds, which says who is taken in first."""

import pytest

from rules.urgency import sounds_urgent
from tests.rules.samples import shipped


@pytest.mark.parametrize(
    ("subject", "urgent"),
    [
        ("Production server down", True),
        ("System is completely down, all users affected", True),
        ("Severity 1: outage", True),
        ("URGENT!!", True),
        ("Dringende Frage", True),
        ("紧急", True),
        ("Re: [EX-12] server down", True),
        ("Question about the export", False),
        ("How to configure the index", False),
        ("The detergent label", False),
        ("", False),
        ("x" * 100_000 + " urgent", False),
    ],
)
def test_a_subject_sounds_urgent(subject: str, urgent: bool) -> None:
    assert sounds_urgent(subject, shipped("irex")) is urgent
