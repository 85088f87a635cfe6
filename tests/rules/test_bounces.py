"""Which words of a bounce mean that an address is dead, and whom they count for."""

import pytest

from rules.bounces import is_dead, is_dead_by, of_letter
from rules.facts import FailedRecipient


@pytest.mark.parametrize(
    ("status", "dead"),
    [
        ("5.1.1", True),
        ("5.1.2", True),
        ("5.1.10", True),
        ("5.2.1", True),
        ("5.4.1", True),
        ("5.4.4", True),
        ("5.4.310", True),
        ("5.0.0", True),
        ("5.5.0", True),
        ("", True),
        ("5.1.8", False),
        ("5.2.2", False),
        ("5.2.3", False),
        ("5.3.4", False),
        ("5.4.14", False),
        ("5.6.0", False),
        ("5.7.1", False),
        ("5.7.26", False),
        ("4.4.1", False),
        ("4.2.2", False),
        ("5.1.1.1", False),
    ],
)
def test_an_address_is_dead_by_what_the_status_says_of_it(status: str, dead: bool) -> None:
    assert is_dead(FailedRecipient("a@b.example", status)) is dead
    assert not is_dead(FailedRecipient("a@b.example", status, final=False))


def test_a_recipient_is_compared_as_the_directory_compares_addresses() -> None:
    failed = (FailedRecipient("ANA@B\u00fccher.example", "5.1.1"), FailedRecipient("ben@alder.example", "5.1.1"))
    assert of_letter(failed, ("ana@xn--bcher-kva.example", "cy@alder.example")) == failed[:1]
    assert of_letter(failed, ()) == ()


@pytest.mark.parametrize(
    ("reply", "status"),
    [
        ("550 5.1.1 <ana@alder.example>: no such user", "5.1.1"),
        ("550 5.1.10 RESOLVER.ADR.RecipientNotFound", "5.1.10"),
        ("551 5.1.6 moved", "5.1.6"),
        ("550 5.4.1 Recipient address rejected: Access denied", "5.4.1"),
        ("553 5.1.3 not asked: a space, bracket or control character in the address", "5.1.3"),
        ("550 no such user", ""),
        ("550 5.7.1 relaying denied, 5.1.1", ""),
        ("550 5.5.0 no", ""),
        ("550 5.0.0 no", ""),
        ("450 4.1.1 not now", ""),
        ("450 5.1.1 a server that is at odds with itself", ""),
        ("552 5.2.2 full", ""),
    ],
)
def test_a_server_says_at_once_that_there_is_no_such_address(reply: str, status: str) -> None:
    assert is_dead_by(reply) == status
