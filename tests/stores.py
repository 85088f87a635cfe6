"""A new store with the current schema, for tests that need one and not the making of it.

The migrations run once in a process; each test gets a copy of the file that they made.
"""

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from storage import schema
from storage.database import Database


def new_store(file: Path) -> str:
    """A store at that place without anything in it; its URL."""
    file.write_bytes(_made())
    return f"sqlite:///{file}"


@cache
def _made() -> bytes:
    with TemporaryDirectory() as folder:
        file = Path(folder, "intake.db")
        database = Database(f"sqlite:///{file}")
        schema.upgrade(database)
        database.close()  # the last connection writes the log into the file
        return file.read_bytes()
