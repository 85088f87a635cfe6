"""The temporary installation: what `intake run` is given, on whatever day it is."""

import csv
import stat
from datetime import date
from pathlib import Path

import pytest

from intake.config import inspect
from intake.demo.host import MailHost
from intake.demo.installation import PASSWORD, Installation, install, people
from intake.shipped import shipped

LEAP_DAY = date(2028, 2, 29)


@pytest.fixture
def installation(tmp_path: Path) -> Installation:
    known = people(shipped())
    host = MailHost(known.addresses, PASSWORD)  # never started: only its ports are asked for
    host.imap_port, host.smtp_port = 1143, 1025
    return install(tmp_path, host, known, shipped(), LEAP_DAY)


def test_the_configuration_has_no_fault_and_nothing_worth_a_look(installation: Installation) -> None:
    loaded = inspect(installation.config)
    assert loaded.warnings == ()
    (mailbox,) = [each for each in loaded.settings.mailbox if each.policy == "irex"]
    assert mailbox.imap.password.get_secret_value() == PASSWORD
    assert (mailbox.imap.port, mailbox.smtp.port) == (1143, 1025)


def test_the_password_is_for_the_owner_alone(installation: Installation) -> None:
    assert stat.S_IMODE((installation.folder / "password").stat().st_mode) == 0o600


def test_contracts_are_valid_or_lapsed_whatever_the_day(installation: Installation) -> None:
    with installation.contracts.open(newline="") as file:
        ends = {row["contract"]: date.fromisoformat(row["ends"]) for row in csv.DictReader(file)}
    assert ends["FH-STD-3"] < LEAP_DAY < ends["FH-PRE-7"]


def test_everybody_has_a_box_and_a_muttrc(installation: Installation) -> None:
    addresses = people(shipped()).addresses
    assert len(addresses) == len(set(addresses)) >= 8
    for address in addresses:
        assert f'imap_user="{address}"' in installation.muttrc(address).read_text()


def test_all_people_live_under_example_domains() -> None:
    assert all(address.endswith(".example") for address in people(shipped()).addresses)
