"""One key finds every line of the log about one mail, from the folder to its letter; the ticket shows it."""

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.facts import Contact
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Sink

pytestmark = pytest.mark.mailhost

PERSON = "person@customer.example"
SECRETIVE = "Hello,\n\nwhat is the default of setting 7?\nWords of nobody else's.\n\nKind regards\nA Person\n"


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


def test_the_lines_of_a_mail_and_of_its_letters_have_one_key_and_none_of_its_words(
    mailhost: Mailhost, tmp_path: Path, sink: Sink
) -> None:
    support, sam = mailhost.someone("support"), mailhost.someone("sam")
    intake = Installation(tmp_path / "intake", mailhost, support, sam, sink.port)
    intake.admit(Contact(PERSON, "A Person", "IR-STD"))
    raw = mail(PERSON, support, "Question", SECRETIVE)
    mailhost.append(support, raw)
    with intake.running("--take-backlog") as daemon:
        daemon.wait_log('"event": "letter_sent"')
    said = daemon.said()
    lines = [json.loads(line) for line in said.splitlines() if line.startswith("{")]
    (taken,) = [line for line in lines if line["event"] == "mail"]
    letters = [line for line in lines if line["event"] == "letter_sent"]
    assert taken["mail"] == hashlib.sha256(raw.replace(b"\r\n", b"\n").replace(b"\n", b"\r\n")).hexdigest()[:12]
    assert taken["mailbox"] == "support"
    assert {(line["mail"], line["ticket"], line["mailbox"]) for line in letters} == {
        (taken["mail"], taken["ticket"], "support")
    }
    told = json.loads(intake.run("ticket", taken["ticket"], "--json").stdout)
    assert [one["log_key"] for one in told["mails"]] == [taken["mail"]]
    assert "nobody else's" not in said
    assert mailhost.password not in said
