"""Who did not get a letter, by the prose of a host that writes no RFC 3464 report.

Reads what the host says, never the letter that it gives back, and tries the plainest place first: an address that has a
line for itself, one after a label, any that is not the host's own. Whether a mail is a bounce at all is decided in
`bounce`. Linear in what is read, which is bounded; never raises.
"""

import re
from collections.abc import Iterator

from intake.mail import bounce_words as words
from intake.mail.addresses import mailboxes
from intake.mail.body import Body
from intake.mail.header_block import fields_from
from intake.mail.headers import Headers, text_of
from rules.facts import Address, FailedRecipient

PROSE = 40_000
"""Characters of prose that are read."""
RECIPIENTS = 200
SIGNS = r"\s<>()\[\]\"',;:@\x00-\x1f\x7f-\x9f（）：；，。【】「」《》"
"""What ends an address in prose, also in Chinese and Japanese, which put no space beside it."""
ADDRESS = re.compile(
    rf"""(?: "[^"\s\x00-\x1f]{{1,80}}" | [^{SIGNS}]{{1,100}} )
    @ (?: [A-Za-z0-9_](?:(?!\.\.)[^{SIGNS}]){{0,200}} | \[[0-9A-Fa-fIPv:.]{{1,60}}\] )""",
    re.VERBOSE,
)
JSON = re.compile(r"\"emailAddress\"\s?:\s?\"([^\"\s]{3,300})\"")
NEXT = re.compile(r"\n\s{0,20}[<\"]?[^\s@<>\"]{1,100}@[^\s@<>]{1,100}>?\"?:?[ \t]*(?:\n|host|said|\(|[45]\d\d)")
TRANSCRIPT = re.compile(r"^[45]\d\d[ -](?:[45]\.\d{1,3}\.\d{1,3} )?(?=<)")
LABELLED = re.compile(r"[A-Za-z-]{2,40}:(?: |$)")
TYPED = re.compile(r"^(?:smtp|rfc-?822)=", re.IGNORECASE)
"""X.400 names the kind of an address before it."""
SENDERS = re.compile(
    r"(?:\b(?:mail|sent|message)|^) ?from[: ]{1,3}<?[^\s@]{1,100}@[^\s@]{1,100}", re.IGNORECASE | re.MULTILINE
)
FAILURE = re.compile(r"(?<![\d.])([45]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")
STATUS = re.compile(r"(?<![\d.])([245]\.\d{1,3}\.\d{1,3})(?![\d]|\.\d)")


def told_and_returned(body: Body) -> tuple[str, str]:
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


def named_in_prose(headers: Headers, told: str, returned: str) -> Iterator[FailedRecipient]:
    """Addresses in the order of how plainly the text names them as failed."""
    title = text_of(headers.first("subject")).casefold()
    delayed = any(phrase in told.casefold() for phrase in words.DELAYED)
    delayed = delayed or ("fail" not in title and any(phrase in title for phrase in words.DELAYED_SUBJECTS))
    own = {each.key for name in ("to", "from", "sender") for value in headers.all(name) for each in mailboxes(value)}
    low = told.casefold()  # whose status is looked for above the heading, too
    told = _after_heading(told)
    found = (
        _addresses(" ".join(text_of(value) for value in headers.all("x-failed-recipients")))
        or list(_alone(told))
        or [each[1] for each in JSON.finditer(told)]
        or [each for each in _named(told) if _strange(each, own)]
        or [each for each in _addresses(SENDERS.sub("", told)) if _strange(each, own)]
        or [each.address for each in _returned_to(returned)]
    )
    once = {each.casefold(): each for each in found[:RECIPIENTS]}
    for address in once.values():
        yield FailedRecipient(address, nearest_status(low, address, alone=len(once) == 1), final=not delayed)


def nearest_status(told: str, address: str, *, alone: bool) -> str:
    """The status on the line of the address or below it, before the next one; with one recipient, the first anywhere.

    `told` in lower case.
    """
    at = told.find(address.casefold())
    if at != -1:
        line = told.rfind("\n", 0, at) + 1
        after = told[at + len(address) : at + len(address) + 1500]
        other = NEXT.search(after)
        stretch = told[line:at] + " " + after[: other.start() if other else None]
        if found := FAILURE.search(stretch):
            return found[1]
    found = FAILURE.search(told) if alone else None
    return found[1] if found else ""


def _after_heading(told: str) -> str:
    """From "the following recipients" on, where addresses follow: above it stand our letter's own headers."""
    found = words.HEADING.search(told)
    return told[found.start() :] if found and ADDRESS.search(told, found.end()) else told


def _strange(address: str, own: set[str]) -> bool:
    """Neither one that the bounce itself came from or went to, nor the host's own people."""
    return address.casefold() not in own and address.casefold().partition("@")[0] not in words.DAEMONS | words.OFFICES


def _addresses(text: str) -> list[str]:
    return [TYPED.sub("", found[0].rstrip(".>")) for found in ADDRESS.finditer(text)][:RECIPIENTS]


def _alone(told: str) -> Iterator[str]:
    """An address that has a line for itself, or begins it and the reason follows: the habit of qmail, exim, Postfix."""
    for line in told.split("\n"):
        bare = TRANSCRIPT.sub("", line[:400].strip()).lstrip("<*-\"' \t")
        found = ADDRESS.match(bare)
        if found is None:
            continue
        address = found[0].rstrip(".")
        rest = bare[len(address) :].lstrip(">\"' ")
        if rest[:1] == "<" and (bracketed := ADDRESS.match(rest, 1)):  # what stands before it is only a name
            yield bracketed[0].rstrip(".")
            continue
        if not rest or rest[0] in ":;([.,-" or rest.startswith("on "):
            yield address


def _named(told: str) -> Iterator[str]:
    for line in told.split("\n"):
        low = line.casefold()
        if any(label in low for label in words.RECIPIENT_LABELS):
            for found in ADDRESS.finditer(SENDERS.sub("", line[:600])):
                yield TYPED.sub("", found[0].rstrip("."))


def _returned_to(returned: str) -> tuple[Address, ...]:
    """Below the line that announces it."""
    lines = returned.lstrip("\n").split("\n")
    start = next((at for at, line in enumerate(lines[:10]) if LABELLED.match(line[:80])), 0)
    fields, _ = fields_from("\n".join(lines[start : start + 500]).encode("utf-8", "replace"), 0, [])
    return next((mailboxes(each.value) for each in fields if each.name == "to"), ())
