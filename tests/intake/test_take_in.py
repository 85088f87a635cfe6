"""What is taken in of a folder, against a scripted server: mail that comes and goes, UIDs that are counted anew."""

import itertools
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from intake import take_in
from intake.desk import Desk
from intake.first_run import Backlog
from intake.imap import Imap
from intake.in_hand import MOST
from intake.settings import DaemonSettings, ImapSettings
from intake.take_in import TakeIn
from intake.understand import Understanding
from rules.facts import End, TryLater
from storage import figures, ledger, tables
from storage.database import Database
from storage.ledger import Sighting
from tests.servers.fake_imap import CLOSE, Answer, FakeImap

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
DONE = b"{tag} OK done\r\n"
NOBODY = b"* SEARCH\r\n" + DONE
REFUSED = b"{tag} NO [SERVERBUG] Internal error\r\n"
DATE = b'INTERNALDATE "13-Mar-2026 09:00:00 +0000"'


def shows(*uids: int) -> bytes:
    return b"* SEARCH " + b" ".join(b"%d" % uid for uid in uids) + b"\r\n" + DONE


def size(uid: int, more: bytes = b"") -> bytes:
    return b"* 1 FETCH (UID %d RFC822.SIZE 10 %b%b)\r\n" % (uid, DATE, more) + DONE


def selected(uidvalidity: int) -> bytes:
    return (
        b"* 3 EXISTS\r\n* OK [UIDVALIDITY %d] ok\r\n* OK [UIDNEXT 9] ok\r\n"
        b"* OK [PERMANENTFLAGS (\\Deleted \\*)] ok\r\n{tag} OK [READ-WRITE] done\r\n" % uidvalidity
    )


@dataclass
class Taker:
    """A mailbox's way into the store, whose rounds are bounded: an endless one fails its test, and does not hang."""

    database: Database
    desk: Desk
    at: datetime = NOW

    def __post_init__(self) -> None:
        rounds = itertools.count()
        self.opened: list[Imap] = []
        self.pool = Understanding({}, workers=0)
        self.take_in = TakeIn(
            lambda: self.desk,
            DaemonSettings(),
            self.database,
            self.pool,
            lambda: self.at,
            progress=lambda _: None,
            stopping=lambda: next(rounds) > 60,
            recorded=lambda _: None,
        )

    def open(self, server: FakeImap, *, from_now: bool = False) -> Imap:
        settings = ImapSettings(
            host="127.0.0.1", port=server.port, security="none", username="me", password=SecretStr("pw")
        )
        imap = Imap(settings, connect_seconds=1, read_seconds=2)
        self.opened.append(imap)
        assert self.take_in.begin(imap, imap.connect(), Backlog(from_now=from_now)) is None
        return imap

    def close(self) -> None:
        for imap in self.opened:
            imap.close()
        self.pool.close()

    def ends(self) -> list[tuple[int, str]]:
        columns = tables.sighting.c
        with self.database.snapshot() as tx:
            rows = tx.execute(tables.sighting.select().order_by(columns.uidvalidity, columns.uid))
            return [(row.uid, row.end) for row in rows]

    def failing(self) -> int:
        with self.database.snapshot() as tx:
            return figures.figures(tx).mailboxes[0].struck


@pytest.fixture
def taker(database: Database, desk: Desk) -> Iterator[Taker]:
    made = Taker(database, desk)
    yield made
    made.close()


def serve(search: list[Answer], fetch: list[Answer], select: list[Answer] | None = None) -> FakeImap:
    return FakeImap({"UID SEARCH": search, "UID FETCH": fetch, "SELECT": select or [selected(7)]})


def test_a_mail_that_failed_and_was_then_taken_away_is_waited_for_no_more(taker: Taker) -> None:
    with serve([NOBODY, shows(5), shows(5), NOBODY], [size(5), REFUSED]) as server:
        imap = taker.open(server)
        taker.take_in.drain(imap)
        assert taker.take_in.next_attempt() is not None
        assert taker.failing() == 1
        taker.take_in.drain(imap)
        assert taker.take_in.next_attempt() is None
        assert taker.failing() == 0


def test_a_mail_that_failed_before_a_restart_and_was_then_taken_away_is_no_trouble(taker: Taker, desk: Desk) -> None:
    with serve([NOBODY, shows(5), shows(5), NOBODY], [size(5), REFUSED]) as server:
        taker.take_in.drain(taker.open(server))
        assert taker.failing() == 1
        later = Taker(taker.database, desk)
        later.take_in.drain(later.open(server))
        assert later.failing() == 0
        later.close()


@pytest.mark.parametrize("answer", [size(5, b" BODY[] NIL"), DONE], ids=["no body", "nothing at all"])
def test_a_mail_that_is_shown_but_never_handed_over_ends_in_quarantine(taker: Taker, answer: bytes) -> None:
    with serve([NOBODY, shows(5)], [answer]) as server:
        imap = taker.open(server)
        taker.take_in.drain(imap, patient=False)
        assert taker.ends() == [(5, End.QUARANTINED)]


def test_a_mail_that_was_not_handed_over_once_is_not_passed_by(taker: Taker) -> None:
    """The checkpoint waits for it, whatever becomes of this process before the next look."""
    body = b"* 2 FETCH (UID 6 %b BODY[] {2}\r\n\r\n)\r\n" % DATE
    sizes = size(5).removesuffix(DONE) + size(6)
    with serve([NOBODY, shows(5, 6), NOBODY], [sizes, body + DONE]) as server:
        taker.pool.close()  # what was fetched is handed back unread
        taker.pool = Understanding({taker.desk.policy.version: taker.desk.policy}, workers=1)
        taker.take_in.understanding = taker.pool
        imap = taker.open(server)
        taker.take_in.drain(imap)
        assert taker.ends() == [(6, End.QUARANTINED)]
        with taker.database.snapshot() as tx:
            assert tx.execute(tables.mailbox.select()).one().last_uid < 5


def test_mail_that_was_left_alone_is_looked_up_once(taker: Taker) -> None:
    old = b"".join(size(uid).removesuffix(DONE) for uid in (5, 6, 7)) + DONE
    with serve([shows(5, 6, 7)], [old]) as server:
        imap = taker.open(server, from_now=True)
        assert taker.ends() == [(5, End.BEFORE_START), (6, End.BEFORE_START), (7, End.BEFORE_START)]
        for _ in range(2):
            taker.take_in.drain(imap)
        asked = [command.split("UID ")[-1] for command in server.commands if "UID SEARCH" in command]
        assert asked == ["1:*", "1:*", "8:*"]


def test_a_uidvalidity_that_comes_back_opens_the_mailbox_all_the_same(taker: Taker) -> None:
    """As after a fail-over to a replica and back."""
    with serve([shows(5)], [size(5)], [selected(7), selected(8), selected(7)]) as server:
        for _ in range(3):
            taker.open(server, from_now=True)
    assert taker.ends() == [(5, End.BEFORE_START), (5, End.BEFORE_START)]


def test_mail_that_came_after_a_start_from_now_on_is_taken_in_though_our_clock_was_ahead(taker: Taker) -> None:
    """What is old is said by the server's clock; under a new UIDVALIDITY it is asked again."""
    nine, ten = size(5), size(6).replace(b"09:00", b"09:31")
    taker.at = NOW + timedelta(hours=4)
    with serve([shows(5), shows(5, 6)], [nine, nine.removesuffix(DONE) + ten], [selected(7), selected(8)]) as server:
        taker.open(server, from_now=True)
        assert taker.ends() == [(5, End.BEFORE_START)]
        taker.open(server, from_now=True)
    assert taker.ends() == [(5, End.BEFORE_START), (5, End.BEFORE_START)]


def test_all_mail_that_is_there_at_a_start_from_now_on_is_left_alone_though_our_clock_is_behind(taker: Taker) -> None:
    taker.at = NOW - timedelta(hours=4)
    with serve([shows(5)], [size(5)]) as server:
        taker.open(server, from_now=True)
    assert taker.ends() == [(5, End.BEFORE_START)]


MOVED: list[Answer] = [b"{tag} NO [CANNOT] not now\r\n", DONE]


def recorded(taker: Taker, *uids: int) -> None:
    with taker.database.transaction() as tx:
        ledger.sight(tx, "support", 7, [Sighting(uid, End.IGNORED) for uid in uids], NOW)


def test_mail_that_would_not_leave_the_folder_is_tried_again_without_waiting_for_a_poll(taker: Taker) -> None:
    with FakeImap({"UID SEARCH": [NOBODY, shows(5)], "UID MOVE": MOVED, "SELECT": [selected(7)]}) as server:
        imap = taker.open(server)
        recorded(taker, 5)
        taker.take_in.file(imap)
        again = taker.take_in.next_attempt()
        assert again is not None
        assert 3 < again < 7


def test_a_connection_that_ends_while_mail_is_filed_does_not_put_the_filing_off(taker: Taker) -> None:
    script: dict[str, list[Answer]] = {
        "UID SEARCH": [NOBODY, shows(5)],
        "UID MOVE": [[CLOSE], DONE],
        "SELECT": [selected(7)],
    }
    with FakeImap(script) as server:
        recorded(taker, 5)
        with pytest.raises(TryLater):
            taker.take_in.file(taker.open(server))
        taker.take_in.file(taker.open(server))
        with taker.database.snapshot() as tx:
            assert ledger.next_filing(tx, "support", 7) is None


def test_what_failed_under_another_uidvalidity_is_no_trouble(taker: Taker) -> None:
    with serve([NOBODY, shows(5), shows(5), NOBODY], [size(5), REFUSED], [selected(7), selected(8)]) as server:
        taker.take_in.drain(taker.open(server))
        assert taker.failing() == 1
        taker.open(server)
        assert taker.failing() == 0
        assert taker.take_in.next_attempt() is None


def test_a_mailbox_waits_for_others_with_much_in_hand_but_not_for_ever(
    taker: Taker, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nobody else lays anything down: what is here is taken in all the same once its patience has ended."""
    monkeypatch.setattr(take_in, "ROOM_SECONDS", 0.0)
    clock = itertools.count(0.0, take_in.LONGEST_WAIT / 4)
    taker.take_in.seconds = lambda: next(clock)
    assert taker.take_in.in_hand.take("another", MOST)
    with serve([NOBODY, shows(5), shows(5), NOBODY], [size(5), REFUSED]) as server:
        taker.take_in.drain(taker.open(server))
    assert taker.failing() == 1
    assert not taker.take_in.in_hand.take("a third", 1)
    taker.take_in.in_hand.put_down("another")
    assert taker.take_in.in_hand.take("a third", MOST), "what failed is in nobody's hand"
