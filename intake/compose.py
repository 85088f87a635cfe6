"""Composes letters: what was decided about a mail, in the words of a template, as final bytes.

The words are the templates', the values `letter_values`', the bytes `letter_bytes`'; here are the headers: whom a
letter answers, under which subject and in which thread, and how it says that a machine wrote it (RFC 3834). The same
order gives the same bytes. Whether a letter may be sent at all is decided elsewhere.
"""

import re
from email.utils import format_datetime

from intake.letter_bytes import mailboxes, message_ids, serialize, unstructured, wire_address
from intake.letter_order import Letter, LetterKind, LetterOrder, PolicyWording
from intake.letter_values import values_of
from rules.facts import Address, Authentication, Mail
from rules.letters import is_stranger
from templates.lines import harmless
from templates.render import Renderer

__all__ = ["Letter", "LetterKind", "LetterOrder", "PolicyWording", "bare_subject", "compose", "compose_page"]

LONGEST_SUBJECT = 200
SEALED = re.compile(r"\.[a-z2-7]{40}@", re.IGNORECASE)
"""In the Message-ID of a letter to staff (`intake.tokens`)."""
TO_STAFF = (LetterKind.NOTICE, LetterKind.QUESTION, LetterKind.TRANSCRIPT, LetterKind.DIGEST)

# What mail programs put before the subject of a reply, in the languages seen: "Re[2]:", "AW:", "Antw:", "回复：".
REPLY = re.compile(
    r"\s*(?:re|aw|antw|antwort|sv|vs|vá|ref|odp|res|rif|ynt|atb|rép|回复|回覆|答复|答覆|返信)"
    r"\s?(?:[\[(]\d{1,3}[\])])?\s?[:：]",
    re.IGNORECASE,
)


def compose(order: LetterOrder, renderer: Renderer) -> Letter:
    """The letter that `order` asks for.

    Raises KeyError for a letter that there is no template for, and ValueError for a recipient that no letter can be
    addressed to (ask `letter_bytes.unaddressable` first).
    """
    rendered = renderer.render(order.letter, order.language, values_of(order, _bare(order)))
    recipients = order.recipients or _sender(order.mail)
    subject = _subject(rendered.subject, order)
    return Letter(
        kind=order.kind,
        message_id=order.message_id,
        # Not the null sender of RFC 3834 §3.3: a bounce should come home and be seen, and nothing answers a bounce.
        sender=wire_address(order.mailbox.address),
        recipients=tuple(wire_address(one.address) for one in recipients),
        subject=subject,
        raw=serialize(_headers(order, recipients, subject), rendered.text, rendered.html, order.message_id),
        language=rendered.language,
        fallback=rendered.fallback,
    )


def compose_page(order: LetterOrder, renderer: Renderer) -> Letter:
    """A page: its bytes are the text alone, its recipients names of places (`intake.told`). Raises KeyError."""
    rendered = renderer.render(order.letter, order.language, values_of(order, _bare(order)))
    return Letter(
        kind=order.kind,
        message_id=order.message_id,
        sender=wire_address(order.mailbox.address),
        recipients=tuple(one.address for one in order.recipients),
        subject=rendered.subject,
        raw=rendered.text.encode(),
        language=rendered.language,
        fallback=rendered.fallback,
    )


def _bare(order: LetterOrder) -> str:
    return "" if _to_a_stranger(order) else bare_subject(order.mail.subject, order.reference)


def _to_a_stranger(order: LetterOrder) -> bool:
    """Whether nobody vouches for the address: then its owner may never have written, and a subject of a spammer's would
    reach him under our name."""
    vouched = order.mail.authentication is Authentication.PASS
    return order.kind not in (*TO_STAFF, LetterKind.PAGE) and is_stranger(order.decision) and not vouched


def bare_subject(subject: str, reference: str) -> str:
    """A subject without reply marks and without tags of this mailbox; "" when nothing else was in it."""
    prefix = re.escape(reference.rpartition("-")[0])
    left = re.sub(rf"\[{prefix}-\d{{1,12}}\]", " ", harmless(subject[:1_000]), flags=re.IGNORECASE)
    while found := REPLY.match(left):
        left = left[found.end() :]
    left = re.sub(r"\s+", " ", left).strip()
    return left if len(left) <= LONGEST_SUBJECT else left[: LONGEST_SUBJECT - 1].rstrip() + "…"


def _subject(rendered: str, order: LetterOrder) -> str:
    """The template's subject with one tag; a letter to the customer also has exactly one "Re: "."""
    tag = f"[{order.reference}]"
    if order.kind in (*TO_STAFF, LetterKind.FORWARD):
        return rendered if tag in rendered or not order.reference else f"{tag} {rendered}"
    return f"Re: {tag} {bare_subject(rendered, order.reference)}"


def _sender(mail: Mail) -> tuple[Address, ...]:
    """Whom a letter to the customer goes to: From, and never Reply-To.

    From is what was looked up in the directory and what the mailbox's server vouched for. A Reply-To is free text: a
    letter that obeyed it would tell a stranger what a contract's contact wrote, or would let a forger aim our letters.
    """
    return (Address(mail.sender.address),) if mail.sender else ()


def _headers(order: LetterOrder, recipients: tuple[Address, ...], subject: str) -> list[tuple[str, str]]:
    answers = order.kind not in (LetterKind.NOTICE, LetterKind.FORWARD, LetterKind.DIGEST)
    return [
        ("From", mailboxes([order.mailbox])),
        *_reply_to(order),
        ("To", mailboxes(recipients)),
        ("Subject", unstructured(subject)),
        ("Date", format_datetime(order.at.astimezone(order.wording.zone))),
        ("Message-ID", message_ids([order.message_id])),
        *_threading(order.mail, order.thread),
        # RFC 3834 §5. No Precedence header: it is not standardised, says "bulk" or "junk" of a letter that somebody
        # waits for, and the next two are what today's responders look at.
        ("Auto-Submitted", "auto-replied" if answers else "auto-generated"),
        # Exchange's own list without NDR: "All" would ask it to keep from us that a letter was not delivered.
        ("X-Auto-Response-Suppress", "DR, RN, NRN, OOF, AutoReply"),
        # Read back as `Mail.intake_tag`: a mail that carries it is one of ours.
        ("X-Intake", unstructured(f"{order.reference} {order.kind}".strip())),
    ]


def _reply_to(order: LetterOrder) -> list[tuple[str, str]]:
    if order.reply_to:
        return [("Reply-To", mailboxes([Address(order.reply_to, order.mailbox.name)]))]
    # What is enclosed in a forwarded letter names its own sender: some programs would answer that one.
    return [("Reply-To", mailboxes([order.mailbox]))] if order.kind is LetterKind.FORWARD else []


def _threading(mail: Mail, thread: tuple[str, ...]) -> list[tuple[str, str]]:
    """In-Reply-To and References (RFC 5322 §3.6.4), References alone where the mail has no Message-ID to be named.

    Those of an earlier `thread` come first, as its mails did.
    """
    parent = message_ids([mail.message_id] if mail.message_id else [])
    if not parent:
        return [("References", known)] if (known := message_ids(list(thread))) else []
    # Without References the parent's In-Reply-To takes their place, if it names exactly one mail.
    before = mail.references or (mail.in_reply_to if len(mail.in_reply_to) == 1 else ())
    # What names a notice may have come from a colleague's hands: a seal is for one reader, so it is not passed on.
    before = tuple(one for one in dict.fromkeys((*thread, *before)) if not SEALED.search(one))
    return [("In-Reply-To", parent), ("References", message_ids([*(one for one in before if one != parent), parent]))]
