"""The checks of a policy's words: can every phrase match, does each say something new, is every matter there.

Like those of `policy_checks`, each is a small function from a policy to its faults; `PHRASE_CHECKS` lists them.
"""

from collections.abc import Callable, Iterator
from dataclasses import replace
from itertools import product

from rules.facts import Gate
from rules.patterns import BRIDGE, BadPhrase, Entry, variants
from rules.policy_book import listed_phrases, matters_heard
from rules.policy_faults import Fault, Lines, Path, key_of, undefined
from rules.policy_gates import KEYWORD_GATES
from rules.policy_model import Policy
from rules.policy_words import Signs
from rules.spelling import fold, split
from rules.topic_words import NUMBER

KEEP_ONE = "keep one of the two"
FEW_WORDINGS = 200
"""Phrases with more concrete wordings than this are compared as patterns only."""


def matters_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    known = {name for of_language in policy.matters.values() for name in of_language}
    path: Path
    for topic, matters in matters_heard(policy):
        path = _place_of(topic)
        for name in matters:
            if name not in known:
                fault = undefined(key_of(path), path, "matter", name, known, lines)
                more = "" if policy.vocabulary else '; vocabulary = ["en"] at the top of the file brings many'
                yield replace(fault, remedy=fault.remedy + more)
    for language, of_language in policy.matters.items():
        for name, matter in of_language.items():
            for plan in matter.against_for_plan:
                if plan not in policy.plans:
                    path = ("matters", language, name, "against_for_plan")
                    yield undefined(key_of(path), path, "plan", plan, policy.plans, lines)


def signs_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    for language, of_language in policy.matters.items():
        signs = policy.signs.get(language, Signs())
        known = {*signs.things, *signs.acts}
        for name, matter in of_language.items():
            lists = {"in_a_sentence": matter.in_a_sentence, "nearby": matter.nearby, "unless": (matter.unless,)}
            for field, named in lists.items():
                for sign in (sign for each in named for sign in each if sign not in known):
                    path: Path = ("matters", language, name, field)
                    yield undefined(key_of(path), path, "sign", sign, known, lines)
    for language, signs in policy.signs.items():
        for sign in sorted(set(signs.things) & set(signs.acts)):
            path = ("signs", language, "acts", sign)
            yield Fault(key_of(path), lines.of(path), f"{sign} is a thing as well", "give one of the two another name")
        for sign in sorted(set(signs.excepted) - {*signs.things, *signs.acts}):
            path = ("signs", language, "excepted")
            yield undefined(key_of(path), path, "sign", sign, {*signs.things, *signs.acts}, lines)


def _place_of(topic: str) -> Path:
    """Where a policy says which matters a topic is."""
    kind, _, name = topic.partition(".")
    if kind == Gate.TOPIC:
        return ("gates", kind, "lines", int(name), "matters")
    return ("gates", kind, "subjects", name, "matters") if name else ("gates", kind, "matters")


def strength_is_complete(policy: Policy, lines: Lines) -> Iterator[Fault]:
    path: Path = ("gates", "strongest_first")
    named = policy.gates.strongest_first
    for gate in policy.gates.used():
        if gate in KEYWORD_GATES and gate not in named:
            yield Fault(key_of(path), lines.of(path), f"it does not say where {gate} stands", f"add {gate} to it")
    for gate in named:
        if gate not in KEYWORD_GATES:
            remedy = "name only " + ", ".join(KEYWORD_GATES)
            yield Fault(key_of(path), lines.of(path), f"{gate} is not decided by words", remedy)


def languages_written(policy: Policy, lines: Lines) -> Iterator[Fault]:
    """Phrases of a language need its words, or nothing could tell "not down" from "down"."""
    reported = set()
    for listed in listed_phrases(policy):
        if listed.language not in policy.words and listed.language not in reported:
            reported.add(listed.language)
            path = tuple(listed.key.split("."))
            remedy = f"add [words.{listed.language}] with at least its negations, or a vocabulary of the language"
            yield Fault(listed.key, lines.of(path), f"there is no [words.{listed.language}]", remedy)


def phrases_can_match(policy: Policy, lines: Lines) -> Iterator[Fault]:
    """Each phrase is well formed, and none says what another of the same table says already."""
    seen: dict[tuple[str, str], dict[tuple[str, ...], tuple[str, str]]] = {}
    blamed: set[Path] = set()
    for listed in listed_phrases(policy):
        phrase, path = listed.phrase, tuple(listed.key.split("."))
        groups = policy.words[listed.language].groups if listed.language in policy.words else {}
        try:
            wordings = _wordings(variants(phrase.text, groups))
        except BadPhrase as fault:
            problem, _, remedy = str(fault).partition("; ")
            group: Path = ("words", listed.language, "groups", fault.group)
            if not fault.group:
                line = lines.of(path, phrase.text)
                yield Fault(listed.key, line, f"{phrase.text!r}: {problem}", remedy or "write it anew")
            elif group not in blamed:  # many phrases, perhaps of a vocabulary, have one group in common
                yield Fault(key_of(group), lines.of(group), problem, remedy)
            blamed.add(group)
            continue
        taken = seen.setdefault((listed.table, phrase.topic), {})
        if all(wording in taken for wording in wordings):
            key, text = taken[wordings[0]]
            said = f"{phrase.text!r} can never add anything: {text!r} under {key} says it already"
            yield Fault(listed.key, lines.of(path, phrase.text), said, KEEP_ONE)
        taken |= dict.fromkeys(wordings, (listed.key, phrase.text))


def points_can_match(policy: Policy, lines: Lines) -> Iterator[Fault]:
    """The words that lean to a matter are words as mails have them, and each stands once."""
    for language, of_language in policy.matters.items():
        for name, matter in of_language.items():
            seen: set[str] = set()
            for many, texts in matter.points.items():
                path: Path = ("matters", language, name, "points", many)
                for text in texts:
                    if not all(map(_can_stand, text.split())):
                        problem = f"no mail has the words {text!r}"
                        remedy = "write one word or two, or # for a number"
                        yield Fault(key_of(path), lines.of(path, text), problem, remedy)
                    if text in seen:
                        yield Fault(key_of(path), lines.of(path, text), f"{text!r} stands there twice", KEEP_ONE)
                    seen.add(text)


def _can_stand(word: str) -> bool:
    """Whether a mail's words may be written so."""
    stem = word.removesuffix("*")
    return word == NUMBER or split(stem) == [fold(stem)]


def words_can_match(policy: Policy, lines: Lines) -> Iterator[Fault]:
    for language, words in policy.words.items():
        for field in ("negation", "supposed", "past", "present"):
            for text in getattr(words, field):
                try:
                    variants(text, words.groups)
                except BadPhrase as fault:
                    path: Path = ("words", language, field)
                    problem, _, remedy = str(fault).partition("; ")
                    yield Fault(key_of(path), lines.of(path, text), f"{text!r}: {problem}", remedy or "write it anew")
        for field in ("asking", "polite", "breaks"):
            for text in getattr(words, field):
                if not text.isalpha() or text != text.lower():
                    path = ("words", language, field)
                    yield Fault(
                        key_of(path),
                        lines.of(path, text),
                        f"{text!r} is no single word in lower case",
                        "write one word",
                    )


def _wordings(patterns: tuple[tuple[Entry, ...], ...]) -> list[tuple[str, ...]]:
    """The concrete wordings of a phrase; where they are too many, its patterns written out."""
    wordings: list[tuple[str, ...]] = []
    for pattern in patterns:
        count = 1
        for entry in pattern:
            count *= len(entry)
        if count > FEW_WORDINGS:
            wordings.append(tuple("~" if entry == BRIDGE else "|".join(sorted(entry)) for entry in pattern))
        else:
            wordings += product(*(sorted(entry) for entry in pattern))
    return wordings


PHRASE_CHECKS: tuple[Callable[[Policy, Lines], Iterator[Fault]], ...] = (
    matters_defined,
    signs_defined,
    strength_is_complete,
    languages_written,
    phrases_can_match,
    points_can_match,
    words_can_match,
)
