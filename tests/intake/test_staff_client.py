"""Staff answer from a real mail program through real servers; the customer holds one clean mail in the right thread."""

from email.message import EmailMessage
from pathlib import Path

import pytest

from rules.facts import Contact
from storage import clocks, tickets
from tests.intake.desk_work import plain
from tests.intake.installation import Installation, mail
from tests.intake.mutt import mutt
from tests.intake.private_text import private_text_in
from tests.servers.install import CLIENTS, in_ci, missing
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

QUESTION = "Hello,\n\nwhat is the default of this setting, and where is it documented?\n\nAna\n"
SAYS = "#severity 2\n\nHello Ana,\n\nthe default is 30 seconds; the file has all of them.\n\n"


@pytest.mark.skipif(bool(missing(CLIENTS)) and not in_ci(), reason="neomutt or tmux is not installed")
@pytest.mark.parametrize("plus", [False, True], ids=["by its message-id", "by its address"])
def test_a_reply_with_a_command_and_a_file_from_neomutt(mailhost: Mailhost, tmp_path: Path, plus: bool) -> None:
    support, sam, ana = (mailhost.someone(name) for name in ("support", "sam", "ana"))
    intake = Installation(tmp_path / "intake", mailhost, support, sam)
    if plus:
        text = intake.config.read_text().replace('display_name = "', 'plus_addressing = true\ndisplay_name = "')
        intake.config.write_text(text)
    intake.admit(Contact(ana, "Ana Ruiz", "IR-STD"))
    file = tmp_path / "défauts.txt"
    file.write_text("timeout = 30\n")
    asked = mail(f"Ana <{ana}>", support, "A setting", QUESTION, Message_ID="<asked@customer.example>")
    with intake.running():
        mailhost.deliver(asked, support, ana)
        notice = mailhost.box(sam).wait_for("[EX-1] New ticket")
        with mutt(tmp_path / "mutt", mailhost, sam, "Sam Field", SAYS) as program:
            program.wait_for("[EX-1] New ticket")
            program.press("r")
            program.wait_for("-- Attachments")
            program.press("a")
            program.wait_for("Attach file")
            program.press(str(file), "Enter")
            program.wait_for("A     2 /")
            program.press("y")
            transcript = mailhost.box(sam).wait_for("[EX-1] Done", seconds=20)
        letters = mailhost.box(ana).wait_for_count(3)  # several connections: which of the last two comes first is open
        answer = next(one for one in letters if "Sam Field" in str(one["From"]))
        check(answer, support, ana)
    assert "severity 2" in plain(transcript)
    assert "Reply to this notice" in plain(notice)
    with intake.store() as database:
        assert private_text_in(database) == []
    with intake.store() as database, database.snapshot() as tx:
        ticket = tickets.by_reference(tx, "EX-1")
        assert ticket is not None
        assert (ticket.status, ticket.severity) == ("waiting", 2)
        assert next(one for one in clocks.of_ticket(tx, ticket.ticket_id) if one.kind == "first_response").stopped_at


def check(answer: EmailMessage, support: str, ana: str) -> None:
    """One clean mail in the thread of the customer's own."""
    assert str(answer["From"]) == f'"Sam Field, Example Support" <{support}>'
    assert str(answer["To"]) == f"Ana Ruiz <{ana}>"
    assert answer["In-Reply-To"] == answer["References"] == "<asked@customer.example>"
    assert answer["Cc"] is answer["Auto-Submitted"] is answer["Reply-To"] is None
    said = "Hello Ana,\n\nthe default is 30 seconds; the file has all of them.\n\n-- \nSam Field"
    assert plain(answer).strip() == said
    (attached,) = answer.iter_attachments()
    assert (attached.get_filename(), attached.get_content().split()) == ("défauts.txt", ["timeout", "=", "30"])
