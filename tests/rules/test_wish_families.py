"""Families of wordings by which mails ask for what a policy does not give, and what only looks like them."""

from functools import cache

import pytest

from rules.facts import Gate, Verdict
from rules.policy import Policy, load
from rules.words import read_words
from tests.rules.samples import LETTERS, text_of, under

ASKS = {
    Gate.REMOTE_ADMINISTRATION: [
        "Our caretaker of computers is on sick leave. Could one of you pop in over the net and roll back the patch?",
        "Could you get inside our archive host with root rights and truncate the journal?",
        "RustDesk ID is 555 010 199. Would your technician please come in and unmount the old disk?",
        "Do you also do a weekly round on a customer's server? We would leave that to you.",
        "We want our servers maintained by your people, from your chair, with full rights.",
        "Could somebody cross over to our cluster in his absence and switch off node four?",
    ],
    Gate.SERVICES: [
        "Could your graphic designers restyle the kiosk pages? What is a day, and may we order this as a fixed job?",
        "Have you a team at your house that would digitise our paper plans? At which figure?",
        "The council intends to commission a bespoke module for its ferries. Would you accept such an order?",
        "Do you also carry out benchmark studies of control rooms, and how is that charged?",
        "Our project lead has left. Is there an expert of yours who could step in for two months, at your daily rate?",
        "We would like the floor plans redrawn by your people, there is a grant to spend.",
    ],
    Gate.THIRD_PARTY: [
        "A fellow called blackfern sells a ribbon for your editor. It loses the fonts. Can you mend that ribbon?",
        "Our former integrator left us a connector for the scale. It stops at noon, please make it work.",
        "The author sent us to you: his extension shows no tiles. What can we do?",
        "The formula for your agent is by one T. Quill and not of yours. Could you help us to get it going?",
    ],
    Gate.DEVELOPMENT: [
        "My worker in Rust keeps a cursor of your API open. Am I expected to close it, or who frees the buffer?",
        "Are the calls of your library thread safe if I use it from several threads of our own service?",
        "In what byte order are the MQTT payloads that my script, written in Python, has to unpack?",
    ],
}
HARMLESS = [
    "Their extension was thrown out in spring, nothing of it is left. Could you tell us why tiles stay blank?",
    "We reset it to your defaults, a student once programmed a plug-in for it. Where is the fault?",
    "Our developer has already written the export script, it runs. What does not work is your scheduler on Sundays.",
    "The panel lists no plug-ins, all from you. Could you look into it?",
    "The box was freshly set up only to check this, on a virgin machine, and the grid is blank.",
    "The plan of a stadium with 9000 seats is drawn upside down.",
]


@pytest.mark.parametrize(("gate", "body"), [(gate, body) for gate, bodies in ASKS.items() for body in bodies])
def test_a_family_of_wordings_closes_its_gate(gate: Gate, body: str) -> None:
    verdicts = {result.gate: result.verdict for result in under("irex", body).gates}
    assert verdicts[gate] in (Verdict.FAIL, Verdict.FLAG)


@pytest.mark.parametrize("body", HARMLESS)
def test_what_is_told_beside_a_fault_asks_for_nothing(body: str) -> None:
    assert under("irex", body).failed == ()
    assert under("onyxceph", body, distributor="post@dealer.example").topic != "level_0"


def test_what_others_wrote_is_not_the_customers_own_code() -> None:
    body = "Somebody named marsh wrote a macro for Excel which calls your API. How do I repair that plug-in of his?"
    assert under("irex", body).failed == (Gate.THIRD_PARTY,)
    body = "How do I call your REST API from my own Python script to fetch all gates?"
    assert under("irex", body).failed == (Gate.DEVELOPMENT,)


@cache
def abroad() -> Policy:
    """A policy that gives no remote administration, whatever the language it is asked for in."""
    gate = '[gates.remote_administration]\nasks_for = "our hands on their servers"'
    text = text_of("horizant").replace("[gates.contact]", f"{gate}\n\n[gates.contact]", 1)
    first = 'strongest_first = ["remote_administration"]\n'
    text = text.replace("[gates]\n", f"[gates]\n{first}", 1).replace('"en", "fr"', '"en", "fr", "de"', 1)
    return load(text + "\n#### vocabulary de\n" + text_of("gold").split("#### vocabulary de\n")[1].split("####")[0],
                name="abroad", letters=LETTERS)  # fmt: skip


@pytest.mark.parametrize(
    ("language", "body", "asks"),
    [
        ("fr", "Pourriez-vous vous connecter par TeamViewer et relancer le service ?", True),
        ("fr", "Nous aimerions que nos serveurs soient administrés par vos équipes, à distance.", True),
        ("fr", "Pouvez-vous redémarrer notre serveur depuis chez vous ? Le VPN est prêt.", True),
        ("fr", "Pouvez-vous nettoyer notre base ? Chez nous, aucun accès à distance.", False),
        ("fr", "La liste reste vide quand on se connecte par VPN.", False),
        ("de", "Könnten Sie sich per AnyDesk einwählen und den Dienst neu starten?", True),
        ("de", "Unsere Server sollen künftig von Ihnen betreut werden, per Fernwartung.", True),
        ("de", "Ein Techniker aus Ihrem Haus möge sich einloggen, die Zugangsdaten liegen bereit.", True),
        ("de", "Könnten Sie auf unserem Server aufräumen? Bei uns ist kein Fernzugriff erlaubt.", False),
        ("de", "Die Liste bleibt leer, wenn man sich über VPN anmeldet.", False),
    ],
)
def test_french_and_german_ask_for_our_hands_on_their_servers_too(language: str, body: str, asks: bool) -> None:
    book = abroad().book(language)
    found = book.find(read_words("", body, book.grammar.breaks))
    assert any(one.topic == Gate.REMOTE_ADMINISTRATION and one.value == "clear" for one in found) is asks


@pytest.mark.parametrize(
    ("body", "topic"),
    [
        ("Pourriez-vous montrer à nos nouvelles collègues comment tenir le planning ?", "training"),
        ("Auriez-vous une demi-journée de découverte pour deux stagiaires ?", "training"),
        ("Comment poser le correctif 4 sur notre serveur ?", "installation"),
        ("Où peut-on régler le fuseau et la devise du guichet ?", "configuration"),
    ],
)
def test_french_wishes_for_work_of_experts(body: str, topic: str) -> None:
    assert under("horizant", body, "Bonjour", language="fr", expert_hours=9).topic == topic


@pytest.mark.parametrize(
    ("body", "gate"),
    [
        ("Könnten Sie unseren neuen Kollegen den Umgang mit dem Dienstplan beibringen?", Gate.SERVICES),
        ("Würden Sie zum Festpreis eine Bestandsaufnahme unserer Anlagen machen?", Gate.SERVICES),
        ("Ein Bastler namens Krull hat ein Plugin gebaut. Können Sie uns damit helfen?", Gate.THIRD_PARTY),
    ],
)
def test_german_wishes_for_services_and_for_help_with_what_others_made(body: str, gate: Gate) -> None:
    reasons = {result.gate: result.why for result in under("gold", body, "Guten Tag").gates}
    assert reasons[gate].startswith("The mail asks for")
