"""Rows for every table there is, whatever it is about: foreign keys satisfied, and nulls where they are allowed."""

from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from storage.database import Transaction

Rows = Mapping[str, list[dict[str, Any]]]
"""Table to its rows."""

TEXT = "Müller's “quote”, \\ 100 %\r\n\tсервер 🚒 {}"
WHEN = datetime(2026, 3, 29, 1, 59, 59, 999_999, tzinfo=UTC)
JSONS: tuple[Any, ...] = (
    {"why": TEXT, "b": 1, "a": [0.99, 1.0, 1e-7, -3, None, True], "ä": {"": []}, "long": 2**40},
    [],
    ["ana@alder.example", "\u2028"],
)


def fill(tx: Transaction, metadata: sa.MetaData, rows: int = 3, *, aware: bool = True) -> Rows:
    """So many rows in each table; the second has every null that is allowed. `aware`: as times are to be given."""
    filled: dict[str, list[dict[str, Any]]] = {}
    for table in metadata.sorted_tables:
        if table.name != "alembic_version":
            filled[table.name] = [_row(table, number, filled, aware=aware) for number in range(rows)]
            for row in filled[table.name]:
                tx.execute(sa.insert(table).values(row))
    return filled


def _row(table: sa.Table, number: int, filled: Rows, *, aware: bool) -> dict[str, Any]:
    return {column.name: _value(column, number, filled, aware=aware) for column in table.columns}


def _value(column: "sa.Column[Any]", number: int, filled: Rows, *, aware: bool) -> Any:
    if number == 1 and column.nullable and not column.primary_key:
        return sa.null()
    for key in column.foreign_keys:
        return filled[key.column.table.name][number][key.column.name]
    match column.type:
        case sa.JSON():
            return JSONS[number % len(JSONS)]
        case sa.LargeBinary():
            return bytes(range(256)) * (number + 1)
        case sa.Boolean():
            return number % 2 == 0
        case sa.Date():
            return date(2026, 2, 28) + timedelta(number)
        case sa.DateTime() | sa.TypeDecorator(impl=sa.DateTime()):
            when = WHEN + timedelta(days=number)
            return when if aware else when.replace(tzinfo=None)
        case sa.BigInteger():
            return 2**40 + number
        case sa.Integer():
            return 7 * number + 3
        case sa.String() | sa.TypeDecorator(impl=sa.String()):
            return f"{number} {TEXT}"[: getattr(column.type, "length", None) or 1000]
    raise AssertionError(f"no value for {column} {column.type!r}")
