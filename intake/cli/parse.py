"""`intake parse`: what the daemon reads in a mail. Touches nothing."""

from typing import TYPE_CHECKING

from intake.cli.messages import read_all
from intake.cli.options import Json, Messages
from intake.cli.output import json_line, say
from intake.printable import printable

if TYPE_CHECKING:
    from rules.facts import Mail


def parse(messages: Messages, json: Json = False) -> None:
    """Show what the daemon reads in these mails; touch nothing."""
    from intake.mail.parse import parse as parse_mail
    from rules.facts import Unreadable

    for name, raw in read_all(messages, "reading"):
        try:
            shown = as_read(name, parse_mail(raw, digests=True))
        except Unreadable as reason:
            shown = unread(name, str(reason))
        if json:
            json_line(shown)
        else:
            _tell(shown)


def as_read(name: str, mail: "Mail") -> dict[str, object]:
    """The object of `intake parse --json`."""
    return {
        "message": name,
        "message_id": mail.message_id,
        "from": mail.sender.address if mail.sender else None,
        "from_name": mail.sender.name if mail.sender else None,
        "to": [address.address for address in mail.to],
        "cc": [address.address for address in mail.cc],
        "subject": mail.subject,
        "date": mail.date,
        "text": mail.text,
        "new_text": mail.new_text,
        "attachments": [
            {"name": part.name, "type": part.type, "size": part.size, "sha256": part.sha256}
            for part in mail.attachments
        ],
        "in_reply_to": list(mail.in_reply_to),
        "is_auto": bool(mail.machine.auto),
        "is_bounce": bool(mail.machine.bounce),
        "failed_recipients": [
            {"address": failed.address, "status": failed.status} for failed in mail.failed_recipients
        ],
        "is_bulk": bool(mail.machine.bulk),
        "defects": list(mail.defects),
        "references": list(mail.references),
        "sha256": mail.sha256,
        "size": mail.size,
        "authentication": mail.authentication,
        "why_machine": [*mail.machine.auto, *mail.machine.bounce, *mail.machine.bulk],
    }


def unread(name: str, reason: str) -> dict[str, object]:
    """The same object for a mail that cannot be read: the reason stands under `defects`."""
    nothing = dict.fromkeys(("message_id", "from", "from_name", "subject", "date", "text", "new_text"))
    lists: dict[str, object] = {key: [] for key in ("to", "cc", "attachments", "in_reply_to", "failed_recipients")}
    flags = dict.fromkeys(("is_auto", "is_bounce", "is_bulk"), False)
    return {"message": name, "kind": "unreadable", **nothing, **lists, **flags, "defects": [reason]}


# What people are shown, in this order.
_LINES = (
    "message_id",
    "from",
    "to",
    "cc",
    "subject",
    "date",
    "in_reply_to",
    "attachments",
    "failed_recipients",
    "why_machine",
    "defects",
)


def _tell(shown: dict[str, object]) -> None:
    say(printable(str(shown["message"])))
    for key in _LINES:
        value = shown.get(key)
        if value:
            say(f"  {key.replace('_', ' ') + ':':18} {_line(value)}")
    for line in str(shown["new_text"] or "").splitlines():
        say(f"  | {printable(line, 2000)}")
    say()


def _line(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_line(one) for one in value)
    if isinstance(value, dict):
        return printable(" ".join(str(part) for key, part in value.items() if key != "sha256"))
    return printable(str(value))
