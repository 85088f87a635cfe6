"""Builds the Debian package: `python -m systemd.deb.build`, or `make deb`. It prints the name of the file.

The environment inside is made by Debian's own Python, which security updates then reach, from the lock of what runs
alone; nothing of the development environment gets in. dpkg-deb packs it, no other tool of Debian is needed. The same
commit gives the same bytes: all times are those of the commit.
"""

import argparse
import gzip
import hashlib
import os
import shutil
import subprocess
import sys
import time
import tomllib
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[2]
HERE = Path(__file__).parent
PYTHON = "/usr/bin/python3"
HOME = "opt/ticket-intake"
LOCK = ROOT / "requirements.runtime.lock"
SCRIPTS = ("postinst", "prerm", "postrm")
CONFFILES = ("etc/intake/intake.toml", "etc/intake/contracts.csv", "etc/intake/contacts.csv")
MODES = {"etc/intake/contracts.csv": 0o640, "etc/intake/contacts.csv": 0o640, "etc/intake/credentials": 0o700}
"""Of what is not for everybody to read: people's addresses, and passwords."""
CONTROL = """\
Package: ticket-intake
Version: {version}
Architecture: {architecture}
Maintainer: {maintainer}
Installed-Size: {size}
Depends: {python}, libc6 (>= 2.28), libstdc++6, systemd (>= 247), procps, ca-certificates, tzdata
Recommends: libnss-systemd
Suggests: postgresql (>= 15)
Section: mail
Priority: optional
Description: support mailbox to tickets, promises and answers
 Takes each mail of a support mailbox from IMAP, knows the sender's contract, decides by the published support policy,
 acknowledges with a promise that it then watches, and declines politely what the contract does not cover. It can show
 for every mail ever received where it ended and why.
"""
COPYRIGHT = """\
Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
Copyright: the authors of ticket-intake
License: Apache-2.0
 On Debian systems the text is in /usr/share/common-licenses/Apache-2.0. What lies beside it in
 /opt/ticket-intake/lib is under licenses of its own, each in the folder *.dist-info of its distribution.
"""


@dataclass(frozen=True, slots=True)
class Package:
    tree: Path
    """What will be the root directory."""
    version: str
    epoch: int
    """Seconds since 1970 that every file is dated."""

    def put(self, name: str, text: str) -> None:
        file = self.tree / name
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")

    def put_packed(self, name: str, text: str) -> None:
        """Without the time in gzip's header."""
        file = self.tree / f"{name}.gz"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(gzip.compress(text.encode(), mtime=0))

    @property
    def day(self) -> str:
        return time.strftime("%Y-%m-%d", time.gmtime(self.epoch))


def main() -> int:
    options = argparse.ArgumentParser(prog="make deb", description="Builds the Debian package.")
    options.add_argument("--output", type=Path, default=ROOT / "dist", metavar="DIR")
    options.add_argument("--version", default=_version(), help="of the package; default that of pyproject.toml")
    given = options.parse_args()
    if why := obstacle():
        print(f"make deb: {why}", file=sys.stderr)
        return 1
    os.umask(0o022)
    work = ROOT / "build" / "deb"
    shutil.rmtree(work, ignore_errors=True)
    package = Package(work / "tree", given.version, _epoch())
    for step in STEPS:
        step(package)
    print(_pack(package, given.output))
    return 0


def obstacle() -> str:
    """Why no package can be made here, in one line; "" where it can."""
    absent = [tool for tool in ("dpkg-deb", "dpkg") if shutil.which(tool) is None]
    if absent or not Path(PYTHON).exists():
        return f"it takes Debian with its own python3 ({', '.join(absent) or PYTHON} is missing)"
    return ""


def _environment(package: Package) -> None:
    """The locked distributions and our own, without pip and without their scripts."""
    home = package.tree / HOME
    _run(PYTHON, "-m", "venv", "--without-pip", home)
    # What an earlier build left there would get into the wheel.
    shutil.rmtree(ROOT / "build" / "lib", ignore_errors=True)
    wheels = package.tree.with_name("wheels")
    _pip("wheel", "--no-deps", "--no-build-isolation", "--wheel-dir", wheels, ROOT)
    into = ("--python", home / "bin" / "python3", "install", "--no-deps", "--no-compile", "--no-warn-script-location")
    _pip(*into, "--require-hashes", "-r", LOCK)
    _pip(*into, *wheels.glob("*.whl"))
    for script in (home / "bin").iterdir():
        if script.name not in ("intake", "python", "python3"):
            script.unlink()
    for origin in home.glob("lib/*/site-packages/*.dist-info/direct_url.json"):
        _forget(origin)


def _forget(origin: Path) -> None:
    """Where a wheel was built, and the hash of that wheel, in which are times."""
    origin.unlink()
    record = origin.with_name("RECORD")
    lines = record.read_text(encoding="utf-8").splitlines(keepends=True)
    record.write_text("".join(line for line in lines if f"/{origin.name}," not in line), encoding="utf-8")


def _program(package: Package) -> None:
    """The environment says its final place, not the one where it was built."""
    home = package.tree / HOME
    script = (home / "bin" / "intake").read_text(encoding="utf-8")
    package.put(f"{HOME}/bin/intake", f"#!/{HOME}/bin/python3\n{script.partition(chr(10))[2]}")
    settings = [line for line in (home / "pyvenv.cfg").read_text().splitlines() if not line.startswith("command")]
    package.put(f"{HOME}/pyvenv.cfg", "\n".join(settings) + "\n")
    link = package.tree / "usr" / "bin" / "intake"
    link.parent.mkdir(parents=True)
    link.symlink_to(f"/{HOME}/bin/intake")


def _configuration(package: Package) -> None:
    """What `intake init` writes: what is to be edited in /etc, what is to be copied in /usr/share."""
    from intake.first_files import samples

    for name, text in samples().items():
        package.put(
            f"etc/intake/{name}" if f"etc/intake/{name}" in CONFFILES else f"usr/share/ticket-intake/{name}", text
        )
    (package.tree / "etc/intake/credentials").mkdir()


def _unit(package: Package) -> None:
    from intake import unit

    package.put(f"usr/lib/systemd/system/{unit.NAME}", unit.shipped())


def _monitoring(package: Package) -> None:
    for name in ("prometheus/alerts.yml", "grafana/intake.json"):
        package.put(f"usr/share/ticket-intake/{name}", (ROOT / "systemd" / name).read_text(encoding="utf-8"))


def _manual(package: Package) -> None:
    from systemd.deb.manual import command_page, settings_page

    package.put_packed("usr/share/man/man1/intake.1", command_page(package.version, package.day))
    package.put_packed("usr/share/man/man5/intake.toml.5", settings_page(package.version, package.day))


def _documents(package: Package) -> None:
    documents = "usr/share/doc/ticket-intake"
    package.put(f"{documents}/copyright", COPYRIGHT)
    shutil.copyfile(ROOT / "README.md", package.tree / documents / "README.md")
    when = time.strftime("%a, %d %b %Y %H:%M:%S +0000", time.gmtime(package.epoch))
    told = f"ticket-intake ({package.version}) stable; urgency=medium\n\n  * See the history of the project.\n"
    package.put_packed(f"{documents}/changelog", f"{told}\n -- {_maintainer()}  {when}\n")


def _modes_and_times(package: Package) -> None:
    """The same whatever umask and clock the builder has. The bytecode comes after, for it holds the times."""
    _date(package)
    places = (f"{package.tree}/{HOME}/lib",)
    how = ("-q", "-j", "0", "-s", package.tree, "-p", "/", "--invalidation-mode", "timestamp")
    _run(package.tree / HOME / "bin" / "python3", "-m", "compileall", *how, *places)
    _date(package)


def _date(package: Package) -> None:
    for path in sorted(package.tree.rglob("*"), reverse=True):
        if not path.is_symlink():
            wide = 0o755 if path.is_dir() or path.stat().st_mode & 0o100 else 0o644
            path.chmod(MODES.get(str(path.relative_to(package.tree)), wide))
        os.utime(path, (package.epoch, package.epoch), follow_symlinks=False)


def _control(package: Package) -> None:
    control = package.tree / "DEBIAN"
    control.mkdir()
    files = [file for file in sorted(package.tree.rglob("*")) if file.is_file() and not file.is_symlink()]
    sums = [f"{_md5(file)}  {file.relative_to(package.tree)}\n" for file in files if not _is_conffile(package, file)]
    package.put("DEBIAN/md5sums", "".join(sums))
    package.put("DEBIAN/conffiles", "".join(f"/{name}\n" for name in CONFFILES))
    size = sum(file.stat().st_size for file in files) // 1024
    architecture = _said("dpkg", "--print-architecture")
    told = CONTROL.format(
        version=package.version, architecture=architecture, maintainer=_maintainer(), size=size, python=_python()
    )
    package.put("DEBIAN/control", told)
    for name in SCRIPTS:
        shutil.copyfile(HERE / name, control / name)
        (control / name).chmod(0o755)


STEPS = (_environment, _program, _configuration, _unit, _monitoring, _manual, _documents, _modes_and_times, _control)


def _pack(package: Package, output: Path) -> Path:
    output.mkdir(parents=True, exist_ok=True)
    architecture = _said("dpkg", "--print-architecture")
    file = output / f"ticket-intake_{package.version}_{architecture}.deb"
    how = ("-Zzstd", "-z9", "--root-owner-group")  # xz takes ten times as long for a fifteenth less
    _run("dpkg-deb", *how, "--build", package.tree, file, SOURCE_DATE_EPOCH=str(package.epoch))
    return file


def _python() -> str:
    """Its minor version: compiled parts fit no other."""
    minor = int(_said(PYTHON, "-c", "import sys; print(sys.version_info.minor)"))
    return f"python3 (>= 3.{minor}), python3 (<< 3.{minor + 1})"


def _is_conffile(package: Package, file: Path) -> bool:
    return str(file.relative_to(package.tree)) in CONFFILES


def _md5(file: Path) -> str:
    return hashlib.md5(file.read_bytes(), usedforsecurity=False).hexdigest()  # as dpkg --verify wants it


def _version() -> str:
    project = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    return str(project["version"])


def _maintainer() -> str:
    return os.environ.get("DEBEMAIL", "Intake <intake@localhost>")


def _epoch() -> int:
    """That of the commit, or now where there is none."""
    if given := os.environ.get("SOURCE_DATE_EPOCH"):
        return int(given)
    asked = subprocess.run(
        ["git", "-C", ROOT, "log", "-1", "--format=%ct"], capture_output=True, text=True, check=False
    )
    return int(asked.stdout) if asked.returncode == 0 else int(time.time())


def _pip(*arguments: object) -> None:
    _run(sys.executable, "-m", "pip", "-qq", "--disable-pip-version-check", *arguments)


def _run(*command: object, **environment: str) -> None:
    subprocess.run(
        [str(word) for word in command], check=True, stdout=sys.stderr, env={**os.environ, **environment}, cwd=ROOT
    )


def _said(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True).stdout.strip()


if __name__ == "__main__":
    sys.exit(main())
