"""Tells systemd how the daemon is: sd_notify(3), spoken directly (one datagram each, a dozen lines).

Without a NOTIFY_SOCKET every call does nothing and returns False: the daemon runs the same in a terminal. A datagram
that cannot be delivered never harms the daemon; systemd then acts on its silence, which is what the watchdog is for.
"""

import os
import socket
import time
from collections.abc import Mapping


def ready(status: str, environ: Mapping[str, str] = os.environ) -> bool:
    """Start-up, or a reload, is complete. `status` is the line that `systemctl status` shows."""
    return send({"READY": "1", "STATUS": status, "MAINPID": str(os.getpid())}, environ)


def status(text: str, environ: Mapping[str, str] = os.environ) -> bool:
    return send({"STATUS": text}, environ)


def reloading(environ: Mapping[str, str] = os.environ) -> bool:
    """A reload begins; `ready` must follow, whether the new settings were taken or not."""
    microseconds = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
    return send({"RELOADING": "1", "MONOTONIC_USEC": str(microseconds)}, environ)


def stopping(text: str = "", environ: Mapping[str, str] = os.environ) -> bool:
    return send({"STOPPING": "1", **({"STATUS": text} if text else {})}, environ)


def watchdog(environ: Mapping[str, str] = os.environ) -> bool:
    """Work has moved on. Call it because something was done, never from a timer of its own."""
    return send({"WATCHDOG": "1"}, environ)


def watchdog_seconds(environ: Mapping[str, str] = os.environ) -> float | None:
    """The longest silence that systemd allows this process, in seconds; None where it does not watch us.

    sd_watchdog_enabled(3): a WATCHDOG_PID that is another process means the watch is not for us.
    """
    try:
        microseconds = int(environ.get("WATCHDOG_USEC", ""))
        watched = int(environ.get("WATCHDOG_PID", os.getpid()))
    except ValueError:
        return None
    return microseconds / 1e6 if microseconds > 0 and watched == os.getpid() else None


def send(fields: Mapping[str, str], environ: Mapping[str, str] = os.environ) -> bool:
    """One datagram of `NAME=value` lines; True when the socket took it."""
    address = environ.get("NOTIFY_SOCKET", "")
    if not address.startswith(("/", "@")):
        return False
    if address.startswith("@"):  # the abstract namespace of Linux, unix(7)
        address = "\0" + address[1:]
    lines = (f"{name}={' '.join(value.split())}" for name, value in fields.items())
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC) as wire:
            wire.setblocking(False)
            wire.connect(address)
            wire.send("\n".join(lines).encode("utf-8", "replace"))
    except OSError:
        return False
    return True
