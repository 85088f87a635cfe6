"""Turn the bytes of a mail into text, whatever charset they claim.

A label is believed while it decodes without error and is not plainly wrong; then the supersets that mail programs
really mean (GBK under GB2312, Shift_JIS under ISO-2022-JP, UTF-8 under Latin-1), then detection. Never fails, and what
comes out holds neither NUL nor a lone surrogate. Work is linear in the size; detection looks at a bounded sample.
"""

import codecs
import re
from functools import lru_cache

from intake.mail.detection import detected, escaped_codec, is_no_latin

# label -> the codec that its writers meant, where Python's own is narrower or unknown
MEANT = {
    "us-ascii": "ascii",
    "ansi_x3.4-1968": "ascii",
    "iso-8859-1": "cp1252",
    "iso8859-1": "cp1252",
    "latin1": "cp1252",
    "latin-1": "cp1252",
    "iso-8859-8-i": "iso-8859-8",
    "iso-8859-8-e": "iso-8859-8",
    "iso-8859-6-i": "iso-8859-6",
    "iso-8859-11": "cp874",
    "tis-620": "cp874",
    "iso-8859-9": "cp1254",
    "gb2312": "gb18030",
    "gb_2312-80": "gb18030",
    "gbk": "gb18030",
    "x-gbk": "gb18030",
    "cp936": "gb18030",
    "hz-gb-2312": "hz",
    "ks_c_5601-1987": "cp949",
    "ks_c_5601": "cp949",
    "euc-kr": "cp949",
    "x-windows-949": "cp949",
    "big5": "big5hkscs",
    "x-x-big5": "big5hkscs",
    "shift_jis": "cp932",
    "shift-jis": "cp932",
    "sjis": "cp932",
    "x-sjis": "cp932",
    "windows-31j": "cp932",
    "iso-2022-jp": "iso2022_jp_ext",
    "unicode-1-1-utf-7": "utf-7",
    "utf8": "utf-8",
    "utf-8": "utf-8-sig",
    "x-mac-roman": "mac-roman",
    "macintosh": "mac-roman",
    "x-mac-cyrillic": "mac-cyrillic",
    "unicode": "utf-16",
}
# codecs of Python that are no charsets: punycode is quadratic, the escapes speak Python, undefined always fails
NEVER = frozenset(
    {"idna", "punycode", "unicode_escape", "raw_unicode_escape", "undefined", "mbcs", "oem", "unicode-escape"}
)
SINGLE = frozenset(
    {"ascii", "cp1252", "iso8859-15", "cp1251", "koi8-r", "iso8859-2", "cp1250", "cp1254", "cp437", "cp850"}
)
LATIN = frozenset({"ascii", "cp1252", "iso8859-15", "iso8859-2", "cp1250", "cp1254", "cp1257", "cp437", "cp850"})
JAPANESE = ("cp932", "euc_jis_2004")
LABELS = 200
"""Labels that are kept in mind with what they mean."""
SURROGATE = re.compile("[\ud800-\udfff]")


def scrub(text: str) -> str:
    """Without NUL and lone surrogates: PostgreSQL refuses the one, every encoder the other."""
    if "\0" in text:
        text = text.replace("\0", "\ufffd")
    return SURROGATE.sub("\ufffd", text) if not text.isascii() else text


def decoded(data: bytes, label: str | None = None) -> tuple[str, str]:
    """The text, and what was wrong with its label ("" where nothing was)."""
    escaped = escaped_codec(data)
    if data.isascii() and not escaped and b"~{" not in data and not _wide(label):
        return scrub(data.decode("ascii")), ""
    codec = codec_of(label)
    if escaped and not (codec or "").startswith("iso2022") and (text := _strict(data, escaped)) is not None:
        return scrub(text), f"charset {label[:40]} was really {escaped}" if label else f"no charset; read as {escaped}"
    if (bom := _bom(data)) is not None:
        return scrub(bom), ""
    if _is_utf8(data) and (codec is None or codec in SINGLE):
        wrong = "" if label is None else f"charset {label[:40]} was really utf-8"
        return scrub(data.decode("utf-8")), wrong
    if codec is not None and (text := _strict(data, codec)) is not None:
        if codec in LATIN and is_no_latin(data) and (guess := detected(data)) not in LATIN:
            return scrub(data.decode(guess, "replace")), f"charset {codec} was really {guess}"
        return scrub(text), ""
    if codec == "iso2022_jp_ext":
        for other in JAPANESE:
            if (text := _strict(data, other)) is not None:
                return scrub(text), f"charset {label} was really {other}"
    if codec is not None and codec not in SINGLE and codec != "ascii":
        text = data.decode(codec, "replace")
        if text.count("\ufffd") * 20 <= len(text):
            return scrub(text), f"charset {label} does not fit every byte"
    guess = detected(data)
    wrong = f"charset {label[:40]} does not fit; read as {guess}" if label else f"no charset; read as {guess}"
    return scrub(data.decode(guess, "replace")), wrong


@lru_cache(maxsize=LABELS)
def codec_of(label: str | None) -> str | None:
    """Python's name of the codec for a charset label, None for one that is unknown or no charset."""
    if not label:
        return None
    name = label.strip().strip("\"'").lower()
    name = MEANT.get(name, name)
    if not name or len(name) > 40 or not name.isascii() or "\0" in name:
        return None
    try:
        info = codecs.lookup(name)
    except LookupError:
        return None
    # base64_codec, zlib_codec and kin turn bytes into bytes
    if info.name in NEVER or not getattr(info, "_is_text_encoding", True):
        return None
    return info.name


@lru_cache(maxsize=LABELS)
def _wide(label: str | None) -> bool:
    return label is not None and any(
        w in label.lower() for w in ("utf-16", "utf16", "utf-32", "utf-7", "unicode", "hz", "ebcdic", "cp037")
    )


def _bom(data: bytes) -> str | None:
    if data.startswith(codecs.BOM_UTF8):
        return _strict(data, "utf-8-sig")
    if data.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)) and b"\0" in data:
        return _strict(data, "utf-16")
    return None


def _is_utf8(data: bytes) -> bool:
    if data.isascii():
        return False
    return _strict(data, "utf-8") is not None


def _strict(data: bytes, codec: str) -> str | None:
    try:
        text = data.decode(codec)
    except (UnicodeError, ValueError):
        return None
    return None if SURROGATE.search(text) else text
