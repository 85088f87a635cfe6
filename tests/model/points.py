"""The points of a daemon's work at which something may come between: around each commit and each word to a server.

A step of the model is given incidents: at the n-th point from now the process dies, a server or the store is in
trouble, or somebody else does something meanwhile. Nothing of the product is replaced for it: the model's store and
wires stop here. A process that has died reaches no further point, whatever its `finally` and `except` still try.
"""

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum


class Died(BaseException):
    """The process is gone between two of its instructions. No `except Exception` of the product catches it."""


class Place(StrEnum):
    """Where a process is."""

    SERVER = "server"
    """At a server, before or after it did what it was asked."""
    STORE = "store"
    """At the store, outside of a transaction."""
    WITHIN = "within"
    """At the end of a transaction, before its commit."""
    COMMITTED = "committed"
    """After a commit, before anybody knows of it."""


class What(StrEnum):
    DIES = "dies"
    FAILS = "fails"
    """The connection ends; the store cannot be used."""
    REFUSES = "refuses"
    """The server says no, and keeps the connection."""
    IS_FULL = "is full"
    """The server has no room, or asks us to slow down."""
    MEANWHILE = "meanwhile"
    """Somebody else does something."""


ELSEWHERE: Mapping[What, Collection[Place]] = {
    What.REFUSES: (Place.STORE, Place.WITHIN, Place.COMMITTED),
    What.IS_FULL: (Place.STORE, Place.WITHIN, Place.COMMITTED),
    What.MEANWHILE: (Place.WITHIN,),  # the others would wait for the end of the transaction
}
"""Where something cannot be: such points do not count for it."""


@dataclass(frozen=True, slots=True)
class Incident:
    after: int
    """Points that are passed before it."""
    what: What
    doing: str = ""
    """What somebody does meanwhile."""


class Points:
    """Those of one process."""

    def __init__(self, meanwhile: Callable[[str], None]) -> None:
        self.dead = False
        self._meanwhile = meanwhile
        self._left: dict[Incident, int] = {}

    @contextmanager
    def planned(self, incidents: Sequence[Incident]) -> Iterator[None]:
        """What comes between while this is open."""
        self._left = {one: one.after for one in incidents}
        try:
            yield
        finally:
            self._left = {}

    def reach(self, place: Place) -> What | None:
        """What the server or the store is to do here. Raises Died."""
        if self.dead:
            raise Died
        incident = self._due(place)
        if incident is None:
            return None
        if incident.what is What.DIES:
            self.dead = True
            raise Died
        if incident.what is What.MEANWHILE:
            self._meanwhile(incident.doing)
            return None
        return incident.what

    def _due(self, place: Place) -> Incident | None:
        due = None
        for incident, left in list(self._left.items()):
            if place in ELSEWHERE.get(incident.what, ()):
                continue
            if left > 0:
                self._left[incident] = left - 1
            elif due is None:
                due = incident
                del self._left[incident]
        return due
