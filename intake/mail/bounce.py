"""Read a bounce: who did not get our letter, why, whether for good, and which letter it was.

The machine-readable form of RFC 3464 first; then the prose of the many hosts that write none, read only where sender
and words both say that it is one. A person who forwards us a bounce is no bounce. Callers may rely on: `signs` is empty
for anything that a person may have written; linear, and never raises.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass

from intake.mail import bounce_words as words
from intake.mail.addresses import mailboxes
from intake.mail.body import Body
from intake.mail.bounce_prose import ADDRESS, RECIPIENTS, STATUS, named_in_prose, nearest_status, told_and_returned
from intake.mail.header_block import fields_from
from intake.mail.headers import Headers, message_id
from intake.mail.part import STATUSES, Part
from intake.mail.signature_words import GREETINGS
from rules.facts import Address, FailedRecipient

REPORT = 256 * 1024
"""Octets of a report that are read."""
RETURNED = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)


@dataclass(frozen=True, slots=True)
class Report:
    signs: tuple[str, ...] = ()
    recipients: tuple[FailedRecipient, ...] = ()
    returned_message_id: str | None = None


def read(headers: Headers, body: Body, subject: str, sender: Address | None) -> Report:
    report = _delivery_report(headers, body, sender)
    if report is not None:
        return report
    sign = _prose_sign(headers, body, subject, sender)
    if not sign:
        return Report()
    told, returned = told_and_returned(body)
    recipients = tuple(named_in_prose(headers, told, returned)) or tuple(_returned_to_one(body))
    return Report((sign,), recipients[:RECIPIENTS], _returned_id(body, returned))


def _delivery_report(headers: Headers, body: Body, sender: Address | None) -> Report | None:
    """RFC 3464, as a part of its own or, as some hosts write it, within the text. None where nothing failed."""
    machine = _daemon(headers, sender) or _null(headers) or b"delivery-status" in headers.first("content-type").lower()
    # RFC 3464 §2: it stands in a multipart/report. In any other mail of a person's it is a report that he shows us.
    statuses = [part for part in body.parts if part.type in STATUSES]
    parts = [part for part in statuses if machine or part.parent == "multipart/report"]
    if not parts and machine:
        parts = [part for part in body.parts if _holds_status(part)]
    if not parts:
        return None
    told, returned = told_and_returned(body)
    low = told.casefold()
    found: dict[str, FailedRecipient] = {}
    good = False
    for group in (each for part in parts for each in _groups(part.text(REPORT))):
        recipient = _recipient(group, low) if len(found) < RECIPIENTS else None
        if recipient is None:
            good = good or bool(_listed(group))
        else:
            found.setdefault(recipient.address.casefold(), recipient)
    if not found and good:
        return Report()
    recipients = (
        tuple(found.values()) or tuple(named_in_prose(headers, told, returned)) or tuple(_returned_to_one(body))
    )
    return Report(("message/delivery-status",), recipients, _returned_id(body, returned))


def _holds_status(part: Part) -> bool:
    if not part.type.startswith(("text/", "multipart/", "message/rfc822")):
        return False
    text = part.text(16 * 1024).casefold()
    return "final-recipient:" in text and "action:" in text


def _groups(text: str) -> Iterator[dict[str, str]]:
    """The per-recipient fields, one dict each. Many reports forget the empty line between two groups."""
    group: dict[str, str] = {}
    last = ""
    for line in text.split("\n"):
        if not line.strip():
            if group:
                yield group
                group = {}
            continue
        if line[0] in " \t" and last in group:
            group[last] += " " + line.strip()
            continue
        name, colon, value = line.partition(":")
        last = name.strip().casefold()
        if colon and last:
            if last == "final-recipient" and last in group:
                yield group
                group = {}
            group[last] = value.strip()
    if group:
        yield group


def _listed(group: dict[str, str]) -> str:
    """The recipient of a group: the final one, which alone was tried, unless it is no address."""
    for name in (
        "final-recipient",
        "original-recipient",
        "x-actual-recipient",
        "original-rcpt-to",
        "removal-recipient",
    ):
        value = group.get(name, "")
        kind, semicolon, rest = value.partition(";")
        address = (rest if semicolon else kind).strip().strip("<> ")
        if found := ADDRESS.search(address):
            return found[0].rstrip(".") if not address.startswith('"') else address
    return ""


GOOD = frozenset({"delivered", "relayed", "expanded", "deliverable", "success"})


def _recipient(group: dict[str, str], told: str) -> FailedRecipient | None:
    address = _listed(group)
    action = group.get("action", "").partition("(")[0].strip().casefold()
    if not address or action in GOOD:
        return None
    status = _status(group.get("status", ""), group.get("diagnostic-code", ""))
    if not status or status.endswith(".0.0"):
        nearer = nearest_status(told, address, alone=False)
        status = nearer if nearer and (not status or nearer[0] == status[0]) else status
    return FailedRecipient(address, status, final=action != "delayed")


def _status(stated: str, diagnostic: str) -> str:
    """The field, unless it only says "failed" and the server's own words say how (as Exchange and Postfix do)."""
    found = STATUS.search(stated)
    status = found[1] if found else ""
    if not status or status.endswith(".0.0") or status == "5.0.0":
        said = STATUS.search(diagnostic)
        if said and not said[1].endswith(".0.0") and (not status or said[1][0] == status[0]):
            return said[1]
    return status


def _prose_sign(headers: Headers, body: Body, subject: str, sender: Address | None) -> str:
    """Both are asked for: a sender that is no person, and words that only a bounce has; the weaker the one, the
    stronger the other. A web form has the null sender and a postmaster writes himself, both about failed deliveries."""
    daemon, null = _daemon(headers, sender), _null(headers)
    if headers.word("auto-submitted").startswith("auto-replied") and not daemon:
        return ""  # an out-of-office note has the null sender too; exim says auto-replied of its bounces
    address = sender.address.casefold() if sender else ""
    if "x-failed-recipients" in headers and (daemon or null or "auto-submitted" in headers):
        return "X-Failed-Recipients"
    if address.startswith("no-reply@sns.") and '"notificationtype":"bounce"' in body.text[:6000].lower():
        return "Amazon SES notification"
    local = address.rpartition("@")[0]
    office, role = local in words.OFFICES, not words.ROLES.isdisjoint(re.split("[^a-z]+", local))
    if not (daemon or null or office or role):
        return ""
    text = body.text[:6000].casefold()
    sure = next((phrase for phrase in words.SURE if phrase in text), "")
    said = sure or next((phrase for phrase in words.SAID if phrase in text), "")
    title = subject.casefold().strip()
    titled = not title.startswith(words.REPLIES) and any(phrase in title for phrase in words.SUBJECTS)
    returned = any(part.type in RETURNED for part in body.parts)
    said_of = said or any(phrase in text for phrase in words.LIKELY)
    if (
        (daemon and returned)
        or (role and titled and _opens_as_one(text))
        or (daemon and (said_of or titled))
        or (null and (sure or titled or (said and returned)))
        or (office and titled and (sure or returned or (not text.lstrip().startswith(GREETINGS) and said_of)))
    ):
        return f"prose: {said or subject[:60]}"
    return ""


def _opens_as_one(text: str) -> bool:
    """Whether one of the first lines begins with such a sentence; a person who quotes one says something before it."""
    lines = [line.lstrip(" \t-*=_#") for line in text[:1500].split("\n") if line.strip()]
    return any(line.startswith(words.SURE) for line in lines[:4])


def _null(headers: Headers) -> bool:
    """Some hosts write the daemon's name where the null sender belongs (RFC 5321 §4.5.5)."""
    if any(b"<>" in headers.first(name).replace(b" ", b"") for name in ("return-path", "from")):
        return True
    return headers.word("return-path").strip("< ").startswith(words.SENDER_STARTS)


def _daemon(headers: Headers, sender: Address | None) -> bool:
    """Whether the sender bears a name that only mail systems have."""
    if sender is None:
        return headers.word("from").startswith(words.SENDER_STARTS)
    local = sender.address.casefold().partition("@")[0].strip('"')
    return local in words.DAEMONS or local.startswith(words.SENDER_STARTS) or sender.name.casefold() in words.NAMES


def _returned_to_one(body: Body) -> Iterator[FailedRecipient]:
    """The one addressee of the returned letter, where the host names nobody."""
    for part in body.parts:
        if part.type in RETURNED:
            fields, _ = fields_from(part.head(64 * 1024).lstrip(b"\r\n"), 0, [])
            named = [each for field in fields if field.name in ("to", "cc") for each in mailboxes(field.value)]
            if len(named) == 1:
                yield FailedRecipient(named[0].address, "")
            return


def _returned_id(body: Body, returned: str) -> str | None:
    """From the returned letter or its headers; a part of a wrong type often holds them too."""
    for part in body.parts:
        if part.type in RETURNED:
            fields, _ = fields_from(part.head(64 * 1024).lstrip(b"\r\n"), 0, [])
            if found := next((message_id(each.value) for each in fields if each.name == "message-id"), None):
                return found
    for line in returned.split("\n"):
        name, colon, value = line.strip("> \t").partition(":")
        if colon and name.casefold() == "message-id":
            return message_id(value.encode("utf-8", "replace"))
    return None
