"""Patterns: how a phrase is written in a policy, and the wordings that it stands for.

A pattern is words with blanks between: `crash*` any word that begins so, `the?` a word that may be missing,
`(down|offline|not working)` one of these, `{users}` one of a group the policy names, `#` a number, `###` one of a
hundred or more, `#.#` one with a point in it, `#:#` a time of day, `@` a name (a word with a capital within its
sentence), `@s` a name that owns ("Brannock's"), `~` up to four words of the same clause, none of them a denial, `^` in
front the beginning of a clause. Folding is that of `words`: what could never be met in a mail is refused with what to
write instead.
"""

import re
from collections.abc import Mapping, Sequence
from functools import lru_cache
from itertools import chain, product

from rules.spelling import bare, fold, split

MOST_VARIANTS = 400

Entry = frozenset[str]
"""What one place of a pattern accepts: words, stems as "crash*", "#", "###", "#.#", "#:#", "@", "@s"; {"~"} a gap."""
BRIDGE: Entry = frozenset("~")
OPENING: Entry = frozenset("^")
GROUP = re.compile(r"\{([^{}]*)\}")


class BadPhrase(ValueError):
    """A phrase that cannot match. The message says why and, after a semicolon, what to write."""

    def __init__(self, message: str, group: str = "") -> None:
        """`group` is the group of words that is to blame rather than the phrase."""
        super().__init__(message)
        self.group = group


def variants(text: str, groups: Mapping[str, Sequence[str]]) -> tuple[tuple[Entry, ...], ...]:
    """The ways a pattern can be worded, each a sequence of entries. Raises BadPhrase, saying what to write."""
    return _variants(text, tuple(sorted(_named(text, groups).items())))


def _named(text: str, groups: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    """The groups that a pattern names, and those that their members name: its wordings hang on these alone."""
    named: dict[str, tuple[str, ...]] = {}
    unread = [text]
    while unread:
        for name in GROUP.findall(unread.pop()):
            if name in groups and name not in named:
                named[name] = tuple(groups[name])
                unread += (member for member in named[name] if "{" in member)
    return named


@lru_cache(maxsize=20_000)
def _variants(text: str, groups: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[Entry, ...], ...]:
    places = [_place(piece, groups if "{" in piece else ()) for piece in _pieces(text)]
    count = 1
    for place in places:
        count *= len(place)
    if count > MOST_VARIANTS:
        raise BadPhrase(f"it can be worded in {count} ways, more than {MOST_VARIANTS}; split it in two")
    found = dict.fromkeys(tuple(chain.from_iterable(choice)) for choice in product(*places))
    for variant in found:
        _check_variant(variant)
    return tuple(found)


def _check_variant(variant: Sequence[Entry]) -> None:
    solid = [entry for entry in variant if entry not in (BRIDGE, OPENING)]
    if not solid:
        raise BadPhrase("nothing is left of it once punctuation is gone; give it at least one word that must be there")
    if OPENING in variant[1:]:
        raise BadPhrase("^ stands for the beginning of a clause; write it in front of everything else")
    if variant[0] == BRIDGE or variant[-1] == BRIDGE:
        raise BadPhrase("~ needs a word on either side to bridge")
    if sum(entry == BRIDGE for entry in variant) > 2:
        raise BadPhrase("it has more than two gaps (~); split it in two")
    if len(solid) > 12:
        raise BadPhrase("it is longer than twelve words; nobody writes it like that twice")


def _pieces(text: str) -> list[str]:
    """The places of a pattern; what stands in round brackets is one of them."""
    pieces, depth, piece = [], 0, ""
    for sign in text:
        depth += (sign == "(") - (sign == ")")
        if depth not in (0, 1):
            raise BadPhrase("its round brackets do not pair up")
        if sign == " " and not depth:
            pieces.append(piece)
            piece = ""
        else:
            piece += sign
    if depth:
        raise BadPhrase("its round brackets do not pair up")
    return [part for part in (*pieces, piece) if part]


@lru_cache(maxsize=20_000)
def _place(piece: str, of_text: tuple[tuple[str, tuple[str, ...]], ...]) -> list[tuple[Entry, ...]]:
    """The wordings of one place: single words make one entry together, several words a wording each."""
    if piece in ("~", "^"):
        return [(frozenset(piece),)]
    groups = dict(of_text)
    if piece[0] in "({" and piece.endswith("*"):
        raise BadPhrase("* belongs to a word; write it inside the brackets, as in (crash*|hang*)")
    optional, core = piece.endswith("?"), piece.removesuffix("?")
    if core.startswith("(") and core.endswith(")"):
        choices = [choice.strip() for choice in core[1:-1].split("|")]
    elif core.startswith("{") and core.endswith("}"):
        if core[1:-1] not in groups:
            raise BadPhrase(f"there is no group {core}; groups stand under [words.LANGUAGE.groups]")
        choices = list(groups[core[1:-1]])
    else:
        choices = [core]
    wordings: list[tuple[Entry, ...]] = []
    single: set[str] = set()
    for choice in choices:
        words = _choice(choice, groups)
        if len(words) == 1 and words[0] != BRIDGE:
            single |= words[0]
        else:
            wordings.append(words)
    if single:
        wordings.append((frozenset(single),))
    return [*wordings, ()] if optional else wordings


def _choice(choice: str, groups: Mapping[str, Sequence[str]]) -> tuple[Entry, ...]:
    """The entries of one alternative, which may name groups of single words."""
    entries: list[Entry] = []
    for word in choice.split():
        if not (word.startswith("{") and word.endswith("}")):
            entries += _entries(word)
            continue
        inner = _place(word, tuple(groups.items()))
        if len(inner) != 1 or len(inner[0]) != 1:
            several = next(
                member for member in groups[word[1:-1]] if len(_place(member, tuple(groups.items()))[0]) != 1
            )
            said = f"{several!r} has several words, and phrases have {word} inside round brackets"
            raise BadPhrase(f"{said}; name single words there", word[1:-1])
        entries += inner[0]
    return tuple(entries)


@lru_cache(maxsize=20_000)
def _entries(word: str) -> tuple[Entry, ...]:
    if word in ("~", "#", "###", "#.#", "#:#", "@", "@s"):
        return (frozenset((word,)),)
    core = word.removesuffix("*")
    parts = split(fold(core))
    if bare(core) != fold(core) or any(sign in core for sign in '.,;:!?"()[]{}|#~*^'):
        said = " ".join(parts)
        raise BadPhrase(
            f"{word!r} can never match: mails are read in lower case and without punctuation; write {said!r}"
        )
    if not parts:
        raise BadPhrase(f"{word!r} can never match: nothing is left of it once punctuation is gone")
    if word.endswith("*"):
        parts[-1] += "*"
    return tuple(frozenset((part,)) for part in parts)
