"""Which of a mail server's refusals put off the letter, and which all letters of the mailbox."""

import pytest

from intake.limits import Limit
from intake.smtp_limits import limit_of, share_is_used_up, wants_more_letters

OF_THE_MAILBOX = {
    "421 4.7.0 mx.example.com Error: too many connections from 192.0.2.1": Limit.CONNECTIONS,
    "421 4.3.2 The maximum number of concurrent connections has exceeded a limit, closing": Limit.CONNECTIONS,
    "432 4.3.2 Concurrent connections limit exceeded": Limit.CONNECTIONS,
    "432 4.3.2 STOREDRV.ClientSubmit; sender thread limit exceeded": Limit.CONNECTIONS,
    "421 4.7.0 Too many concurrent SMTP connections": Limit.CONNECTIONS,
    "450 4.7.1 Error: too much mail from 192.0.2.1": Limit.RATE,
    "450 4.7.1 Error: too many recipients from 192.0.2.1": Limit.RATE,
    "421 4.7.28 Our system has detected an unusual rate of unsolicited mail": Limit.RATE,
    "451 4.7.500 Server busy. Please try again later": Limit.RATE,
    "454 4.7.0 Too many login attempts, please try again later": Limit.RATE,
    "451 4.7.1 Sending rate limit exceeded": Limit.RATE,
    "550 5.4.5 Daily user sending limit exceeded": Limit.RATE,
    "550 5.1.90 Your message can't be sent because you've reached your daily limit for recipients": Limit.RATE,
    "554 5.7.0 Hourly sending quota has been reached": Limit.RATE,
    "421 4.3.0 closing transmission channel": Limit.BUSY,
    "421 service not available": Limit.BUSY,
    "421 4.2.1 try again": Limit.BUSY,
    "452 4.3.1 Insufficient system storage": Limit.BUSY,
    "451 4.3.2 Please try again later": Limit.BUSY,
}
OF_THE_LETTER = (
    "450 4.2.0 Recipient address rejected: Greylisted",
    "451 4.7.1 Greylisting in action, please come back later",
    "450 4.2.1 The user is receiving mail at a rate that prevents additional messages",
    "452 4.2.2 The recipient's mailbox is over its storage quota",
    "452 4.5.3 Too many recipients",
    "451 4.3.0 Temporary lookup failure",
    "451 4.4.1 No answer from host",
    "451 4.7.1 DMARC cannot be checked now",
    "552 5.3.4 Message size limit exceeded",
    "552 5.2.2 Mailbox quota exceeded",
    "550 5.7.1 Message rejected due to content",
    "250 2.0.0 ok",
)


def split(reply: str) -> tuple[int, str]:
    code, _, text = reply.partition(" ")
    return int(code), text


@pytest.mark.parametrize(("reply", "limit"), OF_THE_MAILBOX.items(), ids=list(OF_THE_MAILBOX))
def test_a_limit_of_the_server_concerns_every_letter(reply: str, limit: Limit) -> None:
    assert limit_of(*split(reply)) is limit


@pytest.mark.parametrize("reply", OF_THE_LETTER)
def test_what_is_between_server_and_letter_concerns_no_other(reply: str) -> None:
    assert limit_of(*split(reply)) is None
    assert not share_is_used_up(*split(reply))


@pytest.mark.parametrize("reply", ["451 4.3.0 not now", "450 4.1.8 Sender address rejected: Domain not found"])
def test_what_is_said_before_any_recipient_would_be_said_to_the_next_letter_too(reply: str) -> None:
    assert limit_of(*split(reply), at_mail=True) is Limit.BUSY


def test_recipients_that_are_too_many_for_one_letter_go_with_the_next() -> None:
    assert wants_more_letters(452, "4.5.3 Too many recipients")
    assert not wants_more_letters(452, "4.2.2 full")
    assert not wants_more_letters(452, "too many")
