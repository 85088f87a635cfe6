"""Mail that is recorded leaves its folder, or stays there without a server being asked for it again and again."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from intake.desk import Desk
from intake.filing import Filing
from intake.imap import Imap
from intake.settings import ImapSettings
from intake.standing import problems
from rules.facts import End
from storage import conditions, figures, ledger
from storage.database import Database
from storage.ledger import Sighting
from tests.servers.fake_imap import FakeImap

START = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
DONE = b"{tag} OK done\r\n"
FULL = b"{tag} NO [OVERQUOTA] Quota exceeded (mailbox for user is full)\r\n"
SELECTED = (
    b"* 9 EXISTS\r\n* OK [UIDVALIDITY 7] ok\r\n* OK [UIDNEXT 9] ok\r\n"
    b"* OK [PERMANENTFLAGS (\\Deleted \\*)] ok\r\n{tag} OK [READ-WRITE] done\r\n"
)
EVERYTHING = b"* SEARCH 1 2 3 4 5 6 7 8 9\r\n" + DONE


@dataclass
class Folder:
    """A mailbox whose mails are recorded and then filed, at a time of the test's own."""

    database: Database
    desk: Desk
    server: FakeImap
    now: datetime = START
    filing: Filing = field(init=False)
    imap: Imap = field(init=False)

    def __post_init__(self) -> None:
        settings = ImapSettings(
            host="127.0.0.1", port=self.server.port, security="none", username="me", password=SecretStr("pw")
        )
        self.imap = Imap(settings, connect_seconds=1, read_seconds=2)
        self.imap.connect()
        self.begin()

    def begin(self) -> None:
        self.filing = Filing(lambda: self.desk, self.database, lambda: self.now, lambda _: None, lambda: False)

    def record(self, *uids: int, end: End = End.TICKET) -> None:
        with self.database.transaction() as tx:
            ledger.sight(tx, "support", 7, [Sighting(uid, end) for uid in uids], self.now)

    def file(self) -> None:
        self.filing.file(self.imap, 7)

    def asked(self, verb: str) -> list[str]:
        return [one.partition(verb)[2].split()[0] for one in self.server.commands if f"UID {verb} " in one]

    def waiting(self) -> bool:
        with self.database.snapshot() as tx:
            return ledger.next_filing(tx, "support", 7) is not None

    def told(self) -> list[str]:
        with self.database.snapshot() as tx:
            parts = [one for one in conditions.current(tx) if one.part.startswith("filing")]
            counted = figures.figures(tx)
        return [one for one in problems(counted, parts, ["support"], self.now) if one.startswith("filing")]


@pytest.fixture
def script() -> dict[str, list[bytes]]:
    return {"SELECT": [SELECTED], "UID SEARCH": [EVERYTHING], "UID MOVE": [FULL], "UID STORE": [DONE]}


def test_a_full_mailbox_is_not_asked_again_for_each_mail_and_says_so(
    database: Database, desk: Desk, script: dict[str, list[bytes]]
) -> None:
    with FakeImap(script) as server:
        folder = Folder(database, desk, server)
        folder.record(1, 2)
        folder.file()
        assert folder.asked("MOVE") == ["1,2"]
        assert folder.asked("STORE") == ["1,2"], "what is recorded is flagged where it stays"
        for uid in range(3, 8):
            folder.now += timedelta(minutes=1)
            folder.record(uid)
            folder.file()
        assert folder.asked("MOVE") == ["1,2"]
        assert folder.asked("STORE") == ["1,2", "3", "4", "5", "6", "7"]
        (problem,) = folder.told()
        assert "Quota exceeded" in problem
        assert "make room in it, or have its quota raised" in problem
        assert "new mail is taken in" in problem
        folder.imap.close()


def test_a_mailbox_with_room_again_is_cleared_in_one_go_and_is_no_trouble(
    database: Database, desk: Desk, script: dict[str, list[bytes]]
) -> None:
    script["UID MOVE"] = [FULL, FULL, DONE]
    with FakeImap(script) as server:
        folder = Folder(database, desk, server)
        folder.record(1)
        folder.file()
        folder.now += timedelta(minutes=13)
        folder.record(2)
        folder.file()
        assert len(folder.asked("MOVE")) == 2
        folder.now += timedelta(minutes=26)
        folder.file()
        assert sorted(folder.asked("MOVE")[-1].split(",")) == ["1", "2"]
        assert not folder.waiting()
        assert folder.told() == []
        folder.imap.close()


def test_what_an_earlier_process_said_of_a_full_mailbox_is_taken_back(
    database: Database, desk: Desk, script: dict[str, list[bytes]]
) -> None:
    script["UID MOVE"] = [FULL, DONE]
    with FakeImap(script) as server:
        folder = Folder(database, desk, server)
        folder.record(1)
        folder.file()
        assert folder.told()
        folder.begin()
        folder.now += timedelta(minutes=13)
        folder.file()
        assert folder.told() == []
        folder.imap.close()


def test_quarantined_mail_of_a_full_mailbox_bears_the_mark_of_failure(
    database: Database, desk: Desk, script: dict[str, list[bytes]]
) -> None:
    with FakeImap(script) as server:
        folder = Folder(database, desk, server)
        folder.record(4, end=End.QUARANTINED)
        folder.file()
        assert next(one for one in server.commands if "STORE" in one).endswith("+FLAGS.SILENT ($IntakeFailed)")
        folder.imap.close()
