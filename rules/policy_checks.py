"""The checks of a policy file across its tables: is every name defined, does every letter exist, are hours apart.

Each check is a small function from a policy to its faults; `CHECKS` is the list of them, with what the policy's words
need in `policy_phrase_checks`. The typed model has already accepted every value by itself.
"""

from collections.abc import Callable, Collection, Iterator

from rules import calendar
from rules.facts import Gate
from rules.gates_on_words import PARTIES
from rules.languages import LANGUAGES
from rules.policy_facet_checks import FACET_CHECKS, facets_heard
from rules.policy_faults import Fault, Lines, Path, key_of, nearest, undefined
from rules.policy_gates import KEYWORD_GATES, ROLES
from rules.policy_model import ACCOUNT_MANAGER, Policy
from rules.policy_phrase_checks import PHRASE_CHECKS
from rules.policy_points import points_defined, tone_defined
from rules.promises import BadTarget


def faults_across(
    policy: Policy, letters: Collection[str], lines: Lines, refused: Collection[str], *, proved: bool = False
) -> list[Fault]:
    """Every fault between the tables of a policy, but for those that follow from keys already `refused`; with `proved`
    those of its phrases are not looked for."""
    faults = [fault for check in (*CHECKS, *FACET_CHECKS) for fault in check(policy, lines)]
    faults += letters_exist(policy, letters, lines)
    if "vocabulary" not in refused and not proved:
        faults += [fault for check in PHRASE_CHECKS for fault in check(policy, lines)]
        if not any(key.startswith("phrases.") for key in (*refused, *(fault.key for fault in faults))):
            faults += facets_heard(policy, lines)
    # that a table lacks what was refused is no fault of its own
    return [one for one in faults if not any(f"{key}.".startswith(f"{one.key}.") for key in refused)]


def letters_of(policy: Policy) -> dict[str, str]:
    """The letters that this policy can send, each with the key that asks for it."""
    wanted = {"acknowledgement": "plans", "held": "gates"}
    wanted |= {f"declined_{gate}": f"gates.{gate}" for gate in policy.gates.used() if not _sends(policy, gate)}
    for path, to, topic in _routes(policy):
        wanted.setdefault(f"routed_{topic if to in PARTIES else to}", key_of(path))
        if to == ACCOUNT_MANAGER:
            wanted.setdefault(f"routed_{policy.queue}", key_of(path))
    return wanted


def _sends(policy: Policy, gate: Gate) -> bool:
    """Whether a gate sends mail elsewhere, so that it never declines."""
    keyword = policy.gates.keyword(gate)
    return gate in (Gate.TOPIC, Gate.EXPERT_HOURS) or bool(keyword and keyword.to)


def _routes(policy: Policy) -> Iterator[tuple[Path, str, str]]:
    """Each key that names where mail goes instead of to support, with what it names, and the topic."""
    for gate in KEYWORD_GATES:
        keyword = policy.gates.keyword(gate)
        if keyword and keyword.to:
            yield ("gates", gate.value, "to"), keyword.to, gate.value
    for at, line in enumerate(policy.gates.topic.lines if policy.gates.topic else ()):
        if line.to:
            yield ("gates", "topic", "lines", at, "to"), line.to, line.topic


def letters_exist(policy: Policy, letters: Collection[str], lines: Lines) -> Iterator[Fault]:
    for letter, key in letters_of(policy).items():
        # a queue of a company's own ("routed_billing") has the general letter ("routed")
        if letter not in letters and letter.partition("_")[0] not in letters:
            path = tuple(int(part) if part.isdigit() else part for part in key.split("."))
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
                yield undefined(f"{key}.join", (*path, "join"), "calendar", other, policy.calendars, lines)
            elif policy.calendars[other].join:
                yield Fault(
                    f"{key}.join",
                    lines.of((*path, "join")),
                    f"{other!r} joins calendars itself",
                    "join those calendars directly",
                )
    if policy.hours not in policy.calendars:
        yield undefined("hours", ("hours",), "calendar", policy.hours, policy.calendars, lines)


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
    for at, reminder in enumerate(policy.reminders):
        used += [(("reminders", at, "severities"), level) for level in reminder.severities]
    used += [(("warnings", "severities"), level) for level in policy.warnings.severities]
    for path, level in used:
        if level not in levels:
            yield undefined(key_of(path), path, "severity", str(level), known, lines)
    if len(levels) > 1 and sorted(levels) != list(range(1, len(levels) + 1)):
        yield Fault(
            "severity.levels",
            lines.of(("severity", "levels")),
            "severities are not counted 1, 2, 3 ...",
            "number them from 1, the most urgent",
        )


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
                    yield undefined(key_of(path), path, "calendar", promise.on, policy.calendars, lines)
                try:
                    _ = promise.target
                except BadTarget as fault:
                    said = f"{promise.within!r} does not go with roll"
                    yield Fault(key_of(path), lines.of(path), said, f"leave out roll: {fault}")
    for path, to, _ in _routes(policy):
        if to not in PARTIES and to not in policy.queues:
            known = (*policy.queues, *(PARTIES if "lines" in path else ()))
            yield undefined(key_of(path), path, "queue", to, known, lines)
    queues += [(("reminders", at, "to"), reminder.to) for at, reminder in enumerate(policy.reminders)]
    queues += [(("warnings", "to"), queue) for queue in policy.warnings.to]
    for at, reminder in enumerate(policy.reminders):
        if reminder.calendar and reminder.calendar not in policy.calendars:
            path = ("reminders", at, "calendar")
            yield undefined(key_of(path), path, "calendar", reminder.calendar, policy.calendars, lines)
    for path, queue in queues:
        if queue not in policy.queues:
            yield undefined(key_of(path), path, "queue", queue, policy.queues, lines)


def codes_known(policy: Policy, lines: Lines) -> Iterator[Fault]:
    """Languages and roles that nobody has would decline everybody."""
    spoken: list[tuple[Path, str]] = [(("letter_language",), policy.letter_language)]
    spoken += [(("gates", "language", "accept"), language) for language in policy.languages]
    for path, language in spoken:
        if language not in LANGUAGES:
            remedy = "write its two letters of ISO 639-1, such as en"
            yield Fault(key_of(path), lines.of(path), f"there is no language {language!r}", remedy)
    for role in policy.gates.role.allow if policy.gates.role else ():
        if role not in ROLES:
            path = ("gates", "role", "allow")
            yield undefined(key_of(path), path, "role", role, ROLES, lines)


def plans_defined(policy: Policy, lines: Lines) -> Iterator[Fault]:
    for at, reminder in enumerate(policy.reminders):
        for plan in reminder.plans:
            if plan not in policy.plans:
                path: Path = ("reminders", at, "plans")
                yield undefined(key_of(path), path, "plan", plan, policy.plans, lines)
    known = {name for plan_table in policy.plans.values() for name in plan_table.allowances}
    for at, line in enumerate(policy.gates.topic.lines if policy.gates.topic else ()):
        if line.allowance and line.allowance not in known:
            path = ("gates", "topic", "lines", at, "allowance")
            yield undefined(key_of(path), path, "allowance", line.allowance, known, lines)
    for name, plan_table in policy.plans.items():
        if plan_table.incidents and policy.gates.quota is None:
            path = ("plans", name, "incidents")
            yield Fault(key_of(path), lines.of(path), "nothing counts incidents", "add the table [gates.quota]")


CHECKS: tuple[Callable[[Policy, Lines], Iterator[Fault]], ...] = (
    calendars_open,
    holidays_known,
    severities_defined,
    points_defined,
    tone_defined,
    names_defined,
    codes_known,
    plans_defined,
)
