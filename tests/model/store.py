"""The real store, whose transactions a process may not live to see the end of, or whose word may be lost.

What a statement of SQLAlchemy's compiles to is kept with its engine, so all that ever open a store of one place share
one: a new engine for each process would compile everything anew.
"""

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from typing import Any, ClassVar

from sqlalchemy import Engine, event

from rules.facts import TryLater
from storage.database import Database, Transaction
from tests.model.points import Place, Points, What


class Store(Database):
    """As the process sees it that has these points; without any, as it is."""

    commits: ClassVar[int] = 0
    """Of all."""
    _engines: ClassVar[dict[str, Engine]] = {}

    def __init__(self, url: str, points: Points | None = None) -> None:
        super().__init__(url)
        self._points = points
        if self.is_sqlite and url not in self._engines:
            event.listen(self.engine, "connect", _hurry)
        self.engine = self._engines.setdefault(url, self.engine)

    @contextmanager
    def transaction(self, *, of: Collection[str] | None = None) -> Iterator[Transaction]:
        self._pass(Place.STORE)
        with super().transaction(of=of) as tx:
            yield tx
            self._pass(Place.WITHIN)
        Store.commits += 1
        self._pass(Place.COMMITTED)

    @contextmanager
    def snapshot(self) -> Iterator[Transaction]:
        self._pass(Place.STORE)
        with super().snapshot() as tx:
            yield tx

    def _pass(self, place: Place) -> None:
        if self._points is not None and self._points.reach(place) is What.FAILS:
            raise TryLater(f"the store is in trouble ({place})")


def _hurry(connection: Any, _record: object) -> None:
    """No disk is waited for: what dies here is a process of the model's, never the machine."""
    connection.execute("PRAGMA synchronous=OFF")
