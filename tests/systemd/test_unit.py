"""The unit: systemd understands every line of it, and it leaves an attacker little."""

import configparser
import os
import shutil
import subprocess
from pathlib import Path

import pytest

UNIT = Path(__file__).parents[2] / "systemd" / "intake.service"
SYSTEMD_ANALYZE = shutil.which("systemd-analyze")


@pytest.fixture
def analyze() -> str:
    if SYSTEMD_ANALYZE is None:
        if os.environ.get("CI"):
            pytest.fail("systemd-analyze is missing: apt-get install systemd")
        pytest.skip("systemd-analyze is missing (apt-get install systemd)")
    return SYSTEMD_ANALYZE


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """A copy whose program exists: verify insists on that."""
    program = tmp_path / "intake"
    program.write_text("#!/bin/sh\n")
    program.chmod(0o755)
    copy = tmp_path / UNIT.name
    text = UNIT.read_text(encoding="utf-8")
    assert text.count("/opt/ticket-intake/bin/intake") == 1
    copy.write_text(text.replace("/opt/ticket-intake/bin/intake", str(program)))
    return copy


def verified(analyze: str, unit: Path) -> tuple[int, list[str]]:
    """Exit status and the complaints about our unit; those about the machine's own units do not count."""
    run = subprocess.run([analyze, "verify", "--man=no", str(unit)], capture_output=True, text=True, timeout=60)
    return run.returncode, [line for line in run.stderr.splitlines() if unit.name in line]


def test_systemd_understands_every_line(analyze: str, unit: Path) -> None:
    assert verified(analyze, unit) == (0, [])


@pytest.mark.parametrize(("right", "wrong"), [("Type=notify", "Type=notfy"), ("WatchdogSec=90", "WatchdogSec=banana")])
def test_a_slip_in_the_unit_would_be_seen(analyze: str, unit: Path, right: str, wrong: str) -> None:
    """systemd-analyze ends with 0 over these and only complains, which is why the complaints are read."""
    unit.write_text(unit.read_text().replace(right, wrong))
    assert verified(analyze, unit)[1]


def test_it_is_exposed_to_little(analyze: str, unit: Path) -> None:
    """At most 1.5 of 10."""
    command = [analyze, "security", "--offline=true", "--threshold=15", "--no-pager", str(unit)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=60)
    assert run.returncode == 0, run.stdout[-200:]


def test_it_says_what_the_daemon_relies_on() -> None:
    service = configparser.RawConfigParser(strict=False, delimiters=("=",))
    service.optionxform = str  # type: ignore[assignment,method-assign]
    service.read_string(UNIT.read_text(encoding="utf-8"))
    told = dict(service["Service"])
    assert (told["Type"], told["NotifyAccess"], told["KillMode"]) == ("notify", "main", "mixed")
    assert (told["DynamicUser"], told["StateDirectory"], told["UMask"]) == ("yes", "intake", "0077")
    assert told["ExecReload"].endswith("kill -HUP $MAINPID")
    credentials = [line for line in UNIT.read_text(encoding="utf-8").splitlines() if line.startswith("LoadCredential=")]
    assert [line.split("=")[1].split(":")[0] for line in credentials] == ["imap-password", "smtp-password"]
