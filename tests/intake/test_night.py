"""Promises under a moved clock on the real servers: who hears what, and when, day and night.

Nothing sleeps: the daemon's one round is run at the times that the test names, and each notice is read in the mailbox
of the one it went to. The pager is a web service of the test's own.
"""

import json
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from rules.facts import Contact, Contract
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost

STOPPED = "The whole system is completely unavailable, all users are stopped and there is no workaround."
DEGRADED = "A major function is gone: the nightly registry export does not work any more. We can type it in by hand."
NIGHT = datetime(2026, 3, 14, 10, 0, tzinfo=UTC)
"""Saturday, 03:00 in Los Angeles: nobody is at work."""
MORNING = datetime(2026, 3, 16, 17, 0, tzinfo=UTC)
"""Monday, 10:00 in Los Angeles."""


@dataclass
class Pager:
    """A service that is paged by HTTP, and what it was told."""

    server: ThreadingHTTPServer
    told: list[str] = field(default_factory=list)

    @property
    def place(self) -> str:
        return f"json://127.0.0.1:{self.server.server_port}/secret-token"


@pytest.fixture
def pager() -> Iterator[Pager]:
    class Service(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            said = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            service.told.append(f"{said['title']} {said['message']}")
            self.send_response(200)
            self.end_headers()

        def log_message(self, format: str, *args: object) -> None:
            """Says nothing on the terminal."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Service) as server:
        service = Pager(server)
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield service
        server.shutdown()
        thread.join()


@dataclass
class Clinic:
    """One lumedx mailbox with a pager, somebody on call, and a contract with an account manager."""

    intake: Installation
    customer: str
    manager: str
    on_call: str

    def writes(self, subject: str, text: str, at: datetime) -> None:
        raw = mail(self.customer, self.intake.support, subject, text)
        self.intake.mailhost.append(self.intake.support, raw, when=at)

    def at(self, now: datetime) -> None:
        finish = self.intake.at(now)
        assert (finish.status, finish.complaints) == (0, ())

    def told(self, address: str, count: int) -> list[str]:
        """The subjects of what this person was sent so far: so many, and no more."""
        subjects = [one["Subject"] for one in self.intake.mailhost.box(address).wait_for_count(count)]
        assert len(subjects) == count, subjects
        return subjects


@pytest.fixture
def clinic(mailhost: Mailhost, tmp_path: Path, pager: Pager) -> Clinic:
    on_call = mailhost.someone("oncall")
    intake = Installation(
        tmp_path / "intake",
        mailhost,
        mailhost.someone("care"),
        mailhost.someone("sam"),
        mailbox={"policy": "lumedx"},
        daemon={"workers": 1},
        queues=f'[queues.on_call]\nnotify = ["{on_call}", "{pager.place}"]\n',
    )
    customer, manager = mailhost.someone("ana"), mailhost.someone("manager")
    contract = Contract("LX-1", "Alder Clinic", "lumedx", "deluxe", date(2026, 1, 1), date(2026, 12, 31))
    intake.admit(Contact(customer, "Ana Ruiz", "LX-1"), contracts=[replace(contract, account_manager=manager)])
    return Clinic(intake, customer, manager, on_call)


def test_a_priority_1_at_night_pages_at_once_and_the_account_manager_by_and_by(clinic: Clinic, pager: Pager) -> None:
    clinic.writes("System unavailable", STOPPED, NIGHT)
    clinic.at(NIGHT + timedelta(seconds=20))
    assert "unavailable" in clinic.told(clinic.on_call, 1)[0]
    (page,) = pager.told
    assert "EX-1" in page
    assert "Priority 1" in page
    assert clinic.told(clinic.manager, 0) == []
    clinic.at(NIGHT + timedelta(minutes=14, seconds=59))
    assert clinic.told(clinic.manager, 0) == []
    for minutes, notices in ((15, 1), (134, 1), (135, 2), (254, 2), (255, 3), (375, 4)):
        clinic.at(NIGHT + timedelta(minutes=minutes, seconds=1))
        clinic.told(clinic.manager, notices)
    assert len(pager.told) == 1
    clinic.told(clinic.on_call, 1)


def test_a_round_after_a_long_stop_reminds_once_and_not_for_every_time_that_was_missed(clinic: Clinic) -> None:
    clinic.writes("System unavailable", STOPPED, NIGHT)
    clinic.at(NIGHT + timedelta(minutes=20))
    clinic.told(clinic.manager, 1)
    clinic.at(NIGHT + timedelta(hours=30))
    clinic.told(clinic.manager, 2)


def test_a_closed_ticket_reminds_nobody(clinic: Clinic) -> None:
    clinic.writes("System unavailable", STOPPED, NIGHT)
    clinic.at(NIGHT + timedelta(minutes=1))
    assert clinic.intake.run("close", "EX-1").returncode == 0
    clinic.at(NIGHT + timedelta(hours=9))
    assert clinic.told(clinic.manager, 0) == []


def test_by_day_nobody_is_paged_and_the_missed_promise_is_told_at_its_minute(clinic: Clinic, pager: Pager) -> None:
    clinic.writes("System unavailable", STOPPED, MORNING)
    clinic.at(MORNING + timedelta(minutes=1))
    assert pager.told == []
    before = clinic.intake.mailhost.box(clinic.intake.staff).wait_for_count(1)
    assert not [one for one in before if "Promise missed" in one["Subject"]]
    clinic.at(MORNING + timedelta(minutes=15))
    clinic.intake.mailhost.box(clinic.intake.staff).wait_for("Promise missed")


def test_a_priority_2_goes_to_the_account_manager_after_a_day_and_then_daily(clinic: Clinic) -> None:
    clinic.writes("Registry export gone", DEGRADED, MORNING)
    for hours, notices in ((23, 0), (24, 1), (47, 1), (48, 2), (72, 3), (96, 4)):
        clinic.at(MORNING + timedelta(hours=hours, seconds=1))
        clinic.told(clinic.manager, notices)
