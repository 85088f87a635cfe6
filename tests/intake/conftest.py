"""A desk and a store for tests of what happens between the mailbox and the outbox, without a server."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import structlog

from intake.desk import Desk, load_desks
from intake.settings import ImapSettings, MailboxSettings, Queue, Settings, SmtpSettings, StaffMember, StorageSettings
from storage import schema
from storage.database import Database
from tests.intake.private_text import private_text_in
from tests.stores import new_store, under


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    store = Database(new_store(tmp_path / "intake.db"))
    yield store
    store.close()


@pytest.fixture
def desk() -> Iterator[Desk]:
    """Made of the shipped policy; what is logged beside it is kept from the terminal."""
    mailbox = MailboxSettings(
        name="support",
        address="support@example.com",
        display_name="Example Support",
        policy="irex",
        ticket_prefix="EX",
        imap=ImapSettings(host="127.0.0.1", username="support"),
        smtp=SmtpSettings(host="127.0.0.1"),
    )
    staff = (
        StaffMember(name="Sam Field", email="Sam@example.com", queues=("support",)),
        StaffMember(name="Kim Senn", email="kim@example.com", queues=("senior", "development")),
    )
    queues = {"on_call": Queue(notify=("pager@example.com", "ntfy://example/intake"))}
    settings = Settings(storage=StorageSettings(url="sqlite://"), mailbox=(mailbox,), staff=staff, queues=queues)
    with structlog.testing.capture_logs():
        yield load_desks(settings)[0]


@pytest.fixture(autouse=True)
def nothing_private_reaches_a_customer(request: pytest.FixtureRequest) -> Iterator[None]:
    """Every letter that any test of this room left in a store is looked through, byte for byte."""
    home: Path | None = request.getfixturevalue("tmp_path") if "tmp_path" in request.fixturenames else None
    yield
    if home is None or request.node.get_closest_marker("leaks"):
        return
    for url in under(home):
        store = Database(url)
        try:
            if schema.state(store) is schema.SchemaState.CURRENT:
                assert private_text_in(store) == []
        finally:
            store.close()
