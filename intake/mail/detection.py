"""Guess the charset of bytes that name none, or plainly another than they are written in.

What can be told for certain is told first (escapes, kana); then charset-normalizer, which knows scripts well and the
Latin ones badly, so these are told apart by the letters of the languages that are written in them. Looks at a bounded
sample; never fails, and always names a codec of Python.
"""

import re

SAMPLE = 16 * 1024
SHORTEST = 24
"""Telling octets below which only Latin letters are thought of, unless other letters stand in a row."""
# what mail without a label is written in; charset-normalizer knows ninety more, and finds one in any short text
LIKELY = [
    "utf_8", "cp1252", "cp1250", "cp1251", "koi8_r", "koi8_u", "cp1253", "cp1254", "cp1255", "cp1256", "cp1257",
    "cp874", "gb18030", "big5hkscs", "cp932", "euc_jp", "cp949", "iso2022_jp", "iso2022_kr", "utf_16", "iso8859_2",
]  # fmt: skip
NAMES = {"big5hkscs": "big5hkscs", "koi8_r": "koi8-r", "koi8_u": "koi8-u", "iso8859_2": "iso8859-2", "utf_8": "utf-8"}
ESCAPE = re.compile(rb"\x1b(?:\$(?:[@B]|\([DOPQ]|\)(C))|\(J)")
KANA = re.compile("[\u3041-\u30fe]")
WIDE = re.compile("[\u3041-\u30fe\u4e00-\u9fff\uac00-\ud7a3]")
BEYOND = bytes(range(0x80, 0x100))
LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
IN_A_ROW = re.compile(rb"[\x80-\xff]{4}")
# The letters beyond ASCII of each language, by the codecs that its mail may be in; the earlier wins where both fit.
LATIN: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("cp1252", ("äöüß", "àâçéèêëîïôùûüœæ", "áéíñóúü¿¡ª", "àèéìíòóù", "áâãàçéêíóôõú", "åäöæøé", "éëïöóè", "åäöéü")),
    ("cp1250", ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ")),
    ("iso8859-2", ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţ")),
    ("cp1254", ("çğıöşüâî",)),
    ("cp1257", ("āčēģīķļņšūž", "ąčęėįšųūž", "äõöüšž")),
)
CASED = (
    ("cp1251", re.compile("[А-яЁёЄєІіЇїҐґ]{2,}")),
    ("koi8-r", re.compile("[А-яЁё]{2,}")),
    ("cp1253", re.compile("[Ά-ώ]{2,}")),
)
SIGNS = "“”„‘’‚–—…«»°§€•´·\u00a0"
"""They stand in any language."""


def detected(data: bytes) -> str:
    """The codec that fits best; cp1252 where too little is there to tell."""
    if codec := escaped_codec(data):
        return codec
    sample = _telling(data)
    if len(sample) < SHORTEST:
        return (_cased(sample) if IN_A_ROW.search(sample) else "") or _latin(sample)
    if _is_kana(sample):
        return "euc_jis_2004"
    if _is_hebrew(sample):
        return "cp1255"
    from charset_normalizer import from_bytes  # few mails need it, and it takes long to load

    best = from_bytes(sample, steps=4, chunk_size=512, cp_isolation=LIKELY).best()
    if best is None or best.encoding in ("cp1252", "cp1250", "cp1254", "cp1257", "iso8859_2", "ascii"):
        return _latin(sample)
    return NAMES.get(best.encoding, best.encoding)


def escaped_codec(data: bytes) -> str:
    """The codec of text that changes its characters by escapes (RFC 1468, RFC 1557), "" for any other."""
    found = ESCAPE.search(data) if b"\x1b" in data else None
    return "" if found is None else "iso2022_kr" if found[1] else "iso2022_jp_ext"


def is_no_latin(data: bytes) -> bool:
    """Whether text that calls itself Latin is none: hardly a letter of ASCII in it, but many beyond."""
    beyond = len(data) - len(data.translate(None, BEYOND))
    return beyond >= 16 and beyond > 2 * (len(data) - len(data.translate(None, LETTERS)))


def _telling(data: bytes) -> bytes:
    """The lines that are not ASCII: the rest says nothing and costs much."""
    telling, size = [], 0
    for line in data.splitlines():
        if not line.isascii():
            telling.append(line[:2000])
            size += len(telling[-1])
            if size > SAMPLE:
                break
    return b"\n".join(telling)


def _is_kana(sample: bytes) -> bool:
    """EUC-JP is often taken for Korean; no text in Korean is a quarter kana."""
    text = sample.decode("euc_jis_2004", "replace")
    return text.count("\ufffd") * 50 <= len(text) and len(KANA.findall(text)) * 4 > len(WIDE.findall(text)) > 0


def _is_hebrew(sample: bytes) -> bool:
    """Its letters are the small ones of the other scripts without their last, which no text of those goes without."""
    beyond = sample.translate(None, bytes(range(0x80)))
    return len(beyond) >= 16 and not beyond.translate(None, bytes(range(0xE0, 0xFB)))


def _cased(sample: bytes) -> str:
    """For a word or two: the codec in which every word is written as words are, capitals only where they begin."""
    for codec, letters in CASED:
        words = re.findall(r"[^\x00-\x7f]+", sample.decode(codec, "replace"))
        if all(letters.fullmatch(word) and (word[1:].islower() or word.isupper()) for word in words):
            return codec
    return ""


def _latin(sample: bytes) -> str:
    return max(LATIN, key=lambda each: _fit(sample, *each))[0]


def _fit(sample: bytes, codec: str, languages: tuple[str, ...]) -> float:
    """How many of the letters beyond ASCII belong to one language; the first codec of those that fit as well wins."""
    text = [each for each in sample.decode(codec, "replace").lower() if not each.isascii() and each not in SIGNS]
    return max((sum(each in letters for each in text) for letters in languages), default=0) - text.count("\ufffd")
