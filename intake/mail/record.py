"""The record of a mail that `intake parse --json` prints: one flat object whose keys are promised to scripts."""

from typing import Any

from rules.facts import Address, Mail


def record(mail: Mail, path: str) -> dict[str, Any]:
    return {
        "message": path,
        "message_id": mail.message_id,
        "from": mail.sender.address if mail.sender else None,
        "from_name": mail.sender.name if mail.sender else None,
        "to": _addresses(mail.to),
        "cc": _addresses(mail.cc),
        "subject": mail.subject,
        "date": mail.date.isoformat() if mail.date else None,
        "text": mail.text,
        "new_text": mail.new_text,
        "attachments": [
            {"name": each.name, "type": each.type, "size": each.size, "sha256": each.sha256}
            for each in mail.attachments
        ],
        "in_reply_to": list(mail.in_reply_to),
        "is_auto": bool(mail.machine.auto),
        "is_bounce": bool(mail.machine.bounce),
        "failed_recipients": [{"address": each.address, "status": each.status} for each in mail.failed_recipients],
        "is_bulk": bool(mail.machine.bulk),
        "defects": list(mail.defects),
    }


def _addresses(addresses: tuple[Address, ...]) -> list[str]:
    return [each.address for each in addresses]
