"""What IMAP servers say of their limits, and what is made of it."""

import pytest

from intake.backoff import RECONNECT
from intake.limits import Limit, limit_of, limited, wait
from rules.facts import TryLater

SAID = {
    "[ALERT] Too many simultaneous connections. (Failure)": Limit.CONNECTIONS,
    "[LIMIT] Maximum number of connections from user+IP exceeded (mail_max_userip_connections=10)": Limit.CONNECTIONS,
    "[UNAVAILABLE] Maximum number of connections from user+IP exceeded": Limit.CONNECTIONS,
    "Error: Too many connections from 192.0.2.7": Limit.CONNECTIONS,
    "[ALERT] Account exceeded command or bandwidth limits. (Failure)": Limit.RATE,
    "Request is throttled. Suggested Backoff Time: 299961 milliseconds": Limit.RATE,
    "[LIMIT] UID FETCH Rate limit hit.": Limit.RATE,
    "[LIMIT] not so many": Limit.RATE,
    "Too many login attempts": Limit.RATE,
    "[OVERQUOTA] Quota exceeded (mailbox for user is full)": Limit.QUOTA,
    "Over quota": Limit.QUOTA,
    "[UNAVAILABLE] directory down": Limit.BUSY,
    "[INUSE] another session has it": Limit.BUSY,
    "Server Busy. Please try again later": Limit.BUSY,
    "[SERVERBUG] Internal error occurred. Refer to server log": Limit.FAULT,
    "[AUTHENTICATIONFAILED] Invalid credentials": None,
    "[TRYCREATE] Mailbox doesn't exist": None,
    "[CANNOT] Character not allowed in mailbox name": None,
}


@pytest.mark.parametrize(("words", "limit"), SAID.items(), ids=list(SAID))
def test_a_limit_is_known_by_its_code_or_its_words(words: str, limit: Limit | None) -> None:
    assert limit_of(words) is limit
    assert limit_of(words.upper()) is limit


def test_a_limit_is_told_in_one_line_with_its_place_and_remedy() -> None:
    trouble = limited("IMAP mx:993", "could not file mail", b"[OVERQUOTA] no\r\nroom")
    assert str(trouble) == (
        "IMAP mx:993: could not file mail: [OVERQUOTA] no room; "
        "the mailbox is full: make room in it, or have its quota raised"
    )
    assert limited("IMAP mx:993", "could not search", b"[CANNOT] no") is None


def test_a_server_that_limits_is_left_alone_for_minutes_and_longer_each_time() -> None:
    trouble = limited("IMAP mx:993", "log in", "Too many simultaneous connections")
    assert trouble is not None
    assert 45 <= wait(trouble, 1, RECONNECT) <= 75
    assert 675 <= wait(trouble, 9, RECONNECT) <= 1125
    assert wait(TryLater("no answer"), 1, RECONNECT) <= 1.25


def test_a_server_is_left_alone_for_as_long_as_it_asks_but_not_for_ever() -> None:
    trouble = limited("IMAP mx:993", "search", "Request is throttled. Suggested Backoff Time: 299961 milliseconds")
    assert trouble is not None
    assert wait(trouble, 1, RECONNECT) == 299.961
    trouble = limited("IMAP mx:993", "search", "Request is throttled. Suggested Backoff Time: 99999999 milliseconds")
    assert trouble is not None
    assert wait(trouble, 1, RECONNECT) == 3600
