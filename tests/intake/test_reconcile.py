"""Every mail that the mailbox ever showed is accounted for; each kind of gap, made for real, is found."""

import hashlib
import os
import socket
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from pydantic import SecretStr

from intake.folder_look import Looking
from intake.imap import DONE, FAILED, Imap
from intake.reconcile import Reconciliation, lives, reconcile
from intake.settings import DaemonSettings, ImapSettings, MailboxSettings, Settings, SmtpSettings, StorageSettings
from intake.unknown_mail import unknown_mails
from rules.facts import End, MailKind
from storage import checkpoints, gaps, ledger, locks, outbox, tables
from storage.database import Database
from storage.gaps import Gap
from storage.ledger import Entry, Sighting
from storage.reconciliation import GapKind
from tests.servers.box import Box
from tests.servers.mailhost import Mailhost
from tests.storage import samples

pytestmark = pytest.mark.mailhost

PROCESSED, QUARANTINE = "Intake/Processed", "Intake/Quarantine"
NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
LATER = NOW + timedelta(days=1)


def a_mail(number: int) -> bytes:
    head = f"From: Ana <ana{number}@alder.example>\r\nSubject: {number}\r\nMessage-ID: <{number}@alder.example>\r\n\r\n"
    return (head + f"Question {number}\r\n").encode()


@dataclass
class Kept:
    """A mailbox on a real server with its store; mail is taken in here in the daemon's order, without its process."""

    settings: Settings
    database: Database
    box: Box
    imap: Imap
    uidvalidity: int = 0

    def take(self, raw: bytes, *, end: End = End.IGNORED, file: bool = True, bare: bool = False) -> int:
        """Its UID in the folder. `bare`: without its bytes, as one too large to fetch."""
        uid = self.box.append(raw, when=NOW)
        self.imap.uids_after(0)
        size = self.imap.sizes([uid])[uid]
        place = f"support {self.uidvalidity} {uid}".encode()
        kind = MailKind.UNREADABLE if end is End.QUARANTINED else MailKind.OWN
        entry = Entry(
            mailbox="support",
            sha256=hashlib.sha256(place if bare else raw).hexdigest(),
            message_id=None if end is End.QUARANTINED else raw.partition(b"Message-ID: ")[2].split()[0].decode(),
            sender="ana@alder.example",
            subject="",
            arrived_at=size.internaldate,
            size=size.size,
            kind=kind,
            end=end,
            reason="a test",
            raw=None if bare else raw,
        )
        with self.database.transaction() as tx:
            mail_id = ledger.record(tx, entry, NOW)
            ledger.sight(tx, "support", self.uidvalidity, [Sighting(uid, end, mail_id)], NOW)
            checkpoints.advance(tx, "support", self.uidvalidity, uid)
        if file:
            quarantined = end is End.QUARANTINED
            self.imap.file([uid], QUARANTINE if quarantined else PROCESSED, FAILED if quarantined else DONE)
            with self.database.transaction() as tx:
                ledger.filed(tx, "support", self.uidvalidity, [uid], NOW)
        return uid

    def look(self, now: datetime = LATER, **looking: Any) -> Reconciliation:
        return reconcile(self.settings, self.database, now, looking=Looking(**looking))

    def found(self, **looking: Any) -> list[GapKind]:
        return [one.kind for one in self.look(**looking).open]

    def do(self, statement: sa.Executable) -> None:
        with self.database.transaction() as tx:
            tx.execute(statement)

    def lose(self, uid: int) -> None:
        """The ledger forgets a mail and its UID."""
        there = tables.sighting.c.uid == uid
        with self.database.transaction() as tx:
            mail_id = tx.execute(sa.select(tables.sighting.c.mail_id).where(there)).scalar_one()
            tx.execute(sa.delete(tables.sighting).where(there))
            tx.execute(sa.delete(tables.raw_mail).where(tables.raw_mail.c.mail_id == mail_id))
            tx.execute(sa.delete(tables.mail).where(tables.mail.c.id == mail_id))

    def move(self, uid: int, source: str, to: str) -> None:
        """A person does."""
        with self.box.session() as client:
            client.select_folder(source)
            client.move([uid], to)


Make = Callable[..., Kept]


@pytest.fixture
def keep(mailhost: Mailhost, database: Database) -> Any:
    with closing_all() as opened:

        def make(**daemon: Any) -> Kept:
            address = mailhost.someone("support")
            imap = ImapSettings(
                host=mailhost.host,
                port=mailhost.imaps,
                ca_file=mailhost.ca_file,
                username=address,
                password=SecretStr(mailhost.password),
            )
            smtp = SmtpSettings(host="127.0.0.1")
            mailbox = MailboxSettings(
                name="support", address=address, policy="irex", ticket_prefix="EX", imap=imap, smtp=smtp
            )
            settings = Settings(
                storage=StorageSettings(url="sqlite://"), mailbox=(mailbox,), daemon=DaemonSettings(**daemon)
            )
            wire = Imap(imap)
            opened.append(wire)
            made = Kept(settings, database, mailhost.box(address), wire, wire.connect().uidvalidity)
            with database.transaction() as tx:
                checkpoints.start(tx, "support", made.uidvalidity, None)
            return made

        yield make


class closing_all:
    def __enter__(self) -> list[Imap]:
        self._opened: list[Imap] = []
        return self._opened

    def __exit__(self, *exception: object) -> None:
        for one in self._opened:
            one.close()


@pytest.fixture
def kept(keep: Make) -> Kept:
    """Three mails were taken in, and one of them could not be read."""
    made = keep()
    made.take(a_mail(1))
    made.take(a_mail(2))
    made.take(a_mail(3), end=End.QUARANTINED)
    return made


def only(found: Reconciliation) -> Gap:
    (gap,) = found.gaps
    return gap


def test_what_was_taken_in_is_accounted_for_and_compared_once(kept: Kept) -> None:
    first = kept.look()
    assert (first.well, first.gaps, first.more) == (True, (), {})
    (look,) = first.mailboxes
    assert (look.filed, look.trouble) == (3, "")
    assert [(one.folder, one.mails, one.before, one.compared, one.whole) for one in look.folders] == [
        (PROCESSED, 2, 0, 2, True),
        (QUARANTINE, 1, 0, 1, True),
    ]
    kept.take(a_mail(4))
    (look,) = kept.look().mailboxes
    assert [(one.mails, one.before, one.compared) for one in look.folders] == [(3, 2, 1), (1, 1, 0)]
    assert look.folders[0].octets == len(a_mail(4))
    (look,) = kept.look(full=True).mailboxes
    assert [(one.mails, one.before, one.compared) for one in look.folders] == [(3, 0, 3), (1, 0, 1)]


def test_looking_changes_no_mail(kept: Kept) -> None:
    kept.box.append(a_mail(9))

    def state() -> Any:
        return {folder: (kept.box.flags(folder), kept.box.raws(folder)) for folder in ("INBOX", PROCESSED, QUARANTINE)}

    before, folders = state(), kept.box.folders()
    kept.look(full=True)
    assert state() == before
    assert kept.box.folders() == folders


def test_mail_that_waits_is_counted_and_no_gap(kept: Kept) -> None:
    kept.box.append(a_mail(9), when=NOW)
    kept.box.append(a_mail(10))
    found = kept.look()
    assert found.well
    inbox = found.mailboxes[0].inbox
    assert inbox is not None
    assert (inbox.mails, inbox.looked_at, inbox.waiting, inbox.waiting_since) == (2, 0, 2, NOW)


def test_mail_that_people_deleted_or_moved_away_is_no_gap(kept: Kept) -> None:
    kept.box.delete([1], PROCESSED)
    found = kept.look(full=True)
    assert found.well
    assert found.mailboxes[0].filed == 3
    assert sum(one.mails for one in found.mailboxes[0].folders) == 2


def test_a_mail_below_the_checkpoint_without_its_sighting_is_found_until_it_is_taken_in(kept: Kept) -> None:
    uid = kept.box.append(a_mail(9), when=NOW)
    with kept.database.transaction() as tx:
        checkpoints.advance(tx, "support", kept.uidvalidity, uid)
    gap = only(kept.look())
    assert (gap.kind, gap.key) == (GapKind.PASSED_OVER, f"{kept.uidvalidity}/{uid}")
    assert f"UID {uid}" in gap.about
    assert "2026-03-13 09:30" in gap.about
    kept.move(uid, "INBOX", PROCESSED)
    kept.move(kept.box.uids(PROCESSED)[-1], PROCESSED, "INBOX")
    assert kept.found() == [], "its new UID is above the checkpoint"


def test_a_checkpoint_beyond_what_the_server_gave_is_found(kept: Kept) -> None:
    with kept.database.transaction() as tx:
        checkpoints.advance(tx, "support", kept.uidvalidity, 3)
    assert kept.found() == []
    with kept.database.transaction() as tx:
        checkpoints.advance(tx, "support", kept.uidvalidity, 4)
    gap = only(kept.look())
    assert (gap.kind, gap.about) == (GapKind.CHECKPOINT, "UID 4, the server's next one is 4")
    with kept.database.transaction() as tx:
        checkpoints.rewind(tx, "support")
    assert kept.found() == []


def test_a_recorded_mail_that_does_not_leave_the_folder_is_found_after_an_hour(kept: Kept) -> None:
    uid = kept.take(a_mail(9), file=False)
    assert kept.look(NOW + timedelta(minutes=59)).well
    gap = only(kept.look(NOW + timedelta(minutes=61)))
    assert (gap.kind, gap.key) == (GapKind.UNFILED, f"{kept.uidvalidity}/{uid}")


def test_a_filed_mail_that_the_ledger_lost_is_found_by_its_bytes(kept: Kept) -> None:
    assert kept.found() == []
    kept.lose(2)
    assert kept.found() == [], "what was compared once is not fetched every night"
    gap = only(kept.look(full=True))
    assert gap.kind is GapKind.LOST
    assert gap.key == f"{PROCESSED} {hashlib.sha256(a_mail(2)).hexdigest()}"
    assert "UID 2 from Ana <ana2@alder.example>, arrived 2026-03-13 09:30 UTC" in gap.about
    assert [one.gap_id for one in kept.look(full=True).open] == [gap.gap_id], "the same one"
    assert [one.gap_id for one in kept.look().open] == [gap.gap_id], "also where nothing is fetched"
    kept.move(2, PROCESSED, "INBOX")
    assert kept.found() == []


def test_a_mail_that_the_ledger_has_again_is_no_gap_any_more(kept: Kept) -> None:
    kept.lose(2)
    assert kept.found(full=True) == [GapKind.LOST]
    kept.take(a_mail(2))
    assert kept.found() == []


def test_a_mail_that_a_person_put_there_is_told_apart_and_may_be_accepted(kept: Kept) -> None:
    kept.box.append(a_mail(9), PROCESSED)
    kept.box.append(a_mail(9), PROCESSED)
    gap = only(kept.look())
    assert gap.kind is GapKind.FOREIGN
    with kept.database.transaction() as tx:
        gaps.accept(tx, [gap.gap_id], "root", LATER)
    assert kept.look().well
    found = kept.look(full=True)
    assert (found.well, only(found).accepted_by) == (True, "root")
    kept.box.delete(kept.box.uids(PROCESSED), PROCESSED)
    assert kept.look().gaps == ()


def test_a_mail_too_large_to_fetch_is_known_by_its_arrival_and_size(keep: Make) -> None:
    kept = keep(max_mail_bytes=100_000)
    large = a_mail(1) + b"x" * 60 * 2000
    kept.take(large, end=End.QUARANTINED, bare=True)
    assert kept.look().well
    kept.box.append(large + b"y", QUARANTINE, NOW)
    assert kept.found() == [GapKind.FOREIGN]


def test_a_mail_that_is_handed_over_only_now_is_known_by_its_arrival_and_size(kept: Kept) -> None:
    kept.take(a_mail(9), end=End.QUARANTINED, bare=True)
    assert kept.look().well


def test_a_mail_that_the_server_hands_out_changed_is_known_by_message_id_and_arrival(kept: Kept) -> None:
    kept.do(sa.update(tables.mail).where(tables.mail.c.id == 1).values(sha256="0" * 64))
    found = kept.look()
    assert found.well
    assert [one.changed for one in found.mailboxes[0].folders] == [1, 0]
    kept.do(sa.update(tables.mail).where(tables.mail.c.id == 1).values(arrived_at=LATER))
    assert kept.found(full=True) == [GapKind.LOST], "a Message-ID alone is a claim"


def test_a_look_that_may_fetch_little_goes_on_where_it_stood(keep: Make) -> None:
    kept = keep(batch_count=1)
    for number in range(4):
        kept.take(a_mail(number))
    kept.lose(4)
    looks = [kept.look(octets=2 * len(a_mail(0))) for _ in range(3)]
    seen = [(one.mailboxes[0].folders[0].before, one.mailboxes[0].folders[0].compared) for one in looks]
    assert seen == [(0, 2), (2, 2), (4, 0)]
    assert [one.mailboxes[0].folders[0].whole for one in looks] == [False, True, True]
    assert [len(one.open) for one in looks] == [0, 1, 1]


def test_under_a_new_uidvalidity_every_byte_is_compared_again_and_what_was_accepted_stays_so(
    kept: Kept, mailhost: Mailhost
) -> None:
    kept.box.append(a_mail(9), PROCESSED)
    gap = only(kept.look())
    with kept.database.transaction() as tx:
        gaps.accept(tx, [gap.gap_id], "root", LATER)
    kept.imap.close()
    mailhost.new_uidvalidity(kept.settings.mailbox[0].address)
    found = kept.look()
    assert found.open == ()
    assert [one.gap_id for one in found.gaps] == [gap.gap_id]
    look = found.mailboxes[0]
    assert [(one.before, one.compared) for one in look.folders] == [(0, 3), (0, 1)]
    assert "counts UIDs anew" in look.trouble
    assert not found.well


def test_a_server_that_is_away_is_told_and_takes_nothing_back(kept: Kept, mailhost: Mailhost) -> None:
    kept.box.append(a_mail(9), PROCESSED)
    gap = only(kept.look())
    kept.settings = kept.settings.model_copy(
        update={
            "mailbox": tuple(
                one.model_copy(update={"imap": one.imap.model_copy(update={"password": SecretStr("wrong")})})
                for one in kept.settings.mailbox
            )
        }
    )
    found = kept.look()
    assert [one.gap_id for one in found.open] == [gap.gap_id]
    assert "refused" in found.mailboxes[0].trouble
    assert kept.look(offline=True).mailboxes == ()


def test_a_folder_of_filed_mail_that_vanished_is_told(kept: Kept) -> None:
    assert kept.look().well
    with kept.box.session() as client:
        client.delete_folder(PROCESSED)
    found = kept.look()
    assert not found.well
    assert found.mailboxes[0].trouble == f"there is no folder {PROCESSED} any more"


def test_a_folder_that_two_mailboxes_share_is_looked_at_once(kept: Kept) -> None:
    kept.box.append(a_mail(9), PROCESSED)
    (one,) = kept.settings.mailbox
    with kept.box.session() as client:
        client.create_folder("Sales")
    other = one.model_copy(update={"name": "sales", "imap": one.imap.model_copy(update={"folder": "Sales"})})
    kept.settings = kept.settings.model_copy(update={"mailbox": (one, other)})
    found = kept.look()
    assert [gap.mailbox for gap in found.open] == ["support"]
    assert [len(look.folders) for look in found.mailboxes] == [2, 0]


def test_a_gap_of_the_store_is_kept_until_it_is_gone(kept: Kept) -> None:
    kept.do(sa.delete(tables.raw_mail).where(tables.raw_mail.c.mail_id == 1))
    gap = only(kept.look(offline=True))
    assert (gap.kind, gap.key, gap.found_at) == (GapKind.NO_BYTES, "1", LATER)
    assert only(kept.look(LATER + timedelta(days=1))).found_at == LATER
    kept.do(sa.insert(tables.raw_mail).values(mail_id=1, raw=a_mail(1)))
    assert kept.look().gaps == ()


def test_one_mailbox_can_be_asked_for_alone(kept: Kept) -> None:
    kept.do(sa.delete(tables.raw_mail).where(tables.raw_mail.c.mail_id == 1))
    found = reconcile(kept.settings, kept.database, LATER, ["sales"])
    assert (found.well, found.mails, found.mailboxes) == (True, (), ())
    assert len(reconcile(kept.settings, kept.database, LATER, ["support"]).open) == 1


def test_more_gaps_of_a_kind_than_are_kept_are_counted(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.reconcile.MOST", 2)
    kept.do(sa.delete(tables.raw_mail))
    found = kept.look(offline=True)
    assert (len(found.open), found.more, found.well) == (2, {GapKind.NO_BYTES: 1}, False)


def test_a_folder_with_very_many_unknown_mails_is_not_read_to_its_end(
    keep: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.folder_look.MOST", 2)
    kept = keep(batch_count=1)
    for number in range(4):
        kept.box.append(a_mail(number), PROCESSED)
    found = kept.look()
    assert len(found.open) == 2
    assert "what is beyond them was not looked at" in found.mailboxes[0].trouble
    with kept.database.transaction() as tx:
        gaps.accept(tx, [one.gap_id for one in found.open], "root", LATER)
    assert len(kept.look().open) == 2, "the next ones"


def test_unknown_mails_come_with_their_bytes_for_whoever_takes_them_in(kept: Kept) -> None:
    kept.lose(1)
    kept.lose(3)
    kept.box.append(a_mail(9), PROCESSED, NOW)
    (mailbox,) = kept.settings.mailbox
    found = list(unknown_mails(kept.database, mailbox, kept.settings.daemon))
    assert [(one.folder, one.uid, one.raw, one.ours) for one in found] == [
        (PROCESSED, 1, a_mail(1), True),
        (PROCESSED, 3, a_mail(9), False),
        (QUARANTINE, 1, a_mail(3), True),
    ]
    assert {one.internaldate for one in found} == {NOW}
    assert found[0].sha256 == hashlib.sha256(a_mail(1)).hexdigest()
    with closing(unknown_mails(kept.database, mailbox, kept.settings.daemon)) as some:
        assert next(some).uid == 1


def test_a_folder_of_many_mails_is_searched_in_windows(kept: Kept, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.onlooker.WIDE", 2)
    for number in range(4, 9):
        kept.take(a_mail(number))
    uid = kept.box.append(a_mail(20))
    kept.box.append(a_mail(9), PROCESSED)
    found = kept.look()
    assert [one.kind for one in found.open] == [GapKind.FOREIGN]
    assert sum(one.compared for one in found.mailboxes[0].folders) == 9
    assert kept.settings.mailbox[0].imap.folder == "INBOX"
    with kept.database.transaction() as tx:
        checkpoints.advance(tx, "support", kept.uidvalidity, uid)
    assert sorted(kept.found()) == [GapKind.FOREIGN, GapKind.PASSED_OVER]


def test_a_letter_in_the_hands_of_a_daemon_that_is_gone_is_found(
    database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("intake.reconcile.TAKEN_BACK_SECONDS", 0)
    owner = f"{socket.gethostname()} 4194305 f00d"
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 7, None)
        outbox.post(tx, [samples.letter(1)], NOW)
        outbox.claim(tx, owner, NOW, ["support"], 1)
    settings = Settings(storage=StorageSettings(url="sqlite://"), mailbox=())
    (gap,) = reconcile(settings, database, LATER, looking=Looking(offline=True)).open
    assert (gap.kind, gap.key) == (GapKind.CLAIMED, "1")
    session = locks.Session(database, owner)
    assert session.take(locks.daemon(owner))
    held = reconcile(settings, database, LATER, looking=Looking(offline=True))
    session.close()
    assert held.well is not database.is_sqlite, "there the process itself is asked"


def test_a_claim_of_a_process_that_is_gone_is_nobodys() -> None:
    host, pid = socket.gethostname(), os.getpid()
    assert lives(f"{host} {pid}")
    assert lives(f"{host} {pid} f00d")
    assert not lives(f"{host} 4194305")
    assert lives("another-machine 4194305"), "nobody here can tell"
    assert not lives("")
