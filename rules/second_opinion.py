"""langdetect's opinion on the language of a text, to the last bit, in a fraction of its time and memory.

The library tries seven times: n-grams of the text are drawn by chance, and each makes its 55 languages likelier or
less, until one of them is all but sure. Here are its profiles, its draws and its arithmetic in its order; but the
n-grams of a word are gathered once and kept in mind, five draws are reckoned with at a time, and of the profiles only
the rows are made that are drawn. Callers may rely on: the same text gets the same answer on every machine; what is
kept from text to text is bounded.
"""

from collections import defaultdict, deque
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from itertools import chain
from json import loads
from typing import Any, NamedTuple

LONGEST = 10_000
"""Characters that the library looks at; of a longer text, what follows is left out."""
KEPT_WORDS, LONGEST_KEPT = 8_192, 40
"""Words whose n-grams are kept in mind, and the characters of one."""
KEPT_ROWS = 4_096
MOST_LANGUAGES = 64
"""More than it has: how often a language has an n-gram stands in one number with which language it is."""
SEED = 0
"""Without a seed one text in twenty changes its answer from run to run."""

Row = list[float]
"""What share of the n-grams of its length an n-gram is, for each language; then how likely each language is."""


class Guess(NamedTuple):
    language: str
    """Of ISO 639-1."""
    probability: float


def opinion(text: str) -> list[Guess]:
    """The languages that are not quite unlikely, the likeliest first; none where it finds nothing to go by."""
    from langdetect.detector import Detector
    from langdetect.detector_factory import DetectorFactory

    known = profiles()
    grams = grams_in(text)
    if not grams:
        return []
    library = Detector(DetectorFactory())  # for its numbers and its source of chance
    library.random.seed(SEED)
    shares = [0.0] * len(known.languages)
    for _ in range(library.n_trial):
        alpha = library.alpha + library.random.gauss(0.0, 1.0) * library.ALPHA_WIDTH
        tried = _tried(grams, known.rows, library.random.getrandbits, alpha / library.BASE_FREQ, library)
        shares = [share + each / library.n_trial for share, each in zip(shares, tried, strict=True)]
    found = zip(known.languages, shares, strict=True)
    likely = [Guess(name.partition("-")[0], share) for name, share in found if share > library.PROB_THRESHOLD]
    return sorted(likely, key=lambda guess: guess.probability, reverse=True)


class _Rows(dict[str, Row]):
    """The rows of the n-grams that were drawn so far."""

    def __init__(self, counts: Mapping[str, Sequence[int]], totals: Sequence[Sequence[int]]) -> None:
        self._counts, self._totals = counts, totals

    def __missing__(self, gram: str) -> Row:
        length, totals = len(gram) - 1, self._totals
        row = [0.0] * len(totals)
        for number in self._counts.get(gram, ()):
            language = number % MOST_LANGUAGES
            row[language] = 1.0 * (number // MOST_LANGUAGES) / totals[language][length]
        if len(self) >= KEPT_ROWS:
            self.clear()
        self[gram] = row
        return row


@dataclass(frozen=True, slots=True)
class Profiles:
    """What the library knows of its languages."""

    languages: tuple[str, ...]
    known: Collection[str]
    """The n-grams that any language has."""
    rows: _Rows


@lru_cache(maxsize=1)
def profiles() -> Profiles:
    """Read from the library's own files, by name: in what order a disk lists them must decide nothing."""
    counts: dict[str, list[int]] = defaultdict(list)
    languages, totals = [], []
    for number, file in enumerate(
        sorted(files("langdetect").joinpath("profiles").iterdir(), key=lambda each: each.name)
    ):
        said = loads(file.read_text(encoding="utf-8"))
        languages.append(str(said["name"]))
        totals.append([int(total) for total in said["n_words"]])
        told = [count * MOST_LANGUAGES + number for count in said["freq"].values()]
        deque(map(list.append, map(counts.__getitem__, said["freq"]), told), maxlen=0)
    return Profiles(tuple(languages), counts.keys(), _Rows(counts, totals))


def _tried(grams: list[str], rows: _Rows, getrandbits: Callable[[int], int], weight: float, library: Any) -> Row:
    """How likely each language is after one try."""
    count, bits = len(grams), len(grams).bit_length()

    def drawn() -> Row:
        number = getrandbits(bits)
        while number >= count:
            number = getrandbits(bits)
        return rows[grams[number]]

    first = drawn()
    likely, most = _normal([1.0 / len(first) * (weight + share) for share in first])
    reckoned = 0
    while most <= library.CONV_THRESHOLD and reckoned < library.ITERATION_LIMIT:
        five = zip(likely, drawn(), drawn(), drawn(), drawn(), drawn(), strict=True)
        likely, most = _normal(
            [
                each * (weight + a) * (weight + b) * (weight + c) * (weight + d) * (weight + e)
                for each, a, b, c, d, e in five
            ]
        )
        reckoned += 5
    return likely


def _normal(likely: Row) -> tuple[Row, float]:
    """So that all are one together, and the highest of them."""
    total = sum(likely)
    likely = [each / total for each in likely]
    return likely, max(likely)


class _Word(NamedTuple):
    text: str
    grams: tuple[str, ...]
    """Its n-grams without blanks within, of one to three characters, in the order in which they end."""
    behind: int
    """How many of them, the last, end with the blank that follows it."""
    latin: int
    other: int
    """Its letters of the Latin script, roughly, and of others."""


def grams_in(text: str) -> list[str]:
    """What the library draws from, in as much of a text as it looks at."""
    kept = _kept()
    words = [kept[word] for word in text[:LONGEST].replace("\n", " ").split(" ")]
    other = sum([word.other for word in words])
    if other and 2 * sum([word.latin for word in words]) < other:
        # what stands in Latin letters in a text of another script says nothing of its language
        words = [_word_of("".join(sign for sign in word.text if not "A" <= sign <= "z")) for word in words]
    grams = list(chain.from_iterable([word.grams for word in words]))
    return grams[: len(grams) - words[-1].behind]  # no blank follows the last word


class _Words(dict[str, _Word]):
    """The words that texts had so far."""

    def __missing__(self, word: str) -> _Word:
        from langdetect.detector import Detector
        from langdetect.utils.ngram import NGram

        found = _word_of(NGram.normalize_vi(Detector.MAIL_RE.sub(" ", Detector.URL_RE.sub(" ", word))))
        if len(word) <= LONGEST_KEPT:
            if len(self) >= KEPT_WORDS:
                self.clear()
            self[word] = found
        return found


@lru_cache(maxsize=1)
def _kept() -> _Words:
    return _Words()


def _word_of(text: str) -> _Word:
    *inner, last = text.translate(_normals()).split(" ")
    within = [gram for piece in inner if piece for gram in (*_of(piece), *_behind(piece))]
    behind = _behind(last) if last else ()
    latin = sum("A" <= sign <= "z" for sign in text)
    other = sum(sign >= "\u0300" for sign in text)
    return _Word(text, (*within, *_of(last), *behind), len(behind), latin, other)


def _of(piece: str) -> list[str]:
    """Of a piece without blanks; what stands in capitals says nothing, but for a first one."""
    known, found, before = profiles().known, [], " "
    piece = f" {piece}"
    for at in range(1, len(piece)):
        sign = piece[at]
        if not (sign.isupper() and before.isupper()):
            grams = (sign, piece[at - 1 : at + 1], piece[at - 2 : at + 1]) if at > 1 else (sign, piece[: at + 1])
            found += [gram for gram in grams if gram in known]
        before = sign
    return found


def _behind(piece: str) -> tuple[str, ...]:
    known, padded = profiles().known, f" {piece} "
    return tuple(gram for gram in (padded[-2:], padded[-3:]) if gram in known)


class _Normals(dict[int, str]):
    """The characters that stand for others in the profiles, as `str.translate` asks for them."""

    def __missing__(self, code: int) -> str:
        from langdetect.utils.ngram import NGram

        normal = str(NGram.normalize(chr(code)))
        if code < 0x10000:
            self[code] = normal
        return normal


@lru_cache(maxsize=1)
def _normals() -> _Normals:
    return _Normals()
