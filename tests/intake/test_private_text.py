"""The check of every outgoing byte finds what it should, also what the daemon would let go without its own guard."""

import base64
from collections.abc import Callable
from dataclasses import replace

import pytest

from intake import answering
from intake.desk import Desk
from storage import outbox, tickets
from storage.database import Database
from storage.tickets import Event
from tests.intake.desk_work import ANA, BEA, SAM, Work, opened, plain, reply
from tests.intake.installation import mail
from tests.intake.private_text import private_text_in
from tests.storage.samples import letter

WORDS = "The recordings of the northern vault are kept for ninety days."
pytestmark = pytest.mark.leaks

NOTE = "They have not paid since May, be short with them."


@pytest.fixture
def work(database: Database, desk: Desk) -> Work:
    """Ana's EX-1, and Bea's EX-2 of another contract, both told to Sam."""
    everybody = tuple(one.model_copy(update={"queues": ("support", "senior")}) for one in desk.staff)
    made = Work(database, replace(desk, staff=everybody)).begin()
    made.asks()
    made.asks(BEA, "Vault", WORDS)
    assert private_text_in(database) == []
    return made


def posted(work: Work, body: bytes, kind: str = "text/plain", encoding: str = "8bit") -> list[str]:
    """What is found when this goes to Ana about her ticket."""
    head = f"Subject: Re: x\r\nContent-Type: {kind}; charset=utf-8\r\nContent-Transfer-Encoding: {encoding}\r\n\r\n"
    row = letter(raw=head.encode() + body, recipients=(ANA,), kind="answer", message_id="<leak@example.com>")
    with work.store.transaction() as tx:
        outbox.post(tx, [replace(row, ticket_id=work.ticket().ticket_id)], work.now)
    return private_text_in(work.store)


def line_of_a_notice(work: Work) -> str:
    return next(one for one in plain(work.notice()).splitlines() if "is on IR-" in one)


@pytest.mark.parametrize(
    ("kind", "encoding", "body"),
    [
        ("text/plain", "8bit", lambda line: f"Hello\n\n{line}\n".encode()),
        ("text/html", "8bit", lambda line: f"<p>Hello</p><p>{line}</p>".encode()),
        ("text/plain", "base64", lambda line: base64.encodebytes(line.encode())),
        ("application/octet-stream", "base64", lambda line: base64.encodebytes(f"See\n{line}".encode("utf-16"))),
    ],
)
def test_a_line_of_a_notice_in_a_letter_is_found(
    work: Work, kind: str, encoding: str, body: Callable[[str], bytes]
) -> None:
    assert len(posted(work, body(line_of_a_notice(work)), kind, encoding)) == 1


def test_what_another_contracts_people_wrote_is_found_and_what_their_own_wrote_is_not(work: Work) -> None:
    assert posted(work, f"Hello\n\n> {WORDS}\n".encode()) == [f"answer: {WORDS}"]


def test_what_they_wrote_themselves_may_be_quoted(work: Work) -> None:
    assert posted(work, b"> what is the default of this setting, and where is it documented?\n") == []


@pytest.mark.parametrize("kind", ["note", "declined"])
def test_what_a_person_said_to_us_alone_is_found(work: Work, kind: str) -> None:
    with work.store.transaction() as tx:
        tickets.log(tx, Event(work.now, kind, SAM, {"why": NOTE}, work.ticket().ticket_id))
    assert len(posted(work, NOTE.encode())) == 1


@pytest.mark.parametrize("attached", [False, True])
def test_without_the_guard_of_the_daemon_it_would_be_noticed(
    work: Work, monkeypatch: pytest.MonkeyPatch, attached: bool
) -> None:
    monkeypatch.setattr(answering, "CHECKS", ())
    told = "\n".join(plain(work.notice()).splitlines()[:9])
    raw = mail(SAM, "support@example.com", "Re: [EX-2]", f"See:\n\n{told}", In_Reply_To=work.notice()["Message-ID"])
    if attached:
        message = opened(reply(work.notice(), SAM, "See the file."))
        message.add_attachment(told, filename="notice.txt")
        raw = message.as_bytes()
    work.arrive(raw)
    assert work.answers()
    assert private_text_in(work.store)
