"""Pages on the real path: the mail arrives, the process pages, and no command shows where."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from rules.facts import Contact, Contract
from storage import listings
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost
from tests.servers.webhook import Webhook

pytestmark = pytest.mark.mailhost

NIGHT = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
"""Saturday, 03:00 in Los Angeles."""
ANA = "ana@alder.example"
MANAGED = Contract("LX", "Alder", "lumedx", "deluxe", date(2026, 1, 1), date(2026, 12, 31))
DOWN = "Apollo is completely unavailable, nobody can work and there is no workaround.\n"
QUESTION = "Hello,\n\nwhat is the default of this setting, and where is it documented?\n"


def test_a_severity_1_at_night_pages_at_once_and_the_account_manager_hears_until_it_is_closed(
    mailhost: Mailhost, tmp_path: Path
) -> None:
    support, sam, amy = (mailhost.someone(name) for name in ("support", "sam", "amy"))
    with Webhook() as hook:
        queues = f'[queues.on_call]\nnotify = ["{hook.url}"]\n'
        intake = Installation(tmp_path / "intake", mailhost, support, sam, mailbox={"policy": "lumedx"}, queues=queues)
        intake.admit(Contact(ANA, "Ana", "LX"), contracts=[replace(MANAGED, account_manager=amy)])
        mailhost.append(support, mail(ANA, support, "Apollo is down", DOWN), when=NIGHT)
        assert intake.at(NIGHT).status == 0
        (page,) = hook.posted
        assert "Reminder" in page["title"]
        assert "Apollo is down" in page["message"]
        for minutes in (14, 15, 60, 134, 135, 254, 255):
            assert intake.at(NIGHT + timedelta(minutes=minutes)).status == 0
        assert len(hook.posted) == 1
    heard = mailhost.box(amy).wait_for_count(3)
    assert {str(one["Subject"]).partition(",")[0] for one in heard} == {"[EX-1] Reminder"}
    with intake.store() as database, database.snapshot() as tx:
        written = [one.created_at - NIGHT for one in listings.letters(tx, (), 99) if one.recipients == (amy,)]
    assert sorted(written) == [timedelta(minutes=15), timedelta(minutes=135), timedelta(minutes=255)]


def test_the_running_daemon_pages_and_nothing_shows_where(mailhost: Mailhost, tmp_path: Path) -> None:
    support, sam = mailhost.someone("support"), mailhost.someone("sam")
    with Webhook(500) as hook:
        queues = f'[queues.support]\nnotify = ["{hook.url}"]\n'
        intake = Installation(tmp_path / "intake", mailhost, support, sam, daemon={"log_level": "debug"}, queues=queues)
        intake.admit(Contact(ANA, "Ana", "IR-STD"))
        checked = intake.run("check", "--connect")
        assert hook.posted == []
        with intake.running() as daemon:
            mailhost.deliver(mail(ANA, support, "Where is it?", QUESTION), support, ANA)
            daemon.wait_log("page_failed", 15)
            assert len(hook.posted) == 1
            status, letters = intake.run("status"), intake.run("outbox", "list")
    assert checked.returncode == 0
    assert "page:support:1" in letters.stdout
    assert "the service answered 500" in status.stdout
    shown = "".join(one.stdout + one.stderr for one in (checked, status, letters))
    assert "hush" not in daemon.said() + shown
