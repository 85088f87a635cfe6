"""The letter that carries a member of staff's answer to the customer: under the support address, with their name.

A person wrote it, so it bears none of the marks of automatic mail (RFC 3834 §5), and no seal: whoever it reaches is not
staff. It stands in the thread of the customer's own mails. The text goes as it was written, with an HTML that says the
same; files go along. Callers may rely on: the same order gives the same bytes, and no header can be added to by what a
mail says.
"""

import base64
import hashlib
import html
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from email.utils import format_datetime
from urllib.parse import quote
from zoneinfo import ZoneInfo

from intake.compose import bare_subject
from intake.letter_bytes import mailboxes, message_ids, serialize, unstructured, wire_address
from intake.mail.files import File
from rules.facts import Address
from templates.lines import harmless

LARGEST = 9_500_000
"""Octets of a letter: Postfix takes 10,240,000 unless it is told otherwise."""
TYPE = re.compile(r"[a-z0-9][a-z0-9!#$&^_.+-]{0,60}/[a-z0-9][a-z0-9!#$&^_.+-]{0,60}")
CHARSET = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,39}")
PARAGRAPH = '<p style="margin:0 0 12px 0; font-family:Helvetica,Arial,sans-serif; font-size:15px; line-height:23px;">'


@dataclass(frozen=True, slots=True)
class AnswerOrder:
    """All that an answer is made of."""

    reference: str
    support: Address
    """The support address with its display name."""
    name: str
    """Of the member of staff."""
    to: Address
    cc: tuple[Address, ...]
    subject: str
    """The customer's own."""
    text: str
    thread: tuple[str, ...]
    """Message-IDs of the customer's mails, the one that is answered last."""
    files: tuple[File, ...]
    at: datetime
    zone: ZoneInfo
    message_id: str
    opens: bool = False
    """It answers nothing: we write first."""


def compose_answer(order: AnswerOrder) -> bytes:
    """The letter. Raises ValueError for a recipient that no letter can be addressed to."""
    called = ", ".join(filter(None, [order.name, order.support.name]))
    headers = [
        ("From", mailboxes([Address(order.support.address, called)])),
        ("To", mailboxes([order.to])),
        *([("Cc", mailboxes(order.cc))] if order.cc else []),
        ("Subject", unstructured(subject_of(order))),
        ("Date", format_datetime(order.at.astimezone(order.zone))),
        ("Message-ID", message_ids([order.message_id])),
        *_threading(order.thread),
    ]
    letter = serialize(headers, order.text, as_html(order.text), order.message_id)
    return with_files(letter, order.files) if order.files else letter


def subject_of(order: AnswerOrder) -> str:
    """The customer's own with our tag; "Re:" where there is something that it answers."""
    said = f"[{order.reference}] {bare_subject(order.subject, order.reference)}".strip()
    return said if order.opens else f"Re: {said}"


def recipients(order: AnswerOrder) -> tuple[str, ...]:
    """Envelope recipients, the customer first."""
    return tuple(dict.fromkeys(wire_address(one.address) for one in (order.to, *order.cc)))


def as_html(text: str) -> str:
    """A text as a page that says the same: paragraphs, lines, and quoted lines set off. Nothing in it is markup."""
    blocks = [block for block in re.split(r"\n[ \t]*\n", text.strip("\n")) if block.strip()]
    body = "\n".join(f"{PARAGRAPH}{_lines(block)}</p>" for block in blocks)
    return f'<!DOCTYPE html>\n<html>\n<head><meta charset="utf-8"></head>\n<body>\n{body}\n</body>\n</html>\n'


def with_files(letter: bytes, files: Sequence[File]) -> bytes:
    """A letter of `letter_bytes` with files behind its text."""
    head, _, body = letter.partition(b"\r\n\r\n")
    fields, mime, entity = head.partition(b"\r\nMIME-Version: 1.0\r\n")
    if not mime:
        raise ValueError("the letter has no MIME-Version: it is none of `letter_bytes`")
    # Every part is in quoted-printable or base64, neither of which can hold "=_" (RFC 2045 §6.7).
    boundary = f"=_{hashlib.sha256(b'files' + fields).hexdigest()[:32]}".encode()
    parts = [b"\r\n".join([b"--" + boundary, _part(one)]) for one in files]
    mixed = b'Content-Type: multipart/mixed;\r\n boundary="%s"' % boundary
    whole = [fields, b"MIME-Version: 1.0", mixed, b"", b"--" + boundary, entity, b"", body, *parts]
    return b"\r\n".join([*whole, b"--" + boundary + b"--", b""])


def _threading(thread: Sequence[str]) -> list[tuple[str, str]]:
    known = [one for one in thread if message_ids([one])]
    if not known:
        return []
    return [("In-Reply-To", message_ids(known[-1:])), ("References", message_ids(known))]


def _lines(block: str) -> str:
    return "<br>\n".join(_line(line) for line in block.split("\n"))


def _line(line: str) -> str:
    said = html.escape(line.expandtabs(4))
    said = re.sub(r"^ +| {2,}", lambda spaces: "&nbsp;" * len(spaces[0]), said)
    return f'<span style="color:#5c6270;">{said}</span>' if line.startswith(">") else said


def _part(file: File) -> bytes:
    """RFC 2231 for a name that is not plain ASCII, and nothing beside it: programs differ in which of two they take."""
    # A message may not be encoded (RFC 2046 §5.2.1), and an unencoded one may break on its way.
    kind = file.type if TYPE.fullmatch(file.type) and not file.type.startswith(("message/", "multipart/")) else ""
    name = harmless(file.name).strip() or "file"
    plain = re.fullmatch(r"[A-Za-z0-9 !#$&+,.;=@^_`{}~()-]+", name) is not None
    named = f'filename="{name}"' if plain else f"filename*={_extended(name)}"
    charset = f"; charset={file.charset}" if CHARSET.fullmatch(file.charset) else ""
    fields = [
        f"Content-Type: {kind + charset if kind else 'application/octet-stream'}",
        "Content-Transfer-Encoding: base64",
        f"Content-Disposition: attachment;\r\n {named}",
    ]
    return "\r\n".join([*fields, "", ""]).encode("ascii") + base64.encodebytes(file.content).replace(b"\n", b"\r\n")


def _extended(name: str) -> str:
    """In one line that no server finds too long."""
    while len(said := quote(name.encode(), safe="")) > 800:
        name = name[1:]  # what is left ends as the file is called, so that its kind is known
    return f"utf-8''{said}"
