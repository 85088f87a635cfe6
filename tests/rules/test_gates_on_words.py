"""What each gate on words finds, where it sends a mail, and the sentence that staff read."""

from collections.abc import Callable
from dataclasses import replace
from decimal import Decimal
from typing import Any

import pytest

from rules.case import Case, Finding, Route
from rules.facts import Allowance, Contact, Found, Gate, Heard, Membership, Reading, Usage
from rules.gates_on_words import is_spared, route_of, topic, training, version, wish
from rules.policy_gates import Check, Gates
from rules.topics import Topic
from rules.wishes import Wish
from tests.rules.samples import ADMIN, CONTRACT, case, member, reading

AMY = member(account_manager="amy@lumedx.example")


def asking(gate: Gate, wished: Wish, policy: str = "irex", membership: Membership = ADMIN) -> Case:
    return replace(case(policy=policy, membership=membership), wishes={gate: wished})


def about(policy: str, name: str, *phrases: str, membership: Membership = ADMIN, **fields: Any) -> Case:
    """A mail that the first line of that topic fits."""
    plain = case(policy=policy, membership=membership, **fields)
    assert plain.policy.gates.topic is not None
    line = next(line for line in plain.policy.gates.topic.lines if line.topic == name)
    return replace(plain, topic=Topic(name, phrases, line))


def said(*found: tuple[str, str, str], heard: Heard = Heard.STATED) -> Reading:
    """A reading with these phrases, each of them (phrase, topic, value) in a sentence of its own."""
    phrases = tuple(
        Found(phrase, "body", number, subject, value, heard) for number, (phrase, subject, value) in enumerate(found)
    )
    return replace(reading(""), found=phrases)


@pytest.mark.parametrize(
    ("named", "recorded", "found"),
    [
        ((), "", Finding(False, "No version is named in the mail or recorded for the contract.")),
        (
            ("3.2", "2.1"),
            "5.1",
            Finding(
                True,
                "The mail names IREX server 3.2, 2.1, which is not supported; supported are 5 and 4.",
                keyword=True,
            ),
        ),
        (("3.2", "4.9"), "", Finding(False, "The mail names IREX server 3.2, 4.9, which is supported.", keyword=True)),
        (
            (),
            "3.2",
            Finding(True, "The contract records IREX server 3.2, which is not supported; supported are 5 and 4."),
        ),
    ],
)
def test_the_version_that_the_mail_names_counts_before_the_one_recorded(
    named: tuple[str, ...], recorded: str, found: Finding
) -> None:
    spoken = said(*((f"version {one}", "version", one) for one in named))
    assert version(replace(case(membership=member(version=recorded)), reading=spoken)) == found


def test_a_policy_without_the_gate_knows_no_version() -> None:
    plain = case(membership=member(version="3.2"))
    without = replace(plain, policy=plain.policy.model_copy(update={"gates": Gates(contact=Check())}))
    assert version(without) == Finding(False, "No version is named in the mail or recorded for the contract.")


def test_a_matter_that_is_asked_for_closes_its_gate() -> None:
    asked = asking(Gate.THIRD_PARTY, Wish(("help us", "third-party connector"), 3))
    assert wish(Gate.THIRD_PARTY)(asked) == Finding(
        True,
        "The mail asks for help with another maker's plug-in, integration, installer or image:"
        " “help us”, “third-party connector”.",
        keyword=True,
    )
    assert wish(Gate.REMOTE_ADMINISTRATION)(asked) == Finding(
        False, "Nothing in the mail asks for somebody of ours to administer the customer's servers."
    )


def test_words_that_speak_for_two_gates_are_said_of_the_second() -> None:
    asked = asking(Gate.SERVICES, Wish(("log in", "install"), 2, "remote_administration_of_it"))
    assert wish(Gate.SERVICES)(asked) == Finding(
        False, "The same words (“log in”, “install”) speak for remote administration of it first."
    )


@pytest.mark.parametrize(
    ("policy", "gate", "queue", "shown"),
    [
        ("gold", Gate.SERVICES, "services", "services"),
        ("lumedx", Gate.THIRD_PARTY, "senior_management", "senior management"),
    ],
)
def test_a_matter_with_a_desk_of_its_own_goes_there(policy: str, gate: Gate, queue: str, shown: str) -> None:
    asked = asking(gate, Wish(("book it",), 2), policy)
    keyword = asked.policy.gates.keyword(gate)
    assert keyword is not None
    assert wish(gate)(asked) == Finding(
        True,
        f"The mail asks for {keyword.asks_for}: “book it”. It goes to {shown}.",
        keyword=True,
        route=Route(gate.value, queue, f"routed_{queue}"),
    )


@pytest.mark.parametrize(("manager", "queue"), [("amy@lumedx.example", "account_manager"), ("", "support")])
def test_what_is_for_an_account_manager_whom_nobody_named_goes_to_support(manager: str, queue: str) -> None:
    asked = asking(Gate.THIRD_PARTY, Wish(("x",), 2), "lumedx", member(account_manager=manager))
    gates = asked.policy.gates
    third = gates.third_party and gates.third_party.model_copy(update={"to": "account_manager"})
    policy = asked.policy.model_copy(update={"gates": gates.model_copy(update={"third_party": third})})
    found = wish(Gate.THIRD_PARTY)(replace(asked, policy=policy))
    assert found.route == Route("third_party", queue, f"routed_{queue}")


def test_a_policy_without_the_gate_says_what_it_would_be_about() -> None:
    assert wish(Gate.DEVELOPMENT)(case("It fails.", "gold")) == Finding(
        False, "Nothing in the mail asks for development."
    )


def test_a_mail_about_nothing_in_particular_stays() -> None:
    assert topic(case(policy="lumedx")) == Finding(False, "Nothing in the mail names a topic that others answer.")
    assert topic(replace(case(policy="onyxceph"), topic=Topic("level_1"))) == Finding(
        False, "Nothing in the mail names a topic that others answer; it counts as level 1."
    )


@pytest.mark.parametrize(
    ("asked", "said", "route"),
    [
        (
            lambda: about("onyxceph", "level_1", "a patch", "restore"),
            "The mail asks for help with a patch, or with restoring a database: “a patch”, “restore”. We answer that.",
            None,
        ),
        (
            lambda: about("onyxceph", "user_support", "How do I"),
            "The mail asks for help with using the program, or a training: “How do I”."
            " C-1 names no support partner, so it stays here.",
            None,
        ),
        (
            lambda: about("horizant", "not_production"),
            "The mail asks for help with a system that is not production. It goes to expert services.",
            Route("not_production", "expert_services", "routed_expert_services", hours=True),
        ),
        (
            lambda: about("lumedx", "custom_review", "our forms", membership=AMY),
            "The mail asks for a review of reports, queries or forms of the customer's own: “our forms”."
            " It goes to account manager.",
            Route("custom_review", "account_manager", "routed_account_manager"),
        ),
        (
            lambda: about("lumedx", "custom_review", "our forms"),
            "The mail asks for a review of reports, queries or forms of the customer's own: “our forms”."
            " It goes to support.",
            Route("custom_review", "support", "routed_support"),
        ),
        (
            lambda: about("onyxceph", "user_support", "How do I", membership=member(support_partner="p@part.example")),
            "The mail asks for help with using the program, or a training: “How do I”. It goes to p@part.example.",
            Route("user_support", "support", "routed_user_support", "p@part.example", "support_partner"),
        ),
    ],
)
def test_what_a_mail_is_about_goes_to_those_who_answer_it(
    asked: Callable[[], Case], said: str, route: Route | None
) -> None:
    assert topic(asked()) == Finding(route is not None, said, keyword=route is not None, route=route)


@pytest.mark.parametrize(
    ("plan", "taken", "left", "of"),
    [
        ("premium", "0", "1", 1),
        ("premium", "0.5", "0.5", 1),
        ("premium", "2", "0", 1),
        ("deluxe", "1", "0", 0),
        ("gone", "0", "0", 0),
    ],
)
def test_a_yearly_allowance_is_told_with_what_is_left(plan: str, taken: str, left: str, of: int) -> None:
    customer = member(plan=plan, account_manager="amy@lumedx.example")
    used = Usage(allowances={"on_site_visit": Decimal(taken)})
    found = topic(about("lumedx", "on_site_visit", "visit", membership=customer, used=used))
    assert found.why.endswith(f" It goes to account manager. {left} of {of} left this contract year.")
    allowance = Allowance("on_site_visit", Decimal(left), of)
    assert found.route == Route("on_site_visit", "account_manager", "routed_account_manager", allowance=allowance)


def test_nothing_was_taken_of_an_allowance_that_nobody_counted() -> None:
    found = topic(about("lumedx", "on_site_visit", "visit", membership=member(plan="premium")))
    assert found.why.endswith("1 of 1 left this contract year.")


def question() -> Reading:
    return said(("advanced search", "training.toolkit", "clear"), ("HL7 interface", "training.interfaces", "clear"))


def trained(*trainings: str, kind: str = "question", heard: Reading | None = None, policy: str = "lumedx") -> Case:
    person = Membership(Contact("mo@larch.example", "", "C-1", trainings=trainings), CONTRACT)
    plain = case(policy=policy, membership=person)
    return replace(plain, reading=heard or question(), values={**plain.values, "kind": kind})


def test_questions_that_need_a_class_name_every_one_that_opens_the_door() -> None:
    assert training(trained()) == Finding(
        True,
        "The mail asks for an answer about the Toolkit or an advanced feature (“advanced search”) and help with an"
        " interface (“HL7 interface”), and mo@larch.example has not taken the class toolkit or advanced or interfaces.",
        keyword=True,
        trainings=("toolkit", "advanced", "interfaces"),
    )
    assert training(trained("toolkit", "other")).trainings == ("interfaces",)
    assert training(trained("interfaces")).trainings == ("toolkit", "advanced")


@pytest.mark.parametrize(
    "asked",
    [
        lambda: trained("advanced", "interfaces"),
        lambda: trained(heard=said()),
        lambda: trained("interfaces", kind="cosmetic"),
        lambda: trained(policy="irex"),
    ],
)
def test_without_such_a_question_or_with_the_class_the_door_is_open(asked: Callable[[], Case]) -> None:
    assert training(asked()) == Finding(False, "Nothing in the mail needs a class that mo@larch.example has not taken.")


def test_words_against_it_count_for_the_plan_they_are_for() -> None:
    against = said(("Toolkit", "training.toolkit", "clear"), ("as agreed", "training.toolkit/against", "standard"))
    together = replace(against, found=tuple(found._replace(sentence=0) for found in against.found))
    person = Membership(Contact("mo@larch.example", "", "C-1"), CONTRACT)
    asked = trained(heard=together)
    assert not training(replace(asked, membership=person)).closed
    assert training(replace(asked, membership=replace(person, contract=replace(CONTRACT, plan="deluxe")))).closed


@pytest.mark.parametrize(
    ("keyword", "severity", "spared"), [(True, 1, True), (True, 2, False), (False, 1, False), (False, 2, False)]
)
def test_words_give_way_to_the_most_urgent(keyword: bool, severity: int, spared: bool) -> None:
    asked = case(severity=severity)
    assert is_spared(asked, Finding(True, "", keyword=keyword)) is spared


def test_where_there_is_one_severity_words_give_way_to_none() -> None:
    asked = case(severity=1)
    levels = asked.policy.severity.levels
    for kept, spared in ({1: levels[1]}, False), ({1: levels[1], 2: levels[2]}, True):
        severity = asked.policy.severity.model_copy(update={"levels": kept})
        one = replace(asked, policy=asked.policy.model_copy(update={"severity": severity}))
        assert is_spared(one, Finding(True, "", keyword=True)) is spared


def test_a_severity_1_stays_whatever_its_words() -> None:
    asked = asking(Gate.SERVICES, Wish(("book it",), 2), "gold")
    assert route_of(asked) == Route("services", "services", "routed_services")
    assert route_of(replace(asked, severity=1)) is None


def test_the_first_gate_that_sends_a_mail_elsewhere_decides() -> None:
    visit = about("lumedx", "on_site_visit", "visit", membership=AMY)
    both = replace(visit, wishes={Gate.THIRD_PARTY: Wish(("plug-in",), 2)})
    assert route_of(both) == Route("third_party", "senior_management", "routed_senior_management")
    assert route_of(visit) == topic(visit).route


def test_a_gate_that_the_policy_does_not_use_sends_nothing_anywhere() -> None:
    visit = about("lumedx", "on_site_visit", "visit", membership=AMY)
    unused = visit.policy.model_copy(update={"gates": Gates(contact=Check())})
    assert route_of(replace(visit, policy=unused)) is None
