"""Numbers of rows that are still to be written, drawn ahead: what refers to a row need not wait for its INSERT.

On SQLite, where nobody else writes meanwhile, they follow the highest that is there, as its own would; on PostgreSQL
they are its sequence's, of which those that nobody uses are lost, as with any transaction that fails. Whoever draws one
writes the row on the same transaction.
"""

from collections.abc import Iterator
from functools import cache
from itertools import count

import sqlalchemy as sa

from storage.database import Transaction
from storage.transaction import Prepared, prepared


def draw(tx: Transaction, table: sa.Table) -> int:
    """The number of the table's next row; `tx.expected` says how many are asked for at once."""
    number = next(tx.drawn.get(table.name, iter(())), None)
    if number is None:
        drawn = tx.drawn[table.name] = _after(tx, table) if tx.dialect.name == "sqlite" else _some(tx, table)
        number = next(drawn)
    return number


def _after(tx: Transaction, table: sa.Table) -> Iterator[int]:
    return count(int(tx.execute(_highest(table)).scalar_one() or 0) + 1)


@cache
def _highest(table: sa.Table) -> Prepared:
    return prepared(sa.select(sa.func.max(table.c.id)))


def _some(tx: Transaction, table: sa.Table) -> Iterator[int]:
    numbers = tx.execute(SOME, {"of": table.name, "many": tx.expected})
    return iter(sorted(int(number) for number in numbers.scalars()))


SOME = prepared(
    sa.select(sa.func.nextval(sa.func.pg_get_serial_sequence(sa.bindparam("of"), "id"))).select_from(
        sa.func.generate_series(1, sa.bindparam("many", type_=sa.Integer)).alias("one")
    )
)
