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
from intake.mail.body import Body, Part
from intake.mail.cut import header_block
from intake.mail.headers import Headers, message_id, text_of
from rules.facts import Address, FailedRecipient

REPORT = 256 * 1024
"""Octets of a report that are read."""
PROSE = 40_000
"""Characters of prose that are read."""
RECIPIENTS = 200
RETURNED = (
    "message/rfc822",
    "text/rfc822-headers",
    "message/rfc822-headers",
    "message/global",
    "message/global-headers",
)

ADDRESS = re.compile(
    r"""(?: "[^"\s\x00-\x1f]{1,80}" | [^\s<>()\[\]"',;:@\x00-\x1f\x7f-\x9f]{1,100} )
    @ (?: [A-Za-z0-9_][^\s<>()\[\]"',;:@\x00-\x1f\x7f-\x9f]{0,200} | \[[0-9A-Fa-fIPv:.]{1,60}\] )""",
    re.VERBOSE,
)
JSON = re.compile(r"\"emailAddress\"\s?:\s?\"([^\"\s]{3,300})\"")
NEXT = re.compile(r"\n\s{0,20}[<\"]?[^\s@<>\"]{1,100}@[^\s@<>]{1,100}>?\"?:?[ \t]*(?:\n|host|said|\(|[45]\d\d)")
TRANSCRIPT = re.compile(r"^[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3} )?(?=<)")
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
REPLY = re.compile(r"(?<![\d.#-])([45])\d\d(?=[ -])")


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
    told, returned = _told(body)
    recipients = _from_prose(headers, told, returned)
    return Report((sign,), tuple(recipients)[:RECIPIENTS], _returned_id(body, returned))


def _delivery_report(headers: Headers, body: Body, sender: Address | None) -> Report | None:
    """RFC 3464, as a part of its own or, as some hosts write it, within the text. None where nothing failed."""
    machine = _daemon(headers, sender) or _null(headers) or b"delivery-status" in headers.first("content-type").lower()
    # RFC 3464 §2: it stands in a multipart/report. In any other mail of a person's it is a report that he shows us.
    statuses = [part for part in body.parts if part.type == "message/delivery-status"]
    parts = [part for part in statuses if machine or part.parent == "multipart/report"]
    if not parts and machine:
        parts = [part for part in body.parts if _holds_status(part)]
    if not parts:
        return None
    told, returned = _told(body)
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
    recipients = tuple(found.values()) or tuple(_from_prose(headers, told, returned))
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
        nearer = _near(told, address, alone=False)
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
    text = body.text[:6000].casefold()
    sure = next((phrase for phrase in words.SURE if phrase in text), "")
    said = sure or next((phrase for phrase in words.SAID if phrase in text), "")
    title = subject.casefold().strip()
    titled = not title.startswith(words.REPLIES) and any(phrase in title for phrase in words.SUBJECTS)
    returned = any(part.type in RETURNED for part in body.parts)
    office = address.partition("@")[0] in words.OFFICES
    if (
        (daemon and (said or titled or any(phrase in text for phrase in words.LIKELY)))
        or (null and (sure or titled or (said and returned)))
        or (office and titled and (said or returned or any(phrase in text for phrase in words.LIKELY)))
    ):
        return f"prose: {said or subject[:60]}"
    return ""


def _null(headers: Headers) -> bool:
    return any(b"<>" in headers.first(name).replace(b" ", b"") for name in ("return-path", "from"))


def _daemon(headers: Headers, sender: Address | None) -> bool:
    """Whether the sender bears a name that only mail systems have."""
    if sender is None:
        return headers.word("from").startswith(words.SENDER_STARTS)
    local = sender.address.casefold().partition("@")[0].strip('"')
    return local in words.DAEMONS or local.startswith(words.SENDER_STARTS) or sender.name.casefold() in words.NAMES


def _told(body: Body) -> tuple[str, str]:
    """What the host says, and the part of the text in which it gives our letter back."""
    text = body.text[:PROSE]
    at = 0
    for line in text.split("\n"):
        bare = line.strip(" \t-=*_>|:.").casefold()
        if at and (bare in words.RETURNED or bare.startswith(words.RETURNED_STARTS) or _begins_letter(line)):
            return text[:at], text[at:]
        at += len(line) + 1
    return text, ""


def _begins_letter(line: str) -> bool:
    return line.startswith(
        ("Received: from ", "Received: by ", "Return-Path: <", "Message-ID: <", "Message-Id: <", "DKIM-Sig")
    )


def _from_prose(headers: Headers, told: str, returned: str) -> Iterator[FailedRecipient]:
    """Addresses in the order of how plainly the text names them as failed."""
    delayed = any(phrase in told.casefold() for phrase in words.DELAYED)
    own = {each.key for name in ("to", "from", "sender") for value in headers.all(name) for each in mailboxes(value)}
    found = (
        _addresses(" ".join(text_of(value) for value in headers.all("x-failed-recipients")))
        or list(_alone(told))
        or [each[1] for each in JSON.finditer(told)]
        or [each for each in _named(told) if _strange(each, own)]
        or [each for each in _addresses(told) if _strange(each, own)]
        or [each.address for each in _returned_to(returned)]
    )
    low = told.casefold()
    once = {each.casefold(): each for each in found[:RECIPIENTS]}
    for address in once.values():
        yield FailedRecipient(address, _near(low, address, alone=len(once) == 1), final=not delayed)


def _strange(address: str, own: set[str]) -> bool:
    """Neither one that the bounce itself came from or went to, nor the host's own people."""
    return address.casefold() not in own and address.casefold().partition("@")[0] not in words.DAEMONS | words.OFFICES


def _addresses(text: str) -> list[str]:
    return [found[0].rstrip(".>") for found in ADDRESS.finditer(text)][:RECIPIENTS]


def _alone(told: str) -> Iterator[str]:
    """An address that has a line for itself, or begins it and the reason follows: the habit of qmail, exim, Postfix."""
    for line in told.split("\n"):
        bare = TRANSCRIPT.sub("", line[:400].strip()).lstrip("<*-\"' \t")
        found = ADDRESS.match(bare)
        if found is None:
            continue
        address = found[0].rstrip(".")
        rest = bare[len(address) :].lstrip(">\"' ")
        if not rest or rest[0] in ":;([.,-" or rest.startswith("on "):
            yield address


def _named(told: str) -> Iterator[str]:
    for line in told.split("\n"):
        low = line.casefold()
        if any(label in low for label in words.RECIPIENT_LABELS):
            for found in ADDRESS.finditer(line[:600]):
                yield found[0].rstrip(".")


def _near(told: str, address: str, *, alone: bool) -> str:
    """The status on the line of the address or below it, before the next one; with one recipient, the first anywhere.

    `told` in lower case.
    """
    at = told.find(address.casefold())
    if at != -1:
        line = told.rfind("\n", 0, at) + 1
        after = told[at + len(address) : at + len(address) + 1500]
        other = NEXT.search(after)
        stretch = told[line:at] + " " + after[: other.start() if other else None]
        if found := STATUS.search(stretch):
            return found[1]
    found = STATUS.search(told) if alone else None
    return found[1] if found else ""


def _returned_to(returned: str) -> tuple[Address, ...]:
    fields, _ = header_block(returned.lstrip("\n").encode("utf-8", "replace"), 0, [])
    return next((mailboxes(each.value) for each in fields if each.name == "to"), ())


def _returned_id(body: Body, returned: str) -> str | None:
    """From the returned letter or its headers; a part of a wrong type often holds them too."""
    for part in body.parts:
        if part.type in RETURNED:
            fields, _ = header_block(part.head(64 * 1024).lstrip(b"\r\n"), 0, [])
            if found := next((message_id(each.value) for each in fields if each.name == "message-id"), None):
                return found
    for line in returned.split("\n"):
        name, colon, value = line.strip("> \t").partition(":")
        if colon and name.casefold() == "message-id":
            return message_id(value.encode("utf-8", "replace"))
    return None
