"""The Debian package: what it brings, how an upgrade migrates the store, and what removal and purge leave behind.

The next version is this one with a further migration, packed anew.
"""

import shutil
import subprocess
from pathlib import Path

import pytest

from storage import schema
from tests.servers.mailhost import Mailhost
from tests.systemd.machine import Machine
from tests.systemd.service import STORE, UNIT, Service

MIGRATION = '''
"""A further table."""

from pathlib import Path

import sqlalchemy as sa
from alembic import op

revision = "{revision}"
down_revision = "{before}"
branch_labels = None
depends_on = None


def upgrade() -> None:
    if Path("/run/no-room").exists():
        raise OSError(28, "no room")
    op.create_table("further", sa.Column("id", sa.Integer, primary_key=True))
'''
REVISION = """
import sqlite3, sys
print(sqlite3.connect(sys.argv[1]).execute("SELECT version_num FROM alembic_version").fetchone()[0])
"""
BACK = """
import sqlite3, sys
store = sqlite3.connect(sys.argv[1])
store.execute("DROP TABLE further")
store.execute("UPDATE alembic_version SET version_num = ?", sys.argv[2:])
store.commit()
"""
LAST = schema.revisions()[-1]
NEXT = f"{int(LAST) + 1:04}"


@pytest.fixture(scope="module")
def service(machine: Machine, mailhost: Mailhost) -> Service:
    """Not even installed."""
    return Service(machine, mailhost, customers=8)


@pytest.fixture(scope="module")
def before(machine: Machine) -> set[str]:
    """Every file of the machine before anything was installed."""
    return files(machine)


def files(machine: Machine) -> set[str]:
    """All but what dpkg, man-db and the journal write of any package."""
    others = ("/proc", "/sys", "/dev", "/run", "/tmp", "/mnt", "/var/log", "/var/lib/dpkg", "/var/cache/man")
    pruned = [word for other in others for word in ("-path", other, "-prune", "-o")]
    return set(machine.says("find", "/", *pruned, "-print").splitlines())


def next_version(machine_shared: Path, to: str, config: str = "") -> None:
    """Packs version 9.0 with one more migration, and `config` as a further line of the configuration it brings."""
    tree = machine_shared.parent / "next"
    subprocess.run(["dpkg-deb", "-R", machine_shared / "ticket-intake.deb", tree], check=True)
    (versions,) = tree.glob("opt/ticket-intake/lib/*/site-packages/storage/migrations/versions")
    (versions / f"{NEXT}_a_further_table.py").write_text(MIGRATION.format(revision=NEXT, before=LAST))
    control = tree / "DEBIAN" / "control"
    lines = control.read_text().splitlines()
    control.write_text("\n".join("Version: 9.0" if line.startswith("Version:") else line for line in lines) + "\n")
    with (tree / "etc/intake/intake.toml").open("a") as file:
        file.write(config)
    subprocess.run(
        ["dpkg-deb", "-Zgzip", "-z1", "-b", tree, machine_shared / to], check=True, stdout=subprocess.DEVNULL
    )
    shutil.rmtree(tree)


def revision(machine: Machine) -> str:
    return machine.python(REVISION, STORE)


def test_it_brings_what_is_to_be_edited_and_starts_nothing(service: Service, before: set[str]) -> None:
    told = service.install()
    assert "man intake" in told
    machine = service.machine
    assert machine.says("intake", "--version").startswith("ticket-intake ")
    modes = machine.says("stat", "-c", "%a %U %n", "/etc/intake", *sorted_files(machine, "/etc/intake")).splitlines()
    assert modes == [
        "755 root /etc/intake",
        "640 root /etc/intake/contacts.csv",
        "640 root /etc/intake/contracts.csv",
        "700 root /etc/intake/credentials",
        "644 root /etc/intake/intake.toml",
    ]
    assert (machine.show(UNIT, "UnitFileState"), machine.show(UNIT, "ActiveState")) == ("disabled", "inactive")
    assert "ticket-intake" not in machine.says("dpkg", "--audit")
    assert machine.says("dpkg", "--verify", "ticket-intake") == ""


def sorted_files(machine: Machine, directory: str) -> list[str]:
    return sorted(machine.says("find", directory, "-mindepth", "1").splitlines())


@pytest.mark.parametrize(("page", "words"), [("intake", "WHEN IT DOES NOT START"), ("intake.toml", "[[mailbox]]")])
def test_the_manual_reads_well(service: Service, page: str, words: str) -> None:
    shown = service.machine.run("env", "MANWIDTH=100", "man", "--warnings", page)
    assert words in shown.stdout
    assert "warning" not in shown.stderr
    assert max(map(len, shown.stdout.splitlines())) <= 100


def test_the_sample_says_what_is_missing(service: Service) -> None:
    checked = service.machine.run("intake", "check", fails=True)
    assert checked.returncode == 1
    assert "credentials/imap-password" in checked.stdout
    assert "Traceback" not in checked.stdout + checked.stderr


def test_an_upgrade_stops_it_migrates_the_store_and_starts_it_again(service: Service, shared: Path) -> None:
    service.configure()
    service.prepare()
    service.machine.run("systemctl", "enable", UNIT)
    service.start()
    customer = service.customers.pop()
    service.answered(customer)
    config = service.machine.says("cat", "/etc/intake/intake.toml")
    (ticket,) = service.tickets()
    process = service.machine.show(UNIT, "MainPID")
    assert revision(service.machine) == LAST
    next_version(shared, "next.deb")
    service.install("next.deb")
    service.wait_for("active")
    assert service.machine.show(UNIT, "MainPID") != process
    assert revision(service.machine) == NEXT
    assert service.machine.says("cat", "/etc/intake/intake.toml") == config
    assert [one["reference"] for one in service.tickets()] == [ticket["reference"]]
    service.answered(service.customers.pop())


def test_a_migration_that_fails_leaves_it_stopped_and_is_done_when_dpkg_configures_again(
    service: Service, shared: Path
) -> None:
    machine = service.machine
    back_to_this_version(service)
    machine.write("/run/no-room", "")
    failed = machine.run("dpkg", "-i", "/mnt/next.deb", fails=True)
    assert failed.returncode != 0
    assert "dpkg --configure -a" in failed.stderr
    assert (service.state(), revision(machine)) == ("inactive", LAST)
    machine.run("rm", "/run/no-room")
    machine.run("dpkg", "--configure", "-a")
    service.wait_for("active")
    assert revision(machine) == NEXT


def test_one_that_did_not_run_is_left_alone(service: Service) -> None:
    back_to_this_version(service)
    service.machine.run("systemctl", "stop", UNIT)
    service.install("next.deb")
    assert (service.state(), revision(service.machine)) == ("inactive", LAST)
    refused = service.machine.run("intake", "tickets", fails=True)
    assert "intake db upgrade" in refused.stderr
    service.machine.run("intake", "db", "upgrade")
    service.start()


def back_to_this_version(service: Service) -> None:
    """The version under test, running on a store of its own schema; there is no such way for an admin."""
    machine = service.machine
    machine.run("systemctl", "stop", UNIT)
    machine.python(BACK, STORE, LAST)
    service.install("ticket-intake.deb", "--force-downgrade")
    service.start()


def test_a_changed_configuration_stays_beside_the_new_one_without_a_question(service: Service, shared: Path) -> None:
    next_version(shared, "changed.deb", "# a new key\n")
    config = service.machine.says("cat", "/etc/intake/intake.toml")
    service.install("changed.deb", "--force-confold")
    service.wait_for("active")
    assert service.machine.says("cat", "/etc/intake/intake.toml") == config
    assert service.machine.says("tail", "-n1", "/etc/intake/intake.toml.dpkg-dist") == "# a new key"


def test_removal_stops_it_and_keeps_configuration_and_store(service: Service) -> None:
    machine = service.machine
    tickets = len(service.tickets())
    machine.run("dpkg", "-r", "ticket-intake")
    assert machine.show(UNIT, "LoadState") == "not-found"
    assert machine.says("find", "/opt", "/usr/bin", "/usr/lib/systemd", "/etc/systemd", "-name", "*intake*") == ""
    machine.run("test", "-f", STORE)
    machine.run("test", "-f", "/etc/intake/credentials/imap-password")
    service.install("changed.deb")
    service.start()
    assert len(service.tickets()) == tickets


def test_purge_leaves_nothing(service: Service, before: set[str]) -> None:
    machine = service.machine
    machine.run("systemctl", "enable", UNIT)
    machine.run("dpkg", "-P", "ticket-intake")
    assert files(machine) == before
    assert machine.show(UNIT, "LoadState") == "not-found"
    assert machine.says("systemctl", "--failed", "--quiet", "--plain") == ""
