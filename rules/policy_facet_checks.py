"""The checks of what a policy reads a severity from: are facets and values defined, does anything speak for them.

Like those of `policy_checks`, each is a small function from a policy to its faults; `FACET_CHECKS` lists them.
"""

from collections.abc import Callable, Iterator, Mapping

from rules.policy_faults import Fault, Lines, Path, key_of, undefined
from rules.policy_gates import Subject, TopicLine
from rules.policy_model import Policy
from rules.policy_tables import UNSAID, WEIGHED, SeverityRule, Values


def facets_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    facets = policy.severity.facets
    for at, rule in enumerate(policy.severity.rules):
        yield from _rule_faults(policy, ("severity", "rules", at), rule, lines)
    for at, line in enumerate(policy.gates.topic.lines if policy.gates.topic else ()):
        yield from _rule_faults(policy, ("gates", "topic", "lines", at), line, lines)
    for name, subject in (policy.gates.training.subjects if policy.gates.training else {}).items():
        yield from _rule_faults(policy, ("gates", "training", "subjects", name), subject, lines)
    for facet in policy.severity.supposing:
        if facet not in facets:
            yield undefined("severity.supposing", ("severity", "supposing"), "facet", facet, facets, lines)
    for facet, value in policy.severity.questions.items():
        where: Path = ("severity", "questions")
        if facet not in facets:
            yield undefined(f"severity.questions.{facet}", where, "facet", facet, facets, lines)
        elif value not in facets[facet]:
            yield undefined(f"severity.questions.{facet}", where, f"value of {facet}", value, facets[facet], lines)
    for facet, wanted in policy.severity.raising.items():
        yield from _defined(("severity", "raising"), facet, wanted, facets, lines)
    for language, of_language in policy.phrases.items():
        for facet, values in of_language.items():
            path: Path = ("phrases", language, facet)
            if facet not in facets:
                yield undefined(key_of(path), path, "facet", facet, facets, lines)
                continue
            for value in values:
                if value not in facets[facet]:
                    yield undefined(
                        key_of((*path, value)), (*path, value), f"value of {facet}", value, facets[facet], lines
                    )


def _rule_faults(
    policy: Policy, place: Path, rule: SeverityRule | TopicLine | Subject, lines: Lines
) -> Iterator[Fault]:
    facets = dict(policy.severity.facets)
    if isinstance(rule, SeverityRule):
        facets[WEIGHED] = tuple(str(level) for level in sorted(policy.severity.levels))
    for field in ("when", "unless"):
        for facet, values in getattr(rule, field).items():
            known = {name: (*of_it, UNSAID) for name, of_it in facets.items()}
            yield from _defined((*place, field), facet, values, known, lines)


def _defined(
    path: Path, facet: str, values: Values, facets: Mapping[str, tuple[str, ...]], lines: Lines
) -> Iterator[Fault]:
    key = f"{key_of(path)}.{facet}"
    if facet not in facets:
        yield undefined(key, path, "facet", facet, facets, lines)
        return
    for value in values:
        if value not in facets[facet]:
            yield undefined(key, path, f"value of {facet}", value, facets[facet], lines)


def facets_heard(policy: Policy, lines: Lines) -> Iterator[Fault]:
    """A value that no phrase speaks for is never found: most likely it is misspelt."""
    heard = set(policy.severity.questions.items())
    for of_language in policy.phrases.values():
        heard |= {(facet, value) for facet, values in of_language.items() for value, texts in values.items() if texts}
    for facet, values in policy.severity.facets.items():
        unheard = [value for value in values if (facet, value) not in heard]
        if unheard:
            path: Path = ("severity", "facets", facet)
            remedy = f"name what a vocabulary has, or add phrases under [phrases.LANGUAGE.{facet}]"
            if not policy.vocabulary:
                remedy = f'add vocabulary = ["en"] to the top of the file, or phrases under [phrases.LANGUAGE.{facet}]'
            said = f"no phrase speaks for {' or '.join(map(repr, unheard))}"
            yield Fault(key_of(path), lines.of(path), said, remedy)


def statements_numbered(policy: Policy, lines: Lines) -> Iterator[Fault]:
    for language, texts in policy.explicit.items():
        for text in texts:
            if "#" not in text.split():
                path: Path = ("explicit", language)
                problem, remedy = f"{text!r} says no number", "write # where the number of the severity stands"
                yield Fault(key_of(path), lines.of(path, text), problem, remedy)


FACET_CHECKS: tuple[Callable[[Policy, Lines], Iterator[Fault]], ...] = (facets_defined, statements_numbered)
