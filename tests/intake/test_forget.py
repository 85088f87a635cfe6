"""What is left of a person who was forgotten: looked for in every column, and in the bytes of the file."""

import base64
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake.forget import Forgotten, Refusal, forget
from intake.settings import Settings
from storage import breakers, conditions, directory, mutes, tickets
from storage.breakers import Scope
from storage.database import Database, Transaction
from storage.erasure import FORGOTTEN
from storage.tables import answer, booking, bounce, digest_entry, event, gap, metadata, outbox, ticket
from storage.tickets import Event
from tests.intake.cli.shell import ARRIVED, MAIL, intake, opened
from tests.intake.erasing import gaps, left, send_all, store, take_in
from tests.stores import contents

ANA, NAME, WORD, SUBJECT = "ana@alder.example", "Ana Ruiz", "Xylophonbauer", "Zirbelstube geht nicht"
BEN, BEN_WORD = "ben@alder.example", "Zwetschgenkuchen"
HERS = MAIL.replace(b"very slow", WORD.encode()).replace(b"Search is slow", SUBJECT.encode())
FILE = base64.encodebytes(b"attached " + WORD.encode() * 20)
FOLLOW_UP = MAIL.replace(b"<1@", b"<2@").replace(b"Search is slow", b"Re: [EX-1] " + SUBJECT.encode())
FOLLOW_UP = FOLLOW_UP.replace(
    b"\n\n",
    b"\nMIME-Version: 1.0\nContent-Type: application/octet-stream\nContent-Transfer-Encoding: base64\n"
    b'Content-Disposition: attachment; filename="' + WORD.encode() + b'.bin"\n\n' + FILE,
    1,
)
BENS = MAIL.replace(b"<1@", b"<3@").replace(b"Ana Ruiz <ana@", b"Ben Okoro <ben@")
BENS = BENS.replace(b"very slow", BEN_WORD.encode()).replace(b"Search is slow", b"Our export stops")
BENS_ON_HERS = BENS.replace(b"<3@", b"<4@").replace(b"Our export stops", b"Re: [EX-1] x").replace(b"search", b"print")
JOANA = BENS.replace(b"<3@", b"<5@").replace(b"Ben Okoro <ben@", b"Joana Ruizman <joana@").replace(b"search", b"login")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return opened(tmp_path, HERS, BENS)


@pytest.fixture
def house(home: Path) -> Iterator[tuple[Settings, Database]]:
    """Two tickets, hers with a mail of his, closed; she is named wherever the store can name anybody."""
    with store(home) as (settings, database):
        take_in(settings, database, [FOLLOW_UP, BENS_ON_HERS], 3, ARRIVED)
        send_all(database)
        with database.transaction() as tx:
            tx.execute(sa.update(ticket).values(status="closed", closed_at=ARRIVED))
            _name_her(tx)
        yield settings, database


def _name_her(tx: Transaction) -> None:
    said = f"{NAME} <{ANA.upper()}> said so"
    tickets.add_correspondents(tx, 2, [ANA])
    tickets.log(tx, Event(ARRIVED, "note", "sam@example.com", {"text": f"{WORD} of {said}"}, 1))
    tickets.log(tx, Event(ARRIVED, "joined", "intake", {"addresses": [ANA, BEN], "deep": [{"of": said}]}, 2))
    tickets.log(tx, Event(ARRIVED, "follow_up", ANA, {"severity": 2}, 2))
    mutes.mute(tx, ANA, ARRIVED, "5.1.1", 1)
    breakers.trip(tx, Scope.ADDRESS, ANA, said, 1, ARRIVED, ARRIVED)
    conditions.note(tx, "smtp support", well=False, detail=said, at=ARRIVED)
    row = {"mailbox": "support", "kind": "lost", "key": "x", "what": said, "found_at": ARRIVED}
    tx.execute(sa.insert(gap).values(row))
    booked = {"contract": "IR-STD", "what": "expert_hours", "amount": "1", "booked_at": ARRIVED, "booked_by": "sam"}
    tx.execute(sa.insert(booking).values(ticket_id=2, note=said, **booked))
    entry = {"person": "sam@example.com", "ticket_id": 2, "event": "x", "note": said, "at": ARRIVED}
    tx.execute(sa.insert(digest_entry).values(entry))
    written = {"person": "sam@example.com", "signature": "", "state": "sent", "why": "", "releasable": False}
    for number in (1, 2):
        tx.execute(sa.insert(answer).values(ticket_id=number, text=f"Dear {NAME}", written_at=ARRIVED, **written))
    ours = tx.execute(sa.select(outbox.c.id).where(outbox.c.ticket_id == 1).limit(1)).scalar_one()
    tx.execute(sa.insert(bounce).values(letter_id=ours, address=ANA, at=ARRIVED, status="5.1.1", final=True))


def forgotten(house: tuple[Settings, Database], address: str = ANA, *, dry_run: bool = False) -> Forgotten:
    done = forget(*house, address, ARRIVED, "root", dry_run=dry_run)
    assert isinstance(done, Forgotten)
    return done


def test_nothing_of_a_person_is_left_anywhere(house: tuple[Settings, Database]) -> None:
    _, database = house
    for word in (ANA, NAME, WORD, SUBJECT):
        assert len(left(database, word)) > 2
    done = forgotten(house)
    assert (done.erased.tickets, done.erased.mails, done.named_in, done.left) == (1, 2, (), ())
    for word in (ANA, NAME, WORD, SUBJECT, FILE[:60].decode(), "<1@alder.example>"):
        assert left(database, word) == []


def test_what_other_people_wrote_stays_also_on_the_same_ticket(house: tuple[Settings, Database]) -> None:
    _, database = house
    forgotten(house)
    assert {"raw_mail.raw", "ticket.contact", "contact.address"} <= {*left(database, BEN), *left(database, BEN_WORD)}
    with database.snapshot() as tx:
        assert [one.email for one in directory.contacts_of(tx, "IR-STD")] == [BEN]


def test_what_was_decided_stays_for_reports_and_reconciliation(house: tuple[Settings, Database]) -> None:
    settings, database = house
    with database.snapshot() as tx:
        before = tickets.by_reference(tx, "EX-1")
    forgotten(house)
    with database.snapshot() as tx:
        after = tickets.by_reference(tx, "EX-1")
        kinds = [one.kind for one in tickets.events(tx, 1)]
    assert before is not None
    assert after is not None
    assert (after.contact, after.contact_name, after.subject) == (FORGOTTEN,) * 3
    for name in ("outcome", "severity", "contract", "opened_at", "closed_at", "plan"):
        assert getattr(after, name) == getattr(before, name)
    assert {"decided", "note", FORGOTTEN} <= set(kinds)
    assert [one for one in gaps(settings, database, ARRIVED) if "lost" not in one] == []
    take_in(settings, database, [HERS], 10, ARRIVED)  # the same again is known
    assert left(database, WORD) == []


def test_a_longer_address_or_name_is_somebody_else(house: tuple[Settings, Database]) -> None:
    settings, database = house
    take_in(settings, database, [JOANA], 10, ARRIVED)
    before = [one for one in left(database, "joana@alder.example") if not one.startswith("file ")]
    assert "outbox.raw" in before
    forgotten(house)
    assert set(before) <= set(left(database, "joana@alder.example"))
    assert left(database, "Joana Ruizman")


def test_mail_of_others_that_names_them_is_told_and_stays(house: tuple[Settings, Database]) -> None:
    settings, database = house
    quoting = BENS.replace(b"<3@", b"<6@").replace(b"The search", b"Ana Ruiz says that the log-in")
    take_in(settings, database, [quoting], 10, ARRIVED)
    send_all(database)
    done = forgotten(house)
    assert (len(done.named_in), done.left) == (1, ())
    assert [one for one in left(database, NAME) if not one.startswith("file ")] == ["raw_mail.raw"]


def test_they_are_found_also_where_an_encoding_hides_them(house: tuple[Settings, Database]) -> None:
    settings, database = house
    hidden = base64.encodebytes(f"{NAME} says that the log-in is very slow on our production server.".encode())
    coded = BENS.replace(b"<3@", b"<7@").partition(b"\n\n")[0] + b"\nContent-Transfer-Encoding: base64\n\n" + hidden
    header = BENS.replace(b"<3@", b"<8@").replace(b"Our export", b"=?utf-8?q?Ana=20Ruiz=3A_export?=")
    take_in(settings, database, [coded, header], 10, ARRIVED)
    with database.transaction() as tx:
        tx.execute(sa.update(ticket).values(status="closed"))
    send_all(database)
    assert left(database, NAME)
    assert len(forgotten(house).named_in) == 2


def test_a_dry_run_counts_and_changes_nothing(house: tuple[Settings, Database]) -> None:
    before = contents(house[0].storage.url)
    said = forgotten(house, dry_run=True)
    assert contents(house[0].storage.url) == before
    assert said.erased == forgotten(house).erased


@pytest.mark.parametrize(
    ("address", "why"),
    [
        ("sam@example.com", "on staff"),
        ("support@example.com", "mailbox of ours"),
        ("nobody@x.example", "nothing is held"),
    ],
)
def test_whom_it_does_not_forget(house: tuple[Settings, Database], address: str, why: str) -> None:
    told = forget(*house, address, ARRIVED, "root")
    assert isinstance(told, Refusal)
    assert why in told.reason


def test_nobody_is_forgotten_while_somebody_is_owed_something(house: tuple[Settings, Database]) -> None:
    with house[1].transaction() as tx:
        tx.execute(sa.update(ticket).where(ticket.c.reference == "EX-1").values(status="open"))
    told = forget(*house, ANA, ARRIVED, "root")
    assert isinstance(told, Refusal)
    assert "EX-1" in told.reason


def test_the_command_proves_it(home: Path, house: tuple[Settings, Database]) -> None:
    told = intake("forget", f"{NAME} <{ANA.upper()}>", "--dry-run", "--config", home)
    assert (told.status, "1 ticket(s), 2 mail(s)" in told.out) == (0, True)
    (proof,) = intake("forget", ANA, "--json", "--config", home).objects
    assert (proof["left"], proof["contracts"], proof["mails"]) == ([], ["IR-STD"], 2)
    again = intake("forget", ANA, "--config", home)
    assert (again.status, "nothing is held" in again.err) == (1, True)
    assert intake("forget", "nobody", "--config", home).status == 2


def test_every_table_that_can_name_a_person_is_swept(house: tuple[Settings, Database]) -> None:
    """Whatever column of text a table has, or will have: her address is put into each, alone or within a sentence."""
    _, database = house
    spared = {"policy", "signing_key", "mailbox", "contract"}
    identity = {"mailbox", "state", "status", "kind", "end", "outcome", "sender", "contact", "message_id"}
    with database.transaction() as tx:
        for table in metadata.sorted_tables:
            for column in table.columns:
                free = isinstance(column.type, sa.String) and not (column.primary_key or column.unique)
                hashed = getattr(column.type, "length", None)
                if free and not hashed and table.name not in spared and column.name not in identity:
                    tx.execute(sa.update(table).values({column.name: f"from {ANA}"}))
        tx.execute(sa.update(event).values(detail={"a": [{"b": f"to {ANA}"}]}))
    assert forgotten(house).left == ()
    assert left(database, ANA) == []
