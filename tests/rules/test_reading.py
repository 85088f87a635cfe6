"""Reading: language and phrases together, whatever the text."""

import pickle

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.decide import decide
from rules.facts import Outcome, Reading, Tongue
from rules.reading import read
from tests.rules.samples import ADMIN, around, mail, reading, shipped


def test_a_reading_holds_language_and_phrases_and_travels() -> None:
    found = reading("The production server is down and nobody can log in.", "Urgent")
    assert found.language.tongue is Tongue.ACCEPTED
    assert {"effect", "scope", "environment"} <= {each.topic for each in found.found}
    assert pickle.loads(pickle.dumps(found)) == found  # noqa: S301


def test_quoted_text_is_not_read() -> None:
    written = mail("Thanks.\n\n> The production server is down.")
    assert not [found for found in read(written, shipped()).found if found.topic == "effect"]


def test_a_mail_in_a_language_the_policy_has_no_phrases_for_is_read_with_those_it_has() -> None:
    found = reading("Guten Morgen, unser Server ist seit heute frueh komplett down, bitte melden Sie sich schnell.")
    assert found.language.language == "de"
    assert isinstance(found, Reading)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=80), st.text(max_size=400))
def test_any_mail_can_be_read_and_decided(subject: str, body: str) -> None:
    written = mail(body, subject)
    decision = decide(written, read(written, shipped()), around(ADMIN), shipped())
    assert decision.outcome in (Outcome.ACCEPTED, Outcome.DECLINED, Outcome.HELD)
    assert decision.why
