"""What the mailbox's connection hands out, and how it portions its work."""

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime

CHUNK = 500
"""UIDs named in one command: servers limit the length of a line."""


@dataclass(frozen=True, slots=True)
class Opened:
    """The folder as it was selected."""

    uidvalidity: int
    uidnext: int
    exists: int
    capabilities: frozenset[str]


@dataclass(frozen=True, slots=True)
class Size:
    """What is known of a mail before its body is asked for."""

    size: int
    """RFC822.SIZE in octets; servers have been seen to be off by the line ends."""
    internaldate: datetime


@dataclass(frozen=True, slots=True)
class Fetched:
    uid: int
    internaldate: datetime
    """Aware, UTC: when the mail reached the mailbox."""
    raw: bytes


@dataclass(frozen=True, slots=True)
class Catch:
    """A fetch: a UID that is in neither is no longer there."""

    mails: tuple[Fetched, ...]
    refused: Mapping[int, str] = field(default_factory=dict)
    """Mail whose body the server would not hand over, though it handed over others: its words."""


@dataclass(frozen=True, slots=True)
class Filed:
    filed: frozenset[int]
    absent: frozenset[int]
    """Not there any more: filed before, or a person was quicker."""


def batches(sizes: Mapping[int, Size], limit_bytes: int, limit_count: int) -> Iterator[dict[int, Size]]:
    """The same mails in the same order, in portions within both limits; a mail beyond `limit_bytes` comes alone."""
    batch: dict[int, Size] = {}
    octets = 0
    for uid, size in sizes.items():
        if batch and (octets + size.size > limit_bytes or len(batch) >= limit_count):
            yield batch
            batch, octets = {}, 0
        batch[uid] = size
        octets += size.size
    if batch:
        yield batch


def chunks(uids: Collection[int]) -> Iterator[list[int]]:
    every = list(uids)
    for start in range(0, len(every), CHUNK):
        yield every[start : start + CHUNK]
