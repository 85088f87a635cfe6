"""Mail in the folders of filed mail that the ledger does not know by the hash of its bytes.

`compare` goes through one folder, batch by batch, and says how far it came; `unknown_mails` goes through both folders
of a mailbox from the first UID on and gives what is unknown with its bytes, for whoever takes it in again. Nothing is
changed on the server, nothing is written in the store, and a batch of bodies is all that is ever held in memory.
"""

import hashlib
import re
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from intake.imap import DONE, FAILED, Catch, Size, batches
from intake.mail.headers import message_id
from intake.onlooker import Onlooker
from intake.settings import DaemonSettings, ImapSettings, MailboxSettings
from storage import verified
from storage.database import Database
from storage.verified import Arrival

OURS = frozenset({DONE.casefold(), FAILED.casefold()})
"""Keywords that filing leaves on a mail: what bears none was put into the folder by somebody else."""
HEAD = 65_536
BLANK = re.compile(rb"\r?\n\r?\n")
MESSAGE_ID = re.compile(rb"^message-id:[ \t]*(?:\r?\n[ \t]+)?([^\r\n]{1,500})", re.IGNORECASE | re.MULTILINE)
FROM = re.compile(rb"^from:[ \t]*([^\r\n]{1,200})", re.IGNORECASE | re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Unknown:
    """A mail that stands in a folder of ours and is not in the ledger."""

    folder: str
    """As the settings name it."""
    uidvalidity: int
    uid: int
    internaldate: datetime
    size: int
    sha256: str
    """"" where the mail is too large to fetch, or is not handed over."""
    raw: bytes | None
    ours: bool
    """It bears the keyword that filing leaves: the ledger has had it once."""

    @property
    def about(self) -> str:
        """For people; not yet harmless."""
        head = _head(self.raw or b"")
        sender = FROM.search(head)
        whose = f" from {sender[1].decode('ascii', 'replace').strip()}" if sender else ""
        return f"{self.folder} UID {self.uid}{whose}, arrived {self.internaldate:%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Compared:
    """A batch of a folder, compared with the ledger."""

    last_uid: int
    mails: int
    octets: int
    """Fetched."""
    unknown: tuple[Unknown, ...]
    changed: int = 0
    """Mails that the server hands out with other bytes than it did, known by their Message-ID and arrival."""


def unknown_mails(
    database: Database, mailbox: MailboxSettings, settings: DaemonSettings
) -> Generator[Unknown, None, None]:
    """Of both folders, the oldest first, over a connection of its own. Raises TryLater.

    May be left before its end; close it then (`contextlib.closing`), for the connection.
    """
    onlooker = Onlooker(mailbox.imap, read_seconds=settings.network_seconds)
    try:
        onlooker.connect()
        for folder in folders(mailbox.imap):
            if onlooker.open(folder) is None:
                continue
            for batch in compare(database, onlooker, folder, 0, settings):
                yield from batch.unknown
    finally:
        onlooker.close()


def folders(imap: ImapSettings) -> tuple[str, ...]:
    """Where a mailbox's filed mail is, beside the folder that it came to."""
    names = (imap.processed_folder, imap.quarantine_folder)
    return tuple(dict.fromkeys(name for name in names if name and name != imap.folder))


def compare(
    database: Database, onlooker: Onlooker, folder: str, above: int, settings: DaemonSettings
) -> Iterator[Compared]:
    """The open folder above a UID, ascending. Raises TryLater."""
    opened = onlooker.opened
    for window in onlooker.windows(above):
        sizes = onlooker.sizes(window)
        for found in batches(sizes, settings.batch_bytes, settings.batch_count):
            yield _compare(database, onlooker, folder, opened.uidvalidity, found, settings)


def _compare(
    database: Database,
    onlooker: Onlooker,
    folder: str,
    uidvalidity: int,
    found: Mapping[int, Size],
    settings: DaemonSettings,
) -> Compared:
    small = {uid: size for uid, size in found.items() if size.size <= settings.max_mail_bytes}
    caught = onlooker.fetch(small) if small else Catch(())
    raws = {mail.uid: mail.raw for mail in caught.mails}
    hashes = {uid: hashlib.sha256(raw).hexdigest() for uid, raw in raws.items()}
    bare = [uid for uid in found if uid not in small or uid in caught.refused]
    arrivals = {uid: _arrival(found[uid], raws.get(uid, b"")) for uid in [*raws, *bare]}
    with database.snapshot() as tx:
        there = verified.known(tx, set(hashes.values()))
        strange = [uid for uid, sha256 in hashes.items() if sha256 not in there]
        changed = verified.by_arrival(tx, {uid: arrivals[uid] for uid in strange})
        # What was too large, or not handed over when it came, was recorded without a hash of its bytes.
        fetched_now = verified.by_size(tx, {uid: arrivals[uid] for uid in strange}, bare=True) if strange else set()
        not_fetched = verified.by_size(tx, {uid: arrivals[uid] for uid in bare}, bare=False) if bare else set()
    left = sorted({*strange, *bare} - changed - fetched_now - not_fetched)
    flags = onlooker.flags(left) if left else {}
    unknown = [
        Unknown(
            folder,
            uidvalidity,
            uid,
            found[uid].internaldate,
            found[uid].size,
            hashes.get(uid, ""),
            raws.get(uid),
            bool(flags[uid] & OURS),
        )
        for uid in left
        if uid in flags  # else it was taken away meanwhile
    ]
    octets = sum(map(len, raws.values()))
    return Compared(max(found), len(raws) + len(bare), octets, tuple(unknown), len(changed))


def _arrival(size: Size, raw: bytes) -> Arrival:
    named = MESSAGE_ID.search(_head(raw))
    return Arrival(size.internaldate, size.size, message_id(named[1]) if named else None)


def _head(raw: bytes) -> bytes:
    head = raw[:HEAD]
    blank = BLANK.search(head)
    return head[: blank.start()] if blank else head
