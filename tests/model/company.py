"""The company whose mailbox the model is about: its desk, its customers, and budgets small enough to be used up."""

from dataclasses import replace
from functools import cache

from intake.desk import Desk, load_desks
from intake.settings import (
    DaemonSettings,
    ImapSettings,
    MailboxSettings,
    Settings,
    SmtpSettings,
    StaffMember,
    StorageSettings,
)
from rules.facts import Contact
from rules.policy_tables import Budgets
from storage import directory
from storage.database import Transaction
from tests.intake.installation import LAPSED, PREMIER, STANDARD

NAME, SUPPORT = "support", "support@example.com"
ANA, CARL, BEA, BEN = "ana@alder.example", "carl@alder.example", "bea@birch.example", "ben@cedar.example"
STRANGER, OTHER = "x@nowhere.example", "y@elsewhere.example"
CUSTOMERS = (ANA, CARL, BEA, BEN, STRANGER, OTHER)
SAM, KIM = "Sam@example.com", "kim@example.com"
BUDGETS = Budgets(
    letters_per_address_hour=3, letters_per_address_day=5, letters_per_mailbox_hour=7, stranger_letters_hour=1
)
DAEMON = DaemonSettings(batch_count=2, batch_bytes=100_000, max_mail_bytes=100_000)
"""Batches so small that a process can die between two of them."""


@cache
def the_desk() -> Desk:
    mailbox = MailboxSettings(
        name=NAME,
        address=SUPPORT,
        display_name="Example Support",
        policy="irex",
        ticket_prefix="EX",
        imap=ImapSettings(host="127.0.0.1", username="support"),
        smtp=SmtpSettings(host="127.0.0.1", connections=1),
    )
    staff = (
        StaffMember(name="Sam Field", email=SAM, queues=("support",)),
        StaffMember(name="Kim Senn", email=KIM, queues=("senior", "development")),
    )
    desk = load_desks(Settings(storage=StorageSettings(url="sqlite://"), mailbox=(mailbox,), staff=staff))[0]
    return replace(desk, policy=desk.policy.model_copy(update={"budgets": BUDGETS}))


def admit(tx: Transaction) -> None:
    """Who is on which contract."""
    people = [
        Contact(ANA, "Ana Ruiz", STANDARD.contract),
        Contact(CARL, "Carl Ruiz", STANDARD.contract),
        Contact(BEA, "Bea Birch", PREMIER.contract),
        Contact(BEN, "Ben Cedar", LAPSED.contract),
    ]
    directory.replace(tx, [STANDARD, PREMIER, LAPSED], people)
