"""Tell the body of a mail from what it brings along.

Walks the MIME tree once: text/plain is preferred where it says something, HTML is turned into text otherwise, the
alternatives of one text are never both taken, and a message inside the mail stays an attachment. What Outlook packs
into winmail.dat and what a signature wraps is opened; where no text is to be found, the next best thing tells what the
mail says. Contents are decoded here, from the raw mail where `cut` took them out, in bounded pieces.
"""

import email
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from email.message import Message

from intake.mail import invitation, marks, markup, rich, sealed, tnef
from intake.mail.charset import decoded
from intake.mail.cut import Cut, cut
from intake.mail.detection import detected
from intake.mail.flowed import unflowed
from intake.mail.headers import one_line
from intake.mail.part import LONGEST, Part, attachment, part_of, safe_name
from intake.mail.transfer import without_files
from rules.facts import Attachment, Unreadable

TEXT = ("text/plain", "text/html")
ENRICHED = ("text/enriched", "text/richtext", "text/x-amp-html")
"""Marked up much like HTML (RFC 1896)."""
PARAMETER = re.compile(r"<param>[^<]{0,200}</param>", re.IGNORECASE)
TNEF = ("application/ms-tnef", "application/vnd.ms-tnef")
PACKED = 32 * 1024 * 1024
"""Octets of a winmail.dat that are opened."""
WRAPPED = 4 * 1024 * 1024
"""Octets of a signed part that are opened."""
OPENED = 5
"""Signed parts that are opened, within one another or side by side."""
KIND = 100
TEXTS = 300
"""Parts that are read as text; a mail has one or two, a long digest some dozens. What follows is an attachment."""
TOLD = 2 * LONGEST
"""Octets of all of them."""


@dataclass(frozen=True, slots=True)
class Body:
    text: str
    marked: str
    """The text with the marks of `marks` for `quotes`, without files and signatures that stand in it."""
    charset: str
    """The charset of its first text, as named or as detected; "" where it is ASCII and says nothing."""
    attachments: tuple[Attachment, ...]
    parts: tuple[Part, ...]
    """Every leaf in order, the body's own included."""
    attached: tuple[Part, ...]
    """What `attachments` tells of, with its content; what was packed together stands beside what it was packed in."""
    defects: tuple[str, ...]


@dataclass(slots=True)
class _Walk:
    raw: bytes
    cut: Cut
    parts: list[Part] = field(default_factory=list)
    attached: list[Part] = field(default_factory=list)
    packed: list["_Piece"] = field(default_factory=list)
    """The text of a winmail.dat: as a rule the same that stands beside it."""
    defects: list[str] = field(default_factory=list)
    opened: int = 0
    texts: int = 0
    left: int = TOLD
    """Octets of text that may still be read."""


@dataclass(slots=True)
class _Piece:
    """A stretch of body: one of the two is filled."""

    plain: str = ""
    html: str = ""

    def says_something(self) -> bool:
        return any(character.isalnum() for character in self.plain[:20_000]) or bool(self.plain[20_000:])


def read(message: Message, raw: bytes, cut: Cut, *, digests: bool = False) -> Body:
    """With `digests` attachments are decoded and hashed; without, their `sha256` is ""."""
    walk = _Walk(raw, cut)
    pieces = _pieces(message, "", walk)
    if not any(piece.html or piece.says_something() for piece in pieces):
        pieces = _next_best(walk, bare=not pieces) or pieces
    marked = "\n".join(_texts(pieces))
    return Body(
        text=marks.clean(marked),
        marked=sealed.without_armour(without_files(marked)[0]),
        charset=_charset(walk.parts),
        attachments=tuple(attachment(part, number, digests) for number, part in enumerate(walk.attached, 1)),
        parts=tuple(walk.parts),
        attached=tuple(walk.attached),
        defects=tuple(dict.fromkeys(walk.defects)),
    )


def _texts(pieces: list[_Piece]) -> Iterator[str]:
    laid_out = 0
    for piece in pieces:
        laid_out += len(piece.html)
        plain = marks.unmarked(piece.plain)
        yield markup.text_of(piece.html, plainly=laid_out > markup.NICE) if piece.html else plain


def _charset(parts: list[Part]) -> str:
    """Headers with raw 8-bit text are written in the charset of the body, which says more about it than they do."""
    texts = [part for part in parts if part.type in TEXT]
    if label := next((part.label for part in texts if part.label), None):
        return label
    head = texts[0].head(64 * 1024) if texts else b""
    return "" if head.isascii() else detected(head)


def _pieces(message: Message, parent: str, walk: _Walk) -> list[_Piece]:
    """Recursion is bounded: `cut` refuses more than a hundred nested parts."""
    kind = one_line(message.get_content_type()).partition(" ")[0][:KIND]
    if kind.startswith("multipart/"):
        if said := sealed.sign(kind, ""):
            walk.defects.append(said)
        if message.is_multipart():
            found = [_pieces(child, kind, walk) for child in message.get_payload() if isinstance(child, Message)]
            return _preferred(found) if kind == "multipart/alternative" else [each for some in found for each in some]
        kind = "text/plain"  # no part begins anywhere: what stands there is all there is
    part = part_of(message, kind, parent, walk.raw, walk.cut)
    walk.parts.append(part)
    if part.type in sealed.CMS:
        return _sealed(part, walk)
    if _is_body(part, walk):
        return [_read(part, walk)]
    if parent != "multipart/alternative" or part.name or not part.type.startswith("text/") or part.type in KEPT:
        walk.attached.append(part)
    if part.type in TNEF or part.name.lower() == "winmail.dat":
        _unpack(part, walk)
    return []


KEPT = (*TEXT, "text/calendar", "text/vcard", "text/csv")
"""Texts that stay attachments as an alternative, too; others (for watches, for AMP) only say the same again."""


def _is_body(part: Part, walk: _Walk) -> bool:
    if part.type not in TEXT or part.disposition == "attachment" or part.name:
        return False
    if walk.texts >= TEXTS or walk.left <= 0:
        return False
    if part.parent == "multipart/related" and part.type == "text/html":  # a frame of the page before it
        return not any(
            each is not part and each.parent == part.parent and each.type == part.type for each in walk.parts
        )
    return True


def _read(part: Part, walk: _Walk) -> _Piece:
    head = part.head(limit := min(LONGEST, walk.left))
    walk.left -= len(head)
    walk.texts += 1
    if len(head) == limit:
        walk.defects.append(f"a text was cut after {limit} octets")
    text, wrong = decoded(head, part.label or (markup.label_in(head) if part.type == "text/html" else None))
    if wrong:
        walk.defects.append(wrong)
    text = text.replace("\r\n", "\n").replace("\r", "\n")
    if part.type == "text/html":
        return _Piece(html=text)
    if said := sealed.armoured(text):
        walk.defects.append(said)
    for name, content in without_files(text)[1]:
        walk.attached.append(
            Part("application/octet-stream", {}, "", safe_name(name), "uuencode", memoryview(content), part.type)
        )
    if part.parameter("format") == "flowed":
        text = unflowed(text, delsp=part.parameter("delsp") == "yes")
    return _Piece(plain=text)


def _preferred(alternatives: list[list[_Piece]]) -> list[_Piece]:
    """Plain text if it says anything, else what comes last (RFC 2046 §5.1.4: the richest)."""
    for each in alternatives:
        if any(piece.plain and piece.says_something() for piece in each):
            return each
    rich = [each for each in alternatives if any(piece.html for piece in each)]
    filled = [each for each in alternatives if each]
    return rich[-1] if rich else filled[0] if filled else []


def _sealed(part: Part, walk: _Walk) -> list[_Piece]:
    """S/MIME: what is only signed is read as the mail that it wraps; the whole stays an attachment."""
    walk.attached.append(part)
    inner = sealed.signed_content(part.head(WRAPPED)) if walk.opened < OPENED else b""
    walk.defects.append(sealed.sign(part.type, "signed-data" if inner else part.parameter("smime-type")))
    walk.opened += 1
    if not inner:
        return []
    try:
        within = _over(walk, inner)
        pieces = _pieces(email.message_from_bytes(within.cut.data), part.type, within)
    except (Unreadable, ValueError, LookupError, AttributeError, TypeError, IndexError, RecursionError):
        walk.defects.append(f"what is signed cannot be read: {part.type}")
        return []
    walk.opened, walk.texts, walk.left = within.opened, within.texts, within.left
    return pieces


def _over(walk: _Walk, inner: bytes) -> _Walk:
    """The same walk over the octets of a mail within: what is found is added to what was found."""
    return replace(walk, raw=inner, cut=cut(inner))


def _unpack(part: Part, walk: _Walk) -> None:
    """What it holds is told beside it, for no program but Outlook opens it."""
    found = tnef.opened(part.head(PACKED))
    for each in found.attachments:
        kind = one_line(each.type).lower()[:KIND] or "application/octet-stream"
        walk.attached.append(Part(kind, {}, "attachment", safe_name(each.name), "", memoryview(each.data), part.type))
    if found.text:
        walk.packed.append(_Piece(plain=found.text.replace("\r\n", "\n").replace("\r", "\n")))
    elif found.html:
        walk.packed.append(_Piece(html=decoded(found.html, markup.label_in(found.html))[0]))
    elif found.rich:
        text, is_html = rich.words_of(rich.unpacked(found.rich))
        walk.packed.append(_Piece(html=text) if is_html else _Piece(plain=text))


def _next_best(walk: _Walk, *, bare: bool) -> list[_Piece]:
    """Where no text says anything: what Outlook packed, an event, a text of another kind.

    `bare`: there is none at all, so a text that bears a file name is taken for it, as some programs name the body.
    """
    for part in walk.attached:
        if bare and part.type in TEXT and part.disposition != "attachment":
            return [_Piece(plain=part.text()) if part.type == "text/plain" else _Piece(html=part.text())]
    if walk.packed:
        return walk.packed[:1]
    for part in walk.parts:
        if part.type == "text/calendar" and (event := invitation.told(part.text())):
            return [_Piece(plain=event)]
    for part in walk.parts:
        # RFC 2046 §4.1.4: a text of a kind that is not known is read as plain text
        if part.type.startswith("text/") and part.type not in KEPT and part.disposition != "attachment":
            if part.type in ENRICHED:
                return [_Piece(html=PARAMETER.sub("", part.text()))]
            return [_Piece(plain=part.text())]
    return []
