"""The order in which the mails of a folder are taken in, against a real Dovecot."""

from collections.abc import Iterator
from datetime import date

import pytest
from pydantic import SecretStr

from intake import waiting_line
from intake.desk import Desk
from intake.first_look import NOTHING, Head, head_of
from intake.imap import Imap
from intake.settings import ImapSettings
from intake.waiting_line import WaitingLine
from rules.facts import Contact, Contract
from storage import directory
from storage.database import Database
from tests.intake.installation import mail
from tests.intake.test_take_in import DONE, REFUSED, selected
from tests.servers.fake_imap import FakeImap
from tests.servers.mailhost import Mailhost

ANA, STRANGER = "ana@alder.example", "nobody@far.example"
MUCH = 10_000_000


class Folder:
    """A mailbox of Dovecot's, and the line of what waits in it. The clock goes on by two seconds at every look."""

    def __init__(self, mailhost: Mailhost, desk: Desk, database: Database) -> None:
        self.mailhost, self.address = mailhost, mailhost.someone("support")
        settings = ImapSettings(
            host="127.0.0.1",
            port=mailhost.imaps,
            security="tls",
            ca_file=mailhost.ca_file,
            username=self.address,
            password=SecretStr(mailhost.password),
        )
        self.imap = Imap(settings)
        self.imap.connect()
        self.now = 0.0
        self.seen = 0
        contract = Contract("IR-STD", "Alder", "irex", "standard", date(2020, 1, 1), date(2090, 1, 1))
        with database.transaction() as tx:
            directory.replace(tx, [contract], [Contact(ANA, "Ana", "IR-STD")])
        self.line = WaitingLine(self.imap, desk, database, lambda _: None, self.seconds, self.newcomers)

    def seconds(self) -> float:
        self.now += 2
        return self.now

    def newcomers(self) -> list[int]:
        come = self.imap.uids_after(self.seen)
        self.seen = max([self.seen, *come])
        return come

    def comes(self, sender: str, subject: str, text: str = "Hello", **headers: str) -> None:
        self.mailhost.append(self.address, mail(sender, self.address, subject, text, **headers))

    def order(self, most: int = 100, octets: int = MUCH) -> list[list[int]]:
        return [list(batch) for batch in self.line.batches(octets, most)]


@pytest.fixture
def folder(mailhost: Mailhost, desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch) -> Iterator[Folder]:
    monkeypatch.setattr(waiting_line, "SOON", 2)
    monkeypatch.setattr(waiting_line, "FEW", 0)
    made = Folder(mailhost, desk, database)
    yield made
    made.imap.close()


@pytest.mark.mailhost
def test_whom_we_know_and_who_sounds_urgent_goes_before_the_end_of_a_long_line(folder: Folder) -> None:
    for sender, subject in (
        (STRANGER, "Prices"),
        (ANA, "A question"),
        (STRANGER, "Server down"),
        (ANA, "Where is the manual"),
        (ANA, "Production server down"),
        (STRANGER, "Hello"),
        (ANA, "Production server down, too"),
    ):
        folder.comes(sender, subject)
    folder.comes(ANA, "The invoice", Importance="high")
    folder.line.join(folder.newcomers())
    assert folder.order() == [[5, 7, 8, 1, 2, 4, 3, 6]]
    assert sorted(folder.line.sizes) == [1, 2, 3, 4, 5, 6, 7, 8]


@pytest.mark.mailhost
def test_a_short_line_keeps_its_order_and_its_portions(folder: Folder, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting_line, "SOON", 100)
    for text in ("a", "b" * 900, "c" * 900, "d", "e"):
        folder.comes(ANA, "Server down", text)
    folder.line.join([*folder.newcomers(), 99])
    assert folder.order(most=2, octets=1500) == [[1, 2], [3, 4], [5]]


@pytest.mark.mailhost
def test_who_comes_meanwhile_and_sounds_urgent_is_the_next_one(folder: Folder) -> None:
    for number in range(4):
        folder.comes(ANA, f"Question {number}")
    folder.line.join(folder.newcomers())
    batches = folder.line.batches(MUCH, 2)
    assert list(next(batches)) == [1, 2]
    folder.comes(STRANGER, "Server down")
    folder.comes(ANA, "Server down")
    assert [list(batch) for batch in batches] == [[6, 3], [4, 5]]


def test_a_server_that_shows_no_headers_leaves_the_order_as_it_is(
    desk: Desk, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(waiting_line, "SOON", 0)
    sizes = b"".join(b"* %d FETCH (UID %d RFC822.SIZE 10)\r\n" % (uid, uid) for uid in (1, 2)) + DONE
    with FakeImap({"SELECT": [selected(7)], "UID FETCH": [REFUSED, sizes]}) as server:
        settings = ImapSettings(
            host="127.0.0.1", port=server.port, security="none", username="me", password=SecretStr("pw")
        )
        imap = Imap(settings)
        imap.connect()
        line = WaitingLine(imap, desk, database, lambda _: None, lambda: 0.0, list)
        line.join([1, 2])
        assert [list(batch) for batch in line.batches(MUCH, 9)] == [[1, 2]]
        imap.close()


@pytest.mark.parametrize(
    ("raw", "head"),
    [
        (b"From: Ana <ANA@alder.example>\r\nSubject: =?utf-8?q?D=C3=BCrr?=\r\n\r\n", Head(ANA, "Dürr", False)),
        (b"X-Priority: 1 (Highest)\r\nFrom: ana@alder.example\r\n\r\n", Head(ANA, "", True)),
        (b"", NOTHING),
        (b"From: undisclosed:;\r\nSubject: x\r\n\r\n", Head("", "x", False)),
        (b"\xff\xfe\x00", NOTHING),
    ],
)
def test_a_head_is_read_whatever_it_is(raw: bytes, head: Head) -> None:
    assert head_of(raw) == head
