"""Every mail that the mailbox ever showed is accounted for; each kind of gap, made for real, is found and told once."""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from intake.config import load
from intake.folder_look import Looking
from intake.reconcile import Reconciliation, reconcile
from rules.facts import Contact
from storage.reconciliation import GapKind
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

PROCESSED, QUARANTINE = "Intake/Processed", "Intake/Quarantine"
TEXT = "Hi,\n\na quick question about setting number {}: what is its default value?\n\nAna\n"
NOW = datetime.now(UTC)
TOMORROW = NOW + timedelta(days=1)


def ask(number: int, sender: str, to: str) -> bytes:
    return mail(sender, to, f"Question {number}", TEXT.format(number))


@pytest.fixture
def intake(mailhost: Mailhost, tmp_path: Path) -> Installation:
    """With four mails taken in: three tickets, and one of them again."""
    support, sam = mailhost.someone("support"), mailhost.someone("sam")
    made = Installation(tmp_path / "intake", mailhost, support, sam)
    people = [mailhost.someone("ana") for _ in range(3)]
    made.admit(*(Contact(person, "A Person", "IR-STD") for person in people))
    for number, person in enumerate(people):
        mailhost.append(support, ask(number, person, support))
    mailhost.append(support, mailhost.box(support).raws()[0])
    made.at(NOW)
    return made


def look(intake: Installation, now: datetime = TOMORROW, **looking: Any) -> Reconciliation:
    with intake.store() as database:
        return reconcile(load(intake.config), database, now, looking=Looking(**looking))


def found(intake: Installation, **looking: Any) -> list[tuple[GapKind, str]]:
    return [(one.kind, one.key) for one in look(intake, **looking).open]


def spoil(intake: Installation, *statements: sa.Executable) -> None:
    with intake.store() as database, database.transaction() as tx:
        for statement in statements:
            tx.execute(statement)


def test_a_clean_installation_has_no_gap(intake: Installation) -> None:
    told = look(intake)
    assert (told.well, told.gaps, told.more) == (True, (), {})
    assert {one.end: one.number for one in told.mails} == {"ticket": 3}
    assert {one.end: one.number for one in told.uids} == {"ticket": 3, "duplicate": 1}
    (mailbox,) = told.mailboxes
    assert mailbox.filed == 4
    assert [(one.folder, one.mails, one.compared, one.whole) for one in mailbox.folders] == [
        (PROCESSED, 4, 4, True),
        (QUARANTINE, 0, 0, True),
    ]
