"""Seals: what a notice carries so that its answer can be told from a forgery.

A token says a purpose, a number (of a ticket or of a draft) and a day of expiry, and is signed (HMAC-SHA-256, 96 bits)
together with the address of the one person that it is sent to, which it does not name. It is forty letters and digits
that survive a mail server which does not keep upper case, short enough for the part after "+" of an address. The key is
the installation's own, made once and kept in the store. Whoever sees a token learns the number and the day.
"""

import base64
import hashlib
import hmac
import re
import secrets
import struct
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import IntEnum

from rules.facts import Mail, mailbox_key
from storage import signing
from storage.database import Transaction

LIFE = timedelta(days=60)
"""How long a notice can be answered; every further notice about the ticket brings a new seal."""
LENGTH = 40
SIGNED = 12
LONGEST_LOCAL = 64
"""Octets of the part of an address before the "@" (RFC 5321 §4.5.3.1.1)."""
TOKEN = re.compile(rf"(?<![a-z0-9])[a-z2-7]{{{LENGTH}}}(?![a-z0-9])", re.IGNORECASE)
MOST = 60
"""Candidates of one mail that are looked at."""


class Purpose(IntEnum):
    ANSWER = 1
    """Its number is a ticket's."""
    RELEASE = 2
    """Its number is a draft's."""


@dataclass(frozen=True, slots=True)
class Opened:
    """A genuine token."""

    purpose: Purpose
    number: int
    person: str
    """Key of the address that it was sent to."""
    expired: bool


def key(tx: Transaction, now: datetime) -> bytes:
    """The installation's key; made by whoever asks first."""
    return signing.key(tx, secrets.token_bytes(32), now)


def seal(key: bytes, purpose: Purpose, number: int, person: str, now: datetime) -> str:
    """A new token for the person with this address key, good for `LIFE`."""
    until = (now.astimezone(UTC) + LIFE).date().toordinal() - EPOCH
    said = struct.pack(">BIH6s", purpose, number, until, secrets.token_bytes(6))
    return base64.b32encode(said + _signature(key, said, person)).decode().lower()


def opened(key: bytes, token: str, people: Iterable[str], now: datetime) -> Opened | None:
    """What a token says, and to which of these `people` (address keys) it was sent; None for what is none of ours."""
    raw = base64.b32decode(token.upper()) if TOKEN.fullmatch(token) else b""
    said, signature = raw[:-SIGNED], raw[-SIGNED:]
    person = next((one for one in people if hmac.compare_digest(signature, _signature(key, said, one))), None)
    if person is None:
        return None
    purpose, number, until, _ = struct.unpack(">BIH6s", said)
    today = now.astimezone(UTC).date().toordinal() - EPOCH
    return Opened(Purpose(purpose), number, person, today > until)


def borne(mail: Mail, support: str) -> list[str]:
    """What may be tokens in the headers of a mail, the nearest first: in the addresses of `support` that it went to,
    then in the Message-IDs that it answers."""
    own = mailbox_key(support)
    tagged = [one.address for one in mail.addressees if mailbox_key(one.address) == own and "+" in one.address]
    # RFC 5322 §3.6.4: References ends with the parent
    answered = [*reversed(mail.in_reply_to), *reversed(mail.references)]
    places = [one.rpartition("@")[0].partition("+")[2] for one in tagged] + [one.rpartition("@")[0] for one in answered]
    return list(dict.fromkeys(found.lower() for place in places[:MOST] for found in TOKEN.findall(place)))


def written(text: str) -> list[str]:
    """What may be tokens in a text, each once."""
    return list(dict.fromkeys(found.lower() for found in TOKEN.findall(text[:20_000])))[:MOST]


def reply_address(support: str, token: str) -> str | None:
    """The support address with the token behind a "+"; None where that would be longer than an address may be."""
    local, _, domain = support.rpartition("@")
    tagged = f"{local}+{token}"
    return f"{tagged}@{domain}" if len(tagged) <= LONGEST_LOCAL and not local.startswith('"') else None


EPOCH = datetime(1970, 1, 1, tzinfo=UTC).toordinal()


def _signature(key: bytes, said: bytes, person: str) -> bytes:
    return hmac.new(key, said + person.encode(), hashlib.sha256).digest()[:SIGNED]
