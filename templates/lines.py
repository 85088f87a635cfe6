"""Makes text harmless and fits it to a column.

`harmless` is the door for every value that a mail brings into a letter: one line, no control character, nothing that
turns the direction of writing. `fold` breaks the long lines of a finished text letter, counting Chinese and Japanese
characters as the two columns they take; it never breaks a word, an address or a link, and never changes a short line.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache

# Controls (Cc), line and paragraph separators, lone surrogates, and the marks that reorder what stands around them
# (U+202A..E, U+2066..9): "invoice[U+202E]fdp.exe" reads "invoiceexe.pdf".
HARMFUL = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069\ufeff\ufffe\uffff\ud800-\udfff]+")
# What a line begins with and its continuation is set under: quote marks, the mark of a list item, a label ("Queue   ").
PREFIX = re.compile(r"\s*(?:(?:> ?)+|- |\d+\. |\S.{0,20}? {2,})?")
# A no-break space (French before ";" and "!") is no place to break a line.
WORD = re.compile(r"[^\S\u00a0\u202f]+|[\S\u00a0\u202f]+")
# Kinsoku: these never begin a line, those never end one.
CLOSING = frozenset("、。，．！？：；）」』】〉》’”…ー々,.!?:;)")
OPENING = frozenset("（「『【〈《‘“(")
# Outside these every character is asked what it is; within them each takes one column: Latin, Cyrillic, the marks of
# European print and the euro, so nearly every line of most letters.
UNUSUAL = re.compile("[^\x00-\xac\xae-\u02ff\u0400-\u0482\u048a-\u052f\u2010-\u2027\u202f-\u205e\u20ac]")
# The white space that makes a line more than words with blanks between them; a no-break space within a word does not.
OTHER_SPACE = re.compile(r"[^\S \u00a0\u202f]|(?<!\S)[\u00a0\u202f]|[\u00a0\u202f](?!\S)")


def harmless(text: str) -> str:
    """`text` as one line without anything that a terminal, a header or a mail program would obey."""
    return text if text.isprintable() else HARMFUL.sub(" ", text)  # nothing harmful is printable


def fold(text: str, width: int = 74) -> str:
    """`text` with its lines broken before column `width`; list items and quotes keep their indent or mark."""
    folded: list[str] = []
    for line in text.split("\n"):
        if len(line) <= width and line.isascii():  # nearly every one, and no control is in it
            folded.append(line)
        else:
            folded += _fold_line(line, width)
    return "\n".join(folded)


def columns(text: str) -> int:
    """How many columns of a terminal `text` takes."""
    return sum(map(_columns, text)) if UNUSUAL.search(text) else len(text)


def _fold_line(line: str, width: int) -> Iterator[str]:
    if columns(line) <= width:
        yield line
        return
    found = PREFIX.match(line)
    prefix = found.group() if found else ""
    follow = prefix if prefix.lstrip().startswith(">") else " " * columns(prefix)
    fold_words = _by_pieces if UNUSUAL.search(line) or OTHER_SPACE.search(line) else _by_blanks
    yield from fold_words(line[len(prefix) :], prefix, follow, width)


def _by_blanks(text: str, prefix: str, follow: str, width: int) -> Iterator[str]:
    """Words with blanks between them, each character one column: what `_by_pieces` says, without asking each."""
    current, text = prefix, text.strip(" ")
    while len(current) + len(text) > width:
        room = max(0, width - len(current))
        end = text.rfind(" ", 0, room + 1)
        if end < 0 and (end := text.find(" ", room)) < 0:
            break
        yield current + text[:end].rstrip(" ")
        current, text = follow, text[end:].lstrip(" ")
    yield (current + text).rstrip()


def _by_pieces(text: str, prefix: str, follow: str, width: int) -> Iterator[str]:
    current, used, fresh = prefix, columns(prefix), True
    for piece in _pieces(text):
        needed = columns(piece)
        if not fresh and used + needed > width and not piece.isspace():
            yield current.rstrip()
            current, used, fresh = follow, columns(follow), True
        if fresh and piece.isspace():
            continue
        current, used, fresh = current + piece, used + needed, False
    yield current.rstrip()


def _pieces(text: str) -> Iterator[str]:
    """The unbreakable runs of `text`: words, white space, and wide characters with the marks that cling to them."""
    for found in WORD.finditer(text):
        word = found.group()
        if not (UNUSUAL.search(word) and any(_columns(character) == 2 for character in word)):
            yield word
            continue
        run = ""
        for character in word:
            if run and _may_part(run[-1], character):
                yield run
                run = ""
            run += character
        yield run


def _may_part(before: str, after: str) -> bool:
    if before in OPENING or after in CLOSING or _columns(after) == 0:
        return False
    return _columns(before) == 2 or _columns(after) == 2


@lru_cache(4_096)
def _columns(character: str) -> int:
    if unicodedata.combining(character) or unicodedata.category(character) in {"Mn", "Me", "Cf"}:
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1
