"""The check of every outgoing byte finds what it should."""

import pytest

from intake.desk import Desk
from storage import outbox
from storage.database import Database
from tests.intake.desk_work import ANA, Work, plain
from tests.intake.private_text import private_text_in
from tests.storage.samples import letter


@pytest.mark.parametrize("html", [False, True])
def test_a_line_of_a_notice_in_a_letter_is_found(database: Database, desk: Desk, html: bool) -> None:
    work = Work(database, desk).begin()
    work.asks()
    assert private_text_in(database) == []
    line = next(one for one in plain(work.notice()).splitlines() if "is on IR-STD" in one)
    body = f"<p>Hello</p><p>{line}</p>" if html else f"Hello\n\n{line}\n"
    raw = f"Subject: Re: x\r\nContent-Type: text/{'html' if html else 'plain'}; charset=utf-8\r\n\r\n{body}".encode()
    with database.transaction() as tx:
        outbox.post(tx, [letter(raw=raw, recipients=(ANA,), kind="answer", message_id="<leak@example.com>")], work.now)
    assert len(private_text_in(database)) == 1
