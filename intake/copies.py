"""Recognises a mail that has come before by another road, when its bytes are not the same.

A Cc to two of our addresses, two aliases of one mailbox, a mailing list, a redirect: each road leaves other trace
headers in it. A Message-ID alone proves nothing, for there are mailers that use one for all they send, and everybody
can write one. So the sender, the subject, the new text and what is attached must be the same, too, and that within a
week. In doubt a mail is one of its own: a second ticket is seen and put right, a mail that is lost is neither.
"""

import hashlib
import re
from collections.abc import Iterator
from datetime import datetime, timedelta

from intake.desk import Desk
from rules.facts import Mail
from storage import ledger
from storage.database import Transaction
from storage.ledger import Copy

DAYS = 7
"""A mail server gives up after five."""
LIST_TAG = re.compile(r"\[[^\]\n]{0,60}\]")
"""What a mailing list puts into subjects."""
BOUNDARY = re.compile(rb"boundary=[ \t]*\"?([^\"\s;]{1,200})", re.IGNORECASE)
DELIMITER = re.compile(rb"^--([^\r\n]{1,202})\r?$", re.MULTILINE)
BLANK = re.compile(rb"\r?\n\r?\n")
TEXT = re.compile(rb"^content-type:[ \t]*(?:text/(?:plain|html)|multipart/)", re.MULTILINE)


def content_of(mail: Mail) -> str | None:
    """What is compared of a mail beside its attachments, as a hash in hex; None where it has no Message-ID or sender.

    White space and the tag of a mailing list make no difference. What it quotes is left out, because a list writes its
    own lines below.
    """
    if mail.message_id is None or mail.sender is None:
        return None
    subject = " ".join(LIST_TAG.sub(" ", mail.subject).casefold().split())
    words = " ".join((mail.new_text.strip() or mail.text).split())
    return hashlib.sha256(f"{mail.sender.key}\0{subject}\0{words}".encode()).hexdigest()


def earlier(tx: Transaction, desk: Desk, mail: Mail, raw: bytes, arrived_at: datetime) -> Copy | None:
    """The mail of the last days that this one is a copy of, in this mailbox or another door of the same desk."""
    content = content_of(mail)
    if content is None or mail.message_id is None:
        return None
    found = ledger.copies(tx, desk.doors, mail.message_id, content, arrived_at - timedelta(days=DAYS))
    if not found:
        return None
    brought = attached(raw)
    return next((one for one in found if one.raw is not None and attached(one.raw) == brought), None)


def attached(raw: bytes) -> frozenset[bytes]:
    """The hashes of the parts that are no text of the mail's, as they stand in it. Linear, and decodes nothing."""
    return frozenset(hashlib.sha256(b"".join(body.split())).digest() for body in _attachments(raw))


def _attachments(raw: bytes) -> Iterator[bytes]:
    for part in _parts(raw):
        blank = BLANK.search(part)
        if blank is None:
            continue
        head = re.sub(rb"\r?\n[ \t]+", b" ", part[: blank.start()]).lower()
        shown = b"content-type:" not in head or TEXT.search(head)
        if not shown or b"content-disposition: attachment" in head:
            yield part[blank.end() :]


def _parts(raw: bytes) -> Iterator[bytes]:
    boundaries = {found[1] for found in BOUNDARY.finditer(raw)}
    start = 0
    for found in DELIMITER.finditer(raw) if boundaries else ():
        line = found[1].rstrip()
        if line in boundaries or line.removesuffix(b"--") in boundaries:
            yield raw[start : found.start()]
            start = found.end() + 1
    yield raw[start:]
