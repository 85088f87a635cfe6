"""The mails that wait in a folder, in the order in which they are taken in, batch by batch.

The oldest go first. Where the line is so long that its end waits for seconds, whom we know and who sounds urgent go
before the others (`first_look`), also those that come while the line is worked off. Sizes are asked for as the line
moves on, so that the first mail does not wait for the last one's.
"""

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field

from intake.desk import Desk
from intake.first_look import Rank, ranks
from intake.imap import Imap, Size, chunks
from intake.imap_values import CHUNK
from storage.database import Database

SOON = 1_500
"""So many are taken in within seconds: no need to look who they are."""
FEW = 200
"""With fewer left the folder is soon searched anyhow."""
LOOK_SECONDS = 1.0
"""Between two looks for newcomers."""


@dataclass(slots=True)
class WaitingLine:
    imap: Imap
    desk: Desk
    database: Database
    progress: Callable[[float], None]
    seconds: Callable[[], float]
    newcomers: Callable[[], Sequence[int]]
    """UIDs that have come since it was asked last."""
    sizes: dict[int, Size] = field(default_factory=dict)
    """Of every mail that has left the line or is about to."""
    _uids: deque[int] = field(default_factory=deque)
    _next: deque[int] = field(default_factory=deque)
    """Those whose sizes are known."""
    _looked_at: float = 0.0

    def join(self, uids: Sequence[int]) -> None:
        """They stand in line, in the order that they should have."""
        ranked = self._ranks(uids[SOON:])
        later = sorted(uids[SOON:], key=lambda uid: ranked.get(uid, Rank.OTHERS))
        urgent = [uid for uid in later if ranked.get(uid) is Rank.URGENT]
        self._uids.extend([*urgent, *uids[:SOON], *later[len(urgent) :]])
        self._looked_at = self.seconds()

    def batches(self, most_octets: int, most: int) -> Iterator[dict[int, Size]]:
        """Portions within both limits, until nobody is left; a mail beyond `most_octets` comes alone."""
        while batch := self._batch(most_octets, most):
            yield batch
            if len(self._uids) + len(self._next) > FEW and self.seconds() - self._looked_at > LOOK_SECONDS:
                self._look_again()

    def _batch(self, most_octets: int, most: int) -> dict[int, Size]:
        batch: dict[int, Size] = {}
        octets = 0
        while len(batch) < most and (self._next or self._ask_for_sizes()):
            size = self.sizes[self._next[0]]
            if batch and octets + size.size > most_octets:
                break
            batch[self._next.popleft()] = size
            octets += size.size
        return batch

    def _ask_for_sizes(self) -> bool:
        """False where nobody is left. Who is not there any more leaves the line."""
        while self._uids and not self._next:
            some = [self._uids.popleft() for _ in range(min(len(self._uids), CHUNK))]
            self._next.extend(self._sizes(some))
        return bool(self._next)

    def _sizes(self, uids: Sequence[int]) -> Sequence[int]:
        self.progress(self.imap.command_seconds)
        found = self.imap.sizes(uids)
        self.sizes |= found
        return list(found)

    def _look_again(self) -> None:
        self.progress(self.imap.command_seconds)
        come = self.newcomers()
        ranked = self._ranks(come)
        urgent = [uid for uid in come if ranked.get(uid) is Rank.URGENT]
        self._next.extendleft(reversed(self._sizes(urgent) if urgent else ()))
        self._uids.extend(uid for uid in come if uid not in urgent)
        self._looked_at = self.seconds()

    def _ranks(self, uids: Sequence[int]) -> dict[int, Rank]:
        found: dict[int, Rank] = {}
        for some in chunks(uids):
            self.progress(self.imap.command_seconds)
            found |= ranks(self.imap, self.desk, self.database, some)
        return found
