"""The checks of a policy file across its tables: is every name defined, can every phrase match, are hours apart.

Each check is a small function from a policy to its faults; `CHECKS` is the list of them. The typed model has already
accepted every value by itself.
"""

from collections.abc import Callable, Collection, Iterator
from itertools import product

from rules import calendar
from rules.patterns import BRIDGE, BadPhrase, Entry, variants
from rules.policy_book import listed_phrases, matters_heard
from rules.policy_faults import Fault, Lines, Path, nearest
from rules.policy_gates import KEYWORD_GATES
from rules.policy_model import Policy
from rules.policy_tables import SeverityRule
from rules.promises import BadTarget

UNSAID = "unsaid"
FEW_WORDINGS = 200
"""Phrases with more concrete wordings than this are compared as patterns only."""


def faults_across(policy: Policy, letters: Collection[str], lines: Lines) -> list[Fault]:
    """Every fault between the tables of a policy."""
    faults = [fault for check in CHECKS for fault in check(policy, lines)]
    return [*faults, *letters_exist(policy, letters, lines)]


def letters_of(policy: Policy) -> dict[str, str]:
    """The letters that this policy can send, each with the key that asks for it."""
    wanted = {"acknowledgement": "plans", "held": "gates"}
    return wanted | {f"declined_{gate}": f"gates.{gate}" for gate in policy.gates.used()}


def letters_exist(policy: Policy, letters: Collection[str], lines: Lines) -> Iterator[Fault]:
    for letter, key in letters_of(policy).items():
        if letter not in letters:
            path = tuple(key.split("."))
            yield Fault(key, lines.of(path), f"its letter {letter!r} does not exist", f"add a template {letter}")


def calendars_open(policy: Policy, lines: Lines) -> Iterator[Fault]:
    for name, hours in policy.calendars.items():
        path: Path = ("calendars", name)
        key = f"calendars.{name}"
        if not hours.open and not hours.join:
            yield Fault(
                key, lines.of(path), "it never opens", 'give it open = ["Mon-Fri 09:00-17:00"] or join other calendars'
            )
        both = calendar.overlaps(hours.spans)
        if both:
            said = " and ".join(text for text in hours.open if set(calendar.weekly_spans(text)) & set(both))
            yield Fault(
                f"{key}.open",
                lines.of((*path, "open")),
                f"its hours overlap: {said}",
                "let each minute stand in one of them",
            )
        for other in hours.join:
            if other not in policy.calendars:
                yield _undefined(f"{key}.join", (*path, "join"), "calendar", other, policy.calendars, lines)
            elif policy.calendars[other].join:
                yield Fault(
                    f"{key}.join",
                    lines.of((*path, "join")),
                    f"{other!r} joins calendars itself",
                    "join those calendars directly",
                )
    if policy.hours not in policy.calendars:
        yield _undefined("hours", ("hours",), "calendar", policy.hours, policy.calendars, lines)


def holidays_known(policy: Policy, lines: Lines) -> Iterator[Fault]:
    for name, hours in policy.calendars.items():
        if hours.holidays and hours.holidays.subdivision:
            import holidays  # costs start-up time; only policies with holidays pay it

            known = holidays.list_supported_countries().get(hours.holidays.country, [])
            if hours.holidays.subdivision not in known:
                key, path = f"calendars.{name}.holidays", ("calendars", name, "holidays")
                said = f"{hours.holidays.country} has no subdivision {hours.holidays.subdivision!r}"
                yield Fault(key, lines.of(path), said, nearest(hours.holidays.subdivision, known))


def severities_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    levels = policy.severity.levels
    known = sorted(str(level) for level in levels)
    used: list[tuple[Path, int]] = [(("severity", "silent"), policy.severity.silent)]
    used += [(("severity", "rules", at, "severity"), rule.severity) for at, rule in enumerate(policy.severity.rules)]
    for plan_name, plan in policy.plans.items():
        for field in ("first_response", "resolution"):
            used += [(("plans", plan_name, field, str(level)), level) for level in getattr(plan, field)]
        for at, notice in enumerate(plan.notices):
            used += [(("plans", plan_name, "notices", at, "severities"), level) for level in notice.severities]
    for path, level in used:
        if level not in levels:
            yield _undefined(_key(path), path, "severity", str(level), known, lines)
    if sorted(levels) != list(range(1, len(levels) + 1)):
        yield Fault(
            "severity.levels",
            lines.of(("severity", "levels")),
            "severities are not counted 1, 2, 3 ...",
            "number them from 1, the most urgent",
        )


def facets_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    facets = policy.severity.facets
    for at, rule in enumerate(policy.severity.rules):
        yield from _rule_faults(policy, at, rule, lines)
    for facet in policy.severity.supposing:
        if facet not in facets:
            yield _undefined("severity.supposing", ("severity", "supposing"), "facet", facet, facets, lines)
    for facet, value in policy.severity.questions.items():
        where: Path = ("severity", "questions")
        if facet not in facets:
            yield _undefined(f"severity.questions.{facet}", where, "facet", facet, facets, lines)
        elif value not in facets[facet]:
            yield _undefined(f"severity.questions.{facet}", where, f"value of {facet}", value, facets[facet], lines)
    for language, of_language in policy.phrases.items():
        for facet, values in of_language.items():
            path: Path = ("phrases", language, facet)
            if facet not in facets:
                yield _undefined(_key(path), path, "facet", facet, facets, lines)
                continue
            for value in values:
                if value not in facets[facet]:
                    yield _undefined(
                        _key((*path, value)), (*path, value), f"value of {facet}", value, facets[facet], lines
                    )


def _rule_faults(policy: Policy, at: int, rule: SeverityRule, lines: Lines) -> Iterator[Fault]:
    facets = policy.severity.facets
    for field in ("when", "unless"):
        for facet, values in getattr(rule, field).items():
            path: Path = ("severity", "rules", at, field)
            key = f"{_key(path)}.{facet}"
            if facet not in facets:
                yield _undefined(key, path, "facet", facet, facets, lines)
                continue
            for value in values:
                if value not in (*facets[facet], UNSAID):
                    yield _undefined(key, path, f"value of {facet}", value, (*facets[facet], UNSAID), lines)


def names_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    if not policy.plans:
        yield Fault("plans", lines.of(("plans",)), "there is no plan", "add a table such as [plans.standard]")
    queues: list[tuple[Path, str]] = [(("queue",), policy.queue)]
    for name, plan in policy.plans.items():
        queues.append((("plans", name, "queue"), plan.queue))
        queues += [(("plans", name, "notices", at, "queue"), notice.queue) for at, notice in enumerate(plan.notices)]
        for field in ("first_response", "resolution"):
            for level, promise in getattr(plan, field).items():
                path: Path = ("plans", name, field, str(level))
                if promise.on and promise.on not in policy.calendars:
                    yield _undefined(_key(path), path, "calendar", promise.on, policy.calendars, lines)
                try:
                    _ = promise.target
                except BadTarget as fault:
                    yield Fault(_key(path), lines.of(path), f"{promise.within!r} does not go with roll", str(fault))
    for path, queue in queues:
        if queue not in policy.queues:
            yield _undefined(_key(path), path, "queue", queue, policy.queues, lines)


def matters_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    known = {name for of_language in policy.matters.values() for name in of_language}
    for topic, matters in matters_heard(policy):
        path: Path = ("gates", *topic.split("."), "matters")
        for name in matters:
            if name not in known:
                yield _undefined(_key(path), path, "matter", name, known, lines)
    for language, of_language in policy.matters.items():
        for name, matter in of_language.items():
            for plan in matter.against_for_plan:
                if plan not in policy.plans:
                    path = ("matters", language, name, "against_for_plan")
                    yield _undefined(_key(path), path, "plan", plan, policy.plans, lines)


def strength_is_complete(policy: Policy, lines: Lines) -> Iterator[Fault]:
    path: Path = ("gates", "strongest_first")
    named = policy.gates.strongest_first
    for gate in policy.gates.used():
        if gate in KEYWORD_GATES and gate not in named:
            yield Fault(_key(path), lines.of(path), f"it does not say where {gate} stands", f"add {gate} to it")
    for gate in named:
        if gate not in KEYWORD_GATES:
            remedy = "name only " + ", ".join(KEYWORD_GATES)
            yield Fault(_key(path), lines.of(path), f"{gate} is not decided by words", remedy)


def languages_written(policy: Policy, lines: Lines) -> Iterator[Fault]:
    """Phrases of a language need its words, or nothing could tell "not down" from "down"."""
    reported = set()
    for listed in listed_phrases(policy):
        if listed.language not in policy.words and listed.language not in reported:
            reported.add(listed.language)
            path = tuple(listed.key.split("."))
            remedy = f"add [words.{listed.language}] with at least its negations"
            yield Fault(listed.key, lines.of(path), f"there is no [words.{listed.language}]", remedy)


def phrases_can_match(policy: Policy, lines: Lines) -> Iterator[Fault]:
    """Each phrase is well formed, and none says what another of the same table says already."""
    seen: dict[tuple[str, str], dict[tuple[str, ...], tuple[str, str]]] = {}
    for listed in listed_phrases(policy):
        phrase, path = listed.phrase, tuple(listed.key.split("."))
        groups = policy.words[listed.language].groups if listed.language in policy.words else {}
        line = lines.of(path, phrase.text)
        try:
            wordings = _wordings(variants(phrase.text, groups))
        except BadPhrase as fault:
            problem, _, remedy = str(fault).partition("; ")
            yield Fault(listed.key, line, f"{phrase.text!r}: {problem}", remedy or "write it anew")
            continue
        taken = seen.setdefault((listed.table, phrase.topic), {})
        if all(wording in taken for wording in wordings):
            key, text = taken[wordings[0]]
            said = f"{phrase.text!r} can never add anything: {text!r} under {key} says it already"
            yield Fault(listed.key, line, said, "keep one of the two")
        taken.update((wording, (listed.key, phrase.text)) for wording in wordings)


def words_can_match(policy: Policy, lines: Lines) -> Iterator[Fault]:
    for language, words in policy.words.items():
        for field in ("negation", "supposed", "past", "present"):
            for text in getattr(words, field):
                try:
                    variants(text, words.groups)
                except BadPhrase as fault:
                    path: Path = ("words", language, field)
                    problem, _, remedy = str(fault).partition("; ")
                    yield Fault(_key(path), lines.of(path, text), f"{text!r}: {problem}", remedy or "write it anew")
        for field in ("asking", "polite", "breaks"):
            for text in getattr(words, field):
                if not text.isalpha() or text != text.lower():
                    path = ("words", language, field)
                    yield Fault(
                        _key(path), lines.of(path, text), f"{text!r} is no single word in lower case", "write one word"
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


def _key(path: Path) -> str:
    return ".".join(str(part) for part in path)


def _undefined(
    key: str, path: tuple[str | int, ...], kind: str, name: str, known: Collection[str], lines: Lines
) -> Fault:
    return Fault(key, lines.of(path), f"there is no {kind} {name!r}", nearest(name, known))


CHECKS: tuple[Callable[[Policy, Lines], Iterator[Fault]], ...] = (
    calendars_open,
    holidays_known,
    severities_defined,
    facets_defined,
    names_defined,
    matters_defined,
    strength_is_complete,
    languages_written,
    phrases_can_match,
    words_can_match,
)
