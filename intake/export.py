"""Hands over what is held on a person: one zip with their mails, the letters to them, their tickets, and what is what.

Of other persons it holds nothing but what stands in these mails and letters: who of staff did something is "staff", and
of the log goes what is a code, a number or a time. Notices about them, which staff got, repeat their mails and are left
out; so are internal notes and drafts, which an admin reads with `intake ticket`. Names of files are made of numbers and
references alone. Nothing is changed.
"""

import json
import os
import zipfile
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import IO

from intake.forget import Refusal
from rules.facts import address_key
from storage import bounces, directory, erasure, ledger, listings, mutes, persons, silences, tickets
from storage.database import Database, Transaction
from storage.outbox import PAGE, TO_STAFF
from storage.persons import Held
from storage.tickets import Event, Ticket

EXPORTED = "exported"
"""The event, on each ticket of theirs."""
README = """\
What is held on {address}, as of {now:%Y-%m-%d %H:%M} UTC.

mails/           the {mails} mail(s) that came from this address, as they came, with their attachments
letters/         the {letters} letter(s) that were written to it, as they were sent
tickets.json     the {tickets} request(s) from this address, and those it may write to: when, decided how and why
events.json      what happened to the requests from this address, when, and by whom: yourself, staff, or the program
directory.json   under which contracts the address is known, with its name, role and trainings
delivery.json    whether letters to the address came back, or are not sent any more

Not in here: internal notes of staff and drafts, which may be about others; notices to staff, which repeat these mails;
backups and logs of the servers.
"""


TOLD = (
    *("reference", "status", "outcome", "severity", "contact", "contact_name", "contract", "organization", "plan"),
    *("language", "subject", "opened_at", "recorded_at", "closed_at", "policy"),
)
"""What is told of a ticket beside its reasons."""


@dataclass(frozen=True, slots=True)
class Exported:
    held: Held
    mails: int
    letters: int


def export(
    database: Database, address: str, file: Path, now: datetime, by: str, *, dry_run: bool = False
) -> Exported | Refusal:
    """Writes the file, which must not be there yet, for its owner alone; with a dry run nothing. Raises TryLater and
    OSError. `by`: for the log, which does not say whose it is."""
    with database.snapshot() as tx:
        held = persons.held(tx, address)
        if held.nothing:
            return Refusal(f"nothing is held on {held.address}; `intake tickets` shows addresses as they are held")
        letters = _letters(tx, held)
        done = Exported(held, len(held.mails), len(letters))
        if not dry_run:
            with _private(file) as stream:
                _write(stream, file, _files(tx, held, letters, now), now)
    if not dry_run:
        with database.transaction(of=()) as tx:
            tickets.log(tx, *(Event(now, EXPORTED, by, {}, one) for one in held.opened))
    return done


def _write(stream: IO[bytes], file: Path, files: Iterator[tuple[str, bytes]], now: datetime) -> None:
    """Whole, or not at all."""
    try:
        with zipfile.ZipFile(stream, "w") as archive:
            for name, octets in files:
                entry = zipfile.ZipInfo(name, (now.year, now.month, now.day, now.hour, now.minute, now.second))
                entry.external_attr = 0o600 << 16
                archive.writestr(entry, octets, zipfile.ZIP_DEFLATED)
    except BaseException:
        file.unlink(missing_ok=True)
        raise


def _private(file: Path) -> IO[bytes]:
    return os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb")


def _files(tx: Transaction, held: Held, letters: list[int], now: datetime) -> Iterator[tuple[str, bytes]]:
    about = [one for number in (*held.opened, *held.on) if (one := tickets.by_id(tx, number)) is not None]
    counts = {"mails": len(held.mails), "letters": len(letters), "tickets": len(about)}
    yield "README.txt", README.format(address=held.address, now=now, **counts).encode()
    for mail_id in held.mails:
        raw = ledger.raw(tx, mail_id)
        if raw is not None:  # else it was too large to fetch, and stands on the mail server
            yield f"mails/{mail_id:06}.eml", raw
    for letter_id in letters:
        if (kept := listings.letter(tx, letter_id)) is not None:
            yield f"letters/{letter_id:06}.eml", kept[1]
    yield "tickets.json", _json([_ticket(one, held) for one in about])
    yield "events.json", _json([_event(one, held) for number in held.opened for one in tickets.events(tx, number)])
    yield "directory.json", _json(_memberships(tx, held))
    yield "delivery.json", _json(_delivery(tx, held))


def _letters(tx: Transaction, held: Held) -> list[int]:
    found = ((one, listings.letter(tx, one)) for one in held.letters)
    return [one for one, kept in found if kept is not None and kept[0].kind not in (*TO_STAFF, PAGE)]


def _ticket(known: Ticket, held: Held) -> dict[str, object]:
    """Of a ticket of somebody else only that they may write to it."""
    if known.contact != held.address:
        return {
            "reference": known.reference,
            "opened_at": known.opened_at,
            "of": "somebody else",
            "you": "may write to it",
        }
    decision = known.decision
    gates = [{"gate": one.gate, "verdict": one.verdict, "why": one.why} for one in decision.gates]
    words = [asdict(one) for one in decision.severity_why]
    told = {name: getattr(known, name) for name in TOLD}
    return {**told, "why": decision.why, "gates": gates, "severity_why": words}


def _event(happened: Event, held: Held) -> dict[str, object]:
    who = "staff"
    if address_key(happened.actor) == held.address:
        who = "you"
    elif happened.actor == "intake":
        who = "intake"
    return {"at": happened.at, "what": happened.kind, "by": who, **erasure.kept(happened.detail)}


def _memberships(tx: Transaction, held: Held) -> list[dict[str, object]]:
    contacts = (one for name in held.contracts for one in directory.contacts_of(tx, name))
    return [asdict(one) for one in contacts if address_key(one.email) == held.address]


def _delivery(tx: Transaction, held: Held) -> dict[str, object]:
    came_back = [one for number in held.opened for one in bounces.of_ticket(tx, number)]
    return {
        "came_back": [asdict(one) for one in came_back if address_key(one.address) == held.address],
        "muted_since": [one.since for one in mutes.among(tx, [held.address])],
        "called_spam": bool(silences.among(tx, [held.address])),
    }


def _json(value: object) -> bytes:
    return (json.dumps(value, indent=1, ensure_ascii=False, default=_plain) + "\n").encode("utf-8", "replace")


def _plain(value: object) -> str:
    return value.isoformat() if isinstance(value, datetime) else str(value)
