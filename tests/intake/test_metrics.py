"""The figures of a real daemon, scraped as Prometheus does; and that the shipped rules and pictures ask for these."""

import json
import re
import shutil
import socket
import subprocess
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from importlib.resources import files
from pathlib import Path

import pytest
import yaml
from prometheus_client.parser import text_string_to_metric_families

from rules.facts import Contact
from tests.intake.installation import Installation, mail
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Rule, Sink

pytestmark = pytest.mark.mailhost

PERSON = "person@customer.example"
QUESTION = "Hello,\n\nwhat is the default of setting {0}, and where is it documented?\n\nKind regards\nA Person\n"
RULES = Path(str(files("intake") / "monitoring" / "alerts.yml"))
PICTURES = Path(str(files("intake") / "monitoring" / "grafana.json"))
BY_PROMETHEUS = {"up"}


@pytest.fixture
def sink() -> Iterator[Sink]:
    with Sink() as running:
        yield running


@pytest.fixture
def port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


@pytest.fixture
def intake(mailhost: Mailhost, tmp_path: Path, sink: Sink, port: int) -> Installation:
    support, sam = mailhost.someone("support"), mailhost.someone("sam")
    made = Installation(tmp_path / "intake", mailhost, support, sam, sink.port)
    made.config.write_text(f'{made.config.read_text()}\n[metrics]\nlisten = "127.0.0.1:{port}"\n')
    made.admit(Contact(PERSON, "A Person", "IR-STD"))
    return made


def scrape(port: int) -> str:
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        return str(answer.read().decode())


Sample = tuple[str, frozenset[tuple[str, str]]]


def samples(text: str) -> dict[Sample, float]:
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(text: str, name: str, **labels: str) -> float:
    return samples(text)[name, frozenset(labels.items())]


def until(holds: Callable[[], bool], seconds: float = 20) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.05)


def test_a_mail_and_its_acknowledgement_are_counted_and_nobody_is_named(
    intake: Installation, sink: Sink, port: int
) -> None:
    with intake.running():
        intake.mailhost.deliver(mail(PERSON, intake.support, "Question", QUESTION.format(1)), intake.support, PERSON)
        until(lambda: value(scrape(port), "intake_acknowledgement_latency_seconds_count", mailbox="support") == 1)
        # What the store said is told again for some seconds.
        until(lambda: value(scrape(port), "intake_promises_running") >= 1)
        text = scrape(port)
    assert value(text, "intake_mails_total", mailbox="support", end="ticket") == 1
    assert value(text, "intake_mails_total", mailbox="support", end="declined") == 0
    assert value(text, "intake_letters_total", mailbox="support", result="sent") >= 1
    assert value(text, "intake_acknowledgement_latency_seconds_bucket", mailbox="support", le="60.0") == 1
    assert value(text, "intake_mailbox_connected", mailbox="support") == 1
    assert value(text, "intake_undecided_mails", mailbox="support") == 0
    assert value(text, "intake_ready") == 1
    assert value(text, "intake_store_up") == 1
    assert value(text, "intake_part_ok", part="imap support") == 1
    days = (
        value(text, "intake_certificate_expiry_timestamp_seconds", mailbox="support", of="imap") - time.time()
    ) / 86400
    assert days > 0
    assert "customer.example" not in text
    assert "@" not in text


def test_letters_that_wait_and_a_mailbox_that_is_away_are_seen(intake: Installation, sink: Sink, port: int) -> None:
    sink.rules.append(Rule("mail", "451 4.3.0 try again"))
    with intake.running():
        intake.mailhost.deliver(mail(PERSON, intake.support, "Question", QUESTION.format(1)), intake.support, PERSON)
        until(lambda: value(scrape(port), "intake_outbox_letters", mailbox="support") >= 1)
        until(lambda: value(scrape(port), "intake_letters_total", mailbox="support", result="put_off") >= 1)
        intake.mailhost.stop_dovecot()
        try:
            until(lambda: value(scrape(port), "intake_mailbox_connected", mailbox="support") == 0)
            until(lambda: value(scrape(port), "intake_part_ok", part="imap support") == 0)
        finally:
            intake.mailhost.start_dovecot()


def test_figures_end_with_the_daemon_and_are_not_served_unasked(intake: Installation, port: int) -> None:
    with intake.running():
        scrape(port)
    with pytest.raises(urllib.error.URLError):
        scrape(port)
    intake.write_config()
    with intake.running(), pytest.raises(urllib.error.URLError):
        scrape(port)


def test_a_place_that_is_taken_keeps_no_mail_waiting(intake: Installation, sink: Sink, port: int) -> None:
    with socket.socket() as taken:
        taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        taken.bind(("127.0.0.1", port))
        taken.listen()
        with intake.running() as daemon:
            assert "name another place in [metrics] listen" in daemon.said()


def test_rules_and_pictures_ask_for_nothing_that_is_not_served(intake: Installation, port: int) -> None:
    with intake.running():
        text = scrape(port)
        served = {name for name, _ in samples(text)} | declared(text)
        if tool := shutil.which("promtool"):
            checked = subprocess.run([tool, "check", "metrics"], input=text, capture_output=True, text=True)
            assert (checked.returncode, checked.stdout + checked.stderr) == (0, "")
    asked = {name for text in expressions() for name in re.findall(r"\b(?:intake|process)_[a-z_]+|\bup\b", text)}
    assert len(asked) > 20
    assert asked - served - BY_PROMETHEUS == set()


def declared(text: str) -> set[str]:
    """Also those without a sample: what has no instant is absent."""
    return set(re.findall(r"^# TYPE (\S+) ", text, re.MULTILINE))


def expressions() -> list[str]:
    rules = [rule["expr"] for group in yaml.safe_load(RULES.read_text())["groups"] for rule in group["rules"]]
    pictures = json.loads(PICTURES.read_text())
    return rules + [target["expr"] for panel in pictures["panels"] for target in panel.get("targets", ())]
