"""Answers as mail programs write them: of each the customer gets the same words, and nothing of the notice.

The samples under tests/mails/staff hold what each program writes, with gaps for the notice that is answered.
"""

from email.message import EmailMessage
from pathlib import Path

import pytest

from intake.desk import Desk
from storage import assignments
from storage.database import Database
from tests.intake.desk_work import Work, plain
from tests.intake.private_text import private_text_in

SAMPLES = sorted((Path(__file__).parents[1] / "mails/staff").glob("*.eml"))
ANSWER = "Hello Ana,\n\nthe default is 30 seconds.\n\nKind regards\nSam Field"
BETWEEN = (
    "Hello Ana,\n\n> > what is the default of this setting, and where is it documented?\n\nthe default is 30 seconds."
    "\n\nKind regards\nSam Field"
)


def filled(sample: str, notice: EmailMessage) -> bytes:
    html = notice.get_body(("html",))
    assert html is not None
    page = str(html.get_content())
    gaps = {
        "message_id": notice["Message-ID"],
        "subject": notice["Subject"],
        "to": "support@example.com",
        "text": plain(notice),
        "quoted": "".join(f"> {line}\n" for line in plain(notice).splitlines()),
        "html": page[page.index("<body") : page.index("</html>")].replace("<body", "<div").replace("</body>", "</div>"),
    }
    for gap, value in gaps.items():
        sample = sample.replace("{" + gap + "}", value)
    return sample.encode()


@pytest.mark.parametrize("sample", SAMPLES, ids=lambda path: path.stem)
def test_the_customer_gets_the_words_and_the_command_is_heeded(database: Database, desk: Desk, sample: Path) -> None:
    work = Work(database, desk).begin()
    work.asks()
    work.arrive(filled(sample.read_text(encoding="utf-8"), work.notice()))
    assert work.letters("question") == []
    (letter,) = work.answers()
    said = BETWEEN if sample.stem == "between-the-lines" else ANSWER
    assert [line for line in plain(letter).splitlines() if line] == [line for line in said.splitlines() if line]
    html = letter.get_body(("html",))
    assert html is not None
    assert "New ticket" not in html.get_content()
    assert private_text_in(database) == []
    with work.store.snapshot() as tx:
        assert assignments.person_of(tx, work.ticket().ticket_id) == "sam@example.com"
