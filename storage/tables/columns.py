"""What the columns of every table are made of, and the one place where all tables are gathered.

Every time is aware and UTC, every closed set is a plain string column, because neither engine lets Alembic see a new
member of an enumerated type.
"""

from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator, TypeEngine

metadata = sa.MetaData()


class Instant(TypeDecorator[datetime]):
    """A moment: aware where it goes in, aware and UTC where it comes out, on either engine.

    SQLAlchemy's own would let SQLite keep a local time as it stands, and hand it out without its zone: comparisons
    then missed rows, and no error said so.
    """

    impl = sa.DateTime
    cache_ok = True

    def __init__(self) -> None:
        super().__init__(timezone=True)

    def process_bind_param(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        """Raises ValueError for a time without a zone."""
        if value is None:
            return None
        if value.utcoffset() is None:
            raise ValueError(f"{value} has no time zone")
        return value.astimezone(UTC)

    def process_result_value(self, value: datetime | None, dialect: sa.Dialect) -> datetime | None:
        if value is None:
            return None
        # SQLite has no zones: what stands there was UTC when it was written
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


TEXT = sa.String()
HASH = sa.String(64)
"""SHA-256, in hexadecimal digits."""
NUMBER = sa.Integer()
LARGE = sa.BigInteger()
"""What goes beyond 31 bits: the numbers that IMAP gives."""
FLAG = sa.Boolean()
DAY = sa.Date()
WHEN = Instant()
OCTETS = sa.LargeBinary()
JSON = sa.JSON()
"""On PostgreSQL `json`, which is the text that was written: `jsonb` loses its order and refuses NUL."""


def numbered() -> "sa.Column[int]":
    """The key of a table whose rows the database numbers."""
    return sa.Column("id", NUMBER, primary_key=True)


def key(name: str, kind: TypeEngine[Any], *, of: str = "") -> "sa.Column[Any]":
    """A column of the primary key; `of` is the column that it refers to, such as "ticket.id"."""
    return sa.Column(name, kind, *_reference(of), primary_key=True)


def needed(
    name: str, kind: TypeEngine[Any], *, of: str = "", default: Any = None, unique: bool = False
) -> "sa.Column[Any]":
    """A column that is never empty. The default is what an INSERT without it writes; None is none."""
    more = {} if default is None else {"default": default}
    return sa.Column(name, kind, *_reference(of), nullable=False, unique=unique or None, **more)


def optional(name: str, kind: TypeEngine[Any], *, of: str = "", unique: bool = False) -> "sa.Column[Any]":
    """A column that may be empty."""
    return sa.Column(name, kind, *_reference(of), unique=unique or None)


def index(name: str, *columns: str, where: str = "") -> sa.Index:
    """`where` keeps to the rows for which that holds, in the SQL of both engines.

    It is told here and made by the migrations. Told to SQLAlchemy it would load the dialects of both engines, and that
    was a tenth of a command.
    """
    return sa.Index(name, *columns, info={"where": where})


def _reference(column: str) -> tuple[sa.ForeignKey, ...]:
    return (sa.ForeignKey(column),) if column else ()
