"""What retention takes out, and what it leaves: looked for in every column, and in the bytes of the file."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake.nightly import Nightly
from intake.purge import purge
from intake.settings import Settings
from storage import listings, tickets
from storage.database import Database
from storage.erasure import FORGOTTEN, Erased
from storage.retention import Class
from storage.tables import outbox, ticket
from tests.intake.cli.shell import ARRIVED, CONFIG, HELD, MAIL, STRANGER, intake, opened
from tests.intake.erasing import gaps, left, send_all, store, take_in
from tests.stores import contents

WORD, OTHER_WORD, WAITING_WORD = "Xylophonbauer", "Zwetschgenkuchen", "Quittengelee"
DECLINED = STRANGER.replace(b"very slow", WORD.encode())
OTHER = MAIL.replace(b"very slow", OTHER_WORD.encode() + b" slow")
UNSURE = HELD.replace(b"restart", WAITING_WORD.encode())
UNREAD = b"From: Ed <ed@elsewhere.example>\nSubject: " + WORD.encode() + b"\n\n"
CONFIGURED = CONFIG + "\n[retention]\ndeclined_days = 30\nclosed_days = 60\nignored_days = 10\nquarantined_days = 20\n"
IN_TIME, LATER, LATEST = (ARRIVED + timedelta(days=days) for days in (29, 31, 61))


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return opened(tmp_path, DECLINED, OTHER, UNSURE, config=CONFIGURED)


@pytest.fixture
def house(home: Path) -> Iterator[tuple[Settings, Database]]:
    with store(home) as (settings, database):
        send_all(database)
        yield settings, database


def test_declined_mail_goes_after_its_days_and_nothing_else_does(house: tuple[Settings, Database]) -> None:
    settings, database = house
    for word in (WORD, "eve@elsewhere"):
        assert left(database, word)
    assert purge(settings, database, IN_TIME, "root").all == Erased()
    done = purge(settings, database, LATER, "root").by_class
    assert (done[Class.DECLINED].tickets, done[Class.DECLINED].mails) == (1, 1)
    assert [of for of, one in done.items() if one != Erased()] == [Class.DECLINED]
    for word in (WORD, "eve@elsewhere", "<3@alder"):
        assert left(database, word) == []
    for word in (OTHER_WORD, WAITING_WORD, "ana@alder.example"):
        assert left(database, word)


def test_what_was_decided_stays_and_no_gap_opens(house: tuple[Settings, Database]) -> None:
    settings, database = house
    with database.snapshot() as tx:
        before = tickets.by_reference(tx, "EX-1")
    purge(settings, database, LATER, "root")
    with database.snapshot() as tx:
        after = tickets.by_reference(tx, "EX-1")
        assert before is not None
        assert after is not None
        kinds = [(one.kind, one.actor) for one in tickets.events(tx, after.ticket_id)]
        (line,) = listings.mails_of_ticket(tx, after.ticket_id)
    assert (after.contact, after.contact_name, after.subject, line.sender) == (FORGOTTEN,) * 4
    for name in ("outcome", "status", "severity", "opened_at", "policy_version", "language"):
        assert getattr(after, name) == getattr(before, name)
    assert after.decision.failed == before.decision.failed
    assert [one.verdict for one in after.decision.gates] == [one.verdict for one in before.decision.gates]
    assert kinds[-1] == ("purged", "root")
    assert ("decided", "intake") in kinds
    assert gaps(settings, database, LATER) == []


def test_the_same_mail_delivered_again_afterwards_opens_no_second_ticket(house: tuple[Settings, Database]) -> None:
    settings, database = house
    purge(settings, database, LATER, "root")
    take_in(settings, database, [DECLINED], 10, LATER)
    with database.snapshot() as tx:
        assert tx.execute(sa.select(sa.func.count()).select_from(ticket)).scalar_one() == 3
    assert left(database, WORD) == []
    assert gaps(settings, database, LATER) == []


def test_whoever_answers_our_letter_afterwards_opens_a_ticket_of_their_own(house: tuple[Settings, Database]) -> None:
    settings, database = house
    with database.transaction() as tx:
        tx.execute(sa.update(ticket).where(ticket.c.reference == "EX-2").values(status="closed", closed_at=ARRIVED))
        ours = tx.execute(sa.select(outbox.c.message_id).where(outbox.c.ticket_id == 2)).scalars().first()
    purge(settings, database, LATEST, "root")
    again = MAIL.replace(b"<1@", b"<9@").replace(b"Subject: ", f"In-Reply-To: {ours}\nSubject: Re: [EX-2] ".encode())
    take_in(settings, database, [again], 10, LATEST)
    with database.snapshot() as tx:
        assert [one.kind for one in listings.mails_of_ticket(tx, 4)] == ["request"]
        assert len(listings.mails_of_ticket(tx, 2)) == 1


def test_a_dry_run_says_what_would_go_and_changes_nothing(house: tuple[Settings, Database]) -> None:
    settings, database = house
    before = contents(settings.storage.url)
    said = purge(settings, database, LATER, "root", dry_run=True)
    assert contents(settings.storage.url) == before
    assert said == purge(settings, database, LATER, "root")
    assert said.all.octets > len(DECLINED)
    assert purge(settings, database, LATER, "root").all == Erased()


def test_a_closed_ticket_goes_and_one_that_somebody_waits_for_never_does(house: tuple[Settings, Database]) -> None:
    settings, database = house
    with database.transaction() as tx:
        tx.execute(sa.update(ticket).where(ticket.c.reference == "EX-2").values(status="closed", closed_at=ARRIVED))
    done = purge(settings, database, LATEST, "root").by_class
    assert done[Class.CLOSED].tickets == 1
    assert left(database, OTHER_WORD) == []
    assert left(database, WAITING_WORD)  # it is held


def test_a_ticket_with_a_letter_that_is_still_to_go_waits_for_it(house: tuple[Settings, Database]) -> None:
    settings, database = house
    with database.transaction() as tx:
        tx.execute(sa.update(outbox).where(outbox.c.ticket_id == 1).values(state="waiting"))
    assert purge(settings, database, LATER, "root").all == Erased()
    send_all(database, LATER)
    assert purge(settings, database, LATER, "root").all.tickets == 1


def test_mail_on_no_ticket_goes_by_classes_of_its_own(tmp_path: Path) -> None:
    machine = MAIL.replace(b"Subject: ", b"Auto-Submitted: auto-replied\nSubject: " + WORD.encode())
    with store(opened(tmp_path, machine, config=CONFIGURED)) as (settings, database):
        assert left(database, WORD)
        done = purge(settings, database, LATER, "root")
        assert done.by_class[Class.IGNORED].mails == 1
        assert left(database, WORD) == []
        assert gaps(settings, database, LATER) == []


def test_a_purged_ticket_is_not_opened_again(home: Path, house: tuple[Settings, Database]) -> None:
    settings, database = house
    with database.transaction() as tx:
        tx.execute(sa.update(ticket).where(ticket.c.reference == "EX-2").values(status="closed", closed_at=ARRIVED))
    purge(settings, database, LATEST, "root")
    told = intake("reopen", "EX-2", "--config", home)
    assert (told.status, "erased" in told.err) == (1, True)


def test_the_daemon_does_it_every_night(house: tuple[Settings, Database]) -> None:
    settings, database = house
    Nightly(settings, dict, database, lambda: LATER, lambda: None, "UTC").look()
    assert left(database, WORD) == []


def test_without_days_nothing_is_ever_purged(tmp_path: Path) -> None:
    told = intake("purge", "--config", opened(tmp_path, DECLINED))
    assert told.status == 2
    assert "[retention]" in told.err


def test_the_command_counts_by_class(home: Path, house: tuple[Settings, Database]) -> None:
    """It goes by the clock of this machine, which is years later."""
    told = intake("purge", "--dry-run", "--json", "--config", home)
    assert [(one["class"], one["days"], one["tickets"]) for one in told.objects] == [
        ("declined", 30, 1),
        ("closed", 60, 0),
        ("ignored", 10, 0),
        ("quarantined", 20, 0),
    ]
    told = intake("purge", "--config", home)
    assert told.status == 0
    assert "1 ticket(s), 1 mail(s)" in told.out
    assert left(house[1], WORD) == []
