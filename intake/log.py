"""Sets up the log: readable lines at a terminal, logfmt with fields under journald, JSON Lines anywhere else.

Everybody logs through `structlog.get_logger()`; what libraries say through `logging` comes out the same way. No value
can forge a line or move a terminal: whatever is not printable is escaped, long values are cut, and keys that name a
secret are blanked. Bodies are not logged by anybody.
"""

import logging
import os
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from typing import Any, TextIO

import structlog
from pydantic import SecretStr
from structlog.typing import EventDict, Processor, WrappedLogger

from intake.journal import PRIORITIES, SOCKET, JournalHandler, under_journald
from intake.printable import printable
from intake.settings import DaemonSettings

# Libraries that at their own debug or info level tell every command, some with the text of mails.
QUIET = {
    "imapclient": "WARNING",
    "aiosmtplib": "WARNING",
    "apscheduler": "WARNING",
    "alembic": "WARNING",
    "asyncio": "WARNING",
    "urllib3": "WARNING",
    # They log what a sign-in server says where it is no JSON: it may hold a token. What failed is logged by us.
    "msal": "CRITICAL",
    "google": "CRITICAL",
}


def configure(
    settings: DaemonSettings | None = None,
    *,
    stream: TextIO | None = None,
    environ: Mapping[str, str] = os.environ,
    journal: str = SOCKET,
) -> None:
    """Once per process, before the first line; again after a reload. `journal` is where the journal's socket is."""
    out = stream or sys.stderr
    handler = JournalHandler(out, journal) if under_journald(out, environ) else logging.StreamHandler(out)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=_common(),
            processors=_rendering(out, environ),
        )
    )
    root = logging.getLogger()
    before, root.handlers[:] = root.handlers[:], [handler]
    for one in before:
        if isinstance(one, JournalHandler):
            one.close()
    root.setLevel((settings or DaemonSettings()).log_level.upper())
    for name, level in QUIET.items():
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *_common(),
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )


def _common() -> list[Processor]:
    return [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.stdlib.PositionalArgumentsFormatter(),
        _traceback,
        _harmless,
    ]


def _rendering(stream: TextIO, environ: Mapping[str, str]) -> list[Processor]:
    without_meta = structlog.stdlib.ProcessorFormatter.remove_processors_meta
    if under_journald(stream, environ):  # which stamps the time itself
        return [_fields, without_meta, _text]
    if stream.isatty():
        stamp = structlog.processors.TimeStamper(fmt="%H:%M:%S", utc=False)
        return [without_meta, stamp, _console(colors="NO_COLOR" not in environ)]
    stamp = structlog.processors.TimeStamper(fmt="iso", utc=True)
    return [without_meta, stamp, structlog.processors.JSONRenderer()]


def _console(*, colors: bool) -> Processor:
    # The default formatter of tracebacks would show the local variables, and with them bodies and passwords.
    return structlog.dev.ConsoleRenderer(colors=colors, exception_formatter=structlog.dev.plain_traceback)


def _traceback(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """`exc_info` as text under "exception", without local variables."""
    told = event.pop("exc_info", None)
    if told is True:
        told = sys.exc_info()
    error = told if isinstance(told, BaseException) else told[1] if told else None
    if error is not None:
        event["exception"] = "".join(traceback.format_exception(error)).rstrip()
    return event


_SECRET = ("password", "secret", "token", "authorization")


def _harmless(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    for key, value in event.items():
        if any(word in key for word in _SECRET) or isinstance(value, SecretStr):
            event[key] = "***"
        elif key == "exception":
            event[key] = "\n".join(printable(line) for line in value.splitlines())
        elif isinstance(value, str):
            event[key] = printable(value)
        elif not isinstance(value, bool | int | float | None) and not key.startswith("_"):
            event[key] = printable(str(value))
    return event


_LOGFMT = structlog.processors.LogfmtRenderer(key_order=["event"], drop_missing=True, bool_as_flag=False)


FIELDS = ("mail", "mailbox", "ticket", "part")
"""What the journal is searched by: `journalctl MAIL=0123456789ab`. MESSAGE_ID is a name of its own there."""


def _fields(_: WrappedLogger, __: str, event: EventDict) -> EventDict:
    """Leaves what the journal is to know apart from the text with the record, for `JournalHandler`."""
    found = {"PRIORITY": str(PRIORITIES.get(str(event.get("level", "info")), 6))}
    found |= {name.upper(): str(event[name]) for name in FIELDS if event.get(name)}
    event["_record"].journal.update(found)
    return event


def _text(logger: WrappedLogger, name: str, event: MutableMapping[str, Any]) -> str:
    """The event first as plain text, then logfmt, then a traceback."""
    event.pop("level", None)
    exception = str(event.pop("exception", ""))
    text = str(event.pop("event", ""))
    fields = _LOGFMT(logger, name, event)
    return "\n".join([f"{text} {fields}".rstrip(), *(f"  {line}" for line in exception.splitlines())])
