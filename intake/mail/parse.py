"""Read a mail: raw bytes in, one frozen `Mail` out, or a refusal with its reason.

mail-parser does the MIME parsing; around it stand what it was measured to lack: bounds before it starts (`cut`), our
own choice of the body (`body`), charset repair (`charset`), header reading that is linear (`headers`), and a walk of
our own where it fails. Callers may rely on: deterministic; no text holds NUL or a lone surrogate; the hash is of the
bytes as they came; nothing but `Unreadable` is raised for what a mail says. A hang is not for this room to stop:
`intake.understand` runs it under a time and a memory limit.
"""

import hashlib
from datetime import datetime

from intake.mail import authentication, body, bounce, machine, quotes
from intake.mail.addresses import mailboxes
from intake.mail.cut import cut
from intake.mail.headers import Headers, date_of, message_id, message_ids, one_line, text_of
from intake.mail.tree import tree
from rules.facts import Address, Mail, Unreadable

LARGEST = 60 * 1024 * 1024
"""Octets of a mail. Most servers refuse half of that."""
REFERENCES = 200
"""Message-IDs kept of a thread; the last ones are the nearest."""
TAG = "x-intake"
NOTHING = b"\r\n\t \0"


def parse(raw: bytes, *, authserv_id: str = "", digests: bool = False) -> Mail:
    """`authserv_id`: the name under which the mailbox's own server stamps Authentication-Results, "" for none.

    `digests`: hash the attachments, too. It means to decode them, which costs most of the time of a mail with large
    ones, and nothing is decided by it: without, their `sha256` is "".
    """
    if len(raw) > LARGEST:
        raise Unreadable(f"the mail has {len(raw)} octets, more than {LARGEST}")
    if not raw[:4096].strip(NOTHING) and not raw.strip(NOTHING):  # a copy only of one that begins with nothing
        raise Unreadable("the mail is empty")
    if b"\n" not in raw[:65536] and b"\r" in raw[:65536]:
        return _read(raw, raw.replace(b"\r", b"\n"), authserv_id, digests)
    return _read(raw, raw, authserv_id, digests)


def _read(raw: bytes, lines: bytes, authserv_id: str, digests: bool) -> Mail:
    """`lines` is the mail with line breaks that every parser knows."""
    parted = cut(lines)
    headers = Headers((each.name, each.value) for each in parted.fields)
    told = tree(parted)
    read = body.read(told.message, lines, parted, digests=digests)
    label = read.charset or None
    subject = text_of(headers.first("subject"), label)
    sender = _first_mailbox(headers, "from", label)
    report = bounce.read(headers, read, subject, sender)
    signs = machine.signs(headers, read, subject, sender, report.signs)
    references = message_ids(headers.all("references"))
    judged = authentication.judged(headers, sender, authserv_id)
    return Mail(
        message_id=message_id(headers.first("message-id")),
        sender=sender,
        subject=subject,
        text=read.text,
        new_text=quotes.new_text(read.marked),
        sha256=hashlib.sha256(raw).hexdigest(),
        size=len(raw),
        reply_to=_first_mailbox(headers, "reply-to", label),
        return_path=_return_path(headers),
        to=_all_mailboxes(headers, "to", label),
        cc=_all_mailboxes(headers, "cc", label),
        date=told.date or date_of(headers.first("date")),
        received=_received(headers),
        in_reply_to=message_ids(headers.all("in-reply-to"))[:REFERENCES],
        references=references[-REFERENCES:],
        attachments=read.attachments,
        failed_recipients=report.recipients,
        returned_message_id=report.returned_message_id,
        machine=signs,
        authentication=judged.verdict,
        dmarc_failed=judged.dmarc_failed,
        intake_tag=one_line(text_of(headers.first(TAG)))[:200] if TAG in headers else None,
        priority=_priority(headers),
        defects=tuple(dict.fromkeys(one_line(each) for each in parted.defects + told.defects + read.defects)),
    )


def _first_mailbox(headers: Headers, name: str, label: str | None) -> Address | None:
    """The first that can be read, in the first header that holds one: some mails have two From headers."""
    for value in headers.all(name):
        if found := mailboxes(value, label, local=name == "from"):
            return found[0]
    return None


def _all_mailboxes(headers: Headers, name: str, label: str | None) -> tuple[Address, ...]:
    found: dict[str, Address] = {}
    for value in headers.all(name):
        for each in mailboxes(value, label):
            found.setdefault(each.key, each)
    return tuple(found.values())


def _return_path(headers: Headers) -> str | None:
    if "return-path" not in headers:
        return None
    value = headers.first("return-path")
    found = mailboxes(value)
    return found[0].address if found else "" if b"<>" in value.replace(b" ", b"") else None


def _received(headers: Headers) -> datetime | None:
    """RFC 5322 §3.6.7: the date stands after the last semicolon."""
    return (
        date_of(headers.first("received").rpartition(b";")[2].replace(b"\n", b" ").strip())
        if "received" in headers
        else None
    )


IMPORTANCE = {"high": 2, "urgent": 1, "normal": 3, "non-urgent": 5, "low": 4}


def _priority(headers: Headers) -> int | None:
    digit = headers.word("x-priority")[:1]
    if digit in {"1", "2", "3", "4", "5"}:
        return int(digit)
    for name in ("importance", "x-msmail-priority", "priority"):
        if (word := headers.word(name)) in IMPORTANCE:
            return IMPORTANCE[word]
    return None
