"""A mail server's folder as a model: UIDs that only rise, a UIDVALIDITY that may change and come back, people in it.

`Mailbox` is the server, `Session` stands in for `intake.imap.Imap`: the same questions and answers, every failure a
TryLater before or after the server did what it was asked, and half of what it was asked now and then.
"""

from collections.abc import Callable, Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from intake.imap import DONE, Catch, Fetched, Filed, Imap, Opened, Size, chunks
from intake.limits import Limit, Limited
from intake.settings import ImapSettings
from rules.facts import TryLater
from tests.model.points import Place, Points, What

INBOX, TRASH, SHELF = "INBOX", "Trash", "Shelf"
"""Where mail comes in, where it is thrown away, and a folder of a person's own."""


@dataclass(eq=False, slots=True)
class Message:
    raw: bytes
    arrived: datetime
    """INTERNALDATE."""
    folder: str = INBOX
    uids: dict[int, int] = field(default_factory=dict)
    """UIDVALIDITY -> UID, in the inbox."""
    claimed_size: int = 0
    """RFC822.SIZE where it is not the bytes'."""
    refusals: int = 0
    """How often the server still refuses to hand over its body."""
    empty: bool = False
    """The server shows it and answers NIL for its body."""

    @property
    def size(self) -> int:
        return self.claimed_size or len(self.raw)


@dataclass(eq=False)
class Mailbox:
    filing: Callable[[Message, int, int, str], None]
    """Told of each message, with UIDVALIDITY and UID, that is about to leave the inbox by our hand, and for where."""
    validity: int = 7
    messages: list[Message] = field(default_factory=list)
    shown: dict[tuple[int, int], Message] = field(default_factory=dict)
    """What a search showed, ever."""
    epoch: int = 0
    """Sessions of an earlier one have ended."""
    _next: dict[int, int] = field(default_factory=dict)

    def append(self, message: Message) -> Message:
        message.folder = INBOX
        message.uids = {self.validity: self._take()}
        self.messages.append(message)
        return message

    def inbox(self) -> dict[int, Message]:
        return {one.uids[self.validity]: one for one in self.messages if one.folder == INBOX}

    def takes_away(self, message: Message, folder: str) -> None:
        """A person moves it out of the inbox."""
        message.folder = folder

    def puts_back(self, message: Message) -> None:
        """A person moves it into the inbox: there it has a new UID."""
        message.folder = INBOX
        message.uids = {self.validity: self._take()}

    def counts_anew(self, validity: int) -> None:
        """Another server has taken over, or the first one again, which still knows the UIDs that it gave."""
        self.validity = validity
        self.epoch += 1
        for message in self.messages:
            if message.folder == INBOX and validity not in message.uids:
                message.uids[validity] = self._take()

    def _take(self) -> int:
        uid = self._next.get(self.validity, 1)
        self._next[self.validity] = uid + 1
        return uid

    @property
    def uidnext(self) -> int:
        return self._next.get(self.validity, 1)


class Session(Imap):
    """What `TakeIn` is handed."""

    def __init__(self, mailbox: Mailbox, settings: ImapSettings, points: Points) -> None:
        super().__init__(settings)
        self._mailbox, self._points = mailbox, points
        self._epoch: int | None = None

    @property
    def connected(self) -> bool:
        return self._epoch is not None

    def connect(self) -> Opened:
        self.close()
        self._asked(connecting=True)
        self._epoch = self._mailbox.epoch
        self._answers()
        return Opened(self._mailbox.validity, self._mailbox.uidnext, len(self._mailbox.inbox()), frozenset())

    def uids_after(self, last: int) -> list[int]:
        self._asked()
        there = {uid: one for uid, one in sorted(self._mailbox.inbox().items()) if uid > last}
        self._mailbox.shown |= {(self._mailbox.validity, uid): one for uid, one in there.items()}
        self._answers()
        return list(there)

    def sizes(self, uids: Collection[int]) -> dict[int, Size]:
        self._asked()
        found = {uid: Size(one.size, one.arrived) for uid, one in self._of(uids)}
        self._answers()
        return found

    def fetch(self, sizes: Mapping[int, Size]) -> Catch:
        self._asked()
        there = [(uid, one) for uid, one in self._of(sizes) if not one.empty]
        given = tuple(Fetched(uid, one.arrived, one.raw) for uid, one in there if not one.refusals)
        refused = {uid: "the server refused" for uid, one in there if one.refusals}
        for _, one in there:
            one.refusals = max(0, one.refusals - 1)
        if refused and not given and len(sizes) > 1:
            raise TryLater("the server refused them all")
        self._answers()
        return Catch(given, refused)

    def head(self, uid: int) -> bytes:
        self._asked()
        found = next((one.raw[:200] for _, one in self._of([uid])), b"")
        self._answers()
        return found

    def file(self, uids: Collection[int], folder: str, keyword: str = DONE) -> Filed:
        filed: set[int] = set()
        for chunk in chunks(uids):
            self._asked()
            there = list(self._of(chunk))
            for number, (uid, message) in enumerate(there):
                if number == 1:
                    self._asked()  # not every server moves all or none
                filed.add(uid)
                if folder:
                    self._mailbox.filing(message, self._mailbox.validity, uid, folder)
                    message.folder = folder
            self._answers()
        return Filed(frozenset(filed), frozenset(uids) - filed)

    def close(self) -> None:
        self._epoch = None

    def _of(self, uids: Collection[int]) -> Iterator[tuple[int, Message]]:
        there = self._mailbox.inbox()
        return ((uid, there[uid]) for uid in uids if uid in there)

    def _asked(self, *, connecting: bool = False) -> None:
        self._answers()
        if self._epoch != self._mailbox.epoch and not connecting:
            self._ends()

    def _answers(self) -> None:
        match self._points.reach(Place.SERVER):
            case What.FAILS:
                self._ends()
            case What.REFUSES:
                raise TryLater("the server says NO")
            case What.IS_FULL:
                raise Limited("the server has no room", Limit.QUOTA)

    def _ends(self) -> None:
        self._epoch = None
        raise TryLater("the connection ended")
