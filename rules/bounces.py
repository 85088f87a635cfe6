"""Bounces: which of the recipients that a bounce names its letter really went to, and whether an address is dead.

Anybody can write a bounce. What it says of an address counts only for a letter of ours that went there; what it says of
others is for people to read. Not every final bounce is the address's fault: a full mailbox is emptied, a letter that
was too large or looked like spam says nothing of the next one.
"""

import re
from collections.abc import Collection

from rules.facts import FailedRecipient, address_key

DEAD = re.compile(r"5\.(?:0\.0|1\.(?:[0-6]|10)|2\.1|4\.(?:1|4|310)|5\.0)")
"""The statuses of RFC 3463 by which there is no such address, beside those that say nothing but "failed".

Seen in the wild: 5.4.1 and 5.5.0 are what Exchange Online and outlook.com say of an unknown recipient, 5.4.310 of a
domain that is not there. 5.1.7 and 5.1.8 speak of the sender.
"""
REFUSAL = re.compile(r"55[013] (5\.1\.(?:1|2|3|6|10)|5\.2\.1|5\.4\.(?:1|4|310))(?![\d.])")
"""What our own server says of such an address at once. Its words are of many things, so only a status counts, and of
the statuses none that is used for all kinds of refusals."""


def of_letter(failed: Collection[FailedRecipient], recipients: Collection[str]) -> tuple[FailedRecipient, ...]:
    """Those that the letter went to."""
    went_to = {address_key(one) for one in recipients}
    return tuple(one for one in failed if address_key(one.address) in went_to)


def is_dead(recipient: FailedRecipient) -> bool:
    """Whether no letter will ever reach the address: final, and for a reason that lies with it, or for none named."""
    return recipient.final and (not recipient.status or DEAD.fullmatch(recipient.status) is not None)


def is_dead_by(reply: str) -> str:
    """The status by which a server says, when it is asked for a recipient, that there is no such address; "" for none.

    `reply`: code and text, on one line (RFC 5321 §4.2, RFC 2034).
    """
    found = REFUSAL.match(reply)
    return found[1] if found else ""
