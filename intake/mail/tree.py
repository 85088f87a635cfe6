"""The MIME tree of a mail, its date, and what mail-parser finds wrong with it.

mail-parser makes a record of every mail, attachments and all, of which two things are asked here: the date and the
kinds of defects. A mail in which nothing can be wrong, as most are, is told from the tree alone, by the library's own
functions; any other is given to the library as a whole. Where that breaks, the standard library's tree has to do.
Callers may rely on: both ways give the same; nothing but `Unreadable` is raised.
"""

import email
import logging
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from email.message import Message

from mailparser.core import MailParser
from mailparser.dates import parse_mail_date
from mailparser.utils import get_addresses

from intake.mail.cut import Cut
from intake.mail.headers import one_line
from intake.mail.multipart import put_together
from rules.facts import Unreadable

ADDRESSES = ("from", "to", "cc", "reply-to")
_ATOMS = r"[A-Za-z0-9_+=-]{1,64}(?:\.[A-Za-z0-9_+=-]{1,64}){0,8}"
_SIGNS = r"[A-Za-z0-9+/]"
_ENCODED = (
    r"=\?(?i:utf-8|iso-8859-1|iso-8859-15|windows-1252)\?"
    rf"(?:[qQ]\?[A-Za-z0-9=_.-]{{0,40}}|[bB]\?(?:{_SIGNS}{{4}}){{0,9}}(?:{_SIGNS}{{2}}==|{_SIGNS}{{3}}=)?)\?="
)
_WORD = rf"(?:[A-Za-z0-9.-]{{1,40}}|{_ENCODED})"
_ADDRESS = rf"{_ATOMS}@{_ATOMS}"
_MAILBOX = rf"(?:(?:{_WORD}(?: {_WORD}){{0,8}}|\"[A-Za-z0-9 .,-]{{0,80}}\") <{_ADDRESS}>|<{_ADDRESS}>|{_ADDRESS})"
PLAIN_MAILBOXES = re.compile(rf"{_MAILBOX}(?:, {_MAILBOX}){{0,20}}\Z")
"""Addresses as nearly all are written, in which nothing is wrong."""

# It warns about every part that it does not know, with words of the mail in the line.
logging.getLogger("mailparser").setLevel(logging.CRITICAL)


@dataclass(frozen=True, slots=True)
class Tree:
    message: Message
    date: datetime | None
    defects: tuple[str, ...]
    """Kinds of them, sorted."""


def tree(parted: Cut) -> Tree:
    try:
        return _told_plainly(parted) or _told_by_mail_parser(parted)
    except Exception:  # noqa: BLE001 - real SendGrid bounces made it raise AttributeError; its own errors are one of many
        return _plain_tree(parted)


def _told_plainly(parted: Cut) -> Tree | None:
    """None where anything may be wrong with the parts, which is for the library to say."""
    message = put_together(parted) or email.message_from_bytes(parted.data)
    if not all(map(_is_faultless, message.walk())):
        return None
    dates = [parse_mail_date(value) for name, value in message.raw_items() if name == "date"]
    defects = ["AddressHeaderDefect"] if any(map(_is_faulty, _addresses(message))) else []
    defects += ["DateHeaderDefect"] if any(date.reasons for date in dates) else []
    return Tree(message, _utc(dates[0].value if dates else None), tuple(defects))


def _is_faultless(part: Message) -> bool:
    if part.defects or not all(str(value).isascii() for _, value in part.raw_items()):
        return False
    if part.is_multipart():
        return "content-disposition" not in part
    name = part.get_filename() or ""
    if "=?" in name or not _is_encodable(name):
        return False
    disposition = (part.get_content_disposition() or "").lower()
    return (name != "" and disposition != "inline") or disposition == "attachment" or _decodes(part)


def _decodes(part: Message) -> bool:
    """Whether its octets are text in the charset that it names, or may be."""
    content = part.get_payload()
    encoding = str(part.get("content-transfer-encoding", "")).strip().lower()
    if encoding in ("", "7bit", "8bit") and isinstance(content, str) and content.isascii():
        return True
    octets = part.get_payload(decode=True)
    try:
        return isinstance(octets, bytes) and _is_encodable(octets.decode(part.get_content_charset("utf-8")))
    except (LookupError, UnicodeError):
        return False


def _is_encodable(text: str) -> bool:
    try:
        text.encode()
    except UnicodeError:
        return False
    return True


def _addresses(message: Message) -> Iterator[object]:
    return (value for name, value in message.items() if name in ADDRESSES)


def _is_faulty(value: object) -> bool:
    if isinstance(value, str) and PLAIN_MAILBOXES.match(value):
        return False
    found: list[object] = []
    get_addresses(value, defects=found, decode_names=True)
    return bool(found)


def _told_by_mail_parser(parted: Cut) -> Tree:
    read = MailParser(email.message_from_bytes(parted.data))
    defects = tuple(sorted(one_line(str(each)) for each in read.defects_categories))
    return Tree(read.message, _utc(read.date), defects)


def _plain_tree(parted: Cut) -> Tree:
    try:
        return Tree(email.message_from_bytes(parted.data), None, ("mail-parser could not read it",))
    except (RecursionError, ValueError, LookupError, AttributeError, TypeError, IndexError) as fault:
        raise Unreadable(f"its parts cannot be told apart ({type(fault).__name__})") from None


def _utc(date: object) -> datetime | None:
    return date.astimezone(UTC) if isinstance(date, datetime) else None
