"""A look into a mailbox's folders that changes nothing: read-only, beside the connection that takes mail in.

One folder is open at a time (EXAMINE, RFC 3501 section 6.3.2). None is made, moved or flagged. UIDs come in windows and
bodies in batches, so that a folder of a million mails takes no more memory than a small one. Failures are TryLater.
"""

from collections.abc import Collection, Iterator

from intake import imap_folders
from intake.imap import Imap, Opened, chunks
from intake.imap_login import log_in
from intake.imap_wire import Wire
from intake.trouble import Misconfigured

WIDE = 50_000
"""UIDs asked for by one search."""
MOST_SEARCHES = 2_000
"""Of one folder: where a server counts in strides, each is asked for more UIDs."""


class Onlooker(Imap):
    """Of one mailbox, for one thread. After `connect`, `open` a folder; `sizes`, `fetch` and `head` are of that one."""

    read_only = True
    """How folders are opened; what changes them is a class of its own."""

    def connect(self) -> Opened:
        """Logs in and opens the mailbox's folder. Raises TryLater or Misconfigured."""
        self._drop()
        self._wire = Wire(self.settings, self._connect_seconds, self._read_seconds)
        try:
            with self._talking("log in") as client:
                log_in(client, self.settings, self._wire.place)
            opened = self.open(self.settings.folder)
            if opened is None:
                raise Misconfigured(f"{self._place}: there is no folder {self.settings.folder!r}")
        except BaseException:
            self._drop()
            raise
        return opened

    def open(self, folder: str) -> Opened | None:
        """The folder by its name in the settings; None where there is none."""
        with self._talking(f"look into the folder {folder}") as client:
            name = imap_folders.find(client, folder)
            if not name:
                return None
            answer = client.select_folder(name, readonly=self.read_only)
        if b"UIDVALIDITY" not in answer:
            raise Misconfigured(f"{self._place}: the server keeps no UIDs for the folder {folder!r}")
        self._opened = Opened(
            int(answer[b"UIDVALIDITY"]), int(answer.get(b"UIDNEXT", 0)), int(answer.get(b"EXISTS", 0)), frozenset()
        )
        return self._opened

    @property
    def opened(self) -> Opened:
        """The open folder, as it was opened."""
        return self._known()

    def windows(self, above: int, up_to: int | None = None) -> Iterator[list[int]]:
        """The UIDs in the open folder above one and up to another, ascending, some at a time."""
        opened = self._known()
        last = max(opened.uidnext - 1, 0) if up_to is None else up_to
        if opened.exists <= WIDE or not opened.uidnext:
            yield self._search(f"{above + 1}:*", above, up_to)
            return
        stride = max(WIDE, (last - above) // MOST_SEARCHES)
        for start in range(above + 1, last + 1, stride):
            yield self._search(f"{start}:{min(start + stride - 1, last)}", above, up_to)

    def flags(self, uids: Collection[int]) -> dict[int, frozenset[str]]:
        """Flags and keywords of those that are there, in small letters."""
        found: dict[int, frozenset[str]] = {}
        for chunk in chunks(uids):
            with self._talking("ask for flags") as client:
                answer = client.get_flags(chunk)
            found |= {uid: frozenset(_word(flag) for flag in answer[uid]) for uid in chunk if uid in answer}
        return found

    def _search(self, uids: str, above: int, up_to: int | None) -> list[int]:
        with self._talking("search") as client:
            client._imap.untagged_responses.clear()
            found = set(client.search(["UID", uids]))
        return sorted(uid for uid in found if uid > above and (up_to is None or uid <= up_to))


def _word(flag: bytes) -> str:
    return flag.decode("ascii", "replace").casefold()
