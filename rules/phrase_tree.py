"""The tree of all wordings of a book, and the walks through it: from each word of a mail, whatever begins there.

Words that the same entries accept are of one kind, and all nodes that the same kinds lead to are one state, put
together when a mail first leads there: so a word costs a look or two, however many wordings it may belong to. Callers
may rely on: time grows with the length of the text, whatever the text; what is kept from mail to mail is bounded.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from rules.patterns import BRIDGE, OPENING, Entry
from rules.words import Words

GAP = 4
"""Words that a "~" passes over, at most."""
KEPT_WORDS, LONGEST_KEPT = 20_000, 40
"""Words whose kind is kept in mind, and the characters of one: mails hold few others twice."""
KEPT_STATES = 10_000
"""States that are kept in mind; a mail adds some hundred at first, and after some hundred mails next to none."""


@dataclass(frozen=True, slots=True)
class Phrase:
    topic: str
    value: str
    text: str
    apart: bool = True
    """Whether a pause may part its words, as in "Severity: 2"."""


Match = tuple[int, int, Phrase, tuple[int, ...]]
"""The first word, the last, what they say, and the words that its gaps passed over."""


@dataclass(slots=True)
class _Node:
    edges: dict[int, "_Node"] = field(default_factory=dict)
    bridged: dict[int, "_Node"] = field(default_factory=dict)
    """Reached by the word itself or over up to GAP words."""
    ends: list[Phrase] = field(default_factory=list)


@dataclass(eq=False, frozen=True, slots=True)
class _State:
    """Some nodes as one. A mask has a bit for each number of an entry that leads on."""

    ends: tuple[Phrase, ...]
    edges: dict[int, list[_Node]]
    bridged: dict[int, list[_Node]]
    edges_mask: int
    bridged_mask: int
    by_edges: dict["_Kind", "_State"] = field(default_factory=dict)
    by_bridge: dict["_Kind", "_State"] = field(default_factory=dict)
    """Where a kind leads, as far as a mail has asked."""


@dataclass(eq=False, frozen=True, slots=True)
class _Kind:
    accepted: frozenset[int]
    """The numbers of the entries that accept words of this kind."""
    mask: int
    begins: _State | None
    opens: _State | None
    """What begins with such a word anywhere, and what only at the beginning of a clause; None for nothing."""


class Tree:
    """Wordings and the phrases that they stand for."""

    def __init__(self) -> None:
        self._root = _Node()
        self._opening = _Node()
        """The wordings that only the beginning of a clause can hold."""
        self._entries: dict[Entry, int] = {}
        self._exact: dict[str, list[int]] = {}
        self._stems: dict[str, list[int]] = {}
        self._stem_lengths: list[int] = []
        self._kinds: dict[frozenset[int], _Kind] = {}
        self._kind_of = {name: _Kinds(self, name) for name in ("", "name", "owner")}
        self._states = 0

    def insert(self, variant: Sequence[Entry], phrase: Phrase) -> None:
        """Only before the first text is looked through."""
        opens = variant[0] == OPENING
        node, bridge = self._opening if opens else self._root, False
        for entry in variant[opens:]:
            if entry == BRIDGE:
                bridge = True
                continue
            edges = node.bridged if bridge else node.edges
            number = self._number_of(entry)
            if number not in edges:
                edges[number] = _Node()
            node, bridge = edges[number], False
        if phrase not in node.ends:
            node.ends.append(phrase)

    def matches(self, words: Words) -> list[Match]:
        """Every wording in these words, in no order; one may come twice."""
        if self._states > KEPT_STATES:
            self._kinds, self._states = {}, 0
            for kind_of in self._kind_of.values():
                kind_of.clear()
        kinds = self._kinds_in(words)
        masks = [kind.mask for kind in kinds]
        sentence, clause, count = words.sentence, words.clause, len(kinds)
        found: list[Match] = []
        ahead: list[tuple[_State, int, tuple[int, ...]]] = []
        before = None
        for first, (kind, here) in enumerate(zip(kinds, clause, strict=True)):
            if kind.opens is not None and here != before:
                ahead.append((kind.opens, first, ()))
            if kind.begins is not None:
                ahead.append((kind.begins, first, ()))
            before = here
            for state, last, over in ahead:  # which grows on the way
                for phrase in state.ends:
                    found.append((first, last, phrase, over))
                after = last + 1
                if after == count or sentence[after] != sentence[first]:
                    continue
                if state.edges_mask & masks[after]:
                    ahead.append((self._led(state.edges, state.by_edges, kinds[after]), after, over))
                if state.bridged_mask:
                    for at in range(after, min(after + GAP + 1, count)):
                        if clause[at] != clause[last]:
                            break
                        if state.bridged_mask & masks[at]:
                            led = self._led(state.bridged, state.by_bridge, kinds[at])
                            ahead.append((led, at, (*over, *range(after, at))))
            ahead.clear()
        return found

    def _led(self, edges: dict[int, list[_Node]], known: dict[_Kind, _State], kind: _Kind) -> _State:
        state = known.get(kind)
        if state is None:
            nodes = [node for number in kind.accepted if number in edges for node in edges[number]]
            state = known[kind] = _state(nodes)
            self._states += 1
        return state

    def _kinds_in(self, words: Words) -> list[_Kind]:
        kind_of = self._kind_of[""]
        kinds = [kind_of[word] for word in words.word]
        if "@" in self._exact or "@s" in self._exact:
            for at in [at for at, start in enumerate(words.starts) if words.text[start].isupper()]:
                if name := words.name_at(at):
                    kinds[at] = self._kind_of[name][words.word[at]]
        return kinds

    def kind(self, word: str, named: str) -> _Kind:
        """`named` is what `Words.name_at` says of it."""
        names = self._exact.get("@", ()) if named else ()
        owners = self._exact.get("@s", ()) if named == "owner" else ()
        accepted = frozenset([*self._accepted(word), *names, *owners])
        kind = self._kinds.get(accepted)
        if kind is None:
            begins, opens = (_begun(root, accepted) for root in (self._root, self._opening))
            kind = self._kinds[accepted] = _Kind(accepted, _mask(accepted), begins, opens)
        return kind

    def _accepted(self, word: str) -> list[int]:
        """The numbers of the entries that accept a word."""
        numbers = list(self._exact.get(word, ()))
        if word[0].isdigit():
            numbers += self._exact.get("#", ())
            if len(word.partition(".")[0].replace(",", "")) > 2:
                numbers += self._exact.get("###", ())
            for sign in (".", ":"):
                if sign in word:
                    numbers += self._exact.get(f"#{sign}#", ())
        for length in self._lengths():
            if length > len(word):
                break
            numbers += self._stems.get(word[:length], ())
        return numbers

    def _lengths(self) -> list[int]:
        if not self._stem_lengths:
            self._stem_lengths = sorted({len(stem) for stem in self._stems})
        return self._stem_lengths

    def _number_of(self, entry: Entry) -> int:
        if entry not in self._entries:
            number = self._entries[entry] = len(self._entries)
            for word in entry:
                kind, key = (self._stems, word[:-1]) if word.endswith("*") else (self._exact, word)
                kind.setdefault(key, []).append(number)
        return self._entries[entry]


class _Kinds(dict[str, _Kind]):
    """The kinds of words that were met."""

    def __init__(self, tree: Tree, named: str) -> None:
        self._tree, self._named = tree, named

    def __missing__(self, word: str) -> _Kind:
        kind = self._tree.kind(word, self._named)
        if len(word) <= LONGEST_KEPT:
            if len(self) >= KEPT_WORDS:
                self.clear()
            self[word] = kind
        return kind


def _mask(numbers: Iterable[int]) -> int:
    octets = bytearray()
    for number in numbers:
        octets.extend(bytes(max(number // 8 + 1 - len(octets), 0)))
        octets[number // 8] |= 1 << number % 8
    return int.from_bytes(octets, "little")


def _begun(root: _Node, accepted: frozenset[int]) -> _State | None:
    nodes = [root.edges[number] for number in accepted if number in root.edges]
    return _state(nodes) if nodes else None


def _state(nodes: list[_Node]) -> _State:
    edges: dict[int, list[_Node]] = {}
    bridged: dict[int, list[_Node]] = {}
    for node in nodes:
        for number, onward in node.edges.items():
            edges.setdefault(number, []).append(onward)
        for number, onward in node.bridged.items():
            bridged.setdefault(number, []).append(onward)
    ends = dict.fromkeys(phrase for node in nodes for phrase in node.ends)
    return _State(tuple(ends), edges, bridged, _mask(edges), _mask(bridged))
