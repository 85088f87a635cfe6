"""Spelling: how words are folded for comparing, and split.

Phrases in a policy go through the same folding as mails, so what is written there is what is found here. Callers may
rely on: a folded text is as long as it was; nothing backtracks, whatever the text; what is kept in mind is bounded.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

TOKEN = re.compile(
    r"(?P<number>\d+(?:[.,:]\d+)*)"
    r"|(?P<word>[^\W\d_]+(?:'[^\W\d_]+)*)"
    r"|(?P<stop>[.!?]+)"
    r"|(?P<pause>[,;:()\[\]{}–—•|]|(?<=\s)-{1,3}(?=\s))"
    r"|(?P<quote>[\"“”„«»])"
    r"|(?P<percent>%)"
)
NUMBER, WORD, STOP, PAUSE, QUOTE, PERCENT = (TOKEN.groupindex[name] for name in TOKEN.groupindex)
BREAK = 0
DASH = "-"
"""Alone between blanks it parts clauses, as two or three of them do; elsewhere it is part of what it stands in."""
KEPT_CHUNKS, LONGEST_KEPT = 20_000, 40
"""How much is kept in mind of what stands between blanks, and the characters of one."""

Token = tuple[int, str, int, int]
"""Its kind, its text, where it begins and where it ends."""

WITHOUT_ACCENT = {
    chr(letter): plain[0]
    for letter in range(0xC0, 0x17F)
    if len(plain := unicodedata.normalize("NFD", chr(letter))) == 2
}
ACCENTED = re.compile(f"[{''.join(WITHOUT_ACCENT)}]")

SAYS = {"t": "not", "s": "", "re": "are", "ve": "have", "m": "am", "ll": "will", "d": "would"}
IS_NOT_HAS = frozenset(
    {"it", "that", "there", "here", "he", "she", "what", "where", "who", "how"}
    | {"everything", "something", "nothing", "everyone", "everybody", "nobody"}
)
"""Words whose 's is "is"; elsewhere it is the owner's and falls away."""
ODD_NEGATIONS = {
    "can't": "can not",
    "cannot": "can not",
    "won't": "will not",
    "shan't": "shall not",
    "ain't": "is not",
    "cant": "can not",
    "wont": "will not",
}
for _verb in (
    "do",
    "does",
    "did",
    "is",
    "are",
    "was",
    "were",
    "has",
    "have",
    "had",
    "could",
    "would",
    "should",
    "need",
):
    ODD_NEGATIONS[f"{_verb}nt"] = f"{_verb} not"


def fold(text: str) -> str:
    """The spelling in which words are compared: lower case, no accents, one kind of apostrophe; as long as the text."""
    return bare(text.lower()).replace("’", "'").replace("ʼ", "'")


def bare(text: str) -> str:
    """The text without its accents, which many people leave out as they type."""
    if not text.isascii():
        for letter in set(ACCENTED.findall(text)):
            text = text.replace(letter, WITHOUT_ACCENT[letter])
    return text


def split(text: str) -> list[str]:
    """The words of a short folded text, contractions taken apart: "can't" gives "can", "not"."""
    words: list[str] = []
    for token in TOKEN.finditer(text):
        if token.lastindex == WORD:
            words += parts(token[0])
        elif token.lastindex in (NUMBER, PERCENT):
            words.append(token[0] if token.lastindex == NUMBER else "percent")
    return words


def parts(word: str) -> list[str]:
    """The words that a folded one is made of."""
    if word in ODD_NEGATIONS:
        return ODD_NEGATIONS[word].split()
    if "'" not in word:
        return [word]
    stem, _, rest = word.partition("'")
    if rest == "t" and stem.endswith("n"):
        return [stem[:-1], "not"]
    if rest == "s":
        return [stem, "is"] if stem in IS_NOT_HAS else [stem]
    if rest in SAYS:
        return [stem, SAYS[rest]]
    return [part for part in word.split("'") if part]


class Chunks(dict[str, tuple[Token, ...] | None]):
    """What stands between two blanks -> its tokens, each a WORD as it is compared, a BREAK (a word that begins a
    clause), a STOP or a PAUSE; None for what is one WORD and no more. People write few that nobody wrote before."""

    def __init__(self, breaks: frozenset[str]) -> None:
        self._breaks = breaks

    def __missing__(self, chunk: str) -> tuple[Token, ...] | None:
        tokens = tuple(self._tokens(chunk))
        plain = tokens == ((WORD, chunk, 0, len(chunk)),)
        if len(chunk) <= LONGEST_KEPT:
            if len(self) >= KEPT_CHUNKS:
                self.clear()
            self[chunk] = None if plain else tokens
        return None if plain else tokens

    def _tokens(self, chunk: str) -> Iterator[Token]:
        if 0 < len(chunk) < 4 and not chunk.strip(DASH):
            yield PAUSE, DASH, 0, len(chunk)
            return
        for token in TOKEN.finditer(chunk):
            kind, text, (first, last) = token.lastindex or 0, token[0], token.span()
            if kind == WORD:
                for part in parts(text):
                    yield BREAK if part in self._breaks else WORD, part, first, last
            elif kind != STOP or stops(chunk, last):
                spoken = {NUMBER: text, PERCENT: "percent"}.get(kind)
                yield (kind, text, first, last) if spoken is None else (WORD, spoken, first, last)


@lru_cache(maxsize=16)
def chunks_of(breaks: frozenset[str]) -> Chunks:
    """Those of texts in which these words begin a clause."""
    return Chunks(breaks)


def stops(line: str, after: int) -> bool:
    """Whether a point that ends before `after` ends anything: one inside "9.0.2-rc" or "example.org" does not."""
    return after == len(line) or not line[after].isalnum()
