"""Writes large bytes into a row without the driver's copies of them.

SQLite would hold a 50 MB mail three times (its parameter, and the row it makes of it), PostgreSQL's driver four times,
in hexadecimal. Here SQLite is given a row of zeros, which takes no room, and then its pages; PostgreSQL a binary COPY
of one row. Both happen on the caller's transaction, and what goes wrong is raised as SQLAlchemy raises it.
"""

import sqlite3
import struct
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import DBAPIError

from storage.database import Transaction
from storage.tables import raw_mail
from storage.transaction import prepared

LARGE = 1_000_000
"""Bytes; fewer go as any other value."""
PORTION = 1_000_000
WRITE = prepared(sa.insert(raw_mail), keeps_notes=True)
COPY_HEAD = b"PGCOPY\n\xff\r\n\0" + struct.pack("!ii", 0, 0)
COPY_TAIL = struct.pack("!h", -1)


def write_raw(tx: Transaction, mail_id: int, raw: bytes) -> None:
    """The bytes of a mail, whose row is new."""
    if len(raw) < LARGE:
        tx.later(WRITE, {"mail_id": mail_id, "raw": raw})
        tx.note("raw_mail", {mail_id: raw})  # its notice brings it along
        return
    driver: Any = tx.dialect.dbapi
    try:
        if tx.dialect.name == "sqlite":
            tx.execute(sa.insert(raw_mail).values(mail_id=mail_id, raw=sa.func.zeroblob(len(raw))))
            _into_pages(tx.driver_connection, mail_id, raw)
        else:
            _by_copy(tx.driver_connection, mail_id, raw)
    except driver.Error as error:
        raise DBAPIError.instance(None, None, error, driver.Error, hide_parameters=True, dialect=tx.dialect) from error


def _into_pages(connection: Any, mail_id: int, raw: bytes) -> None:
    assert isinstance(connection, sqlite3.Connection)
    with connection.blobopen(raw_mail.name, raw_mail.c.raw.name, mail_id) as blob:
        blob.write(raw)


def _by_copy(connection: Any, mail_id: int, raw: bytes) -> None:
    with (
        connection.cursor() as cursor,
        cursor.copy("COPY raw_mail (mail_id, raw) FROM STDIN (FORMAT BINARY)") as copy,
    ):
        for portion in _row(mail_id, raw):
            copy.write(portion)


def _row(mail_id: int, raw: bytes) -> Iterator[bytes]:
    """https://www.postgresql.org/docs/current/sql-copy.html, binary format: two fields, an int4 and a bytea."""
    yield COPY_HEAD + struct.pack("!hii", 2, 4, mail_id) + struct.pack("!i", len(raw))
    whole = memoryview(raw)
    for start in range(0, len(raw), PORTION):
        yield bytes(whole[start : start + PORTION])
    yield COPY_TAIL
