"""Phrases: looks up a policy's word patterns in a mail, and tells in what sense the mail says them.

A pattern is words with blanks between: `crash*` any word that begins so, `the?` a word that may be missing,
`(down|offline|not working)` one of these, `{users}` one of a group the policy names, `#` a number, `~` up to four words
of the same clause. Looking up walks a tree of words, once from each word of the mail: time grows with the length of the
text, whatever the text. A match inside a longer match for the same topic does not count.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from itertools import product

from rules.facts import Found, Heard
from rules.words import Words, fold, split

GAP = 4
MOST_VARIANTS = 400
MOST_OF_A_KIND = 10
"""Matches kept for one topic and value. A mail that says a thing ten times has said it."""
NEGATION_REACH = 5
SENSES = {"negation": Heard.NEGATED, "supposed": Heard.SUPPOSED, "past": Heard.PAST}

Entry = frozenset[str]
"""What one place of a pattern accepts: words, stems as "crash*", or "#"; the one-element {"~"} is a gap."""
BRIDGE: Entry = frozenset("~")


class BadPhrase(ValueError):
    """A phrase that cannot match. The message says why and what to write."""


@dataclass(frozen=True, slots=True)
class Phrase:
    topic: str
    value: str
    text: str


@dataclass(frozen=True, slots=True)
class Grammar:
    """The words by which one language turns a statement round."""

    senses: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Phrases per key of SENSES, and "present", which takes back what "past" would say ("since last week")."""
    asking: frozenset[str] = frozenset()
    polite: frozenset[str] = frozenset()
    breaks: frozenset[str] = frozenset()
    groups: Mapping[str, tuple[str, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class _Node:
    edges: dict[int, "_Node"] = field(default_factory=dict)
    bridged: dict[int, "_Node"] = field(default_factory=dict)
    """Reached by the word itself or over up to GAP words."""
    ends: list[Phrase] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Match:
    first: int
    last: int
    phrase: Phrase


class Book:
    """All phrases of one language of a policy, ready to be looked up. Never changed once made."""

    def __init__(self, phrases: Iterable[Phrase], grammar: Grammar, question: tuple[str, str] | None = None) -> None:
        """`question` is the topic and value that a question itself speaks for."""
        self.grammar = grammar
        self._question = question
        self._root = _Node()
        self._entries: dict[Entry, int] = {}
        self._exact: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        senses = (Phrase("", sense, text) for sense, texts in grammar.senses.items() for text in texts)
        for phrase in (*phrases, *senses):
            for variant in variants(phrase.text, grammar.groups):
                self._insert(variant, phrase)
        self._stem_lengths = sorted({len(stem) for stem in self._stems})

    def find(self, words: Words) -> list[Found]:
        """Everything the mail says that the policy listens for, in the order of the mail."""
        matches = list(_longest(self._matches(words)))
        sense = _Sense(words, self.grammar, [match for match in matches if not match.phrase.topic])
        found: list[Found] = []
        counts: dict[tuple[str, str], int] = {}
        for match in matches:
            phrase = match.phrase
            count = counts[phrase.topic, phrase.value] = counts.get((phrase.topic, phrase.value), 0) + 1
            if phrase.topic and count <= MOST_OF_A_KIND:
                value = _number(words, match) if phrase.value == "#" else phrase.value
                found.append(
                    Found(
                        words.excerpt(match.first, match.last),
                        words.where[match.first],
                        words.sentence[match.first],
                        phrase.topic,
                        value,
                        sense.of(match),
                    )
                )
        return found + list(self._questions(words))

    def _questions(self, words: Words) -> Iterator[Found]:
        """The sentences that open like a question and end in a question mark; polite requests are none."""
        if self._question is None:
            return
        topic, value = self._question
        opened: set[int] = set()
        for at, sentence in enumerate(words.sentence[:-1]):
            if sentence not in words.questions or sentence in opened:
                continue
            opened.add(sentence)
            if words.word[at] in self.grammar.asking and words.word[at + 1] not in self.grammar.polite:
                last = at
                while last + 1 < len(words.word) and words.sentence[last + 1] == sentence and last - at < 7:
                    last += 1
                yield Found(words.excerpt(at, last), words.where[at], sentence, topic, value, Heard.STATED)
                if len(opened) >= MOST_OF_A_KIND:
                    return

    def _insert(self, variant: Sequence[Entry], phrase: Phrase) -> None:
        node, bridge = self._root, False
        for entry in variant:
            if entry == BRIDGE:
                bridge = True
                continue
            edges = node.bridged if bridge else node.edges
            node, bridge = edges.setdefault(self._number_of(entry), _Node()), False
        if phrase not in node.ends:
            node.ends.append(phrase)

    def _number_of(self, entry: Entry) -> int:
        if entry not in self._entries:
            number = self._entries[entry] = len(self._entries)
            for word in entry:
                kind, key = (self._stems, word[:-1]) if word.endswith("*") else (self._exact, word)
                kind.setdefault(key, []).append(number)
        return self._entries[entry]

    def _accepted(self, word: str) -> tuple[int, ...]:
        """The numbers of the entries that accept a word."""
        numbers = list(self._exact.get(word, ()))
        if word[0].isdigit():
            numbers += self._exact.get("#", ())
        for length in self._stem_lengths:
            if length > len(word):
                break
            numbers += self._stems.get(word[:length], ())
        return tuple(numbers)

    def _matches(self, words: Words) -> Iterator[Match]:
        known: dict[str, tuple[int, ...]] = {}
        accepted = []
        for word in words.word:
            if word not in known:
                known[word] = self._accepted(word)
            accepted.append(known[word])
        root = self._root.edges
        for first, numbers in enumerate(accepted):
            for number in numbers:
                if number in root:
                    yield from _walk(root[number], first, words, accepted)


def _walk(node: _Node, first: int, words: Words, accepted: list[tuple[int, ...]]) -> Iterator[Match]:
    sentence, clause = words.sentence, words.clause
    ahead = [(node, first)]
    while ahead:
        node, last = ahead.pop()
        for phrase in node.ends:
            yield Match(first, last, phrase)
        after = last + 1
        if after >= len(accepted) or sentence[after] != sentence[first]:
            continue
        if node.edges:
            ahead += [(node.edges[number], after) for number in accepted[after] if number in node.edges]
        if node.bridged:
            for at in range(after, min(after + GAP + 1, len(accepted))):
                if clause[at] != clause[last]:
                    break
                ahead += [(node.bridged[number], at) for number in accepted[at] if number in node.bridged]


def _longest(matches: Iterable[Match]) -> Iterator[Match]:
    """The matches that lie in no longer one of the same topic; equal places stay, one a phrase."""
    reach: dict[str, tuple[int, int]] = {}
    ordered = sorted(set(matches), key=lambda match: (match.first, -match.last, match.phrase.topic, match.phrase.value))
    said: set[tuple[int, int, str, str]] = set()
    for match in ordered:
        first, last = reach.get(match.phrase.topic, (-1, -1))
        place = (match.first, match.last, match.phrase.topic, match.phrase.value)
        if place in said or (match.last <= last and (match.first, match.last) != (first, last)):
            continue
        said.add(place)
        reach[match.phrase.topic] = (match.first, match.last)
        yield match


def _number(words: Words, match: Match) -> str:
    numbers = [word for word in words.word[match.first : match.last + 1] if word[0].isdigit()]
    return numbers[-1] if numbers else ""


class _Sense:
    """Tells of a match whether the mail states it, denies it, supposes it, asks it or recalls it."""

    def __init__(self, words: Words, grammar: Grammar, marks: Sequence[Match]) -> None:
        self.words = words
        self.grammar = grammar
        self.marks: dict[int, list[Match]] = {}
        for mark in marks:
            self.marks.setdefault(words.clause[mark.first], []).append(mark)
        self.openings: dict[int, int] = {}
        for at, clause in enumerate(words.clause):
            self.openings.setdefault(clause, at)

    def of(self, match: Match) -> Heard:
        clause = self.words.clause[match.first]
        marks = self.marks.get(clause, [])[:MOST_OF_A_KIND]
        present = any(mark.phrase.value == "present" for mark in marks)
        for mark in marks:
            heard = SENSES.get(mark.phrase.value)
            inside = match.first <= mark.first <= match.last
            distance = match.first - mark.last
            if heard is Heard.NEGATED and 0 < distance <= NEGATION_REACH:
                return heard
            if heard is Heard.SUPPOSED and distance > 0:
                return heard
            if heard is Heard.PAST and not inside and not present:
                return heard
        return Heard.ASKED if self._asks(match, clause) else Heard.STATED

    def _asks(self, match: Match, clause: int) -> bool:
        """ "Is data lost then?" asks; "could you look at the crash?" is a polite way of stating it."""
        words, opening = self.words.word, self.openings[clause]
        if self.words.sentence[match.first] not in self.words.questions or words[opening] not in self.grammar.asking:
            return False
        return opening < match.first and words[opening + 1] not in self.grammar.polite


def variants(text: str, groups: Mapping[str, Sequence[str]]) -> tuple[tuple[Entry, ...], ...]:
    """The ways a pattern can be worded, each a sequence of entries. Raises BadPhrase, saying what to write."""
    return _variants(text, tuple(sorted((name, tuple(members)) for name, members in groups.items())))


@lru_cache(maxsize=20_000)
def _variants(text: str, groups: tuple[tuple[str, tuple[str, ...]], ...]) -> tuple[tuple[Entry, ...], ...]:
    named = dict(groups)
    places = [_place(piece, named) for piece in _pieces(text)]
    count = 1
    for place in places:
        count *= len(place)
    if count > MOST_VARIANTS:
        raise BadPhrase(f"it can be worded in {count} ways, more than {MOST_VARIANTS}; split it in two")
    found = {tuple(entry for part in choice for entry in part) for choice in product(*places)}
    for variant in found:
        _check_variant(variant)
    return tuple(sorted(found, key=lambda variant: [sorted(entry) for entry in variant]))


def _check_variant(variant: Sequence[Entry]) -> None:
    solid = [entry for entry in variant if entry != BRIDGE]
    if not solid:
        raise BadPhrase("nothing is left of it once punctuation is gone; give it at least one word that must be there")
    if variant[0] == BRIDGE or variant[-1] == BRIDGE:
        raise BadPhrase("~ needs a word on either side to bridge")
    if len(variant) - len(solid) > 2:
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


def _place(piece: str, groups: Mapping[str, Sequence[str]]) -> list[tuple[Entry, ...]]:
    """The wordings of one place: single words make one entry together, several words a wording each."""
    if piece == "~":
        return [(BRIDGE,)]
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
        if len(words) == 1 and len(words[0]) >= 1 and words[0] != BRIDGE:
            single |= words[0]
        else:
            wordings.append(words)
    if single:
        wordings.append((frozenset(single),))
    return [*wordings, ()] if optional else wordings


def _choice(choice: str, groups: Mapping[str, Sequence[str]]) -> tuple[Entry, ...]:
    if choice.startswith("{"):
        inner = _place(choice, groups)
        if len(inner) != 1 or len(inner[0]) != 1:
            raise BadPhrase(f"{choice} holds phrases of several words and cannot stand inside round brackets")
        return inner[0]
    entries: list[Entry] = []
    for word in choice.split():
        entries += _entries(word)
    return tuple(entries)


def _entries(word: str) -> list[Entry]:
    if word in ("~", "#"):
        return [frozenset((word,))]
    bare = word.removesuffix("*")
    parts = split(fold(bare))
    if bare != fold(bare) or any(sign in bare for sign in '.,;:!?"()[]{}|#~*'):
        said = " ".join(parts)
        raise BadPhrase(
            f"{word!r} can never match: mails are read in lower case and without punctuation; write {said!r}"
        )
    if not parts:
        raise BadPhrase(f"{word!r} can never match: nothing is left of it once punctuation is gone")
    if word.endswith("*"):
        parts[-1] += "*"
    return [frozenset((part,)) for part in parts]
