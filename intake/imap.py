"""One mailbox's IMAP connection: looks for mail, fetches it, files it, and waits for more.

Synchronous, for the one thread that owns the mailbox. It flags nothing by reading (BODY.PEEK) and remembers nothing:
checkpoint and UIDVALIDITY are the caller's. Every failure is TryLater (Misconfigured where a person must act) with the
state on the server unharmed; `connect` afterwards begins anew. Whatever `wait` says, only `uids_after` knows.
"""

import imaplib
import socket
from collections.abc import Collection, Mapping
from contextlib import AbstractContextManager, suppress
from datetime import UTC, datetime
from typing import Any

from intake import imap_folders, imap_idle
from intake.imap_login import log_in, ready
from intake.imap_values import Catch, Fetched, Filed, Opened, Size, batches, chunks
from intake.imap_wire import TABLE, Wire
from intake.limits import Limit, Limited
from intake.settings import ImapSettings
from intake.trouble import Misconfigured
from rules.facts import TryLater

__all__ = [
    "DONE",
    "FAILED",
    "Catch",
    "Fetched",
    "Filed",
    "Imap",
    "Misconfigured",
    "Opened",
    "Size",
    "batches",
    "chunks",
]

DONE = "$IntakeDone"
FAILED = "$IntakeFailed"
WINDOW = 500_000
"""Mails searched by one command: the answer is one line."""
SLOWEST = 20_000
"""Octets a second: a body that comes more slowly is not worth waiting for."""
HEAD = 65_536
"""Octets."""
HEADERS = "FROM SUBJECT IMPORTANCE X-PRIORITY"


class Imap:
    def __init__(self, settings: ImapSettings, *, connect_seconds: float = 15, read_seconds: float = 30) -> None:
        """`read_seconds`: how long the server may be silent. A whole command may take four times that, and a body
        longer still."""
        self.settings = settings
        self._connect_seconds, self._read_seconds = connect_seconds, read_seconds
        self.command_seconds = 4 * read_seconds
        self.certificate_ends: datetime | None = None
        """Of the server, as it was shown last; None where it showed none."""
        self._wire: Wire | None = None
        self._folders: dict[str, str] = {}
        self._opened: Opened | None = None
        self._idles = False
        self._keeps_keywords = False

    @property
    def connected(self) -> bool:
        return self._wire is not None and self._wire.client is not None

    def connect(self) -> Opened:
        """Logs in, makes the folders that are missing and selects the mailbox's. Raises TryLater or Misconfigured."""
        self._drop()
        ready(self.settings)
        self._wire = Wire(self.settings, self._connect_seconds, self._read_seconds)
        self.certificate_ends = self._wire.certificate_ends
        try:
            with self._talking("log in") as client:
                log_in(client, self.settings, self._wire.place)
            with self._talking("prepare the folders") as client:
                self._idles = client.has_capability("IDLE")
                for folder in {self.settings.processed_folder, self.settings.quarantine_folder} - {""}:
                    self._folders[folder] = imap_folders.find_or_make(client, folder, self._wire.place)
            self._opened = self._select()
        except BaseException:
            self._drop()
            raise
        return self._opened

    def uids_after(self, last: int) -> list[int]:
        """UIDs above `last`, ascending; 0 for all."""
        opened = self._known()
        found: set[int] = set()
        if min(opened.exists, opened.uidnext - last) > WINDOW:
            opened = self._select_again(opened)
        with self._talking("search") as client:
            # Some servers show a session what others did only at a NOOP (seen with pymap).
            client.noop()
            client._imap.untagged_responses.clear()
            # "n:*" names the last mail even where its UID is below n (RFC 3501 section 6.4.8).
            uids = ["UID", f"{last + 1}:*"]
            if min(opened.exists, opened.uidnext - last) <= WINDOW:
                found.update(client.search(uids))
            else:
                for start in range(1, opened.exists + 1, WINDOW):
                    end = start + WINDOW - 1
                    found.update(client.search([f"{start}:{end if end < opened.exists else '*'}", *uids]))
        return sorted(uid for uid in found if uid > last)

    def sizes(self, uids: Collection[int]) -> dict[int, Size]:
        """Of those that are there, in the order asked."""
        known: dict[int, Size] = {}
        for chunk in chunks(uids):
            with self._talking("ask for sizes") as client:
                answer = client.fetch(chunk, ["RFC822.SIZE", "INTERNALDATE"])
            for uid in chunk:
                size = answer.get(uid, {}).get(b"RFC822.SIZE")
                if size is not None:
                    known[uid] = Size(int(size), _arrival(answer[uid]))
        return known

    def headers(self, uids: Collection[int]) -> dict[int, bytes]:
        """A few headers of those that are there: who wrote, about what, how important."""
        found: dict[int, bytes] = {}
        for chunk in chunks(uids):
            with self._talking("look at headers") as client:
                answer = client.fetch(chunk, [f"BODY.PEEK[HEADER.FIELDS ({HEADERS})]"])
            for uid in chunk:
                shown = (value for name, value in answer.get(uid, {}).items() if name.startswith(b"BODY[HEADER.FIELDS"))
                found[uid] = bytes(next(shown, b"") or b"")
        return found

    def fetch(self, sizes: Mapping[int, Size]) -> Catch:
        """The bodies of these mails, which `batches` keeps to an amount that fits in memory.

        Raises TryLater where none of them is handed over, and always for a limit of the server's.
        """
        try:
            return Catch(self._fetch(sizes))
        except TryLater as error:
            if self._is_about_us(error) or (len(sizes) == 1 and _is_busy(error)):
                raise
            if len(sizes) == 1:
                return Catch((), dict.fromkeys(sizes, str(error)))
            caught = self._fetch_each(sizes)
            if not caught.mails:
                raise
            return caught

    def _fetch_each(self, sizes: Mapping[int, Size]) -> Catch:
        """A server that chokes on one mail must not keep us from the others: each is asked for alone."""
        mails: list[Fetched] = []
        refused: dict[int, str] = {}
        for uid, size in sizes.items():
            try:
                mails += self._fetch({uid: size})
            except TryLater as error:
                if self._is_about_us(error):
                    raise
                refused[uid] = str(error)
        return Catch(tuple(mails), refused)

    def _is_about_us(self, error: TryLater) -> bool:
        """Whether the next mail would be refused just so: the connection is gone, or we have asked for too much."""
        return not self.connected or (isinstance(error, Limited) and error.limit in (Limit.CONNECTIONS, Limit.RATE))

    def _fetch(self, sizes: Mapping[int, Size]) -> tuple[Fetched, ...]:
        seconds = self.command_seconds + sum(size.size for size in sizes.values()) / SLOWEST
        with self._talking("fetch mail", seconds) as client:
            answer = client.fetch(list(sizes), ["INTERNALDATE", "BODY.PEEK[]"])
        # NIL, or no such item in an unasked FETCH of the same mail: it vanished meanwhile.
        there = [uid for uid in sizes if answer.get(uid, {}).get(b"BODY[]") is not None]
        return tuple(Fetched(uid, _arrival(answer[uid]), answer[uid][b"BODY[]"]) for uid in there)

    def head(self, uid: int) -> bytes:
        """The first 64 KiB of a mail too large to fetch; b"" where it is gone."""
        with self._talking("fetch a mail's beginning") as client:
            answer = client.fetch([uid], [f"BODY.PEEK[]<0.{HEAD}>"])
        return bytes(answer.get(uid, {}).get(b"BODY[]<0>") or b"")

    def file(self, uids: Collection[int], folder: str, keyword: str = DONE) -> Filed:
        """Moves these mails, and no others, to a folder of the settings, flagged with `keyword` where the server keeps
        such; "" flags them alone.

        May be repeated after any failure: mail that is no longer there is absent, not an error.
        """
        filed: set[int] = set()
        for chunk in chunks(uids):
            with self._talking(f"file mail to {folder}" if folder else f"flag mail {keyword}") as client:
                there = [uid for uid in client.search(["UID", ",".join(map(str, chunk))]) if uid in chunk]
                if there:
                    self._file(client, there, folder, keyword)
                filed.update(there)
        return Filed(frozenset(filed), frozenset(uids) - filed)

    def _file(self, client: Any, uids: list[int], folder: str, keyword: str) -> None:
        if not folder:
            client.add_flags(uids, [keyword], silent=True)
            return
        name = self._folders.get(folder, folder)
        if self._keeps_keywords:
            _mark(client, uids, keyword)
        try:
            _move(client, uids, name)
        except imaplib.IMAP4.error as error:
            if "TRYCREATE" not in str(error).upper():
                raise
            # Somebody removed the folder since we looked (RFC 3501 section 6.4.7).
            self._folders[folder] = imap_folders.find_or_make(client, folder, self._place)
            _move(client, uids, self._folders[folder])

    def wait(self, wake: socket.socket, seconds: float) -> bool:
        """Returns when something may have happened in the folder, at the latest after `seconds` or four minutes.

        True where `wake` became readable; reading it empty is the caller's. Raises TryLater when the connection died.
        """
        wire = self._wire_or_raise()
        if imap_idle.told_already(wire.client):
            return False
        if not self._idles:
            return imap_idle.readable([wake], seconds) == [wake]
        with self._talking("idle") as client:
            longest = imap_idle.begin(client)
            if longest is None:
                self._idles = False
                return False
        ready = imap_idle.readable([client.socket(), wake], min(seconds, longest))
        with wire.talking("idle", self.command_seconds):
            imap_idle.end(client)
        return wake in ready

    def close(self) -> None:
        """Says goodbye if the server listens; never raises."""
        if self._wire is not None and self.connected:
            with suppress(TryLater), self._wire.talking("log out", 2) as client:
                client.logout()
        self._drop()

    def _select(self) -> Opened:
        folder = self.settings.folder
        with self._talking(f"open the folder {folder}") as client:
            name = imap_folders.find(client, folder)
            if not name:
                raise Misconfigured(f"{self._place}: there is no folder {folder!r}; correct folder in {TABLE}")
            try:
                answer = client.select_folder(name)
            except imaplib.IMAP4.readonly as error:
                remedy = f"let {self.settings.username} write there, or name another folder in {TABLE}"
                raise Misconfigured(f"{self._place}: the folder {folder!r} is read-only; {remedy}") from error
            imap_idle.told_already(client)  # how many there are is no news yet
            return self._checked(answer, frozenset(name.decode("ascii", "replace") for name in client.capabilities()))

    def _select_again(self, before: Opened) -> Opened:
        self._opened = self._select()
        if self._opened.uidvalidity != before.uidvalidity:
            self._drop()
            raise TryLater(f"{self._place}: the server counts UIDs anew; it is opened again")
        return self._opened

    def _checked(self, answer: Mapping[bytes, Any], capabilities: frozenset[str]) -> Opened:
        if b"UIDVALIDITY" not in answer:
            raise Misconfigured(f"{self._place}: the server keeps no UIDs for this folder; Intake needs them")
        permanent = answer.get(b"PERMANENTFLAGS", ())
        keywords = b"\\*" in permanent or {DONE.encode(), FAILED.encode()} <= set(permanent)
        if not keywords and "" in (self.settings.processed_folder, self.settings.quarantine_folder):
            remedy = f"set processed_folder and quarantine_folder in {TABLE}"
            raise Misconfigured(f"{self._place}: the server keeps no keywords to mark mail with; {remedy}")
        self._keeps_keywords = keywords
        uidnext = int(answer.get(b"UIDNEXT", 0)) or WINDOW
        return Opened(int(answer[b"UIDVALIDITY"]), uidnext, int(answer.get(b"EXISTS", 0)), capabilities)

    @property
    def _place(self) -> str:
        return f"IMAP {self.settings.host}:{self.settings.port}"

    def _known(self) -> Opened:
        if self._opened is None or not self.connected:
            raise TryLater(f"{self._place}: not connected")
        return self._opened

    def _wire_or_raise(self) -> Wire:
        if self._wire is None or self._wire.client is None:
            raise TryLater(f"{self._place}: not connected")
        return self._wire

    def _talking(self, purpose: str, seconds: float = 0) -> AbstractContextManager[Any]:
        return self._wire_or_raise().talking(purpose, seconds or self.command_seconds)

    def _drop(self) -> None:
        if self._wire is not None:
            self._wire.drop()
        self._wire = None
        self._opened = None


def _is_busy(error: TryLater) -> bool:
    return isinstance(error, Limited) and error.limit is Limit.BUSY


def _mark(client: Any, uids: list[int], keyword: str) -> None:
    """So that mail of ours can be told from what a person puts into the folder. It goes there without just as well."""
    try:
        client.add_flags(uids, [keyword], silent=True)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error:
        return


def _move(client: Any, uids: list[int], folder: str) -> None:
    if client.has_capability("MOVE"):
        client.move(uids, folder)
        return
    client.copy(uids, folder)
    client.delete_messages(uids, silent=True)
    # A plain EXPUNGE would also take what people deleted (RFC 4315 section 1); such a server keeps our mail as deleted.
    if client.has_capability("UIDPLUS"):
        client.uid_expunge(uids)


def _arrival(item: Mapping[bytes, Any]) -> datetime:
    when = item.get(b"INTERNALDATE")
    # RFC 3501 section 2.3.3: every mail has one. Where a server fails to say, the mail has just come to our notice.
    return when.astimezone(UTC) if isinstance(when, datetime) else datetime.now(UTC)
