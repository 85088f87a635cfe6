"""Installs the servers that the tests talk to: `python -m tests.servers.install`.

Does nothing where they are present. Otherwise they come by apt, as root or by a sudo that asks no password, without
a question and without starting a system daemon. Where neither is possible one line says that their tests are skipped;
with CI set that is an error. Only the standard library is used.
"""

import os
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

PACKAGES = {
    "dovecot-imapd": Path("/usr/lib/dovecot/imap"),
    "dovecot-lmtpd": Path("/usr/lib/dovecot/lmtp"),
    "postfix": Path("/usr/lib/postfix/sbin/master"),
    "openssl": Path("/usr/bin/openssl"),
    "postgresql": Path("/usr/lib/postgresql/*/bin/postgres"),
}
"""Each with a program of its own; the version of PostgreSQL is the distribution's."""
CLIENTS = {"neomutt": Path("/usr/bin/neomutt"), "tmux": Path("/usr/bin/tmux")}
"""A mail program and a terminal to run it in; without them only the tests of an answer by hand are skipped."""
POLICY = Path("/usr/sbin/policy-rc.d")
SECONDS = 300


def main() -> int:
    wanted = missing() + missing(CLIENTS)
    if not wanted:
        print("test servers: present")
        return 0
    fault = install(wanted)
    if not fault:
        print("test servers: installed")
        return 0
    if in_ci():
        print(f"test servers: {fault}", file=sys.stderr)
        return 1
    print(f"test servers: {fault}; the tests that need them are skipped")
    return 0


def in_ci() -> bool:
    """Whether a missing server is a failure rather than a skip."""
    return bool(os.environ.get("CI"))


def missing(packages: Mapping[str, Path] = PACKAGES) -> list[str]:
    """The packages that are not installed."""
    return [package for package, program in packages.items() if not any(Path("/").glob(str(program)[1:]))]


def install(packages: list[str], programs: Mapping[str, Path] = {**PACKAGES, **CLIENTS}) -> str:
    """What stands in the way, in one line; "" once all of `programs`, which these packages bring, are there."""
    names = " ".join(packages)
    if not shutil.which("apt-get"):
        return f"{names} missing, and there is no apt-get here"
    sudo = elevation()
    if sudo is None:
        return f"{names} missing: run `sudo apt-get install {names}` or be root"
    try:
        with no_daemon_starts(sudo):
            # Postfix would otherwise write a main.cf for this machine and mean to serve it.
            answer = "postfix postfix/main_mailer_type select No configuration\n"
            run(sudo, "debconf-set-selections", answer=answer)
            done = apt_install(sudo, packages)
            if done.returncode:
                run(sudo, "apt-get", "-q", "update")
                done = apt_install(sudo, packages)
    except (subprocess.TimeoutExpired, OSError) as error:
        return f"{names} missing, and apt did not end: {error}"
    if missing(programs):
        last = (done.stdout.strip().splitlines() or ["no output"])[-1]
        return f"{names} missing, and apt-get install failed: {last}"
    disable(sudo, packages)
    return ""


def elevation() -> list[str] | None:
    """What to put before a command that needs root; None where nothing helps."""
    if os.geteuid() == 0:
        return []
    sudo = shutil.which("sudo")
    if sudo and subprocess.run([sudo, "-n", "true"], stdin=subprocess.DEVNULL, capture_output=True).returncode == 0:
        return [sudo, "-n", "--"]
    return None


def run(sudo: list[str], *command: str, answer: str = "") -> subprocess.CompletedProcess[str]:
    environment = ["env", "DEBIAN_FRONTEND=noninteractive", "LC_ALL=C", "PATH=/usr/sbin:/usr/bin:/sbin:/bin"]
    return subprocess.run(
        [*sudo, *environment, *command],
        input=answer,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=SECONDS,
    )


def apt_install(sudo: list[str], packages: list[str]) -> subprocess.CompletedProcess[str]:
    # --no-remove: another MTA that this machine uses is not ours to take away.
    options = ["-y", "-q", "--no-install-recommends", "--no-remove", "-oDPkg::Lock::Timeout=120"]
    return run(sudo, "apt-get", "install", *options, *packages)


@contextmanager
def no_daemon_starts(sudo: list[str]) -> Iterator[None]:
    """Debian's own way of saying that package scripts start nothing; a policy that is already there stays."""
    if POLICY.exists():
        yield
        return
    run(sudo, "sh", "-c", f"printf '#!/bin/sh\\nexit 101\\n' >{POLICY} && chmod 755 {POLICY}")
    try:
        yield
    finally:
        run(sudo, "rm", "-f", str(POLICY))


def disable(sudo: list[str], packages: list[str]) -> None:
    """Keeps what was installed now from starting at the next boot either."""
    units = {package.partition("-")[0] for package in packages} & {"dovecot", "postfix", "postgresql"}
    if units and shutil.which("systemctl"):
        run(sudo, "systemctl", "disable", *sorted(units))


if __name__ == "__main__":
    sys.exit(main())
