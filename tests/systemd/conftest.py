"""A machine with a systemd of its own, and Intake in it, for what `make service-test` alone runs: it wants root."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.mailhost import Mailhost
from tests.systemd.machine import Machine
from tests.systemd.service import PACKAGE, Service

collect_ignore = [] if PACKAGE in os.environ else ["test_package.py", "test_service.py", "test_sandbox.py"]


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a machine has under /mnt: the package under test."""
    shared = tmp_path_factory.mktemp("shared")
    shutil.copyfile(os.environ[PACKAGE], shared / "ticket-intake.deb")
    return shared


@pytest.fixture(scope="module")
def machine(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Machine]:
    """Nothing is installed. One for a file of tests, which stand on each other."""
    machine = Machine(shared, tmp_path_factory.mktemp("machine") / "console")
    yield machine
    machine.stop()


@pytest.fixture(scope="module")
def service(machine: Machine, mailhost: Mailhost) -> Service:
    """Installed and configured as the README says, and not started."""
    service = Service(machine, mailhost)
    service.install()
    service.configure()
    service.prepare()
    return service
