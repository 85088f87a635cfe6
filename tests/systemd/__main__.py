"""`make service-test`: builds the package and tries it, and the service, on machines with a systemd of their own.

Where that is not possible one line says why, and nothing is tried; with CI set and root it is an error.
"""

import os
import subprocess
import sys
import time

from tests.servers import install
from tests.systemd import machine
from tests.systemd.service import PACKAGE

TESTS = ("test_package.py", "test_service.py", "test_sandbox.py")
"""The longest first: two run at once, each on a machine of its own."""
SECONDS = 900


def main() -> int:
    if why := machine.obstacle():
        refused = install.in_ci() and os.geteuid() == 0
        print(f"service-test: {'failed' if refused else 'skipped'}: {why}", file=sys.stderr if refused else sys.stdout)
        return int(refused)
    if install.main():
        return 1
    began = time.monotonic()
    machine.tree()
    say("the tree of a machine", began)
    package = built()
    say(package, began)
    tests = [f"tests/systemd/{name}" for name in TESTS]
    spread = ("-n", "2", "--dist", "loadfile", "--no-loadscope-reorder")
    command = [sys.executable, "-m", "pytest", *spread, "--durations=5", *tests, *sys.argv[1:]]
    return subprocess.run(command, env={**os.environ, PACKAGE: package}, cwd=machine.ROOT, timeout=SECONDS).returncode


def built() -> str:
    """The package of this tree, as `make deb` makes it."""
    made = subprocess.run(
        [sys.executable, "-m", "systemd.deb.build", "--output", machine.CACHE / "packages"],
        cwd=machine.ROOT,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
    )
    return made.stdout.splitlines()[-1]


def say(what: str, began: float) -> None:
    print(f"service-test: {what} ({time.monotonic() - began:.0f} s)", flush=True)


if __name__ == "__main__":
    sys.exit(main())
