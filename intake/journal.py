"""The journal of systemd: whether standard error is the journal's, and how a line gets there with fields of its own.

Fields (`journalctl MAIL=…`) take the journal's own socket; a traceback is one record then. Where that cannot be reached
the line goes to standard error, with its priority before each line of text (sd-daemon(3)): nothing is lost but fields.
"""

import logging
import os
import socket
import struct
from collections.abc import Mapping
from typing import TextIO

PRIORITIES = {"critical": 2, "error": 3, "warning": 4, "info": 6, "debug": 7}
"""What sd-daemon(3) reads from the start of a line, as `<3>`, and the journal from PRIORITY."""
SOCKET = "/run/systemd/journal/socket"
SECONDS = 1.0
"""For a journal that is busy, before the line goes to standard error."""
LONGEST = 48_000
"""Bytes of a message: a datagram has to fit into the socket's buffer, and a longer one would take a file."""


def under_journald(stream: TextIO, environ: Mapping[str, str] = os.environ) -> bool:
    """Whether the stream is the one that systemd connected to the journal (systemd.exec(5), JOURNAL_STREAM)."""
    try:
        there = os.fstat(stream.fileno())
    except (OSError, ValueError):
        return False
    return environ.get("JOURNAL_STREAM") == f"{there.st_dev}:{there.st_ino}"


class JournalHandler(logging.StreamHandler[TextIO]):
    """Its formatter returns the text, and puts the fields into the record's `journal`; PRIORITY has to be there."""

    def __init__(self, stream: TextIO, place: str = SOCKET) -> None:
        super().__init__(stream)
        self._place = place
        self._wire = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self._wire.settimeout(SECONDS)

    def emit(self, record: logging.LogRecord) -> None:
        try:
            record.journal = fields = dict[str, str]()  # the formatter has a copy of the record, with this very dict
            text = self.format(record)
            try:
                self._wire.sendto(datagram({**fields, "MESSAGE": text}), self._place)
            except OSError:
                prefix = f"<{fields['PRIORITY']}>"
                self.stream.write("".join(f"{prefix}{line}\n" for line in text.splitlines()))
                self.flush()
        except Exception:  # noqa: BLE001 - as every handler does: a line that cannot be written ends nothing
            self.handleError(record)

    def close(self) -> None:
        self._wire.close()
        super().close()


def datagram(fields: Mapping[str, str]) -> bytes:
    """As the journal reads it (https://systemd.io/JOURNAL_NATIVE_PROTOCOL/): a value with line ends says its length."""
    parts = []
    for name, value in {"SYSLOG_IDENTIFIER": "intake", **fields}.items():
        octets = value.encode("utf-8", "replace")[:LONGEST]
        if b"\n" in octets:
            parts.append(name.encode() + b"\n" + struct.pack("<Q", len(octets)) + octets + b"\n")
        else:
            parts.append(name.encode() + b"=" + octets + b"\n")
    return b"".join(parts)
