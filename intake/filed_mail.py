"""Deletes a person's mails from the folders of the mail server, once they were erased from the store.

Found by their From, and deleted only where the hash of their bytes is that of a mail which was erased: nothing that
merely looks alike goes, and nothing that the ledger never had. It may be repeated after any failure.
"""

import hashlib
from collections.abc import Collection
from dataclasses import dataclass

from intake.imap import batches
from intake.onlooker import Onlooker
from intake.settings import DaemonSettings, MailboxSettings
from intake.trouble import Misconfigured
from intake.unknown_mail import FROM, HEAD, folders
from rules.facts import TryLater
from storage import persons
from storage.database import Database


@dataclass(frozen=True, slots=True)
class Cleared:
    """A folder after it was looked through."""

    mailbox: str
    folder: str
    deleted: int = 0
    left: int = 0
    """From that address, and not deleted: too large to compare, or not known to the ledger as erased."""
    flagged_only: bool = False
    """The server cannot delete single mails (UIDPLUS): they are marked as deleted, and go with the next EXPUNGE."""
    trouble: str = ""


class _Clearing(Onlooker):
    """Unlike its base it opens folders to change them."""

    read_only = False

    def from_address(self, address: str) -> list[int]:
        with self._talking("search") as client:
            return sorted(client.search(["FROM", address], None if address.isascii() else "UTF-8"))

    def delete(self, uids: Collection[int]) -> bool:
        """False where they could only be marked."""
        with self._talking("delete mail") as client:
            client.delete_messages(list(uids), silent=True)
            # A plain EXPUNGE would also take what people deleted (RFC 4315 section 1).
            if client.has_capability("UIDPLUS"):
                client.uid_expunge(list(uids))
                return True
        return False


def clear(database: Database, mailbox: MailboxSettings, address: str, settings: DaemonSettings) -> list[Cleared]:
    """Every folder of a mailbox that mail comes to or is filed in. A server's trouble is told, not raised."""
    clearing, done = _Clearing(mailbox.imap, read_seconds=settings.network_seconds), list[Cleared]()
    names = (mailbox.imap.folder, *folders(mailbox.imap))
    try:
        clearing.connect()
        for folder in names:
            if clearing.open(folder) is not None:
                done.append(_clear(database, clearing, mailbox.name, folder, address, settings))
    except (TryLater, Misconfigured) as trouble:
        done.append(Cleared(mailbox.name, ", ".join(names[len(done) :]), trouble=str(trouble)))
    finally:
        clearing.close()
    return done


def _clear(
    database: Database, clearing: _Clearing, name: str, folder: str, address: str, settings: DaemonSettings
) -> Cleared:
    uids = clearing.from_address(address)
    sizes = {uid: one for uid, one in clearing.sizes(uids).items() if one.size <= settings.max_mail_bytes}
    deleted, left, whole = 0, len(uids) - len(sizes), True
    for batch in batches(sizes, settings.batch_bytes, settings.batch_count):
        mails = {mail.uid: mail.raw for mail in clearing.fetch(batch).mails}
        hashes = {uid: hashlib.sha256(raw).hexdigest() for uid, raw in mails.items()}
        with database.snapshot() as tx:
            erased = persons.erased(tx, hashes.values())
        gone = [uid for uid, sha256 in hashes.items() if sha256 in erased]
        if gone:
            whole = clearing.delete(gone) and whole
            deleted += len(gone)
        left += sum(_is_from(raw, address) for uid, raw in mails.items() if uid not in gone)
    return Cleared(name, folder, deleted, left, flagged_only=not whole)


def _is_from(raw: bytes, address: str) -> bool:
    """A search finds an address also within a longer one (RFC 3501 section 6.4.4)."""
    said = FROM.search(raw[:HEAD])
    return said is not None and bool(persons.written(address).search(said[1].decode("utf-8", "replace")))
