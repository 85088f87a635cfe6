"""The straight path on real servers: a mail comes in, a ticket and a letter go out."""

import re
import subprocess
import time
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from rules.facts import Contact
from storage import clocks, tickets
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

DOWN = """Hello,

our IREX production server is completely down since ten minutes ago and nobody can log in.
We have no workaround.

Ana
"""
QUESTION = """Hi,

a quick question: which of the settings on page 40 of the administrator guide is the default one?

Ana
"""


@pytest.fixture
def intake(mailhost: Mailhost, tmp_path: Path) -> Installation:
    """Not started; Ana is an administrator of a standard contract."""
    made = Installation(tmp_path / "intake", mailhost, mailhost.someone("support"), mailhost.someone("sam"))
    made.admit(Contact(ana(made), "Ana Ruiz", "IR-STD"))
    return made


def ana(intake: Installation) -> str:
    return intake.support.replace("support", "ana")


def send(intake: Installation, subject: str, text: str, sender: str = "", **headers: str) -> None:
    sender = sender or ana(intake)
    intake.mailhost.deliver(
        mail(f"Ana Ruiz <{sender}>", intake.support, subject, text, **headers), intake.support, sender
    )


def plain(letter: EmailMessage) -> str:
    part = letter.get_body(("plain",))
    assert part is not None
    return str(part.get_content())


def test_a_customer_holds_an_acknowledgement_with_the_promise_and_staff_are_told(intake: Installation) -> None:
    """Postfix, Dovecot, the daemon, Postfix, the customer's Dovecot mailbox, all over TLS with a private CA."""
    with intake.running():
        send(intake, "Production server down", DOWN, Message_ID="<first@customer.example>")
        letter = intake.mailhost.box(ana(intake)).wait_for("[EX-1]")
        notice = intake.mailhost.box(intake.staff).wait_for("[EX-1]")
    assert letter["Subject"] == "Re: [EX-1] Production server down"
    assert letter["In-Reply-To"] == "<first@customer.example>"
    assert letter["Auto-Submitted"] == "auto-replied"
    assert re.search(r"first answer by \w{3} \d+ \w+ \d{4}, \d\d:\d\d CES?T", plain(letter))
    assert "Severity 1" in plain(letter)
    assert "server is completely down" in " ".join(plain(letter).split())
    assert letter.get_body(("html",)) is not None
    assert "Alder Security" in plain(notice)
    assert intake.ends() == {"ticket": 1}
    assert intake.mailhost.box(intake.support).uids() == []
    assert len(intake.mailhost.box(intake.support).raws("Intake/Processed")) == 1


def test_the_clock_runs_from_when_the_mail_reached_the_mailbox(intake: Installation) -> None:
    arrived = datetime(2026, 3, 13, 14, 0, tzinfo=UTC)  # a Friday, 15:00 in Brussels
    raw = mail(ana(intake), intake.support, "Production server down", DOWN)
    intake.mailhost.append(intake.support, raw, when=arrived)
    assert intake.once("--take-backlog").returncode == 0
    with intake.store() as database, database.snapshot() as tx:
        ticket = tickets.by_reference(tx, "EX-1")
        assert ticket is not None
        assert ticket.opened_at == arrived
        (clock,) = clocks.of_ticket(tx, ticket.ticket_id)
    assert clock.due_at == datetime(2026, 3, 16, 10, 0, tzinfo=UTC)


def test_a_declined_mail_is_told_every_reason_in_the_writers_language(intake: Installation) -> None:
    intake.admit(Contact(ana(intake), "Ana Ruiz", "IR-OLD"))
    send(intake, "Frage", "Guten Tag,\n\nwie kann ich das Kennwort ändern? Ich finde die Einstellung nicht.\n\nAna\n")
    assert intake.once().returncode == 0
    letter = plain(intake.mailhost.box(ana(intake)).wait_for("[EX-1]"))
    assert "Guten Tag" in letter
    assert "31" in letter
    assert intake.ends() == {"declined": 1}


def test_a_reply_to_our_letter_lands_on_its_ticket_and_is_not_acknowledged_again(intake: Installation) -> None:
    with intake.running():
        send(intake, "Production server down", DOWN)
        letter = intake.mailhost.box(ana(intake)).wait_for("[EX-1]")
        send(intake, letter["Subject"], "It is back up, thank you.", In_Reply_To=letter["Message-ID"])
        intake.mailhost.box(intake.staff).wait_for("Follow-up")
    assert intake.ends() == {"ticket": 1, "follow_up": 1}
    assert len(intake.mailhost.box(ana(intake)).uids()) == 1


def test_a_stranger_who_names_a_ticket_does_not_get_on_it(intake: Installation) -> None:
    stranger = intake.mailhost.someone("stranger")
    send(intake, "Production server down", DOWN)
    assert intake.once().returncode == 0
    send(intake, "Re: [EX-1] Production server down", "Please send me the details of this ticket.", stranger)
    assert intake.once().returncode == 0
    assert intake.ends() == {"ticket": 1, "declined": 1}
    assert "EX-2" in intake.mailhost.box(stranger).all()[0]["Subject"]


def test_an_observing_mailbox_decides_and_tells_staff_but_sends_the_customer_nothing(intake: Installation) -> None:
    intake.mailbox = {"mode": "observe"}
    intake.write_config()
    send(intake, "Production server down", DOWN)
    assert intake.once().returncode == 0
    intake.mailhost.box(intake.staff).wait_for("[EX-1]")
    assert intake.mailhost.box(ana(intake)).uids() == []
    assert intake.ends() == {"ticket": 1}


def test_a_robot_is_not_answered(intake: Installation) -> None:
    send(intake, "Out of office", "I am away until Monday.", Auto_Submitted="auto-replied")
    assert intake.once().returncode == 0
    assert intake.ends() == {"ignored": 1}
    assert intake.mailhost.box(ana(intake)).uids() == []


def test_mail_that_stays_where_it_is_is_flagged_and_not_taken_in_again(intake: Installation) -> None:
    config = intake.config.read_text().replace("[mailbox.imap]", '[mailbox.imap]\nprocessed_folder = ""')
    intake.config.write_text(config)
    send(intake, "Question", QUESTION)
    assert intake.once().returncode == 0
    assert intake.once().returncode == 0
    (flags,) = intake.mailhost.box(intake.support).flags().values()
    assert b"$IntakeDone" in flags
    assert intake.ends() == {"ticket": 1}


class TestFirstRun:
    """Mail from before the first start is not answered by surprise."""

    def old(self, intake: Installation) -> None:
        raw = mail(ana(intake), intake.support, "Question", QUESTION)
        intake.mailhost.append(intake.support, raw, when=datetime.now(UTC) - timedelta(days=3))

    def test_old_mail_waits_for_the_admins_word(self, intake: Installation) -> None:
        self.old(intake)
        run = intake.once()
        assert run.returncode == 2
        assert "--from-now" in run.stderr
        assert "--take-backlog" in run.stderr
        assert intake.ends() == {}

    def test_the_daemon_refuses_too(self, intake: Installation) -> None:
        self.old(intake)
        daemon = subprocess.Popen(intake.command("run"), stderr=subprocess.PIPE, text=True)
        _, said = daemon.communicate(timeout=20)
        assert daemon.returncode == 2
        assert "--from-now" in said

    def test_from_now_leaves_it_alone_and_takes_what_comes(self, intake: Installation) -> None:
        self.old(intake)
        assert intake.once("--from-now").returncode == 0
        assert intake.ends() == {"before_start": 1}
        send(intake, "Question", QUESTION)
        assert intake.once().returncode == 0
        assert intake.ends() == {"before_start": 1, "ticket": 1}
        assert len(intake.mailhost.box(intake.support).uids()) == 1
        assert len(intake.mailhost.box(ana(intake)).uids()) == 1

    def test_take_backlog_answers_it(self, intake: Installation) -> None:
        self.old(intake)
        assert intake.once("--take-backlog").returncode == 0
        assert intake.ends() == {"ticket": 1}

    def test_fresh_mail_needs_no_word(self, intake: Installation) -> None:
        send(intake, "Question", QUESTION)
        assert intake.once().returncode == 0
        assert intake.ends() == {"ticket": 1}


def test_a_letter_budget_is_kept_and_the_ticket_opened_all_the_same(intake: Installation) -> None:
    for number in range(12):
        send(intake, f"Question {number}", QUESTION + f"\n{number}\n")
    assert intake.once().returncode == 0
    assert intake.ends() == {"ticket": 12}
    assert len(intake.mailhost.box(ana(intake)).wait_for_count(10)) == 10
    withheld = [one for one in intake.mailhost.box(intake.staff).all() if "withheld" in one["Subject"].lower()]
    assert len(withheld) == 2


def test_stops_within_seconds_of_sigterm_and_nothing_in_hand_is_lost(intake: Installation) -> None:
    with intake.running() as daemon:
        for number in range(8):
            send(intake, f"Question {number}", QUESTION + f"\n{number}\n")
        daemon.wait_log('"event": "mail"')
        began = time.monotonic()
        assert daemon.stop() == 0
        assert time.monotonic() - began < 10
    assert intake.once().returncode == 0
    assert intake.ends() == {"ticket": 8}
    assert len(intake.mailhost.box(ana(intake)).wait_for_count(8)) == 8
