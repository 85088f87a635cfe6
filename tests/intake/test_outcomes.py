"""Every outcome of every shipped policy on the real servers: the mail goes in, the letter is read in the mailbox."""

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime
from decimal import Decimal
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from rules.facts import Contact, Contract, Outcome
from storage import tables, tickets
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

TUESDAY = datetime(2026, 3, 10, 14, 0, tzinfo=UTC)
"""07:00 in Los Angeles, 10:00 in Toronto, 15:00 in Europe: everybody is at work."""
PROVED = "mx.example.test"
"""The name under which the mail host of these mailboxes vouches for senders."""

IREX = Contract("irex", "Alder Works", "irex", "standard", date(2026, 1, 1), date(2026, 12, 31))
GOLD = replace(IREX, contract="gold", policy="gold", plan="professional")
GOLD_FULL = replace(GOLD, contract="gold-full")
LUMEDX = replace(IREX, contract="lumedx", policy="lumedx", plan="premium")
ONYXCEPH = replace(IREX, contract="onyxceph", policy="onyxceph", plan="maintenance")
LAPSED = replace(ONYXCEPH, contract="onyxceph-lapsed", ends=date(2026, 2, 1))
HORIZANT = replace(IREX, contract="horizant", policy="horizant", plan="technical", expert_hours=Decimal(10))
UNPAID = replace(HORIZANT, contract="horizant-unpaid", paid=False)
SPENT = replace(HORIZANT, contract="horizant-spent", expert_hours=Decimal(0))


@dataclass(frozen=True)
class Sent:
    """A mail, and what is to become of it."""

    name: str
    contract: Contract
    outcome: Outcome
    subject: str
    text: str
    says: Sequence[str]
    """What the letter in the sender's mailbox says; nothing: there is none."""
    staff: Sequence[str] = ()
    """What a notice about it says."""
    status: str = ""
    headers: dict[str, str] = field(default_factory=dict)
    stranger: bool = False


DOWN = "The whole production system is completely down for all users, and we have no workaround."
ROBOT = {"Auto_Submitted": "auto-replied"}
AWAY = "I am out of the office until Monday."
LETTER = "Hello, I read about your product. Could you tell me what the support costs for a small firm of four people?"


def of_every_policy(contract: Contract) -> tuple[Sent, Sent]:
    """What no policy answers: a machine, and a stranger for whom nobody vouches."""
    robot = Sent(f"{contract.policy}-ignored", contract, Outcome.IGNORED, "Away", AWAY, (), headers=ROBOT)
    forged = Sent(
        f"{contract.policy}-stranger",
        contract,
        Outcome.HELD,
        "Prices",
        LETTER,
        (),
        ("Waits for you",),
        "held",
        stranger=True,
    )
    return robot, forged


SENT = (
    Sent(
        "irex-accepted",
        IREX,
        Outcome.ACCEPTED,
        "Production server down",
        DOWN,
        ("first answer by Wed 11 March 2026, 11:00 CET", "Severity 1 (urgent)", "completely down"),
        ("New ticket", "contact pass"),
        "open",
    ),
    Sent(
        "irex-declined",
        IREX,
        Outcome.DECLINED,
        "Our own client",
        "I am writing a small program against your REST API. Could you review my Python code and tell me how to page?",
        ("You ask about writing or reviewing code", "What would change it"),
        (),
        "declined",
    ),
    Sent(
        "irex-held",
        IREX,
        Outcome.HELD,
        "Hello",
        "Hallo team, der Server startet not, please help us with the problem, vielen Dank für your help",
        ("One of us will read it",),
        ("Waits for you", "language"),
        "held",
    ),
    Sent(
        "gold-accepted",
        GOLD,
        Outcome.ACCEPTED,
        "Slow search",
        "The search in your software is slow for one user.",
        ("first answer by Fri 13 March 2026, 15:00 CET", "Severity 4"),
        ("New ticket", "gold"),
        "open",
    ),
    Sent(
        "gold-declined",
        GOLD,
        Outcome.DECLINED,
        "Plug-in",
        "The WordPress plug-in of another maker throws an error on our blog, can you repair it?",
        ("another maker supplies",),
        (),
        "declined",
    ),
    Sent(
        "gold-routed",
        GOLD,
        Outcome.ROUTED,
        "A course",
        "We want to book a training for our buyers.",
        ("our services team", "do not apply"),
        ("Routed", "services"),
        "routed",
    ),
    Sent(
        "gold-first-of-the-month",
        GOLD_FULL,
        Outcome.ACCEPTED,
        "Slow search",
        "The search in your software is slow for one user.",
        ("now ticket",),
    ),
    Sent(
        "gold-held",
        GOLD_FULL,
        Outcome.HELD,
        "Shop down",
        "Our whole shop is down, nobody can order anything, there is no way round.",
        ("One of us will read it",),
        ("Waits for you", "used 1 of 1 incidents"),
        "held",
    ),
    Sent(
        "lumedx-accepted",
        LUMEDX,
        Outcome.ACCEPTED,
        "System unavailable",
        "The whole system is completely unavailable, all users are stopped and there is no workaround.",
        ("first answer by Tue 10 March 2026, 07:15 PDT", "Priority 1 (unavailable)"),
        ("New ticket",),
        "open",
    ),
    Sent(
        "lumedx-declined",
        LUMEDX,
        Outcome.DECLINED,
        "Toolkit",
        "How do I add a field with the Toolkit?",
        ("open to contacts who have taken the class", "toolkit or advanced"),
        (),
        "declined",
    ),
    Sent(
        "lumedx-routed",
        LUMEDX,
        Outcome.ROUTED,
        "This year's visit",
        "We would like to have our on-site visit in June.",
        ("your account manager", "1 of 1"),
        ("Routed", "account manager"),
        "routed",
    ),
    Sent(
        "onyxceph-accepted",
        ONYXCEPH,
        Outcome.ACCEPTED,
        "Error message",
        "The program shows an error message 4711 when we open a patient.",
        ("best-effort",),
        ("New ticket", "level 1"),
        "open",
    ),
    Sent(
        "onyxceph-declined",
        LAPSED,
        Outcome.DECLINED,
        "Error message",
        "The program shows an error message 4711 when we open a patient.",
        ("ended on Sun 1 February 2026",),
        (),
        "declined",
    ),
    Sent(
        "onyxceph-routed",
        ONYXCEPH,
        Outcome.ROUTED,
        "New reception PC",
        "Could somebody help us to install the client on the new PC?",
        ("the distributor of your contract", "own times and charges"),
        ("Routed", "level 0"),
        "with_distributor",
    ),
    Sent(
        "horizant-accepted",
        HORIZANT,
        Outcome.ACCEPTED,
        "Panne",
        "Le serveur de production est complètement arrêté, personne ne peut travailler et il n'y a aucune "
        "solution de contournement.",
        ("Bonjour", "Gravité 1 (urgent", "complètement arrêté"),
        ("New ticket",),
        "open",
    ),
    Sent(
        "horizant-declined",
        UNPAID,
        Outcome.DECLINED,
        "Panne",
        "Le serveur de production est complètement arrêté depuis ce matin.",
        ("Bonjour", "ne nous est pas parvenu en totalité", "horizant-unpaid"),
        (),
        "declined",
    ),
    Sent(
        "horizant-routed",
        HORIZANT,
        Outcome.ROUTED,
        "Formation",
        "Nous souhaitons une formation pour deux nouveaux planificateurs avant la fin du trimestre.",
        ("Bonjour", "heures prépayées"),
        ("Routed", "expert services"),
        "routed",
    ),
    Sent(
        "horizant-held",
        SPENT,
        Outcome.HELD,
        "Training",
        "We would like a training for two new planners before the end of the quarter.",
        ("prepaid hours", "none of those are left"),
        ("Waits for you",),
        "held",
    ),
    *(sent for contract in (IREX, GOLD, LUMEDX, ONYXCEPH, HORIZANT) for sent in of_every_policy(contract)),
)


@dataclass(frozen=True)
class House:
    """One installation for all five policies, and who wrote what to it."""

    intake: Installation
    senders: dict[str, str]
    distributor: str
    manager: str
    told: Sequence[str]
    """Every notice to staff, subject and text."""

    def letters(self, sent: Sent) -> list[EmailMessage]:
        return self.intake.mailhost.box(self.senders[sent.name]).wait_for_count(1 if sent.says else 0)

    def notices(self, sent: Sent) -> list[str]:
        """What staff were told about the mail of this sender, as they read it."""
        return [one for one in self.told if self.senders[sent.name] in one]


@pytest.fixture(scope="module")
def house(mailhost: Mailhost, tmp_path_factory: pytest.TempPathFactory) -> House:
    """Every mail of SENT has come in on that Tuesday, and every letter of that day is out."""
    policies = {one: mailhost.someone(one) for one in ("gold", "lumedx", "onyxceph", "horizant")}
    intake = Installation(
        tmp_path_factory.mktemp("house") / "intake",
        mailhost,
        mailhost.someone("support"),
        mailhost.someone("sam"),
        mailbox={"authserv_id": PROVED},
        further=policies,
    )
    senders = {sent.name: mailhost.someone(sent.name) for sent in SENT}
    distributor, manager = mailhost.someone("distributor"), mailhost.someone("manager")
    known = {sent.contract.contract: sent.contract for sent in SENT}
    contracts = [replace(one, distributor=distributor, account_manager=manager) for one in known.values()]
    contacts = [Contact(senders[sent.name], "Ana Ruiz", sent.contract.contract) for sent in SENT if not sent.stranger]
    intake.admit(*contacts, contracts=contracts)
    for sent in SENT:
        support = policies.get(sent.contract.policy, intake.support)
        raw = mail(senders[sent.name], support, sent.subject, sent.text, **sent.headers)
        mailhost.append(support, raw, when=TUESDAY)
    finish = intake.at(TUESDAY)
    assert (finish.status, finish.complaints) == (0, ())
    with intake.store() as database, database.snapshot() as tx:
        written = sa.select(sa.func.count()).where(tables.outbox.c.addressee == intake.staff)
        notices = mailhost.box(intake.staff).wait_for_count(tx.execute(written).scalar_one())
    told = [" ".join(f"{one['Subject']} {plain(one)}".split()) for one in notices]
    return House(intake, senders, distributor, manager, told)


def plain(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


@pytest.mark.parametrize("sent", SENT, ids=[sent.name for sent in SENT])
def test_a_mail_ends_as_its_policy_says_and_everybody_reads_so(house: House, sent: Sent) -> None:
    with house.intake.store() as database, database.snapshot() as tx:
        theirs = sa.select(tables.ticket.c.id).where(tables.ticket.c.contact == house.senders[sent.name])
        found = [tickets.by_id(tx, ticket_id) for ticket_id in tx.execute(theirs).scalars()]
    letters = house.letters(sent)
    if sent.outcome is Outcome.IGNORED:
        assert (found, letters, house.notices(sent)) == ([], [], [])
        return
    (ticket,) = found
    assert ticket is not None
    assert (ticket.outcome, ticket.status) == (sent.outcome, sent.status or ticket.status)
    assert len(letters) == (1 if sent.says else 0)
    for letter in letters:
        assert f"[{ticket.reference}]" in letter["Subject"]
        text = " ".join(plain(letter).split())
        assert [words for words in sent.says if words not in text] == []
    told = house.notices(sent)
    assert bool(told) == bool(sent.staff or sent.outcome is not Outcome.DECLINED)
    assert [words for words in sent.staff if not any(words in one for one in told)] == []


def test_the_distributor_has_the_customers_mail_and_can_open_it(house: House) -> None:
    (letter,) = house.intake.mailhost.box(house.distributor).wait_for_count(1)
    enclosed = [part for part in letter.iter_attachments() if part.get_filename() or part.get_content_type()]
    whole = b"".join(part.as_bytes() for part in enclosed)
    assert "Alder Works" in plain(letter)
    assert b"install the client on the new PC" in whole
