"""Seals: only who was sent one can show it, as long as it is good."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from intake.tokens import LENGTH, LIFE, TOKEN, Opened, Purpose, borne, opened, reply_address, seal, written
from rules.facts import Address
from tests.rules.samples import mail
from tests.storage.samples import NOW

KEY, SAM, KIM = b"k" * 32, "sam@example.com", "kim@example.com"
PEOPLE = [KIM, SAM]
SUPPORT = "support@example.com"


def test_a_seal_says_what_it_is_for_and_whose_it_is() -> None:
    token = seal(KEY, Purpose.ANSWER, 1042, SAM, NOW)
    assert TOKEN.fullmatch(token)
    assert opened(KEY, token, PEOPLE, NOW) == Opened(Purpose.ANSWER, 1042, SAM, expired=False)
    assert opened(KEY, token.upper(), PEOPLE, NOW) == opened(KEY, token, PEOPLE, NOW)  # a server may change the case
    assert token != seal(KEY, Purpose.ANSWER, 1042, SAM, NOW)


def test_a_seal_grows_old() -> None:
    token = seal(KEY, Purpose.RELEASE, 1, SAM, NOW)
    last = opened(KEY, token, PEOPLE, NOW + LIFE)
    late = opened(KEY, token, PEOPLE, NOW + LIFE + timedelta(days=1))
    assert last is not None
    assert late is not None
    assert (last.expired, late.expired) == (False, True)


def test_another_key_another_person_or_another_letter_make_it_none_of_ours() -> None:
    token = seal(KEY, Purpose.ANSWER, 1042, SAM, NOW)
    assert opened(b"other" * 7, token, PEOPLE, NOW) is None
    assert opened(KEY, token, [KIM], NOW) is None
    for place in range(LENGTH):
        other = "a" if token[place] != "a" else "b"
        assert opened(KEY, token[:place] + other + token[place + 1 :], PEOPLE, NOW) is None


@given(st.text(max_size=60))
def test_what_is_no_token_opens_nothing(text: str) -> None:
    assert opened(KEY, text, PEOPLE, NOW) is None


def test_a_mail_bears_tokens_in_our_address_and_in_what_it_answers_the_nearest_first() -> None:
    plus, near, far = (seal(KEY, Purpose.ANSWER, number, SAM, NOW) for number in (1, 2, 3))
    answer = mail(
        "text",
        to=(Address(f"Support+{plus.upper()}@example.com"), Address(f"other+{far}@example.com")),
        in_reply_to=(f"<EX-1.{near}@example.com>",),
        references=("<ana@alder.example>", f"<EX-1.{far}@example.com>", f"<EX-1.{near}@example.com>"),
    )
    assert borne(answer, SUPPORT) == [plus, near, far]
    assert borne(mail(f"EX-1.{near}"), SUPPORT) == []


def test_a_token_in_a_text_is_found_and_longer_words_are_none() -> None:
    token = seal(KEY, Purpose.RELEASE, 1, SAM, NOW)
    assert written(f"#release {token}\n> {token}") == [token]
    assert written(f"{token}a {'a' * 39}") == []


@pytest.mark.parametrize(
    ("support", "expected"),
    [
        (SUPPORT, "support+{}@example.com"),
        ("s" * 23 + "@example.com", "s" * 23 + "+{}@example.com"),
        ("s" * 24 + "@example.com", None),
        ('"our support"@example.com', None),
    ],
)
def test_a_reply_goes_to_the_support_address_with_the_token_where_there_is_room(
    support: str, expected: str | None
) -> None:
    token = "a" * LENGTH
    assert reply_address(support, token) == (expected.format(token) if expected else None)
