"""The manual pages intake(1) and intake.toml(5), made from the commands and the settings themselves.

What a command or a key means stands in the code alone; only what concerns a service as a whole is written here. Text is
taken as it is shown by --help, where `backticks` mark what is typed.
"""

import re
from collections.abc import Iterator
from typing import Any

import typer
from pydantic.fields import FieldInfo

from intake.cli import app
from intake.config_sample import shown, tables

TYPED = re.compile(r"`([^`]+)`")
TYPE = re.compile(r" <[^>]+>")
"""What --help shows of a value that has no name of its own, such as <int range>."""
BRACES = str.maketrans("", "", "{}")

WHAT_IT_DOES = """
Takes each mail of a support mailbox, decides by the published support policy, acknowledges with a promise that it
watches, declines politely what the contract does not cover, and can show of every mail where it ended and why.
`intake run` is the daemon, which systemd starts as intake.service; the other commands look at its store and steer it.
"""
WHAT_IS_SET = """
A TOML file. A key that is not known is a fault. `intake check` tells every fault with its line and what to write;
`intake check --connect` tries the log-ins as well. Policies, letters, staff and queues are taken over by `systemctl
reload intake`; the rest by a restart. Relative names of files are beside this file. Passwords stand in files of their
own; nothing here needs to be secret.
"""
EXIT_STATUS = (
    ("0", "Done."),
    ("1", "A finding: something is wrong, or would change. Of the daemon: it could not begin; systemd tries again."),
    ("2", "Wrong usage or configuration. systemd leaves a daemon that ends so alone until somebody has corrected it."),
)
FILES = (
    ("/etc/intake/intake.toml", "The configuration, intake.toml(5)."),
    (
        "/etc/intake/contracts.csv, contacts.csv",
        "The directory, for `intake directory import`. Copies may be elsewhere.",
    ),
    (
        "/etc/intake/credentials/",
        "Passwords and keys, a file each, mode 0600. Only root reads them; systemd hands them on.",
    ),
    (
        "/var/lib/intake/",
        "The store on SQLite. In truth a link to /var/lib/private/intake, which belongs to the service.",
    ),
    ("/usr/share/ticket-intake/", "The shipped policies and letters to copy, and how a policy is written."),
    ("/opt/ticket-intake/", "The program with all that it stands on. Nothing there is for changing."),
)
ENVIRONMENT = (
    ("INTAKE_CONFIG", "The configuration, where --config names none."),
    ("INTAKE_OPTIONS", "Of the unit: options of `intake run`, set by `systemctl set-environment` for one start."),
    ("CREDENTIALS_DIRECTORY", "Set by systemd: where names of password files are looked up first."),
    ("NO_COLOR", "Where it is set, the log on a terminal has no colours."),
)
FIRST_START = (
    ("1.", "Edit /etc/intake/intake.toml, and the two CSV files beside it."),
    ("2.", "Write the passwords into /etc/intake/credentials/imap-password and smtp-password, mode 0600."),
    ("3.", "`intake check` until it is content; then `install -d -m 0700 /var/lib/intake`, `intake db upgrade` and "
           "`intake directory import /etc/intake/contracts.csv /etc/intake/contacts.csv`."),
    ("4.", "`intake check --connect` logs in everywhere; then `systemctl enable --now intake`."),
)  # fmt: skip
TROUBLE = (
    ("status=243/CREDENTIALS",
     "A file named under LoadCredential= of the unit is not there. Write the password into it: "
     "`install -m 0600 /dev/stdin /etc/intake/credentials/smtp-password`, the password, and Ctrl-D. Where a server "
     "asks for no password, `systemctl edit intake` with `[Service]`, `LoadCredential=` (which clears the list) and "
     "`LoadCredential=imap-password:/etc/intake/credentials/imap-password`."),
    ("activating, for long",
     "A start lasts until every mailbox is open and the store is good. The line Status: of `systemctl status intake` "
     "says what it waits for; so does `intake status`. After two minutes systemd begins it anew."),
    ("status=2",
     "The configuration cannot be used, or the store has an older schema, or a mailbox's first run needs a word. "
     "`journalctl -u intake -n 20` says which and what to do."),
    ("status=203/EXEC",
     "The program is not where the unit says, or lies in a home directory, which the sandbox hides."),
    ("start-limit-hit", "It failed ten times in ten minutes. After the mending: `systemctl reset-failed intake`."),
    ("a password was changed", "`systemctl restart intake`: systemd hands credentials on at a start, not at a reload."),
    ("a changed unit",
     "Change it by `systemctl edit intake`. `systemd-analyze verify intake.service` tells a mistyped key or value, "
     "but exits with 0 all the same: read what it prints. On systemd 252 never add `NoExecPaths=/` with `ExecPaths=`, "
     "as is often advised: what ExecPaths= names becomes writable again. Addresses to allow go into a drop-in with "
     "`IPAddressDeny=any` and `IPAddressAllow=`."),
)  # fmt: skip


def command_page(version: str, date: str) -> str:
    """intake(1); `date` as YYYY-MM-DD."""
    root = typer.main.get_command(app)
    page = [
        *_head("INTAKE", 1, version, date),
        *_named("intake", str(root.help)),
        *(".SH SYNOPSIS", ".B intake", r".RI [ --config\ FILE ]\  COMMAND\  [ OPTION ]...\ [ ARGUMENT ]..."),
        *(".SH DESCRIPTION", _text(WHAT_IT_DOES), r"The configuration is explained in", ".BR intake.toml (5)."),
        *(".SH OPTIONS", *_options(root)),
        *(".SH COMMANDS", *_commands(root, "intake")),
        *_terms("EXIT STATUS", EXIT_STATUS),
        *_terms("FIRST START", FIRST_START),
        *_terms("WHEN IT DOES NOT START", TROUBLE),
        *_terms("FILES", FILES),
        *_terms("ENVIRONMENT", ENVIRONMENT),
        *(".SH SEE ALSO", ".BR intake.toml (5),", ".BR systemctl (1),", ".BR systemd.exec (5),", ".BR journalctl (1)"),
    ]
    return "\n".join(page) + "\n"


def settings_page(version: str, date: str) -> str:
    """intake.toml(5)."""
    page = [
        *_head("INTAKE.TOML", 5, version, date),
        *_named("intake.toml", "the configuration of Intake."),
        *(".SH SYNOPSIS", ".I /etc/intake/intake.toml"),
        *(".SH DESCRIPTION", _text(WHAT_IS_SET)),
        *_tables(),
        *(".SH SEE ALSO", ".BR intake (1)"),
    ]
    return "\n".join(page) + "\n"


def _head(title: str, section: int, version: str, date: str) -> tuple[str, ...]:
    return (f'.TH "{title}" "{section}" "{date}" "ticket\\-intake {version}" "Intake"', ".nh", ".ad l")


def _named(name: str, what: str) -> tuple[str, str]:
    told = what.rstrip(".")
    return ".SH NAME", rf"{name} \- {_text(told[:1].lower() + told[1:])}"


def _terms(title: str, terms: tuple[tuple[str, str], ...]) -> Iterator[str]:
    yield f".SH {title}"
    for term, told in terms:
        yield from (".TP", rf"\fB{_plain(term)}\fR", _text(told))


def _commands(group: Any, path: str) -> Iterator[str]:
    """Each command with its own words, those of a group after it."""
    for name, command in group.commands.items():
        yield from _command(command, f"{path} {name}")
        yield from _commands(command, f"{path} {name}") if hasattr(command, "commands") else ()


def _command(command: Any, path: str) -> Iterator[str]:
    pieces = command.collect_usage_pieces(typer.Context(command))
    given = "".join(rf"\ \fI{_plain(piece.translate(BRACES))}\fR" for piece in pieces)
    yield from (f".SS {_plain(path)}", rf"\fB{_plain(path)}\fR{given}")
    for paragraph in str(command.help or "").split("\n\n"):
        yield from (".PP", _text(paragraph))
    yield from _options(command)


def _options(command: Any) -> Iterator[str]:
    """And its arguments. --help is everywhere, and so is --config, which the root explains."""
    for one in command.params:
        if one.name == "help" or (command.name != "intake" and one.name == "config"):
            continue
        name, told = one.get_help_record(typer.Context(command)) or ("", "")
        if told:
            kind = "" if one.param_type_name == "argument" else " N" if "int" in name else " TEXT"
            yield from (".TP", rf"\fB{_plain(TYPE.sub(kind, name))}\fR", _text(told))


def _tables() -> Iterator[str]:
    for table in tables():
        if table.header:
            yield from (f".SH {_plain(table.header)}", _text(table.meaning))
        for key, field in table.keys:
            yield from (".TP", rf"\fB{_plain(key)}\fR = {_plain(shown(field))}", _text(_told(field)))


def _told(field: FieldInfo) -> str:
    """What a key means, and what holds without it where the sample shows something else."""
    told = " ".join((field.description or "").split())
    if field.is_required():
        return f"{told} Required."
    return f"{told} Default: {_value(field.default)}." if field.examples else told


def _value(value: object) -> str:
    return "none" if value in ("", ()) else str(value)


def _text(text: str) -> str:
    """A paragraph; what stands in backticks is bold."""
    return TYPED.sub(r"\\fB\1\\fR", _plain(" ".join(text.split())))


def _plain(text: str) -> str:
    """Text that roff sets as it is written: no letter is a command, and hyphens can be copied."""
    text = text.replace("\\", r"\e").replace("-", r"\-")
    for letter, name in (("'", r"\(aq"), ("~", r"\(ti"), ("^", r"\(ha"), ('"', r"\(dq")):
        text = text.replace(letter, name)
    return r"\&" + text if text.startswith((".", "'")) else text
