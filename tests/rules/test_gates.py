"""Each gate by itself, and what they say together."""

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from rules.case import Case, Finding, Route
from rules.decide import decide
from rules.facts import Authentication, Contact, Decision, Gate, GateResult, Membership, Outcome, Tongue, Verdict
from rules.gates import GATES, Passage, passage
from rules.policy_gates import Check, Gates
from rules.wishes import Wish
from tests.rules.samples import ADMIN, PREMIER, around, case, decided, mail, member, reading, shipped


def verdicts(decision: Decision) -> dict[Gate, Verdict]:
    return {result.gate: result.verdict for result in decision.gates}


def why(decision: Decision, gate: Gate) -> str:
    return next(result.why for result in decision.gates if result.gate is gate)


def test_a_mail_in_good_order_passes_every_gate_and_each_says_why() -> None:
    decision = decided("The export button is missing on one report.")
    assert decision.outcome is Outcome.ACCEPTED
    assert set(verdicts(decision).values()) == {Verdict.PASS}
    assert [result.gate for result in decision.gates] == list(shipped().gates.used())
    assert all((result.why.endswith(".") and result.why[0].isupper()) or "@" in result.why for result in decision.gates)


def test_a_stranger_fails_contact_and_is_looked_at_no_further() -> None:
    decision = decide(mail("Our server is down."), reading("Our server is down."), around(), shipped())
    assert decision.outcome is Outcome.DECLINED
    assert (decision.failed, decision.template) == ((Gate.CONTACT,), "declined_contact")
    assert set(list(verdicts(decision).values())[1:]) == {Verdict.SKIP}
    assert why(decision, Gate.CONTACT) == "mo@larch.example is on no contract under this policy."


@pytest.mark.parametrize(
    ("verdict", "outcome", "template"),
    [
        (Authentication.PASS, Outcome.DECLINED, "declined_contact"),
        (Authentication.FAIL, Outcome.HELD, None),
        (Authentication.NONE, Outcome.HELD, None),
        (Authentication.UNKNOWN, Outcome.HELD, None),
    ],
)
def test_a_stranger_nobody_vouches_for_is_held_without_a_letter(
    verdict: Authentication, outcome: Outcome, template: str | None
) -> None:
    strange = mail("Hello, our server shows an error.", authentication=verdict)
    decision = decide(strange, reading("Hello"), around(authentication_expected=True), shipped())
    assert (decision.outcome, decision.template, decision.failed) == (outcome, template, (Gate.CONTACT,))


@pytest.mark.parametrize("known", [ADMIN, member(paid=False)])
def test_a_contact_whose_domain_disowns_the_mail_is_held_without_a_letter_whatever_else_closes(
    known: Membership,
) -> None:
    forged = mail("Our server is down.", authentication=Authentication.FAIL, dmarc_failed=True)
    decision = decide(forged, reading("Our server is down."), around(known, authentication_expected=True), shipped())
    assert (decision.outcome, decision.template, decision.failed[0]) == (Outcome.HELD, None, Gate.CONTACT)
    assert decision.flags[-1] == "sender_not_authenticated"
    assert "DMARC" in why(decision, Gate.CONTACT)
    assert decision.queue == "support"


def test_where_no_server_is_trusted_no_mail_is_disowned() -> None:
    forged = mail("Our server is down.", authentication=Authentication.FAIL, dmarc_failed=True)
    assert decide(forged, reading("Our server is down."), around(ADMIN), shipped()).outcome is Outcome.ACCEPTED


def test_a_mail_without_a_sender_is_a_strangers() -> None:
    decision = decide(mail("Hello", sender=None), reading("Hello"), around(), shipped())
    assert decision.failed == (Gate.CONTACT,)
    assert decision.sender == ""


@pytest.mark.parametrize(
    ("starts", "ends", "at", "passes", "said"),
    [
        ("2026-01-01", "2026-03-11", "2026-03-11T22:59:59", True, "is valid until 2026-03-11."),
        ("2026-01-01", "2026-03-11", "2026-03-11T23:00:00", False, "ended on 2026-03-11."),
        ("2026-03-12", "2026-12-31", "2026-03-11T22:59:59", False, "begins only on 2026-03-12."),
        ("2026-03-12", "2026-12-31", "2026-03-11T23:00:00", True, "is valid until 2026-12-31."),
    ],
)
def test_a_subscription_counts_days_of_the_policys_zone(
    starts: str, ends: str, at: str, passes: bool, said: str
) -> None:
    customer = member(starts=date.fromisoformat(starts), ends=date.fromisoformat(ends))
    body = "One column of the report is empty."
    when = datetime.fromisoformat(at).replace(tzinfo=UTC)
    decision = decide(mail(body), reading(body), around(customer, at=when), shipped())
    assert (Gate.SUBSCRIPTION not in decision.failed) is passes
    assert why(decision, Gate.SUBSCRIPTION) == f"C-1 {said}"


PASSED = "It is all right."
ASKED = "It is asked for."


def judged(monkeypatch: pytest.MonkeyPatch, severity: int = 3, **found: Finding) -> Passage:
    """What the gates of the irex policy say together when those named find this, and all others nothing."""
    plain = Finding(False, PASSED)
    monkeypatch.setattr("rules.gates.GATES", {gate: lambda _, gate=gate: found.get(gate.value, plain) for gate in Gate})
    return passage(case(severity=severity))


def results(**said: tuple[Verdict, str]) -> tuple[GateResult, ...]:
    return tuple(GateResult(gate, *said.get(gate.value, (Verdict.PASS, PASSED))) for gate in case().policy.gates.used())


def test_of_a_stranger_only_the_first_gate_is_asked() -> None:
    skipped = (Verdict.SKIP, "Not looked at, because the sender is on no contract.")
    strange = "mo@larch.example is on no contract under this policy."
    gates = dict.fromkeys((gate.value for gate in Gate), skipped) | {"contact": (Verdict.FAIL, strange)}
    asked = replace(case(membership=None), wishes={gate: Wish(("it",), 2) for gate in Gate})
    assert passage(asked) == Passage(results(**gates), held=False)
    elsewhere = replace(asked, policy=shipped("gold"))
    assert passage(elsewhere).route is None


def test_a_judgement_on_words_is_flagged_on_a_severity_1(monkeypatch: pytest.MonkeyPatch) -> None:
    why = f"{ASKED} A severity 1 is taken in all the same; please look at it."
    found = judged(monkeypatch, 1, services=Finding(True, ASKED, keyword=True, trainings=("x",)))
    assert found == Passage(results(services=(Verdict.FLAG, why)), held=False)
    assert found.failed == ()


def test_what_goes_to_another_desk_passes(monkeypatch: pytest.MonkeyPatch) -> None:
    found = judged(monkeypatch, services=Finding(True, ASKED, keyword=True, route=Route("services", "x", "y")))
    assert found == Passage(results(services=(Verdict.PASS, ASKED)), held=False)


def test_the_way_to_another_desk_is_told() -> None:
    booked = replace(case(policy="gold"), wishes={Gate.SERVICES: Wish(("a training",), 2)})
    assert passage(booked).route == Route("services", "services", "routed_services")
    assert passage(case(policy="gold")).route is None


@pytest.mark.parametrize("one", [Finding(True, ASKED, doubt=True), Finding(True, ASKED, holds=True)])
def test_doubt_or_what_is_for_a_person_holds_where_nothing_else_closes(
    monkeypatch: pytest.MonkeyPatch, one: Finding
) -> None:
    found = judged(monkeypatch, language=one)
    assert found == Passage(results(language=(Verdict.FAIL, ASKED)), held=True)
    assert (found.failed, found.why) == ((Gate.LANGUAGE,), ASKED)


def test_beside_a_plain_failure_doubt_is_flagged_and_what_is_for_a_person_is_told(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    found = judged(
        monkeypatch,
        subscription=Finding(True, "It is over.", trainings=("a", "b")),
        language=Finding(True, ASKED, doubt=True),
        version=Finding(True, "It is for a person.", holds=True, trainings=("c",)),
    )
    assert found == Passage(
        results(
            subscription=(Verdict.FAIL, "It is over."),
            language=(Verdict.FLAG, f"{ASKED} Something else decides here."),
            version=(Verdict.FAIL, "It is for a person."),
        ),
        held=False,
        trainings=("a", "b", "c"),
    )
    assert (found.failed, found.why) == ((Gate.SUBSCRIPTION, Gate.VERSION), "It is over.")


@pytest.mark.parametrize(("paid", "closed", "said"), [(True, False, "is paid"), (False, True, "is not paid yet")])
def test_an_unpaid_contract_fails_payment(paid: bool, closed: bool, said: str) -> None:
    asked = Case(mail(), reading("x"), around(), shipped(), member(paid=paid), 3, {})
    assert GATES[Gate.PAYMENT](asked).closed is closed
    assert said in GATES[Gate.PAYMENT](asked).why


def test_a_gate_beyond_contact_never_sees_a_stranger() -> None:
    strange = Case(mail(), reading("x"), around(), shipped(), None, 3, {})
    with pytest.raises(LookupError):
        GATES[Gate.ROLE](strange)


def test_a_policy_without_a_gates_table_lets_it_pass() -> None:
    plain = shipped().model_copy(update={"gates": Gates(contact=Check()), "version": "sha256:plain"})
    asked = Case(mail(), reading("x"), around(), plain, member(version="1.0"), 3, {})
    assert not GATES[Gate.VERSION](asked).closed
    assert GATES[Gate.ROLE](asked).closed
    assert not GATES[Gate.SERVICES](asked).closed


def test_an_end_user_fails_role() -> None:
    person = Membership(replace(ADMIN.contact, role="end_user"), ADMIN.contract)
    decision = decided("Where do I find camera 7 in my list?", membership=person)
    assert decision.failed == (Gate.ROLE,)
    assert why(decision, Gate.ROLE) == "mo@larch.example is listed as end user; this support is for admin."


@pytest.mark.parametrize(
    ("body", "recorded", "closed"),
    [
        ("We run IREX server version 3.2.", "", True),
        ("We run IREX server 3.2 here.", "", True),
        ("We run version 3.2 of the IREX server.", "", True),
        ("We run IREX server version 4.9.", "", False),
        ("We run IREX server v5.", "", False),
        ("Two of them run IREX server version 3.2, one IREX server version 5.1.", "", False),
        ("We upgraded from IREX server version 3.2 last night.", "", False),
        ("We run Windows Server version 3.2.", "", False),
        ("We have three IREX servers.", "", False),
        ("Our IREX server 2 shows an empty list.", "", False),
        ("We do not run IREX server version 3.2.", "", False),
        ("One column is empty.", "3.2", True),
        ("One column is empty.", "4.1", False),
        ("One column is empty.", "v5", False),
        ("One column is empty.", "52", True),
        ("We run IREX server version 5.0.", "3.2", False),
    ],
)
def test_a_version_counts_when_it_is_tied_to_the_server(body: str, recorded: str, closed: bool) -> None:
    decision = decided(body, membership=member(version=recorded))
    assert (Gate.VERSION in decision.failed) is closed, why(decision, Gate.VERSION)


def test_a_version_that_the_mail_names_is_flagged_on_a_severity_1_and_a_recorded_one_declines() -> None:
    down = "The production server is down. "
    named = decided(down + "It is IREX server version 3.2.")
    assert (named.outcome, named.severity, named.flags) == (Outcome.ACCEPTED, 1, ("version",))
    assert decided(down, membership=member(version="3.2")).failed == (Gate.VERSION,)


@pytest.mark.parametrize(
    ("gate", "body"),
    [
        (Gate.THIRD_PARTY, "We bought a plug-in from another company. Can you help us with the configuration of it?"),
        (Gate.THIRD_PARTY, "Please help us to install a third-party connector."),
        (Gate.DEVELOPMENT, "Which class of your SDK gives me the current frame?"),
        (Gate.DEVELOPMENT, "I am writing a tool against your API and would like you to review my code."),
        (Gate.REMOTE_ADMINISTRATION, "Could you log in to our server and create the accounts for us?"),
        (Gate.REMOTE_ADMINISTRATION, "We want your people to run our servers from afar."),
        (Gate.SERVICES, "Please send us a quote for designing the cameras of our new building."),
        (Gate.SERVICES, "We want to commission a consultant for the move."),
    ],
)
def test_what_is_not_covered_is_declined_with_its_own_letter(gate: Gate, body: str) -> None:
    decision = decided(body)
    assert decision.failed == (gate,), decision.gates
    assert decision.template == f"declined_{gate}"
    assert "“" in why(decision, gate)


@pytest.mark.parametrize(
    "body",
    [
        "Our remote users cannot log in, could you help us?",
        "No outsider may log in here. Please help us with the empty column.",
        "We removed the third-party plug-in, and the column is still empty. Could you help us?",
        "We use no third-party plug-ins or integrations. Please help us.",
        "Your plug-in for maps shows an empty page. Can you help us?",
        "The image from camera 3 is empty. Please have a look at it, and help us with the settings.",
        "Our developer left last month. Since then the report is empty.",
        "Since your update the API answers with an error, and our script shows an empty page.",
        "The service was stopped this morning. It starts by hand.",
        "We plan the installation of a second server for our new site. Which ports does it need?",
        "Please send us a quote for five more licences.",
        "When operators log in to the server and open the list, one column is empty.",
        "The people at the reception use their own account, and one column is empty for them.",
        "We manage our servers remotely, and one report is empty since the update.",
        "Users connect over VPN and get an empty list. Could you look into it?",
        "The colleague who takes care of our server is ill. One column is empty, please help.",
    ],
)
def test_a_report_of_a_fault_is_never_declined_for_what_it_mentions(body: str) -> None:
    decision = decided(body)
    assert decision.outcome is Outcome.ACCEPTED, [result for result in decision.gates if result.verdict != "pass"]


def test_one_request_is_declined_for_one_reason() -> None:
    body = "Could you log in to our server and install the third-party connector for us, please help us with it."
    decision = decided(body)
    assert decision.failed == (Gate.THIRD_PARTY,)
    assert "speak for third party first" in why(decision, Gate.REMOTE_ADMINISTRATION)


def test_premier_may_ask_for_a_shared_screen() -> None:
    body = "Could you log in to a screen sharing session with us on our server today?"
    assert decided(body).failed == (Gate.REMOTE_ADMINISTRATION,)
    assert decided(body, membership=PREMIER).outcome is Outcome.ACCEPTED


def test_no_gate_on_words_closes_on_a_severity_1() -> None:
    body = "The production server is down, nobody can work. Please help with the third-party plug-in of another firm."
    decision = decided(body)
    assert (decision.outcome, decision.severity) == (Outcome.ACCEPTED, 1)
    assert decision.flags == ("third_party",)
    assert verdicts(decision)[Gate.THIRD_PARTY] is Verdict.FLAG
    assert "taken in all the same" in why(decision, Gate.THIRD_PARTY)


def test_a_policy_with_one_severity_spares_nobody() -> None:
    policy = shipped()
    single = policy.severity.model_copy(update={"levels": {1: policy.severity.levels[1]}, "silent": 1, "rules": ()})
    one = policy.model_copy(update={"severity": single, "version": "sha256:one"})
    body = "Please help us to install a third-party connector."
    assert decide(mail(body), reading(body), around(ADMIN), one).failed == (Gate.THIRD_PARTY,)


def test_all_failing_gates_are_told_at_once_and_the_first_names_the_letter() -> None:
    person = Membership(replace(ADMIN.contact, role="end_user"), replace(ADMIN.contract, ends=date(2026, 2, 1)))
    body = "Guten Tag, auf unserem Bildschirm fehlt seit gestern eine Spalte. Was können wir tun?"
    decision = decided(body, membership=person)
    assert decision.failed == (Gate.SUBSCRIPTION, Gate.LANGUAGE, Gate.ROLE)
    assert decision.template == "declined_subscription"
    assert decision.letter_language == "de"


def test_doubt_about_the_language_holds_and_says_so() -> None:
    read = reading("One column is empty.")
    doubt = replace(read, language=replace(read.language, tongue=Tongue.DOUBT, language="nl"))
    decision = decide(mail("One column is empty."), doubt, around(PREMIER), shipped())
    assert (decision.outcome, decision.failed, decision.template) == (Outcome.HELD, (Gate.LANGUAGE,), "held")
    assert (decision.severity, decision.queue, decision.first_response_due) == (3, "senior", None)
    assert decision.letter_language == "en"
    assert decision.why.startswith("A person should decide: ")


def test_doubt_beside_a_plain_failure_is_only_flagged() -> None:
    read = reading("One column is empty.")
    doubt = replace(read, language=replace(read.language, tongue=Tongue.DOUBT))
    person = Membership(Contact("mo@larch.example", "", "C-1", role="end_user"), ADMIN.contract)
    decision = decide(mail("One column is empty."), doubt, around(person), shipped())
    assert (decision.outcome, decision.failed) == (Outcome.DECLINED, (Gate.ROLE,))
    assert decision.flags == ("language",)
    assert decision.contact == "mo@larch.example"


def test_too_little_text_is_no_reason() -> None:
    decision = decided("?", "?")
    assert decision.outcome is Outcome.ACCEPTED
    assert "too little text" in why(decision, Gate.LANGUAGE)
