"""Another try for a mail in quarantine."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from intake.config import load
from intake.desk import Desk, load_desks
from intake.second_reading import Reread, retry
from intake.settings import DaemonSettings
from intake.verdicts import Impossible
from rules.facts import End, MailKind
from storage import ledger, listings, tickets
from storage.database import Database
from storage.ledger import Entry
from tests.intake.cli.shell import ARRIVED, MAIL, opened

SETTINGS = DaemonSettings()


@pytest.fixture
def house(tmp_path: Path) -> Iterator[tuple[Database, dict[str, Desk]]]:
    settings = load(opened(tmp_path), secrets=False)
    database = Database(settings.storage.url)
    yield database, {desk.name: desk for desk in load_desks(settings)}
    database.close()


def quarantined(database: Database, raw: bytes | None) -> int:
    """A mail that an earlier version, or a smaller machine, could not read."""
    with database.transaction() as tx:
        return ledger.record(
            tx,
            Entry("support", "00", None, "", "", ARRIVED, 9, MailKind.UNREADABLE, End.QUARANTINED, "hung", raw),
            ARRIVED,
        )


def test_a_mail_that_can_be_read_now_becomes_the_ticket_it_would_have_been(
    house: tuple[Database, dict[str, Desk]],
) -> None:
    database, desks = house
    number = quarantined(database, MAIL)
    told = retry(database, desks, SETTINGS, number, by="sam", now=ARRIVED)
    assert isinstance(told, Reread)
    assert (told.end, told.reference) == (End.TICKET, "EX-1")
    with database.snapshot() as tx:
        line = listings.mail_line(tx, number)
        ticket = tickets.by_reference(tx, "EX-1")
        assert line is not None
        assert ticket is not None
        kinds = [event.kind for event in tickets.events(tx, ticket.ticket_id)]
        templates = [one.template for one in listings.letters_of_ticket(tx, ticket.ticket_id)]
    assert (line.end, line.sender, line.subject, line.message_id) == (
        End.TICKET,
        "ana@alder.example",
        "Search is slow",
        "<1@alder.example>",
    )
    assert (ticket.opened_at, line.ticket_id) == (ARRIVED, ticket.ticket_id)
    assert kinds[:2] == ["read_again", "decided"]
    assert "acknowledgement" in templates
    assert isinstance(retry(database, desks, SETTINGS, number, by="sam", now=ARRIVED), Impossible)


@pytest.mark.parametrize(("raw", "words"), [(b"\r\n", "the mail is empty"), (None, "max_mail_bytes")])
def test_what_still_cannot_be_read_stays_with_its_reason(
    house: tuple[Database, dict[str, Desk]], raw: bytes | None, words: str
) -> None:
    database, desks = house
    number = quarantined(database, raw)
    told = retry(database, desks, SETTINGS, number, by="sam", now=ARRIVED)
    assert isinstance(told, Impossible)
    assert words in told.reason
    with database.snapshot() as tx:
        assert [line.mail_id for line in listings.quarantined(tx, 9)] == [number]


def test_only_a_mail_in_quarantine_of_a_known_mailbox_is_read_again(
    house: tuple[Database, dict[str, Desk]],
) -> None:
    database, desks = house
    number = quarantined(database, MAIL)
    assert isinstance(retry(database, desks, SETTINGS, 99, by="sam", now=ARRIVED), Impossible)
    assert isinstance(retry(database, {}, SETTINGS, number, by="sam", now=ARRIVED), Impossible)
