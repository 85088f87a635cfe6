"""Policy files: the shipped one, and every kind of fault with its line and remedy."""

import pickle
from collections.abc import Iterable
from datetime import date, timedelta

import pytest

from rules.calendar import is_closed, weekly_spans
from rules.facts import OpenHours
from rules.policy import Fault, Policy, PolicyFaults, joined, load
from rules.policy_faults import Lines
from tests.rules.samples import LETTERS, shipped, text_of, under

SMALL = """\
title = "Small"
timezone = "Europe/Berlin"
hours = "office"
queue = "support"
queues = ["support"]

[calendars.office]
open = ["Mon-Fri 09:00-17:00"]

[severity]
silent = 2
questions = { kind = "question" }

[severity.levels.1]
name.en = "bad"

[severity.levels.2]
name = { de = "normal" }

[severity.facets]
kind = ["question"]
effect = ["stopped", "impaired"]

[[severity.rules]]
severity = 1
when = { effect = "stopped" }
because = "it stands still"

[[severity.rules]]
severity = 2
when = { effect = ["impaired", "unsaid"] }
because = "it does not"

[words.en]
negation = ["not"]
breaks = ["but"]

[words.en.groups]
people = ["user*"]

[phrases.en.effect]
stopped = [
    "down",
    "nobody ~ can",
]
impaired = ["slow"]

[gates.contact]

[gates.services]
asks_for = "a service"

[matters.en.services]
clear = ["build {people}"]

[plans.basic]
name.en = "Basic"
queue = "support"

[plans.basic.first_response]
1 = "4 bh"
2 = { within = "1 bd", on = "office" }

[[plans.basic.notices]]
severities = [1]
queue = "support"
flag = "look"
"""


def faults(text: str, letters: Iterable[str] = LETTERS) -> tuple[Fault, ...]:
    with pytest.raises(PolicyFaults) as caught:
        load(text, name="small", letters=frozenset(letters))
    return caught.value.faults


def changed(old: str, new: str) -> str:
    assert old in SMALL
    return SMALL.replace(old, new, 1)


def line_of(text: str, piece: str) -> int:
    return text[: text.index(piece)].count("\n") + 1


def test_the_small_policy_is_in_order() -> None:
    policy = load(SMALL, name="small", letters=LETTERS)
    assert (policy.zone.key, policy.languages) == ("Europe/Berlin", ())
    assert policy.budgets.letters_per_address_hour == 10
    assert policy.promise("basic", 1) is not None
    assert policy.severity_name(2, "fr") == "normal"
    assert policy.severity_meaning(1) == ""
    assert policy.plan_name("basic", "fr") == "Basic"


def test_a_version_is_the_hash_of_the_text() -> None:
    one = load(SMALL, name="small", letters=LETTERS)
    other = load(SMALL + "\n", name="small", letters=LETTERS)
    assert one.version.startswith("sha256:")
    assert len(one.version) == 7 + 64
    assert one != other
    assert one == load(SMALL, name="small", letters=LETTERS)
    assert one != load(SMALL, name="other", letters=LETTERS)
    assert one != "small"
    assert len({one, other, load(SMALL, name="small", letters=LETTERS)}) == 2


def test_the_shipped_policy_is_in_order_and_words_itself_for_letters() -> None:
    policy = shipped("irex")
    assert isinstance(policy, Policy)
    assert pickle.loads(pickle.dumps(policy)) == policy  # noqa: S301
    assert policy.languages == ("en",)
    office = OpenHours(0, 4, "08:00", "16:00")
    assert policy.opening_hours() == (office,)
    assert policy.opening_hours(plan="standard", severity=1) == policy.opening_hours()
    weekend = OpenHours(4, 0, "16:00", "08:00", through=True)
    assert policy.opening_hours(plan="premier", severity=1) == (office, weekend)
    assert [policy.severity_name(level, "fr") for level in (1, 2, 3, 4)] == ["urgente", "élevée", "normale", "faible"]
    assert "no way round" in policy.severity_meaning(1)
    assert policy.plan_name("premier") == "Premier"
    assert policy.calendar().spans == weekly_spans("Mon-Fri 08:00-16:00")


@pytest.mark.parametrize("name", ["irex", "gold", "lumedx", "onyxceph", "horizant"])
def test_a_shipped_policy_fits_an_editor(name: str) -> None:
    assert all(len(line) <= 130 for line in text_of(name).split("\n"))


def test_shipped_policies_close_on_the_holidays_of_their_country() -> None:
    berlin, toronto = shipped("gold").calendar(), shipped("horizant").calendar()
    closed = [date(2026, 4, 3), date(2026, 10, 3), date(2026, 12, 25)]
    assert [is_closed(berlin, day) for day in closed] == [True, True, True]
    assert not is_closed(berlin, date(2026, 6, 4))  # Corpus Christi is no national one
    family_day, victoria_day, canada_day = date(2026, 2, 16), date(2026, 5, 18), date(2026, 7, 1)
    assert all(is_closed(toronto, day) for day in (family_day, victoria_day, canada_day))
    assert not is_closed(toronto, date(2026, 6, 24))  # the national day of Quebec
    assert not is_closed(shipped("lumedx").calendar(), date(2026, 7, 3))


def test_a_policy_words_its_severities_in_its_own_terms() -> None:
    assert [shipped("lumedx").severity_term(language) for language in ("en", "fr")] == ["Priority", "Priorité"]
    assert shipped("irex").severity_term() == "Severity"
    assert under("lumedx", "Invoices can no longer be printed.").why.startswith("Priority 2 because")


def test_a_policy_says_what_the_directory_must_have() -> None:
    assert [shipped(name).needs_account_manager for name in ("lumedx", "gold", "onyxceph")] == [True, False, False]
    assert [shipped(name).contacts_per_contract for name in ("horizant", "irex")] == [2, None]


def test_a_policy_may_have_one_severity_of_any_number() -> None:
    assert sorted(shipped("onyxceph").severity.levels) == [3]


@pytest.mark.parametrize(
    ("old", "new", "key", "problem", "remedy"),
    [
        ('title = "Small"', 'titel = "Small"', "titel", "there is no such key", "did you mean 'title'?"),
        ('title = "Small"', "", "title", "it is missing", "add title = ... to the top of the file"),
        ('name.en = "Basic"', "", "plans.basic.name", "it is missing", "add name = ... to [plans.basic]"),
        ("negation =", "negations =", "words.en.negations", "there is no such key", "did you mean 'negation'?"),
        ("because = ", "becuase = ", "severity.rules.0.becuase", "there is no such key", "did you mean 'because'?"),
        (
            "flag =",
            "zzzz =",
            "plans.basic.notices.0.zzzz",
            "there is no such key",
            "known are: flag, queue, severities",
        ),
        ("within =", "witin =", "plans.basic.first_response.2.witin", "there is no such key", "did you mean 'within'?"),
        ("asks_for =", "ask_for =", "gates.services.ask_for", "there is no such key", "did you mean 'asks_for'?"),
        ("silent = 2", 'silent = "two"', "severity.silent", "'two' does not fit here", "a whole number"),
        ("silent = 2", "silent = 7", "severity.silent", "there is no severity '7'", "known are: 1, 2"),
        ("silent = 2", "silent = 0", "severity.silent", "0 does not fit here", "greater than 0"),
        ("Europe/Berlin", "Europe/Berlim", "timezone", "there is no time zone", "IANA name"),
        ("Europe/Berlin", "/etc/passwd", "timezone", "there is no time zone", "IANA name"),
        ('hours = "office"', 'hours = "ofice"', "hours", "there is no calendar 'ofice'", "did you mean 'office'?"),
        (
            'on = "office"',
            'on = "night"',
            "plans.basic.first_response.2",
            "there is no calendar 'night'",
            "known are: office",
        ),
        ('"4 bh"', '"4 bananas"', "plans.basic.first_response.1", "'4 bananas' cannot be read", "write it like"),
        ('on = "office"', "roll = true", "plans.basic.first_response.2", "does not go with roll", "only elapsed hours"),
        ("1 = ", "3 = ", "plans.basic.first_response.3", "there is no severity '3'", "known are: 1, 2"),
        ("severities = [1]", "severities = [3]", "plans.basic.notices.0.severities", "no severity '3'", "known are"),
        ("[severity.levels.1]", "[severity.levels.3]", "severity.levels", "not counted 1, 2, 3", "number them from 1"),
        (
            'queue = "support"\nflag',
            'queue = "suport"\nflag',
            "plans.basic.notices.0.queue",
            "no queue 'suport'",
            "did you mean",
        ),
        (
            'queue = "support"\nqueues',
            'queue = "desk"\nqueues',
            "queue",
            "there is no queue 'desk'",
            "known are: support",
        ),
        (
            '["Mon-Fri 09:00-17:00"]',
            '["Mon-Fri 09:00-1700"]',
            "calendars.office.open",
            "'Mon-Fri 09:00-1700'",
            "write 08:00",
        ),
        ('["Mon-Fri 09:00-17:00"]', "[]", "calendars.office", "it never opens", "give it open"),
        (
            '["Mon-Fri 09:00-17:00"]',
            '["Mon-Fri 09:00-17:00", "Wed 16:00-18:00"]',
            "calendars.office.open",
            "its hours overlap: Mon-Fri 09:00-17:00 and Wed 16:00-18:00",
            "one of them",
        ),
        (
            '["Mon-Fri 09:00-17:00"]',
            '[]\njoin = ["offise"]',
            "calendars.office.join",
            "no calendar 'offise'",
            "did you mean",
        ),
        (
            "[severity]",
            '[calendars.a]\njoin = ["b"]\n[calendars.b]\njoin = ["office"]\n[severity]',
            "calendars.a.join",
            "'b' joins calendars itself",
            "join those calendars directly",
        ),
        (
            "[severity]",
            'holidays = { country = "XX" }\n[severity]',
            "calendars.office.holidays.country",
            "'XX'",
            "ISO 3166",
        ),
        (
            "[severity]",
            'holidays = { country = "DE", subdivision = "Augsberg" }\n[severity]',
            "calendars.office.holidays",
            "DE has no subdivision 'Augsberg'",
            "did you mean",
        ),
        (
            'when = { effect = "stopped" }',
            'when = { efect = "stopped" }',
            "severity.rules.0.when.efect",
            "no facet",
            "did you",
        ),
        (
            'when = { effect = "stopped" }',
            'when = { effect = "stoped" }',
            "severity.rules.0.when.effect",
            "no value",
            "did you",
        ),
        ("[phrases.en.effect]", "[phrases.en.efect]", "phrases.en.efect", "there is no facet 'efect'", "did you mean"),
        (
            "stopped = [",
            "stoped = [",
            "phrases.en.effect.stoped",
            "there is no value of effect",
            "did you mean 'stopped'?",
        ),
        (
            '{ kind = "question" }',
            '{ kinds = "question" }',
            "severity.questions.kinds",
            "no facet 'kinds'",
            "did you mean",
        ),
        (
            '{ kind = "question" }',
            '{ kind = "query" }',
            "severity.questions.kind",
            "no value of kind 'query'",
            "known are",
        ),
        (
            "silent = 2",
            'silent = 2\nsupposing = ["kinds"]',
            "severity.supposing",
            "there is no facet 'kinds'",
            "did you mean 'kind'?",
        ),
        (
            "silent = 2",
            'silent = 2\nraising.effect = "stoped"',
            "severity.raising.effect",
            "no value of effect 'stoped'",
            "did you mean 'stopped'?",
        ),
        ('"down"', '"Down!"', "phrases.en.effect.stopped", "'Down!' can never match", "write 'down'"),
        ('"down"', '"..."', "phrases.en.effect.stopped", "can never match", "write"),
        (
            '"down"',
            '"{people} {sites}"',
            "phrases.en.effect.stopped",
            "there is no group {sites}",
            "[words.LANGUAGE.groups]",
        ),
        ('"down"', '"(down"', "phrases.en.effect.stopped", "do not pair up", "write it anew"),
        (
            '"down",',
            '"down", "down",',
            "phrases.en.effect.stopped",
            "'down' can never add anything",
            "keep one of the two",
        ),
        ('["not"]', '["not", "No"]', "words.en.negation", "'No' can never match", "write 'no'"),
        ('["not"]', '["(not"]', "words.en.negation", "do not pair up", "write it anew"),
        ('["but"]', '["but not"]', "words.en.breaks", "no single word", "write one word"),
        ("[phrases.en.effect]", "[phrases.fr.effect]", "phrases.fr.effect.stopped", "no [words.fr]", "add [words.fr]"),
        (
            "[gates.contact]",
            '[gates]\nstrongest_first = ["contact"]\n[gates.contact]',
            "gates.strongest_first",
            "contact is not decided by words",
            "name only third_party",
        ),
        (
            "[gates.contact]",
            '[gates]\nstrongest_first = ["development"]\n[gates.contact]',
            "gates.strongest_first",
            "it does not say where services stands",
            "add services",
        ),
        (
            'clear = ["build {people}"]',
            'against_for_plan.gold = ["build"]',
            "matters.en.services.against_for_plan",
            "there is no plan 'gold'",
            "known are: basic",
        ),
        (
            "[matters.en.services]",
            "[matters.en.other]",
            "gates.services.matters",
            "there is no matter 'services'",
            "known are: other",
        ),
        (
            'asks_for = "a service"',
            'asks_for = "a service"\nto = "desk"',
            "gates.services.to",
            "there is no queue 'desk'",
            "known are: support",
        ),
        (
            "[plans.basic]",
            '[[gates.topic.lines]]\ntopic = "x"\nasks_for = "x"\nmatters = "xy"\n[plans.basic]',
            "gates.topic.lines.0.matters",
            "there is no matter 'xy'",
            "known are: services",
        ),
        (
            "[plans.basic]",
            '[[gates.topic.lines]]\ntopic = "x"\nasks_for = "x"\nto = "desk"\n[plans.basic]',
            "gates.topic.lines.0.to",
            "there is no queue 'desk'",
            "known are: distributor, support, support_partner",
        ),
        (
            "[plans.basic]",
            '[[gates.topic.lines]]\ntopic = "x"\nasks_for = "x"\nto = "distributor"\n[plans.basic]',
            "gates.topic.lines.0.to",
            "its letter 'routed_x' does not exist",
            "add a template routed_x",
        ),
        (
            "[plans.basic]",
            '[[gates.topic.lines]]\ntopic = "x"\nasks_for = "x"\nwhen = { efect = "stopped" }\n[plans.basic]',
            "gates.topic.lines.0.when.efect",
            "there is no facet 'efect'",
            "did you mean",
        ),
        (
            "[plans.basic]",
            '[[gates.topic.lines]]\ntopic = "x"\nasks_for = "x"\nallowance = "visit"\n[plans.basic]',
            "gates.topic.lines.0.allowance",
            "there is no allowance 'visit'",
            "define it first",
        ),
        (
            "[plans.basic]",
            '[gates.training.subjects.kit]\nasks_for = ""\ntrained_in = "a"\nunless = { effect = "x" }\n[plans.basic]',
            "gates.training.subjects.kit.unless.effect",
            "there is no value of effect 'x'",
            "known are",
        ),
        (
            "[plans.basic]",
            '[gates.training.subjects.kit]\nasks_for = "x"\ntrained_in = "kit"\n[plans.basic]',
            "gates.training.subjects.kit.matters",
            "there is no matter 'kit'",
            "known are: services",
        ),
        (
            'queue = "support"\n\n[plans.basic.f',
            'queue = "support"\nincidents = 2\n\n[plans.basic.f',
            "plans.basic.incidents",
            "nothing counts incidents",
            "[gates.quota]",
        ),
        (
            "[plans.basic]",
            '[[reminders]]\nseverities = [3]\nto = "support"\n[plans.basic]',
            "reminders.0.severities",
            "there is no severity '3'",
            "known are: 1, 2",
        ),
        (
            "[plans.basic]",
            '[[reminders]]\nseverities = [1]\nto = "desk"\n[plans.basic]',
            "reminders.0.to",
            "there is no queue 'desk'",
            "known are: support",
        ),
        (
            "[plans.basic]",
            '[[reminders]]\nseverities = [1]\nto = "support"\nplans = "gold"\n[plans.basic]',
            "reminders.0.plans",
            "there is no plan 'gold'",
            "known are: basic",
        ),
        (
            "[plans.basic]",
            '[[reminders]]\nseverities = [1]\nto = "support"\nafter = "soon"\n[plans.basic]',
            "reminders.0.after",
            "'soon' cannot be read",
            'write it like "15 min"',
        ),
        (
            "[plans.basic]",
            '[[reminders]]\nseverities = [1]\nto = "support"\ncalendar = "nights"\n[plans.basic]',
            "reminders.0.calendar",
            "there is no calendar 'nights'",
            "known are: office",
        ),
        (
            "[plans.basic]",
            '[warnings]\nbefore = "soon"\n[plans.basic]',
            "warnings.before",
            "'soon' cannot be read",
            'write it like "30 min", "2 h" or "25 %"',
        ),
        (
            "[plans.basic]",
            "[warnings]\nseverities = [3]\n[plans.basic]",
            "warnings.severities",
            "there is no severity '3'",
            "known are: 1, 2",
        ),
        (
            "[plans.basic]",
            '[warnings]\nto = ["boss"]\n[plans.basic]',
            "warnings.to",
            "there is no queue 'boss'",
            "known are: support",
        ),
        ('title = "Small"', 'title = "Small"\nname = "x"', "name", "Intake sets this itself", "remove it"),
        ("silent = 2", "silent = ", "", "this is no TOML", "mend the line"),
        ("[gates.contact]", "", "gates.contact", "it is missing", "add the table [gates.contact]"),
    ],
)
def test_a_fault_is_named_with_its_key_its_line_and_a_remedy(
    old: str, new: str, key: str, problem: str, remedy: str
) -> None:
    text = changed(old, new)
    found = [fault for fault in faults(text) if fault.key == key and problem in fault.problem]
    assert found, faults(text)
    assert remedy in found[0].remedy
    assert str(found[0]) in str(PolicyFaults("small", found))
    assert found[0].line is not None or "it is missing" in problem


@pytest.mark.parametrize(
    ("old", "new", "piece"),
    [
        ('title = "Small"', 'titel = "Small"', "titel"),
        ('"nobody ~ can"', '"nobody ~"', '"nobody ~"'),
        ("because = ", "becuase = ", "becuase"),
        ('on = "office"', 'on = "night"', "2 = { within"),
        ("silent = 2", "silent = ", "silent = "),
    ],
)
def test_the_line_is_the_one_to_edit(old: str, new: str, piece: str) -> None:
    text = changed(old, new)
    assert faults(text)[0].line == line_of(text, piece)


def test_all_faults_are_told_at_once_in_the_order_of_the_file() -> None:
    text = changed('title = "Small"', 'titel = "Small"').replace("silent = 2", "silent = 7").replace('"down"', '"Down"')
    found = faults(text)
    keys = [fault.key for fault in found]
    assert keys == ["titel", "severity.silent", "phrases.en.effect.stopped"]
    assert [fault.line or 0 for fault in found] == sorted(fault.line or 0 for fault in found)
    readable = changed('title = "Small"', 'title = "Small"\nsilly = 1').replace("silent = 2", "silent = 7")
    assert [fault.key for fault in faults(readable)] == ["silly", "severity.silent"]


def test_holidays_of_a_country_and_a_part_of_it_are_accepted() -> None:
    text = changed("[severity]", 'holidays = { country = "DE", subdivision = "BY" }\n[severity]')
    calendar = load(text, name="small", letters=LETTERS).calendar("office")
    assert (calendar.country, calendar.subdivision) == ("DE", "BY")


def test_a_reminder_may_name_the_plans_it_is_for() -> None:
    text = SMALL + '\n[[reminders]]\nseverities = [1]\nto = "support"\nplans = ["basic"]\nafter = "2 h"\n'
    (reminder,) = load(text, name="small", letters=LETTERS).reminders
    assert (reminder.plans, reminder.delay) == (("basic",), timedelta(hours=2))


def test_no_plan_is_a_fault() -> None:
    text = SMALL[: SMALL.index("[plans.basic]")] + "[plans]\n"
    assert [fault.problem for fault in faults(text)] == ["there is no plan"]


def test_no_severity_is_a_fault() -> None:
    text = SMALL.replace('[severity.levels.1]\nname.en = "bad"', "[severity.levels]").replace(
        '[severity.levels.2]\nname = { de = "normal" }', ""
    )
    assert "severity.silent" in {fault.key for fault in faults(text)}


def test_letters_that_do_not_exist_are_named() -> None:
    found = faults(SMALL, LETTERS - {"held", "declined_services"})
    assert [fault.problem for fault in found] == [
        "its letter 'held' does not exist",
        "its letter 'declined_services' does not exist",
    ]


def test_a_queue_of_a_companys_own_needs_no_letter_of_its_own() -> None:
    """The general letter tells of it: what there is for "routed" is for every queue."""
    text = SMALL.replace('queues = ["support"]', 'queues = ["support", "billing"]').replace(
        "[plans.basic]", '[[gates.topic.lines]]\ntopic = "x"\nasks_for = "x"\nto = "billing"\n[plans.basic]'
    )
    assert [fault.problem for fault in faults(text)] == ["its letter 'routed_billing' does not exist"]
    assert load(text, name="small", letters=LETTERS | {"routed"})


def test_faults_are_readable_and_travel() -> None:
    with pytest.raises(PolicyFaults) as caught:
        load("title = ", name="broken", letters=LETTERS)
    assert str(caught.value).startswith("policy broken: line 1: this is no TOML")
    assert pickle.loads(pickle.dumps(caught.value)).faults == caught.value.faults  # noqa: S301


def test_a_line_is_found_for_keys_of_any_depth_and_never_invented() -> None:
    lines = Lines('a = 1\n["odd.table"]\nb = 2\n[c]\n"d" = [\n  "x",\n  "y",\n]\n')
    assert lines.of(("a",)) == 1
    assert lines.of(("c", "d"), "y") == 7
    assert lines.of(("c", "d"), "z") == 5
    assert lines.of(("c", "zz", "yy")) == 4
    assert lines.of(("zz",)) is None
    assert lines.of(()) is None


@pytest.mark.parametrize(
    ("old", "new", "key", "problem", "remedy"),
    [
        ('queues = ["support"]', 'queues = "support"', "queues", "'support' does not fit", 'write a list: ["support"]'),
        (
            "severities = [1]",
            "severities = {}",
            "plans.basic.notices.0.severities",
            "a table does not",
            "write a list,",
        ),
        ('name.en = "Basic"', 'name = "B"', "plans.basic.name", "'B'", 'write it by language: { en = "B" }'),
        (
            'name.en = "bad"',
            'name = ["bad"]',
            "severity.levels.1.name",
            "a list",
            "write a table: [severity.levels.1.name]",
        ),
        ('1 = "4 bh"', "1 = 4", "plans.basic.first_response.1", "4 does not fit here", 'write it like "4 bh"'),
        (
            '1 = "4 bh"',
            'red = "4 bh"',
            "plans.basic.first_response.red",
            "'red' does",
            "a number in its place, such as 1",
        ),
        (
            "[gates.contact]",
            "[gates]\ncontact = true",
            "gates.contact",
            "true does not",
            "[gates.contact], with nothing in",
        ),
        (
            "silent = 2",
            "silent = 2.5",
            "severity.silent",
            "2.5 does not fit here",
            "write a whole number, without quotes",
        ),
        (
            "severity = 1\n",
            'severity = 1\nfixed = "so so"\n',
            "severity.rules.0.fixed",
            "'so so'",
            "write true or false",
        ),
        (
            "[severity]",
            'closed = ["24.12.26"]\n[severity]',
            "calendars.office.closed.0",
            "'24.12.26'",
            "such as 2026-12-24",
        ),
        ("[plans.basic]", "[gates.role]\nallow = []\n[plans.basic]", "gates.role.allow", "a list", "name at least one"),
        (
            "[plans.basic]",
            '[gates.role]\nallow = ["boss"]\n[plans.basic]',
            "gates.role.allow",
            "no role 'boss'",
            "admin",
        ),
        (
            "[plans.basic]",
            '[gates.language]\naccept = ["english"]\n[plans.basic]',
            "gates.language.accept",
            "there is no language 'english'",
            "two letters of ISO 639-1",
        ),
        (
            'hours = "',
            'letter_language = "EN"\nhours = "',
            "letter_language",
            "there is no language 'EN'",
            "two letters",
        ),
        (
            "[words.en]",
            '[explicit]\nen = ["grade one"]\n[words.en]',
            "explicit.en",
            "'grade one' says no number",
            "write #",
        ),
        (
            '["stopped", "imp',
            '["stopped", "slow", "imp',
            "severity.facets.effect",
            "for 'slow'",
            'add vocabulary = ["en"]',
        ),
        (
            "[calendars.office]",
            "[calendars.office]\n[calendars.office]",
            "",
            "declare calendars.office twice",
            "join the two",
        ),
        ("[[severity.rules]]", "[severity.rules]", "", "cannot overwrite", "begins with [[ ]]"),
    ],
)
def test_a_fault_is_one_and_says_what_to_write(old: str, new: str, key: str, problem: str, remedy: str) -> None:
    """No second fault that only follows from the first."""
    (fault,) = faults(changed(old, new))
    assert (fault.key, problem in fault.problem, remedy in fault.remedy) == (key, True, True), fault
    assert fault.line is not None


def test_a_list_that_names_nothing_good_is_told_by_its_members_alone() -> None:
    text = changed("[plans.basic]", '[gates.version]\nproduct = "x"\nlatest = 5\nsupported = [5]\n[plans.basic]')
    assert [(fault.key, fault.remedy) for fault in faults(text)] == [
        ("gates.version.latest", 'write it in double quotes: "5"'),
        ("gates.version.supported.0", 'write it in double quotes: "5"'),
    ]


def test_what_follows_from_a_refused_key_is_no_further_fault() -> None:
    (hours,) = faults(changed('"Mon-Fri 09:00-17:00"', '"Mo-Fr 9-17"'))
    assert hours.key == "calendars.office.open"
    (vocabulary,) = faults('vocabulary = ["englisch"]\n' + SMALL)
    assert vocabulary.key == "vocabulary"
    (facet,) = faults(changed("[phrases.en.effect]", "[phrases.en.efect]"))
    assert facet.key == "phrases.en.efect"


def test_a_facet_that_the_vocabulary_does_not_know_is_told_to_find_one_there() -> None:
    text = 'vocabulary = ["small"]\n' + changed('["stopped", "imp', '["stopped", "slow", "imp')
    with pytest.raises(PolicyFaults) as caught:
        load(joined(text, {"small": "[words.en]\n"}), name="small", letters=LETTERS)
    (fault,) = caught.value.faults
    assert (fault.key, fault.remedy.partition(",")[0]) == ("severity.facets.effect", "name what a vocabulary has")


def test_a_file_without_plans_is_told_how_they_begin() -> None:
    text = SMALL[: SMALL.index("[plans.basic]")]
    (fault,) = faults(text)
    assert (fault.key, fault.line, fault.remedy) == ("plans", 1, "add a table such as [plans.NAME]")


def test_a_group_that_spoils_phrases_is_one_fault_of_its_own() -> None:
    """However many phrases of a vocabulary have it inside round brackets; their lines are not the admin's to mend."""
    shared = '[words.en]\n[phrases.en.effect]\nimpaired = ["({people}|guests) wait", "({people}|guests) grumble"]\n'
    text = 'vocabulary = ["small"]\n' + changed('people = ["user*"]', 'people = ["user*", "harbour master"]')
    with pytest.raises(PolicyFaults) as caught:
        load(joined(text, {"small": shared}), name="small", letters=LETTERS)
    (fault,) = caught.value.faults
    assert (fault.key, fault.line) == ("words.en.groups.people", line_of(text, "people ="))
    assert "'harbour master' has several words" in fault.problem
    assert fault.remedy == "name single words there"


def test_a_policy_without_a_vocabulary_hears_of_one() -> None:
    (fault,) = faults(changed('asks_for = "a service"', 'asks_for = "a service"\nmatters = "training"'))
    assert fault.remedy == 'known are: services; vocabulary = ["en"] at the top of the file brings many'
