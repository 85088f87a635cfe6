"""Read single header values: encoded words, raw 8-bit text, parameters, Message-IDs, dates.

Lenient where mail in the wild is broken, linear in the size of the value, and never fails: what cannot be read comes
out empty. What comes out holds no control character, so it can stand in one line of a log or a letter.
"""

import binascii
import re
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_tz

from intake.mail.charset import codec_of, decoded, scrub

ENCODED = re.compile(rb"=\?([^?\s]{1,80})\?([bBqQ])\?((?:[^?=]|=(?!\?[^=])|\?(?!=))*)\?=")
"""Many programs leave a question mark as it is within one, where RFC 2047 §4.2 asks for =3F."""
MESSAGE_ID = re.compile(r"<([^<>\s\x00-\x1f\x7f-\x9f]{1,500})>")
CONTROLS = re.compile("[\x00-\x1f\x7f\x80-\x9f\u2028\u2029]+")
BIDI = re.compile("[\u200e\u200f\u202a-\u202e\u2066-\u2069]")


class Headers:
    """The headers of one block, by name and in order; values are bytes, still folded and undecoded."""

    __slots__ = ("_named",)

    def __init__(self, fields: Iterable[tuple[str, bytes]]) -> None:
        self._named: dict[str, list[bytes]] = {}
        for name, value in fields:
            self._named.setdefault(name, []).append(value)

    def all(self, name: str) -> list[bytes]:
        return self._named.get(name, [])

    def first(self, name: str) -> bytes:
        """b"" where there is none."""
        return self._named.get(name, _NONE)[0]

    def word(self, name: str) -> str:
        """The first value in lower case as one line, for headers that hold a keyword."""
        return one_line(decoded(self.first(name))[0]).lower() if name in self._named else ""

    def names(self) -> Iterable[str]:
        return self._named.keys()

    def __contains__(self, name: str) -> bool:
        return name in self._named


_NONE = [b""]


def text_of(value: bytes, label: str | None = None) -> str:
    """A header as one line of text: unfolded, its encoded words decoded (RFC 2047), its 8-bit bytes repaired."""
    if b"=?" not in value:
        return one_line(decoded(value, label)[0])
    out: list[str] = []
    pending: tuple[bytes, bytes] | None = None
    at = 0
    for word in ENCODED.finditer(value):
        gap = value[at : word.start()]
        charset = word[1].partition(b"*")[0].lower()  # RFC 2231 §5: a language may follow the charset
        data = _word(word[2], word[3])
        # RFC 2047 §6.2: white space between two encoded words is none. Two words of one charset are decoded
        # together, because many programs split a character between them.
        if pending is not None and not gap.strip():
            if pending[0] == charset:
                pending = (charset, pending[1] + data)
            else:
                out.append(_decoded_word(pending))
                pending = (charset, data)
        else:
            if pending is not None:
                out.append(_decoded_word(pending))
            out.append(decoded(gap, label)[0])
            pending = (charset, data)
        at = word.end()
    if pending is not None:
        out.append(_decoded_word(pending))
    out.append(decoded(value[at:], label)[0])
    return one_line("".join(out))


def _word(encoding: bytes, data: bytes) -> bytes:
    if encoding in b"qQ":
        return binascii.a2b_qp(data.replace(b"\n", b""), header=True)
    return base64_bytes(data)


def _decoded_word(word: tuple[bytes, bytes]) -> str:
    charset, data = word
    label = charset.decode("ascii", "replace")
    return decoded(data, label if codec_of(label) else None)[0]


def base64_bytes(data: bytes) -> bytes:
    """Decoded as far as it goes; missing padding is added, strange characters are skipped."""
    try:
        return binascii.a2b_base64(data)
    except binascii.Error:
        clean = re.sub(rb"[^A-Za-z0-9+/]", b"", data.partition(b"=")[0])
        clean = clean[: len(clean) // 4 * 4] if len(clean) % 4 == 1 else clean + b"=" * (-len(clean) % 4)
        return binascii.a2b_base64(clean)


def one_line(text: str) -> str:
    """Without line breaks, control characters and what turns the direction of writing."""
    if text.isascii() and text.isprintable():
        return text.strip()
    return scrub(BIDI.sub("", CONTROLS.sub(_gap, text))).strip()


def _gap(controls: re.Match[str]) -> str:
    """A fold is the white space that follows it; anything else is one space."""
    after = controls.string[controls.end() : controls.end() + 1]
    return "" if controls[0] in ("\r\n", "\n") and after == " " else " "


def message_ids(values: list[bytes]) -> tuple[str, ...]:
    """Every Message-ID in order, once, in its angle brackets. Some programs fold in the middle of one."""
    found: dict[str, None] = {}
    for value in values:
        text = scrub(value.replace(b"\n\t", b"\n ").decode("utf-8", "replace"))
        for each in MESSAGE_ID.findall(text):
            found[f"<{each}>"] = None
    return tuple(found)


def message_id(value: bytes) -> str | None:
    """A single Message-ID; one without its brackets, or with spaces inside them, is still taken for what it says."""
    if (found := message_ids([value])) and len(found) > 0:
        return found[0]
    text = "".join(one_line(scrub(value.decode("utf-8", "replace"))).strip("<> ").split())[:500]
    return f"<{text}>" if text and "<" not in text and ">" not in text else None


def parameters(value: bytes) -> tuple[str, dict[str, bytes]]:
    """The value before the first ";" in lower case, and its parameters by lower-case name, those of RFC 2231 joined.

    Decoded parameters come as UTF-8 when they name their charset; the others as the bytes that stand there.
    """
    pieces = list(_split_parameters(value.replace(b"\n", b"")))
    main, _, rest = pieces[0].replace(b"\t", b" ").strip().partition(b" ")
    if b"=" in rest:  # "application/pdf name=a.pdf", without the semicolon
        pieces.insert(1, rest)
    elif main.endswith(b"/"):
        main += rest.strip()
    plain: dict[str, bytes] = {}
    pieced: dict[str, list[tuple[int, bool, bytes]]] = {}
    for piece in pieces[1:]:
        name, equals, content = piece.partition(b"=")
        if not equals:
            continue
        key = name.strip().lower().decode("ascii", "replace")
        content = _unquoted(content.strip())
        base, star, number = key.partition("*")
        if not star:
            plain.setdefault(key, content)
        else:
            extended = key.endswith("*")
            digits = number.rstrip("*")
            pieced.setdefault(base, []).append(
                (int(digits) if digits.isdecimal() and len(digits) < 6 else 0, extended, content)
            )
    for base, parts in pieced.items():
        plain[base] = _rejoined(parts)
    return main.lower().decode("ascii", "replace"), plain


def _rejoined(parts: list[tuple[int, bool, bytes]]) -> bytes:
    """RFC 2231 §3 and §4: numbered pieces, some of them percent-encoded, the first with charset'language'."""
    charset, out = "", b""
    for index, (_, extended, content) in enumerate(sorted(parts, key=lambda part: part[0])):
        if extended:
            if index == 0 and content.count(b"'") >= 2:
                label, _, rest = content.split(b"'", 2)
                charset, content = label.decode("ascii", "replace"), rest.strip(b'"')
            content = _percent(content)
        out += content
    return decoded(out, charset)[0].encode("utf-8", "replace") if charset else out


def _percent(content: bytes) -> bytes:
    first, *rest = content.split(b"%")
    out = [first]
    for piece in rest:
        try:
            out.append(bytes([int(piece[:2], 16)]) + piece[2:])
        except ValueError:
            out.append(b"%" + piece)
    return b"".join(out)


def _split_parameters(value: bytes) -> Iterator[bytes]:
    """Split at ";" outside quotes. A quote that never ends quotes nothing."""
    start = at = 0
    while at < len(value):
        semicolon = value.find(b";", at)
        quote = value.find(b'"', at)
        if semicolon == -1:
            break
        if quote == -1 or semicolon < quote:
            yield value[start:semicolon]
            start = at = semicolon + 1
            continue
        end = quote + 1
        while (end := value.find(b'"', end)) != -1 and value[end - 1 : end] == b"\\":
            end += 1
        at = end + 1 if end != -1 else quote + 1
        if end == -1:
            value = value.replace(b'"', b" ")
    yield value[start:]


def _unquoted(content: bytes) -> bytes:
    if content[:1] == b'"':
        end = 1
        while (end := content.find(b'"', end)) != -1 and content[end - 1 : end] == b"\\":
            end += 1
        content = content[1:end] if end != -1 else content[1:]
        return re.sub(rb"\\([\"\\])", rb"\1", content)
    return content.partition(b" (")[0] if content.endswith(b")") else content


def date_of(value: bytes) -> datetime | None:
    """An RFC 5322 date as an aware UTC time; one without a zone is taken as UTC. None where it is none."""
    try:
        parts = parsedate_tz(scrub(value[:200].decode("utf-8", "replace")).strip())
        if parts is None:
            return None
        offset = parts[9] or 0
        if abs(offset) >= 86400:
            offset = 0
        return datetime(*parts[:5], min(parts[5], 59), tzinfo=UTC) - timedelta(seconds=offset)
    except (ValueError, OverflowError, TypeError, IndexError):
        return None
