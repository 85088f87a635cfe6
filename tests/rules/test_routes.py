"""What others answer: topics, desks of our own, parties of the contract, prepaid hours, allowances, classes."""

from datetime import date
from decimal import Decimal
from typing import Any

import pytest

from rules.facts import Decision, Gate, Outcome, Usage, Verdict
from tests.rules.samples import under

EVERY_CLASS = ("toolkit", "advanced", "interfaces")
BOTH: dict[str, Any] = {"distributor": "d@dist.example", "support_partner": "p@part.example"}
DOWN = "Our production server is down and nobody can work. "


def why(decision: Decision, gate: Gate) -> str:
    return next(result.why for result in decision.gates if result.gate is gate)


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        ("Can you help us with installation of the client?", "level_0"),
        ("We need to install the server on a new computer.", "level_0"),
        ("The client finds no connection to the server.", "level_0"),
        ("How do we connect our practice software with yours? The VDDS interface is new here.", "level_0"),
        ("Please renew our licence.", "level_0"),
        ("How do I activate the software on the second PC?", "level_0"),
        ("We would like to set up a database backup.", "level_0"),
        ("Could you help with the software update?", "level_0"),
        ("We plan a database migration to a new machine.", "level_0"),
        ("An error message appears while we install the client.", "level_0"),
        ("We need help installing the patch of last week.", "level_1"),
        ("Please help us to restore the database.", "level_1"),
        ("How do I restore a database backup?", "level_1"),
        ("An error message appears when I open a patient.", "level_1"),
        ("How do I get rid of the error message?", "level_1"),
        ("Since the update the program crashes.", "level_1"),
        ("Which settings have to be made for the image folder?", "level_1"),
        ("How do I draw a profile?", "user_support"),
        ("Do you give a training for our new nurses?", "user_support"),
        ("Good morning from the practice.", "level_1"),
    ],
)
def test_a_named_task_decides_before_an_error_and_an_error_before_a_question(body: str, topic: str) -> None:
    decision = under("onyxceph", body, **BOTH)
    assert decision.topic == topic, decision.gates
    assert decision.outcome is (Outcome.ACCEPTED if topic == "level_1" else Outcome.ROUTED)


def test_a_forwarded_mail_is_a_ticket_of_support_without_severity_or_clock() -> None:
    decision = under("onyxceph", "Please renew our licence.", **BOTH)
    assert (decision.queue, decision.forward_to, decision.party) == ("support", "d@dist.example", "distributor")
    assert (decision.template, decision.failed, decision.flags) == ("routed_level_0", (), ())
    assert (decision.severity, decision.severity_why, decision.first_response_due) == (None, (), None)
    assert decision.why.endswith("“renew our licence”. It goes to d@dist.example.")
    partner = under("onyxceph", "How do I draw a profile?", **BOTH)
    assert (partner.party, partner.forward_to, partner.template) == (
        "support_partner",
        "p@part.example",
        "routed_user_support",
    )


@pytest.mark.parametrize(
    ("body", "topic"), [("Please renew our licence.", "level_0"), ("How do I draw?", "user_support")]
)
def test_without_such_a_party_the_mail_stays(body: str, topic: str) -> None:
    decision = under("onyxceph", body)
    assert (decision.outcome, decision.topic, decision.queue) == (Outcome.ACCEPTED, topic, "support")
    assert (decision.forward_to, decision.severity, decision.template) == (None, 3, "acknowledgement")
    assert "so it stays here" in why(decision, Gate.TOPIC)


def test_a_contract_that_is_over_is_declined_whatever_the_topic() -> None:
    decision = under("onyxceph", "Please renew our licence.", ends=date(2026, 2, 1), **BOTH)
    assert (decision.outcome, decision.failed, decision.queue) == (Outcome.DECLINED, (Gate.SUBSCRIPTION,), None)
    assert (decision.forward_to, decision.party) == (None, "")


@pytest.mark.parametrize(
    "body",
    [
        "We want to book a training day.",
        "Please send us a quote for building an interface.",
        "We need a consultant for two days.",
        "Wir möchten eine Schulung für drei Kollegen buchen.",
    ],
)
def test_gold_passes_professional_services_on(body: str) -> None:
    decision = under("gold", body)
    assert (decision.outcome, decision.queue, decision.topic) == (Outcome.ROUTED, "services", "services")
    assert (decision.template, decision.failed, decision.resolution_due) == ("routed_services", (), None)
    assert next(one.verdict for one in decision.gates if one.gate is Gate.SERVICES) is Verdict.PASS


@pytest.mark.parametrize(
    ("policy", "body", "flag"),
    [
        ("gold", DOWN + "We want to book a training day.", "services"),
        ("lumedx", DOWN + "Please help us with the plug-in that another company made.", "third_party"),
        ("lumedx", DOWN + "We also want our on-site visit.", "topic"),
        ("lumedx", DOWN + "It began at the HL7 interface.", "training"),
        ("horizant", DOWN + "We want to book a training day.", "topic"),
    ],
)
def test_a_severity_1_is_neither_routed_nor_declined_for_its_words(policy: str, body: str, flag: str) -> None:
    decision = under(policy, body)
    assert (decision.outcome, decision.severity, decision.flags) == (Outcome.ACCEPTED, 1, (flag,)), decision.why
    assert "taken in all the same" in why(decision, Gate(flag))


@pytest.mark.parametrize(
    ("body", "manager", "queue", "topic"),
    [
        ("Please help us with the plug-in that another company made.", "", "senior_management", "third_party"),
        ("There is a problem with our Outlook.", "", "senior_management", "third_party"),
        ("Could you review our custom reports?", "amy@lumedx.example", "account_manager", "custom_review"),
        ("Could you review our custom reports?", "", "support", "custom_review"),
    ],
)
def test_lumedx_finds_somebody_who_answers(body: str, manager: str, queue: str, topic: str) -> None:
    decision = under("lumedx", body, account_manager=manager)
    assert (decision.outcome, decision.queue, decision.topic) == (Outcome.ROUTED, queue, topic)
    assert decision.template == f"routed_{queue}"


@pytest.mark.parametrize(
    ("body", "topic", "plan", "taken", "left"),
    [
        ("We would like to have our on-site visit in June.", "on_site_visit", "premium", 0, "1 of 1 left"),
        ("We would like to have our on-site visit in June.", "on_site_visit", "premium", 1, "0 of 1 left"),
        ("We would like to have our on-site visit in June.", "on_site_visit", "premium", 2, "0 of 1 left"),
        ("We would like to have our on-site visit in June.", "on_site_visit", "deluxe", 0, "0 of 0 left"),
        ("Please plan the registry harvest of this quarter.", "registry_harvest", "premium", 1, "1 of 2 left"),
        ("When is the registry training class?", "registry_training", "premium", 0, "1 of 1 left"),
        ("We ask for disaster recovery after the flood.", "disaster_recovery", "premium", 3, "5 of 8 left"),
    ],
)
def test_an_allowance_goes_to_the_account_manager_with_what_is_left(
    body: str, topic: str, plan: str, taken: int, left: str
) -> None:
    used = Usage(allowances={topic: Decimal(taken)})
    decision = under("lumedx", body, plan=plan, account_manager="amy@lumedx.example", used=used)
    assert (decision.outcome, decision.queue, decision.topic) == (Outcome.ROUTED, "account_manager", topic)
    assert f"{left} this contract year" in decision.why
    assert decision.allowance is not None
    assert f"{decision.allowance.left} of {decision.allowance.of} left" == left


@pytest.mark.parametrize(
    ("body", "trainings", "wanted"),
    [
        ("How do I add a field with the Toolkit?", (), ("toolkit", "advanced")),
        ("How do I add a field with the Toolkit?", ("interfaces",), ("toolkit", "advanced")),
        ("How do I add a field with the Toolkit?", ("toolkit",), ()),
        ("How do I add a field with the Toolkit?", ("advanced",), ()),
        ("The Toolkit crashed on one workstation.", (), ()),
        (
            "What does the advanced search do? And our HL7 interface drops names.",
            (),
            ("toolkit", "advanced", "interfaces"),
        ),
        ("Our HL7 interface drops the middle names.", ("toolkit",), ("interfaces",)),
        ("Our HL7 interface drops the middle names.", ("interfaces",), ()),
        ("The user interface has a grey background.", (), ()),
    ],
)
def test_some_questions_need_a_class(body: str, trainings: tuple[str, ...], wanted: tuple[str, ...]) -> None:
    decision = under("lumedx", body, trainings=trainings)
    assert decision.trainings == wanted, decision.gates
    assert (decision.failed, decision.template) == (
        ((Gate.TRAINING,), "declined_training") if wanted else ((), "acknowledgement")
    )


EXPERT = [
    ("Could you give our analysts a training?", "training"),
    ("Please help us to install the client.", "installation"),
    ("Which settings have to be made for the scheduler?", "configuration"),
    ("Could you build a report for our board?", "report_creation"),
    ("We would like the screens customised.", "customisation"),
    ("How do I pin a dashboard?", "use_of_features"),
    ("An empty list appears on our test server.", "not_production"),
    ("Nous souhaitons une formation pour deux collègues.", "training"),
    ("Pouvez-vous nous aider à installer le logiciel sur un poste ?", "installation"),
    ("Comment puis-je configurer le planificateur ?", "configuration"),
    ("Nous aimerions créer un tableau de bord pour la direction.", "report_creation"),
    ("Où trouver la liste des filtres ?", "use_of_features"),
    ("La liste est vide sur notre serveur de test.", "not_production"),
]


@pytest.mark.parametrize(("body", "topic"), EXPERT)
def test_work_for_experts_is_routed_against_the_prepaid_hours(body: str, topic: str) -> None:
    decision = under("horizant", body, expert_hours=Decimal(10), used=Usage(hours_spent=Decimal("9.5")))
    assert (decision.outcome, decision.queue, decision.topic) == (Outcome.ROUTED, "expert_services", topic)
    assert (decision.template, decision.first_response_due) == ("routed_expert_services", None)
    assert why(decision, Gate.EXPERT_HOURS) == "C-1 has 0.5 of 10 prepaid hours left."


@pytest.mark.parametrize("spent", ["10", "10.5"])
def test_with_no_hours_left_it_is_held_there(spent: str) -> None:
    decision = under("horizant", EXPERT[0][0], expert_hours=Decimal(10), used=Usage(hours_spent=Decimal(spent)))
    assert (decision.outcome, decision.failed, decision.queue) == (
        Outcome.HELD,
        (Gate.EXPERT_HOURS,),
        "expert_services",
    )
    assert (decision.template, decision.severity, decision.topic) == ("held", 3, "training")
    unpaid = under("horizant", EXPERT[0][0], paid=False)
    assert (unpaid.outcome, unpaid.failed) == (Outcome.DECLINED, (Gate.PAYMENT, Gate.EXPERT_HOURS))


@pytest.mark.parametrize(
    "body",
    [
        "After installing the update the monthly report shows wrong totals.",
        "Nothing was changed in the configuration, and the report is empty since Monday.",
        "Depuis l'installation de la mise à jour, le rapport mensuel est vide.",
        "The training of the model breaks off with an error.",
    ],
)
def test_a_fault_in_production_is_no_work_for_experts(body: str) -> None:
    decision = under("horizant", body)
    assert (decision.outcome, decision.queue, decision.topic) == (Outcome.ACCEPTED, "support", None), decision.gates


HARMLESS = [
    "Could you get in touch with us about the empty list? Nobody here knows how it came about.",
    "Your engineer told us to run the repair tool, and the list is still empty.",
    "Your consultants installed it last year, and since yesterday one report is empty.",
    "The export runs as a job every night, and since Monday its file is empty.",
    "The hourly rate on the printed sheet is wrong for one user.",
    "The extension of the list by two columns shows wrong values. Please correct it.",
    "Users who connect over VPN get an empty list. Please check on your side.",
    "One menu no longer exists since the update. How do we get it back?",
    "The whole project 17 cannot be opened by two users.",
    "Please look at our query, which takes a minute since the update.",
    "A workshop cannot print its list, the others can.",
    "Our company built a new site, and one camera there is missing in the list. How do we get it in?",
    "Must we close the ticket ourselves when it is solved?",
]


@pytest.mark.parametrize("policy", ["irex", "gold", "lumedx", "onyxceph", "horizant"])
@pytest.mark.parametrize("body", HARMLESS)
def test_no_policy_declines_a_harmless_mail(policy: str, body: str) -> None:
    decision = under(policy, body)
    assert decision.outcome in (Outcome.ACCEPTED, Outcome.ROUTED), (decision.failed, decision.why)
    if policy in ("irex", "gold", "lumedx"):
        assert decision.outcome is Outcome.ACCEPTED, (decision.topic, decision.why)


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        ("Le serveur de production est en panne, personne ne peut travailler.", 1),
        ("Tous les documents de mars ont disparu du serveur, nous n'avons aucune copie.", 1),
        ("Tous les documents de mars ont disparu du serveur, nous n'avons aucune copie.".upper(), 1),
        ("Nos caissieres n'arrivent plus a se connecter depuis ce matin, tout est bloque.", 1),
        ("La recherche est très lente depuis hier et cela empire.", 2),
        ("L'export ne fonctionne plus pour trois collègues.", 2),
        ("Le filtre d'une seule page oublie le mois de décembre, sans urgence.", 3),
        ("Une colonne du rapport est vide chez moi.", 3),
        ("Est-il possible de trier par date ?", 4),
        ("Ce serait bien d'avoir un mode sombre dans une prochaine version.", 4),
        ("Petite coquille à la page 12 du guide.", 4),
        ("La production n'est pas en panne, seule une colonne est vide.", 3),
        ("Gravité : 2\nUne colonne est vide.", 2),
    ],
)
def test_french_is_read_like_english(body: str, severity: int) -> None:
    decision = under("horizant", body)
    assert (decision.outcome, decision.severity) == (Outcome.ACCEPTED, severity), decision.why
    assert decision.letter_language == "fr"


@pytest.mark.parametrize(
    ("body", "severity"),
    [
        ("Das Bestellmodul steht bei allen Anwendern still, es gibt keinen Workaround.", 1),
        (
            "Das Bestellmodul geht bei den meisten Anwendern nicht. Wir buchen von Hand und verlieren Umsatz.",
            2,
        ),
        ("Eine einzelne Benutzerin kann ihr Bild nicht ändern. Es eilt nicht.", 4),
        ("The search fails for most users, we export by hand, and no revenue is touched by it.", 3),
        ("The search fails for most users, by hand we still export, but we lose sales.", 2),
        ("The order system is down and there is no workaround.", 1),
        ("Good morning to all of you.", 3),
    ],
)
def test_gold_counts_users_ways_round_and_revenue(body: str, severity: int) -> None:
    assert under("gold", body, plan="gold").severity == severity, under("gold", body, plan="gold").why
