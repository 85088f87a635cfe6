"""What a process under the unit can do, directive by directive: it runs in the place of the daemon, and prints JSON.

For each directive an empty text where it holds, else what the process could do. Nothing but the standard library: it
runs on Debian's own Python. `python3 probe.py PID-1's-mount-namespace`; the MARKERS are there outside.
"""

import ctypes
import errno
import json
import os
import resource
import socket
import stat
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

C = ctypes.CDLL(None, use_errno=True)
CLONE_NEWUSER, PER_LINUX32, MAP_PRIVATE_ANONYMOUS = 0x10000000, 8, 0x22
STATE = Path("/var/lib/intake")
MARKERS = (Path("/tmp/marker"), Path("/dev/marker"))
WRITABLE = ("/tmp", "/var/tmp", "/dev/shm", "/run", str(STATE))


def status(name: str) -> str:
    lines = Path("/proc/self/status").read_text().splitlines()
    return next(line.partition(":")[2].strip() for line in lines if line.startswith(f"{name}:"))


def refused(call: Callable[[], object], *numbers: int) -> str:
    try:
        given = call()
    except OSError as error:
        return "" if error.errno in numbers else f"refused otherwise: {error}"
    return f"done: {given!r}"


def asked(number: int) -> Callable[[], None]:
    """The error of a system call of C's library as an exception."""

    def call() -> None:
        if number < 0:
            raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))

    return call


def no_flags(flag: int, *places: str) -> str:
    return " ".join(place for place in places if not os.statvfs(place).f_flag & flag)


def hidden(place: str) -> str:
    """Mode 000, owned by nobody of ours: what systemd puts in its place."""
    return "" if stat.S_IMODE(Path(place).stat().st_mode) == 0 else f"{place} is seen"


def unless(holds: bool, why: str) -> str:
    return "" if holds else why


def umask() -> str:
    file = STATE / "probe-umask"
    file.touch()
    mode = stat.S_IMODE(file.stat().st_mode)
    file.unlink()
    return unless(mode == 0o600, f"{mode:o}")


def set_uid_bit() -> str:
    file = STATE / "probe-suid"
    file.touch()
    told = refused(lambda: file.chmod(0o4700), errno.EPERM)
    file.unlink()
    return told


def no_exec() -> str:
    """Neither by the mount nor by trying."""
    script = STATE / "probe-script"
    script.write_text("#!/bin/sh\nexit 0\n")
    script.chmod(0o700)
    told = refused(lambda: subprocess.run([str(script)], check=True).returncode, errno.EACCES)
    script.unlink()
    return told or no_flags(os.ST_NOEXEC, *WRITABLE)


def credentials() -> str:
    place = Path(os.environ.get("CREDENTIALS_DIRECTORY", "/nowhere"))
    found = {file.name: stat.S_IMODE(file.stat().st_mode) for file in place.glob("*") if file.read_text()}
    return unless(found == {"imap-password": 0o400, "smtp-password": 0o400}, f"{found}")


def families() -> str:
    for family in (socket.AF_UNIX, socket.AF_INET, socket.AF_INET6):
        socket.socket(family, socket.SOCK_STREAM).close()
    others = (socket.AF_NETLINK, socket.AF_PACKET, socket.AF_VSOCK)
    told = [refused(lambda f=f: socket.socket(f, socket.SOCK_RAW), errno.EAFNOSUPPORT) for f in others]  # type: ignore[misc]
    return " ".join(filter(None, told))


def write_and_execute() -> str:
    C.mmap.restype = ctypes.c_void_p
    where = C.mmap(None, 4096, 7, MAP_PRIVATE_ANONYMOUS, -1, 0)
    failed = where in (None, ctypes.c_void_p(-1).value)
    return unless(failed and ctypes.get_errno() in (errno.EPERM, errno.EACCES), "memory that is written and run")


PROBES: dict[str, Callable[[], str]] = {
    "DynamicUser": lambda: unless(61184 <= os.getuid() <= 65519, f"uid {os.getuid()}"),
    "User": lambda: unless(__import__("pwd").getpwuid(os.getuid()).pw_name == "intake", "another name"),
    "StateDirectory": lambda: unless(os.environ.get("STATE_DIRECTORY") == str(STATE), "no STATE_DIRECTORY"),
    "StateDirectoryMode": lambda: unless(stat.S_IMODE(STATE.stat().st_mode) == 0o700, f"{STATE.stat().st_mode:o}"),
    "LoadCredential": credentials,
    "UMask": umask,
    "ProtectSystem": lambda: no_flags(os.ST_RDONLY, "/", "/etc", "/usr", "/opt", "/var", "/var/lib"),
    "ProtectHome": lambda: hidden("/root") or hidden("/home"),
    "PrivateTmp": lambda: unless(not MARKERS[0].exists(), "the marker is seen"),
    "PrivateDevices": lambda: unless(not MARKERS[1].exists(), "the marker is seen"),
    "PrivateMounts": lambda: unless(
        str(Path("/proc/self/ns/mnt").readlink()) != sys.argv[1], "the mounts of systemd itself"
    ),
    "InaccessiblePaths": lambda: hidden("/etc/intake/credentials"),
    "NoExecPaths": no_exec,
    "NoNewPrivileges": lambda: unless(status("NoNewPrivs") == "1", status("NoNewPrivs")),
    "CapabilityBoundingSet": lambda: unless(int(status("CapBnd"), 16) == 0, status("CapBnd")),
    "AmbientCapabilities": lambda: unless({int(status(f"Cap{of}"), 16) for of in ("Amb", "Eff", "Prm")} == {0}, "some"),
    "PrivateUsers": lambda: unless(Path("/proc/self/uid_map").read_text().split()[2] == "1", "all users"),
    "RestrictSUIDSGID": set_uid_bit,
    "LockPersonality": lambda: refused(asked(C.personality(PER_LINUX32)), errno.EPERM),
    "RestrictRealtime": lambda: refused(
        lambda: os.sched_setscheduler(0, os.SCHED_FIFO, os.sched_param(1)), errno.EPERM
    ),
    "RestrictNamespaces": lambda: refused(asked(C.unshare(CLONE_NEWUSER)), errno.EPERM),
    "MemoryDenyWriteExecute": write_and_execute,
    "ProtectProc": lambda: unless(not Path("/proc/1").exists(), "/proc/1 is seen"),
    "ProcSubset": lambda: unless(not Path("/proc/meminfo").exists(), "/proc/meminfo is seen"),
    "ProtectHostname": lambda: refused(lambda: socket.sethostname("probe"), errno.EPERM),
    "ProtectKernelTunables": lambda: no_flags(os.ST_RDONLY, "/sys"),
    "ProtectControlGroups": lambda: no_flags(os.ST_RDONLY, "/sys/fs/cgroup"),
    "SystemCallFilter": lambda: (
        unless(status("Seccomp") == "2", "no filter") or refused(lambda: os.nice(1), errno.EPERM)
    ),
    "SystemCallErrorNumber": lambda: refused(lambda: os.sched_setaffinity(0, {0}), errno.EPERM),
    "RestrictAddressFamilies": families,
    "LimitNOFILE": lambda: unless(resource.getrlimit(resource.RLIMIT_NOFILE) == (4096, 4096), "other"),
    "LimitCORE": lambda: unless(resource.getrlimit(resource.RLIMIT_CORE) == (0, 0), "other"),
}


def told(probe: Callable[[], str]) -> str:
    try:
        return probe()
    except Exception as error:  # noqa: BLE001
        return f"{type(error).__name__}: {error}"


if __name__ == "__main__":
    print(json.dumps({name: told(probe) for name, probe in PROBES.items()}))
