"""The real daemon takes in mail of all kinds, and the proof that nothing is lost holds beside it, and after it."""

from datetime import UTC, datetime
from email import message_from_bytes
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake.config import load
from intake.first_run import Backlog
from intake.folder_look import Looking
from intake.reconcile import Reconciliation, reconcile
from rules.facts import Contact, End
from storage import tables
from storage.reconciliation import GapKind
from tests.intake.hostile import hostile_mails
from tests.intake.installation import Installation, mail
from tests.intake.test_survival import until
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Sink

pytestmark = pytest.mark.mailhost

QUESTION = "Hi,\n\na quick question about setting number {}: what is its default value, and where is it documented?\n"
BOTH = "Hallo team, der Server startet not, please help us with the problem, vielen Dank für your help"
CODE = "I am writing a small program against your REST API. Could you review my Python code and tell me how to page?"
PRICES = "Hello, I read about your product. Could you tell me what the support costs for a small firm of four people?"
PEOPLE = 60


def mails(intake: Installation, people: list[str]) -> list[bytes]:
    """Of every kind that there is, and some of them twice."""
    to = intake.support
    asked = [mail(one, to, f"Question {number}", QUESTION.format(number)) for number, one in enumerate(people)]
    held = [mail(one, to, "Hello", BOTH) for one in people[:8]]
    declined = [mail(one, to, "Our own client", CODE) for one in people[8:16]]
    strangers = [mail(f"x{number}@elsewhere.example", to, "Prices", PRICES) for number in range(5)]
    robots = [mail(one, to, "Away", "I am out of the office.", Auto_Submitted="auto-replied") for one in people[:8]]
    large = [mail(people[0], to, "Log", ("y" * 70 + "\n") * 2_000)]
    hostile = [*hostile_mails("mallory@elsewhere.example", to).values()]
    return [*asked, *held, *declined, *strangers, *robots, *large, *hostile, *asked[:15], *robots[:5]]


def follow_ups(intake: Installation, sink: Sink) -> list[bytes]:
    """Replies of ten customers to their letters, and of one of our staff to a notice."""
    letters = [message_from_bytes(one.raw) for one in sink.accepted]
    acknowledged = [one for one in letters if "acknowledgement" in str(one["X-Intake"])][:10]
    noticed = next(one for one in letters if one["To"] == intake.staff and "EX-" in str(one["Subject"]))
    replies = [(one["To"], one) for one in acknowledged] + [(intake.staff, noticed)]
    return [
        mail(sender, intake.support, f"Re: {one['Subject']}", "Here is more.", In_Reply_To=str(one["Message-ID"]))
        for sender, one in replies
    ]


def put(intake: Installation, raws: list[bytes]) -> None:
    with intake.mailhost.box(intake.support).session() as client:
        for raw in raws:
            client.append("INBOX", raw)


def look(intake: Installation, *, full: bool = False) -> Reconciliation:
    with intake.store() as database:
        return reconcile(load(intake.config), database, now(), looking=Looking(full=full))


def waiting(intake: Installation) -> int:
    letters = intake.letters()
    return letters.get("waiting", 0) + letters.get("claimed", 0)


def now() -> datetime:
    return datetime.now(UTC)


def test_hundreds_of_mails_of_all_ends_leave_no_gap(mailhost: Mailhost, tmp_path: Path) -> None:
    with Sink() as sink:
        intake = Installation(
            tmp_path / "intake",
            mailhost,
            mailhost.someone("support"),
            mailhost.someone("sam"),
            smtp_port=sink.port,
            daemon={"max_mail_bytes": 100_000, "workers": 2},
        )
        people = [f"person{number}@customer.example" for number in range(PEOPLE)]
        intake.admit(*(Contact(person, "A Person", "IR-STD") for person in people))
        put(intake, [mail(people[0], intake.support, "From before", "This is old.")] * 2)
        assert intake.at(now(), Backlog(from_now=True)).status == 0
        sent = mails(intake, people)
        put(intake, sent)
        with intake.running():
            during = intake.run("reconcile")
            until(lambda: sum(intake.ends().values()) == 2 + len(sent) and not waiting(intake), 60)
        assert during.returncode == 0, during.stdout
        replies = follow_ups(intake, sink)
        put(intake, replies)
        assert intake.at(now()).status == 0
    found = look(intake, full=True)
    assert found.well, found.gaps
    ends = {one.end: one.number for one in found.uids}
    assert set(ends) >= {*End} - {End.ROUTED}
    assert sum(ends.values()) == 2 + len(sent) + len(replies)
    (mailbox,) = found.mailboxes
    assert sum(one.compared for one in mailbox.folders) == len(sent) + len(replies)
    assert mailbox.inbox is not None
    assert mailbox.inbox.mails == 2, "what was there before"

    with intake.store() as database, database.transaction() as tx:
        tx.execute(sa.delete(tables.sighting).where(tables.sighting.c.uid == 7))
        tx.execute(sa.delete(tables.outbox).where(tables.outbox.c.kind == "acknowledgement", tables.outbox.c.id < 20))
    assert {one.kind for one in look(intake).open} == {GapKind.UNSEEN, GapKind.NO_LETTER}
