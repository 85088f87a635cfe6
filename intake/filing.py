"""Moves what is recorded out of the folder, and leaves there for a while what would not be moved.

A folder that is full (OVERQUOTA, RFC 9208 section 6) is not asked again for each mail: nothing more is tried there
until its wait is over, the mails stay where they are, flagged as recorded, and `status` says so. Taking in goes on.
Whether a mail was filed is remembered in the store; losing what is remembered here costs one attempt.
"""

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import structlog

from intake import limits
from intake.backoff import FILING
from intake.desk import Desk
from intake.imap import DONE, FAILED, Imap
from intake.limits import Limit, Limited
from rules.facts import End, TryLater
from storage import conditions, ledger
from storage.database import Database
from storage.delays import LONGEST

log = structlog.get_logger()

PART = "filing"
"""For `status`, followed by the mailbox's name."""


@dataclass(slots=True)
class Filing:
    """Of one mailbox. Used by one thread."""

    desk: Callable[[], Desk]
    database: Database
    now: Callable[[], datetime]
    progress: Callable[[float], None]
    """Called before each step that may block, with the seconds it may take."""
    stopping: Callable[[], bool]
    _failures: int = 0
    """In a row."""
    _full: dict[str, datetime] = field(default_factory=dict)
    """Folders that take nothing more, and until when none is asked again."""
    _well: bool = False
    """Whether `status` is known to say nothing of a full folder."""

    def file(self, imap: Imap, uidvalidity: int) -> None:
        """Move what is due. Raises TryLater where the connection is gone."""
        name, folders = self.desk().name, self.desk().mailbox.imap
        while not self.stopping():
            with self.database.snapshot() as tx:
                waiting = ledger.to_file(tx, name, uidvalidity, self.now())
            if not waiting:
                break
            for quarantine in (False, True):
                uids = [seen.uid for seen in waiting if (seen.end is End.QUARANTINED) is quarantine]
                if uids and quarantine:
                    self._file(imap, uidvalidity, uids, folders.quarantine_folder, FAILED)
                elif uids:
                    self._file(imap, uidvalidity, uids, folders.processed_folder, DONE)
        if not self._full:
            self._note_well()

    def _file(self, imap: Imap, uidvalidity: int, uids: Sequence[int], folder: str, keyword: str) -> None:
        until = self._full.get(folder)
        if until is not None and self.now() < until <= self.now() + LONGEST:
            self._put_off(imap, uidvalidity, uids, keyword, until)
            return
        self.progress(imap.command_seconds)
        try:
            imap.file(uids, folder, keyword)  # what is absent was taken away by a person, and is filed all the same
        except TryLater as trouble:
            if not imap.connected:
                raise
            self._failed(uidvalidity, uids, folder, trouble)
        else:
            self._failures = 0
            self._full.pop(folder, None)
            with self.database.transaction(of=()) as tx:
                ledger.filed(tx, self.desk().name, uidvalidity, uids, self.now())

    def _failed(self, uidvalidity: int, uids: Sequence[int], folder: str, trouble: TryLater) -> None:
        self._failures += 1
        log.warning("filing_failed", mailbox=self.desk().name, mails=len(uids), why=str(trouble))
        again = self.now() + timedelta(seconds=limits.wait(trouble, self._failures, FILING))
        self._remember(uidvalidity, uids, again)
        if not isinstance(trouble, Limited) or trouble.limit is not Limit.QUOTA:
            return
        self._full[folder] = again
        self._well = False
        with self.database.transaction(of=()) as tx:
            said = f"{trouble}; recorded mail stays in the folder meanwhile, and new mail is taken in"
            conditions.note(tx, self._part, False, said, self.now())

    def _put_off(self, imap: Imap, uidvalidity: int, uids: Sequence[int], keyword: str, until: datetime) -> None:
        """Where they are, they bear the mark that they would bear where they go: a flag takes no room. A server without
        keywords shows them as any others."""
        self._remember(uidvalidity, uids, until)
        self.progress(imap.command_seconds)
        try:
            imap.file(uids, "", keyword)
        except TryLater:
            if not imap.connected:
                raise

    def _remember(self, uidvalidity: int, uids: Sequence[int], until: datetime) -> None:
        with self.database.transaction(of=()) as tx:
            ledger.filing_failed(tx, self.desk().name, uidvalidity, uids, until)

    @property
    def _part(self) -> str:
        return f"{PART} {self.desk().name}"

    def _note_well(self) -> None:
        """What an earlier process noted is over as well."""
        if self._well:
            return
        with contextlib.suppress(TryLater):  # the store's own trouble shows elsewhere
            with self.database.snapshot() as tx:
                over = any(one.part == self._part and not one.well for one in conditions.current(tx))
            if over:
                with self.database.transaction(of=()) as tx:
                    conditions.note(tx, self._part, True, "mail is moved out of the folder again", self.now())
            self._well = True
