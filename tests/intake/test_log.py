"""The log: which shape where, and that no value can do harm in it."""

import io
import json
import logging
import os
import socket
import struct
import warnings
from collections.abc import Iterator
from pathlib import Path
from typing import TextIO

import pytest
import structlog
from pydantic import SecretStr

from intake import log
from intake.journal import LONGEST, JournalHandler, datagram
from intake.settings import DaemonSettings


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture(autouse=True)
def _as_before() -> Iterator[None]:
    root = logging.getLogger()
    handlers, level, shown = root.handlers[:], root.level, warnings.showwarning
    levels = {name: logging.getLogger(name).level for name in log.QUIET}
    yield
    for one in root.handlers:
        if isinstance(one, JournalHandler):
            one.close()
    root.handlers[:] = handlers
    root.setLevel(level)
    for name, was in levels.items():
        logging.getLogger(name).setLevel(was)
    logging.captureWarnings(False)
    assert warnings.showwarning == shown
    structlog.reset_defaults()
    structlog.contextvars.clear_contextvars()


def lines(stream: io.StringIO) -> list[dict[str, object]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_away_from_terminal_and_journal_each_line_is_json() -> None:
    out = io.StringIO()
    log.configure(stream=out, environ={})
    with structlog.contextvars.bound_contextvars(mailbox="support"):
        structlog.get_logger().info("mail recorded", uid=7, ticket="EX-1042")
    (line,) = lines(out)
    assert (line["event"], line["uid"], line["mailbox"], line["level"]) == ("mail recorded", 7, "support", "info")
    assert str(line["timestamp"]).endswith("Z")


def test_at_a_terminal_a_subject_cannot_move_the_cursor_or_forge_a_line() -> None:
    out = Terminal()
    log.configure(stream=out, environ={"NO_COLOR": "1"})
    structlog.get_logger().warning("odd mail", subject="a\x1b[2Jb\r\n12:00:00 [info] all is well\u202e", body=b"\x1b")
    assert out.getvalue().count("\n") == 1
    assert "\x1b" not in out.getvalue()
    assert "\u202e" not in out.getvalue()
    assert "x1b[2Jb" in out.getvalue()


def test_a_terminal_has_colours_unless_they_are_unwanted() -> None:
    out = Terminal()
    log.configure(stream=out, environ={})
    structlog.get_logger().info("x")
    assert "\x1b[" in out.getvalue()


def test_where_the_journal_has_no_socket_every_line_has_its_priority(tmp_path: Path) -> None:
    with (tmp_path / "journal").open("w+") as out:
        log.configure(stream=out, environ=journal_of(out), journal=str(tmp_path / "none"))
        logger = structlog.get_logger()
        logger.info("mail recorded", subject="two words")
        try:
            raise ValueError("first\nsecond")
        except ValueError:
            logger.exception("our bug")
        out.seek(0)
        first, *rest = out.read().splitlines()
    assert first == '<6>mail recorded subject="two words"'
    assert rest[0] == "<3>our bug"
    assert all(line.startswith("<3>  ") for line in rest[1:])
    assert "ValueError: first" in rest[-2]


def test_under_journald_a_line_has_fields_and_a_traceback_is_one_record(tmp_path: Path) -> None:
    with (
        socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as journal,
        (tmp_path / "stderr").open("w+") as out,
    ):
        journal.bind(str(tmp_path / "socket"))
        log.configure(stream=out, environ=journal_of(out), journal=str(tmp_path / "socket"))
        logger = structlog.get_logger()
        logger.info(
            "mail", mailbox="support", mail="0123456789ab", ticket="EX-1", subject="two words", password="hunter2"
        )
        try:
            raise ValueError("first\nsecond")
        except ValueError:
            logger.exception("our bug", mail="0123456789ab")
        logging.getLogger("sqlalchemy").warning("pool of %s is full", 5)
        logger.info("x" * 5, why="y\nMAIL=forged", part=None)
        mail, bug, foreign, forged = (entry(journal.recv(1_000_000)) for _ in range(4))
        out.seek(0)
        assert out.read() == ""
    text = 'mail mailbox=support mail=0123456789ab ticket=EX-1 subject="two words" password=***'
    assert mail == {
        "SYSLOG_IDENTIFIER": "intake",
        "PRIORITY": "6",
        "MAIL": "0123456789ab",
        "MAILBOX": "support",
        "TICKET": "EX-1",
        "MESSAGE": text,
    }
    assert (bug["PRIORITY"], bug["MAIL"]) == ("3", "0123456789ab")
    assert bug["MESSAGE"].splitlines()[-2:] == ["  ValueError: first", "  second"]
    assert (foreign["PRIORITY"], foreign["MESSAGE"]) == ("4", "pool of 5 is full")
    assert "MAIL" not in forged
    assert "PART" not in forged


def test_a_message_too_long_for_the_journal_is_cut() -> None:
    assert len(datagram({"MESSAGE": "ä\n" * 1_000_000})) < LONGEST + 100


def entry(octets: bytes) -> dict[str, str]:
    """A datagram as the journal reads it."""
    found = {}
    while octets:
        line, _, rest = octets.partition(b"\n")
        name, equals, value = line.partition(b"=")
        if equals:
            octets = rest
        else:
            length = struct.unpack("<Q", rest[:8])[0]
            value, octets = rest[8 : 8 + length], rest[9 + length :]
        found[name.decode()] = value.decode()
    return found


def test_a_stream_that_is_not_the_journal_gets_no_priorities(tmp_path: Path) -> None:
    with (tmp_path / "file").open("w+") as out:
        log.configure(stream=out, environ={"JOURNAL_STREAM": "1:2"})
        structlog.get_logger().info("x")
        out.seek(0)
        assert json.loads(out.read())["event"] == "x"


def test_secrets_are_blanked() -> None:
    out = io.StringIO()
    log.configure(stream=out, environ={})
    structlog.get_logger().info("login", imap_password="hunter2", login=SecretStr("hunter2"))
    assert "hunter2" not in out.getvalue()


def test_a_traceback_shows_no_local_variables() -> None:
    out = Terminal()
    log.configure(stream=out, environ={})
    body = "the customer's words"
    try:
        raise RuntimeError(len(body))
    except RuntimeError:
        structlog.get_logger().exception("our bug")
    assert "RuntimeError: 20" in out.getvalue()
    assert body not in out.getvalue()


def test_a_long_value_is_cut() -> None:
    out = io.StringIO()
    log.configure(stream=out, environ={})
    structlog.get_logger().info("mail", subject="x" * 100_000)
    assert str(lines(out)[0]["subject"]).endswith("… (100000 characters)")


def test_libraries_speak_through_the_same_log_and_not_of_everything() -> None:
    out = io.StringIO()
    log.configure(DaemonSettings(log_level="debug"), stream=out, environ={})
    logging.getLogger("imapclient").debug("LOGIN sam hunter2")
    logging.getLogger("sqlalchemy").warning("pool of %s is full\n", 5)
    (line,) = lines(out)
    assert (line["event"], line["level"]) == ("pool of 5 is full\\n", "warning")


def test_the_level_is_obeyed() -> None:
    out = io.StringIO()
    log.configure(DaemonSettings(log_level="warning"), stream=out, environ={})
    structlog.get_logger().info("quiet")
    structlog.get_logger().error("loud")
    assert [line["event"] for line in lines(out)] == ["loud"]


def journal_of(stream: TextIO) -> dict[str, str]:
    there = os.fstat(stream.fileno())
    return {"JOURNAL_STREAM": f"{there.st_dev}:{there.st_ino}"}
