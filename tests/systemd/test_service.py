"""The daemon as a service of systemd: when it is ready, how it reloads, is watched, stops, and what an admin reads."""

import json
import re
import time
from collections.abc import Iterator

import pytest

from tests.servers.cutproxy import CutProxy
from tests.systemd.machine import wait
from tests.systemd.service import UNIT, Service

OPEN, LATER, BROKEN = "Mon-Fri 08:00-16:00", "Mon-Fri 07:00-15:00", "Mon-Fri 25:00-16:00"
POLICY = "/etc/intake/ours.toml"


@pytest.fixture
def customer(service: Service) -> str:
    """Somebody who has not written yet."""
    return service.customers.pop()


def change_policy(service: Service, old: str, new: str) -> None:
    text = service.machine.says("cat", POLICY)
    assert old in text
    service.machine.write(POLICY, text.replace(old, new) + "\n")


def test_a_missing_credential_is_243_and_the_status_names_the_manual_with_the_remedy(service: Service) -> None:
    service.machine.run("rm", "/etc/intake/credentials/smtp-password")
    assert service.machine.run("systemctl", "start", UNIT, fails=True).returncode != 0
    status = service.status()
    assert "status=243/CREDENTIALS" in status
    assert "man:intake(1)" in status
    manual = service.machine.says("man", "intake")
    remedy = re.search(r"status=243/CREDENTIALS(.*?)\n\n", manual, re.DOTALL)
    assert remedy
    assert "install -m 0600 /dev/stdin /etc/intake/credentials/smtp-password" in " ".join(remedy[1].split())
    service.machine.run("systemctl", "stop", UNIT)
    service.credential("smtp-password", service.mailhost.password)


def test_it_is_not_ready_with_a_wrong_password_and_says_why(service: Service) -> None:
    service.credential("imap-password", "wrong")
    try:
        service.machine.run("systemctl", "start", "--no-block", UNIT)
        why = f'Status: "imap support: IMAP 127.0.0.1:{service.mailhost.imaps}: login as {service.support} refused'
        wait(lambda: why in service.status(), why, 20)
        assert service.state() == "activating"
    finally:
        service.credential("imap-password", service.mailhost.password)
    service.start()
    assert f'Status: "reading {service.support}"' in service.status()


def test_a_mail_from_outside_becomes_a_ticket_and_is_acknowledged(service: Service, customer: str) -> None:
    service.start()
    before = len(service.tickets())
    letter = service.answered(customer)
    (ticket, *_) = service.tickets()
    assert len(service.tickets()) == before + 1
    assert f"It is now ticket {ticket['reference']}." in letter
    notice = service.mailhost.box(service.staff).wait_for(f"[{ticket['reference']}] New ticket")
    assert notice["From"].addresses[0].addr_spec == service.support
    assert service.machine.run("intake", "reconcile").returncode == 0
    assert "all is well" in service.machine.says("intake", "status")


def test_the_journal_finds_what_became_of_a_mail_by_its_ticket_and_by_its_key(service: Service, customer: str) -> None:
    """The fields go by the journal's own socket, out of the unit's sandbox."""
    service.start()
    service.answered(customer)
    (ticket, *_) = service.tickets()
    told = json.loads(service.machine.says("intake", "ticket", ticket["reference"], "--json"))
    for field in (f"TICKET={ticket['reference']}", f"MAIL={told['mails'][0]['log_key']}"):
        found = service.machine.says(
            "journalctl", "--no-pager", "--quiet", "--output=cat", "--unit=intake", "--identifier=intake", field
        )
        assert {line.split(" ")[0] for line in found.splitlines()} >= {"mail", "letter_sent"}


def test_a_reload_takes_a_new_policy_and_a_bad_one_changes_nothing_and_says_why(
    service: Service, customer: str
) -> None:
    service.start()
    process = service.machine.show(UNIT, "MainPID")
    change_policy(service, OPEN, LATER)
    service.machine.run("systemctl", "reload", UNIT)
    service.said("reloaded policies=")
    assert "07:00–15:00" in service.answered(customer)
    change_policy(service, LATER, BROKEN)
    service.machine.run("systemctl", "reload", UNIT)
    refused = service.said("reload_refused")
    assert f"{POLICY}:" in refused
    assert "25:00" in refused
    service.wait_for("active")
    assert "07:00–15:00" in service.answered(customer), "the last good one holds"
    assert service.machine.show(UNIT, "MainPID") == process
    change_policy(service, BROKEN, OPEN)


def test_one_that_stands_still_is_killed_by_the_watchdog_and_begun_anew(service: Service, customer: str) -> None:
    service.drop_in("WatchdogSec=3", "RestartSec=1")
    service.start()
    process = service.machine.show(UNIT, "MainPID")
    service.machine.run("systemctl", "kill", "--signal=STOP", UNIT)
    subject = service.send(customer)
    service.said("Watchdog timeout (limit 3s)!")
    wait(lambda: service.state() == "active" and service.machine.show(UNIT, "MainPID") != process, "a restart", 30)
    assert int(service.machine.show(UNIT, "NRestarts")) == 1
    service.mailhost.box(customer).wait_for(subject, seconds=30)
    service.machine.run("systemctl", "revert", UNIT)


def test_it_stops_in_time_with_mail_in_flight_and_goes_on_where_it_was(service: Service) -> None:
    """The mail server is slow: most letters are still to go, and some are under way."""
    writers = [service.customers.pop() for _ in range(30)]
    service.machine.run("systemctl", "stop", UNIT)
    before = len(service.tickets())
    with CutProxy(service.mailhost.submission, rate=200) as proxy:
        service.configure(submission=proxy.port)
        subjects = {writer: service.send(writer) for writer in writers}
        service.start()
        wait(lambda: first_acknowledged(service, subjects), "the first letter", 30)
        began = time.monotonic()
        service.machine.run("systemctl", "stop", UNIT)
        took = time.monotonic() - began
    assert took < 15, "the unit allows 30 s"
    assert (service.machine.show(UNIT, "Result"), service.machine.show(UNIT, "ExecMainStatus")) == ("success", "0")
    assert len(set(acknowledged(service, subjects))) < len(writers), "it was in the midst of it"
    service.configure()
    service.start()
    wait(lambda: len(set(acknowledged(service, subjects))) == len(writers), "a letter for each", 60)
    assert len(service.tickets()) == before + len(writers)
    for writer in writers:
        letters = [letter for letter in service.mailhost.box(writer).all() if subjects[writer] in letter["Subject"]]
        assert len({letter["Message-ID"] for letter in letters}) == 1
    service.machine.run("intake", "reconcile")


def first_acknowledged(service: Service, subjects: dict[str, str]) -> str:
    return next(acknowledged(service, subjects), "")


def acknowledged(service: Service, subjects: dict[str, str]) -> Iterator[str]:
    for writer, subject in subjects.items():
        if any(subject in letter["Subject"] for letter in service.mailhost.box(writer).all()):
            yield writer
