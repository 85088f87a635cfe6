"""Phrases: looks up a policy's patterns in a mail's words, and keeps every find with its place and sense.

Looking up walks a tree of words, once from each word of the mail: time grows with the length of the text, whatever the
text. A match inside a longer match for the same topic does not count, so "no workaround" is no "workaround".
"""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field

from rules.facts import Found, Heard
from rules.patterns import BRIDGE, OPENING, Entry, variants
from rules.senses import NEGATION, Grammar, Senses, Span
from rules.signs import Together, Unless, gathered
from rules.topic_words import Leanings, without_needless
from rules.words import Words

GAP = 4
"""Words that a "~" passes over, at most."""
MOST_OF_A_KIND = 10
"""Matches kept for one topic and value. A mail that says a thing ten times has said it."""


@dataclass(frozen=True, slots=True)
class Phrase:
    topic: str
    value: str
    text: str
    apart: bool = True
    """Whether a pause may part its words, as in "Severity: 2"."""


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
    bridged: tuple[int, ...] = ()
    """The words that its gaps passed over."""


class Book:
    """All phrases of one language of a policy, ready to be looked up. Never changed once made."""

    def __init__(
        self,
        phrases: Iterable[Phrase],
        grammar: Grammar,
        question: tuple[str, str] | None = None,
        together: Iterable[Together] = (),
        unless: Iterable[Unless] = (),
        leanings: Leanings | None = None,
    ) -> None:
        """`question` is the topic and value that a question itself speaks for; `together` and `unless` are of signs."""
        self.grammar = grammar
        self._together, self._unless = tuple(together), tuple(unless)
        self._leanings = leanings or Leanings(())
        self._question = question
        self._root = _Node()
        self._opening = _Node()
        """The phrases that only the beginning of a clause can hold."""
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
        everything = list(self._matches(words))
        signs = list(_longest(match for match in everything if not match.phrase.topic))
        marks = [Span(match.first, match.last, match.phrase.value) for match in signs]
        denied = {at for mark in marks if mark.sign == NEGATION for at in range(mark.first, mark.last + 1)}
        # no gap reaches over a denial: "the server is not down" does not say "server ~ down"
        said = (
            match
            for match in everything
            if match.phrase.topic
            and denied.isdisjoint(match.bridged)
            and (match.phrase.apart or not self._parted(words, match))
        )
        matches = list(_longest(said))
        senses = Senses(words, self.grammar, marks)
        found: list[Found] = []
        counts: dict[tuple[str, str], int] = {}
        for match in matches:
            phrase = match.phrase
            count = counts[phrase.topic, phrase.value] = counts.get((phrase.topic, phrase.value), 0) + 1
            if count <= MOST_OF_A_KIND:
                value = _number(words, match) if phrase.value == "#" else phrase.value
                found.append(
                    Found(
                        words.excerpt(match.first, match.last),
                        words.where[match.first],
                        words.sentence[match.first],
                        phrase.topic,
                        value,
                        senses.of(match.first, match.last),
                    )
                )
        leaning, out = self._leanings.heard(words)
        stands = [one for one in gathered([*found, *leaning], self._together, self._unless) if one.topic not in out]
        return without_needless(stands, leaning) + list(self._questions(words))

    def _parted(self, words: Words, match: Match) -> bool:
        """Whether a pause parts the words: "all done, everything works" does not say "done everything"."""
        return any(
            words.clause[at] != words.clause[at - 1] and words.word[at] not in self.grammar.breaks
            for at in range(match.first + 1, match.last + 1)
        )

    def _questions(self, words: Words) -> Iterator[Found]:
        """The sentences that ask: a clause opens like a question, a question mark ends them, and no plea is made."""
        if self._question is None:
            return
        topic, value = self._question
        opened: set[int] = set()
        for at, where in enumerate(words.sentence[:-1]):
            begins = at == 0 or where != words.sentence[at - 1]
            opens = at == 0 or words.clause[at] != words.clause[at - 1]
            if not opens or where not in words.questions or where in opened:
                continue
            # what joins clauses asks only at the very beginning: "it fails when I print, can that be?"
            asks = words.word[at] in self.grammar.asking and (begins or words.word[at] not in self.grammar.breaks)
            if not asks or words.word[at + 1] in self.grammar.polite:
                continue
            opened.add(where)
            last = at
            while last + 1 < len(words.word) and words.sentence[last + 1] == where and last - at < 7:
                last += 1
            yield Found(words.excerpt(at, last), words.where[at], where, topic, value, Heard.STATED)
            if len(opened) >= MOST_OF_A_KIND:
                return

    def _insert(self, variant: Sequence[Entry], phrase: Phrase) -> None:
        opens = variant[0] == OPENING
        node, bridge = self._opening if opens else self._root, False
        for entry in variant[opens:]:
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
            if len(word.partition(".")[0].replace(",", "")) > 2:
                numbers += self._exact.get("###", ())
            for sign in (".", ":"):
                if sign in word:
                    numbers += self._exact.get(f"#{sign}#", ())
        for length in self._stem_lengths:
            if length > len(word):
                break
            numbers += self._stems.get(word[:length], ())
        return tuple(numbers)

    def _matches(self, words: Words) -> Iterator[Match]:
        numbers: dict[str, tuple[int, ...]] = {}
        kinds: dict[tuple[int, ...], int] = {}
        kind: list[int] = []
        names, owners = tuple(self._exact.get("@", ())), tuple(self._exact.get("@s", ()))
        for at, word in enumerate(words.word):
            if word not in numbers:
                numbers[word] = self._accepted(word)
            accepted = numbers[word]
            if names or owners:
                named = words.name_at(at)
                accepted += (names if named else ()) + (owners if named == "owner" else ())
            kind.append(kinds.setdefault(accepted, len(kinds)))
        walk = _Walk(words, kind, list(kinds))
        root, opening = self._root.edges, self._opening.edges
        starts: dict[tuple[int, int | None], tuple[_Node, ...]] = {}
        for first, of_kind in enumerate(kind):
            if first == 0 or words.clause[first] != words.clause[first - 1]:
                for node in walk.onward(opening, of_kind):
                    yield from walk.from_(node, first)
            after = kind[first + 1] if first + 1 < len(kind) else None
            if (of_kind, after) not in starts:
                # most first words lead nowhere; looking one word ahead is far cheaper than setting out
                starts[of_kind, after] = tuple(
                    node
                    for node in walk.onward(root, of_kind)
                    if node.ends or node.bridged or (after is not None and walk.onward(node.edges, after))
                )
            for node in starts[of_kind, after]:
                yield from walk.from_(node, first)


class _Walk:
    """Walks of the tree over one mail. Words that the same entries accept are of one kind; each step is worked out once
    a kind, so that a word said a thousand times costs little more than once."""

    def __init__(self, words: Words, kind: list[int], accepted: list[tuple[int, ...]]) -> None:
        self._words = words
        self._kind = kind
        self._accepted = accepted
        self._steps: dict[tuple[int, int], tuple[_Node, ...]] = {}

    def onward(self, edges: dict[int, _Node], kind: int) -> tuple[_Node, ...]:
        """Where the edges lead by a word of a kind."""
        steps = self._steps.get((id(edges), kind))
        if steps is None:
            steps = tuple(edges[number] for number in self._accepted[kind] if number in edges)
            self._steps[id(edges), kind] = steps
        return steps

    def from_(self, node: _Node, first: int) -> Iterator[Match]:
        sentence, clause, kind = self._words.sentence, self._words.clause, self._kind
        ahead: list[tuple[_Node, int, tuple[int, ...]]] = [(node, first, ())]
        while ahead:
            node, last, bridged = ahead.pop()
            for phrase in node.ends:
                yield Match(first, last, phrase, bridged)
            after = last + 1
            if after >= len(kind) or sentence[after] != sentence[first]:
                continue
            if node.edges:
                ahead += [(step, after, bridged) for step in self.onward(node.edges, kind[after])]
            if node.bridged:
                for at in range(after, min(after + GAP + 1, len(kind))):
                    if clause[at] != clause[last]:
                        break
                    steps = self.onward(node.bridged, kind[at])
                    if steps:
                        over = (*bridged, *range(after, at))
                        ahead += [(step, at, over) for step in steps]


def _longest(matches: Iterable[Match]) -> Iterator[Match]:
    """The matches that lie in no longer one of the same topic; equal places stay, one a phrase."""
    reach: dict[str, tuple[int, int]] = {}
    ordered = sorted(set(matches), key=_order)
    said: set[tuple[int, int, str, str]] = set()
    for match in ordered:
        run = match.first, match.last
        before = reach.get(match.phrase.topic, run)
        place = (*run, match.phrase.topic, match.phrase.value)
        if place in said or (match.last <= before[1] and run != before):
            continue
        said.add(place)
        reach[match.phrase.topic] = run
        yield match


def _order(match: Match) -> tuple[object, ...]:
    return match.first, -match.last, match.phrase.topic, match.phrase.value, match.phrase.text, match.bridged


def _number(words: Words, match: Match) -> str:
    numbers = [word for word in words.word[match.first : match.last + 1] if word[0].isdigit()]
    return numbers[-1] if numbers else ""
