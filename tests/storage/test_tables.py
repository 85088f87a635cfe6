"""No question that is asked for every mail, letter or sweep walks through a table that grows.

Without ANALYZE, SQLite plans by the schema alone, so an empty store shows the plan of a full one. A plan is right when
it never says SCAN and narrows each table by the columns named here: a search by `mailbox` alone is a walk through the
whole ledger all the same.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy import event

from storage import (
    ahead,
    answers,
    arrivals,
    assignments,
    backlogs,
    bookings,
    bounces,
    breakers,
    checkpoints,
    clocks,
    conditions,
    delays,
    digests,
    directory,
    exchanges,
    figures,
    forwards,
    gaps,
    holds,
    ledger,
    letter_counts,
    links,
    listings,
    mergers,
    mutes,
    outbox,
    pauses,
    private,
    schema,
    signing,
    silences,
    tickets,
    waits,
    workload,
)
from storage.bounces import Bounce
from storage.breakers import Scope
from storage.clocks import Clock
from storage.database import Database, Transaction
from storage.decisions import as_json
from storage.listings import TicketFilter
from storage.outbox import Delivery, LetterState
from storage.tables import mail, metadata, ticket
from storage.tickets import Ticket
from tests.bench import large_store
from tests.storage import samples
from tests.storage.samples import MONTH, NOW
from tests.stores import empty_store, only_postgresql

Narrowed = set[tuple[str, str]]
"""Table and the columns by which it is searched, as `SEARCH mail USING INDEX … (mailbox=? AND sha256=?)` has them."""

BY_ID = "rowid"
TWO = ["support", "sales"]
ASKED = ["<a@alder.example>", "<b@alder.example>"]
UNDER_WAY = (LetterState.WAITING, LetterState.CLAIMED, LetterState.REFUSED)
MAILBOX = {("mailbox", "name")}
UNFILED_OF_ALL = {("sighting", "mailbox uidvalidity")}
READY, UNFILED = ("outbox", "mailbox next_try_at"), ("sighting", "mailbox uidvalidity file_after")
CONTACTS = {("contact", "address"), ("contract", "contract")}
UIDS = {("sighting", "mailbox uidvalidity uid")}
LETTERS = {("outbox", "addressee created_at")}
LOOPS = {("breaker", "scope key")}
OF_TICKET = {("clock", "ticket_id"), ("ticket", BY_ID)}
PARTIES = {("correspondent", "ticket_id"), ("contact", "contract")}
CLOCK = Clock(1, 1, "EX-1", "support", clocks.RESOLUTION, NOW, NOW, None, None, "v")
CAME_BACK = Bounce(1, "ana@alder.example", NOW, "5.1.1", final=True)
MUTED = {("muted", "address")}
BY_KEY: Narrowed = set()
"""Put in the place of the row with its key, which is no question."""
SENT = Delivery(1, LetterState.SENT)
SMALL = {"mailbox", "condition", "gap", "strike"}
"""As many rows as there are mailboxes, parts, or things that are wrong now."""
EMPTY = {"muted", "booking", "breaker", "merger"}
"""In the filled store: of an index without entries a walk costs nothing, and PostgreSQL takes any."""
WALKS_ON_POSTGRESQL = {"workload.open_tickets", "clocks.overdue", "clocks.warnable", "waits.since"}
"""Through the tickets of the filled store, of which most are open. What they do in a large one is not tested."""
OF_WHAT_IS_OPEN = {
    str(index.name) for table in metadata.sorted_tables for index in table.indexes if index.info["where"]
}
"""Partial indexes: a walk through one meets what has not ended yet."""

HOT: dict[str, tuple[Callable[[Transaction], object], Narrowed]] = {
    "outbox.claim of one": (lambda tx: outbox.claim(tx, "here", NOW, TWO[:1], 9), {READY, ("outbox", BY_ID)}),
    "outbox.claim": (lambda tx: outbox.claim(tx, "here", NOW, TWO, 9), {READY, ("outbox", BY_ID)}),
    "outbox.claim of pages": (
        lambda tx: outbox.claim(tx, "here", NOW, TWO, 9, pages=True),
        {READY, ("outbox", BY_ID)},
    ),
    "delays.left_behind": (lambda tx: delays.left_behind(tx, TWO, NOW), {READY, ("sighting", "mailbox")}),
    "outbox.settle": (lambda tx: outbox.settle(tx, [SENT], NOW), {("outbox", BY_ID)}),
    "outbox.release": (lambda tx: outbox.release(tx, NOW), {("outbox", "state")}),
    "outbox.next_due": (lambda tx: outbox.next_due(tx, TWO), {("outbox", "mailbox")}),
    "outbox.due": (lambda tx: outbox.due(tx, NOW), {READY}),
    "letter_counts.automatic_to": (lambda tx: letter_counts.automatic_to(tx, "ana@alder.example", NOW), LETTERS),
    "letter_counts.of_template": (
        lambda tx: letter_counts.of_template(tx, "support", "held", NOW),
        {("outbox", "mailbox template created_at")},
    ),
    "letter_counts.last_to": (lambda tx: letter_counts.last_to(tx, "ana@alder.example", "held", NOW), LETTERS),
    "letter_counts.automatic_from": (
        lambda tx: letter_counts.automatic_from(tx, "support", NOW, 9),
        {("outbox", "mailbox created_at")},
    ),
    "exchanges.letters_sent": (lambda tx: exchanges.letters_sent(tx, "ana@alder.example", NOW, 9), LETTERS),
    "exchanges.requests": (
        lambda tx: exchanges.requests(tx, "ana@alder.example", NOW, 9),
        {("ticket", "contact opened_at"), ("mail", "ticket_id"), ("raw_mail", BY_ID)},
    ),
    "exchanges.heads": (lambda tx: exchanges.heads(tx, [1, 2]), {("raw_mail", BY_ID)}),
    "ahead.ask": (
        lambda tx: ahead.ask(tx, TWO, ["ana@alder.example"], ASKED, NOW),
        {
            ("muted", "address"),
            ("silenced", "address"),
            ("breaker", "scope key"),
            ("mail", "mailbox message_id"),
            ("outbox", "addressee created_at"),
            ("outbox", "message_id"),
            ("ticket", BY_ID),
        },
    ),
    "checkpoints.load": (lambda tx: checkpoints.load(tx, "support"), MAILBOX),
    "checkpoints.advance": (lambda tx: checkpoints.advance(tx, "support", 1, 9), MAILBOX),
    "checkpoints.touch": (lambda tx: checkpoints.touch(tx, "support"), MAILBOX),
    "checkpoints.take_number": (lambda tx: checkpoints.take_number(tx, "support"), MAILBOX),
    "checkpoints.paused": (checkpoints.paused, set()),
    "conditions.current": (conditions.current, set()),
    "gaps.count": (gaps.count, set()),
    "arrivals.recorded_after": (
        lambda tx: arrivals.recorded_after(tx, 1),
        {("mail", BY_ID), ("ticket", BY_ID)},
    ),
    "backlogs.of_letters": (lambda tx: backlogs.of_letters(tx, NOW), {("outbox", "state")}),
    "backlogs.left_or_waits": (lambda tx: backlogs.left_or_waits(tx, 1, "held", NOW), {("outbox", "ticket_id")}),
    "backlogs.withdraw": (
        lambda tx: backlogs.withdraw(tx, "held", "held", NOW, "too late"),
        {("outbox", "state created_at"), ("ticket", BY_ID)},
    ),
    "forwards.of_ticket": (lambda tx: forwards.of_ticket(tx, 1), {("outbox", "ticket_id")}),
    "forwards.count": (lambda tx: forwards.count(tx, 1, NOW), {("outbox", "ticket_id")}),
    "breakers.among": (lambda tx: breakers.among(tx, Scope.ADDRESS, ["ana@alder.example"]), LOOPS),
    "breakers.all_standing": (
        lambda tx: breakers.all_standing(tx, NOW),
        {("breaker", "last_at"), ("ticket", BY_ID)},
    ),
    "silences.among": (lambda tx: silences.among(tx, ["ana@alder.example"]), {("silenced", "address")}),
    "figures.figures": (
        lambda tx: figures.figures(tx, NOW, NOW),
        {
            ("ticket", "status"),
            ("outbox", "state"),
            ("outbox", "state created_at"),
            ("clock", "breached_at"),
            ("breaker", "last_at"),
            ("ticket", BY_ID),
            ("mail", "end"),
            ("mail", "mailbox recorded_at"),
            ("mail", "mailbox"),  # its greatest time, the index's last entry
            ("mailbox", "name"),
            ("sighting", "mailbox uidvalidity uid"),
        },
    ),
    "listings.tickets held": (
        lambda tx: listings.tickets(tx, TicketFilter(statuses=["held"]), 50),
        {("ticket", "status"), ("clock", "ticket_id")},
    ),
    "listings.tickets of an address": (
        lambda tx: listings.tickets(tx, TicketFilter(contact="ana@alder.example"), 50),
        {("ticket", "contact"), ("clock", "ticket_id")},
    ),
    "listings.letters": (
        lambda tx: listings.letters(tx, UNDER_WAY, 50),
        {("outbox", "state"), ("ticket", BY_ID)},
    ),
    "listings.quarantined": (lambda tx: listings.quarantined(tx, 50), {("mail", "end"), ("raw_mail", BY_ID)}),
    "ledger.begun": (lambda tx: ledger.begun(tx, TWO, "abc"), {("mail", "end")}),
    "ledger.put_on": (lambda tx: ledger.put_on(tx, 1, 1), {("mail", BY_ID)}),
    "ledger.unfiled": (lambda tx: ledger.unfiled(tx, "support", 1, [1], NOW), UNFILED_OF_ALL),
    "ledger.next_filing": (lambda tx: ledger.next_filing(tx, "support", 1), UNFILED_OF_ALL),
    "ledger.add_strike": (
        lambda tx: ledger.add_strike(tx, "support", 1, 1, "why", NOW),
        {("strike", "mailbox uidvalidity uid")},
    ),
    "ledger.failing": (
        lambda tx: ledger.failing(tx, "support", 1),
        {("strike", "mailbox uidvalidity"), ("sighting", "mailbox uidvalidity uid")},
    ),
    "ledger.clear_strikes": (
        lambda tx: ledger.clear_strikes(tx, "support", 1, [1]),
        {("strike", "mailbox uidvalidity uid")},
    ),
    "outbox.ours": (lambda tx: outbox.ours(tx, ASKED), {("outbox", "message_id")}),
    "outbox.settle by its owner": (lambda tx: outbox.settle(tx, [SENT], NOW, "here"), {("outbox", BY_ID)}),
    "outbox.is_ours": (lambda tx: outbox.is_ours(tx, ASKED[0]), {("outbox", "message_id")}),
    "outbox.is_of_kind": (lambda tx: outbox.is_of_kind(tx, ASKED, "question"), {("outbox", "message_id")}),
    "breakers.trip": (lambda tx: breakers.trip(tx, Scope.TICKET, "EX-1", "why", 1, NOW, NOW), LOOPS),
    "breakers.standing": (lambda tx: breakers.standing(tx, Scope.TICKET, "EX-1", NOW), LOOPS | {("ticket", BY_ID)}),
    "digests.take": (
        lambda tx: digests.take(tx, "sam@example.com"),
        {("digest_entry", "person")},
    ),
    "digests.last": (lambda tx: digests.last(tx, ["sam@example.com"]), {("digest", "person")}),
    "digests.gave": (lambda tx: digests.gave(tx, "sam@example.com", NOW), BY_KEY),
    "private.letters": (lambda tx: private.letters(tx, 1, ["notice"]), {("outbox", "ticket_id")}),
    "private.letters of none": (lambda tx: private.letters(tx, None, ["digest"]), {("outbox", "ticket_id")}),
    "answers.drafts_of": (
        lambda tx: answers.drafts_of(tx, 1, "sam@example.com", "why", NOW),
        {("answer", "person written_at")},
    ),
    "ledger.repeats": (
        lambda tx: ledger.repeats(tx, 1, 2, NOW),
        {("mail", "ticket_id rowid"), ("mail", BY_ID)},
    ),
    "outbox.tickets_of": (lambda tx: outbox.tickets_of(tx, ASKED), {("outbox", "message_id")}),
    "ledger.known": (lambda tx: ledger.known(tx, TWO, ["a", "b"]), {("mail", "mailbox sha256")}),
    "ledger.tickets_of": (lambda tx: ledger.tickets_of(tx, TWO, ASKED), {("mail", "mailbox message_id")}),
    "ledger.copies": (
        lambda tx: ledger.copies(tx, TWO, "<a@alder.example>", "abc", NOW),
        {("mail", "mailbox message_id"), ("raw_mail", BY_ID)},
    ),
    "bounces.gone": (lambda tx: bounces.gone(tx, ASKED), {("outbox", "message_id")}),
    "bounces.note": (lambda tx: bounces.note(tx, CAME_BACK), {("bounce", "letter_id address")}),
    "bounces.of_ticket": (lambda tx: bounces.of_ticket(tx, 1), {("outbox", "ticket_id"), ("bounce", "letter_id")}),
    "mutes.mute": (lambda tx: mutes.mute(tx, "ana@alder.example", NOW, "5.1.1", None), BY_KEY),
    "mutes.unmute": (lambda tx: mutes.unmute(tx, "ana@alder.example", NOW), MUTED),
    "mutes.among": (lambda tx: mutes.among(tx, ["ana@alder.example"]), MUTED | {("ticket", BY_ID)}),
    "links.of_ticket": (
        lambda tx: links.of_ticket(tx, 1),
        {("link", "ticket_id"), ("link", "to_ticket_id"), ("ticket", BY_ID)},
    ),
    "links.latest_after": (lambda tx: links.latest_after(tx, 1), {("link", "to_ticket_id")}),
    "links.thread_of": (lambda tx: links.thread_of(tx, 1), {("mail", "ticket_id"), ("outbox", "ticket_id")}),
    "signing.key": (lambda tx: signing.key(tx, b"key", NOW), {("signing_key", "name")}),
    "answers.by_id": (lambda tx: answers.by_id(tx, 1), {("answer", BY_ID)}),
    "answers.by_message_id": (lambda tx: answers.by_message_id(tx, "<a@b.example>"), {("answer", "message_id")}),
    "answers.of_ticket": (lambda tx: answers.of_ticket(tx, 1), {("answer", "ticket_id")}),
    "answers.latest": (lambda tx: answers.latest(tx, 1, NOW, "sam@example.com"), {("answer", "ticket_id")}),
    "answers.drafts_since": (
        lambda tx: answers.drafts_since(tx, "sam@example.com", NOW),
        {("answer", "person written_at")},
    ),
    "ledger.raw": (lambda tx: ledger.raw(tx, 1), {("raw_mail", BY_ID)}),
    "ledger.sighted": (lambda tx: ledger.sighted(tx, "support", 1, [1, 2]), UIDS),
    "ledger.to_file": (lambda tx: ledger.to_file(tx, "support", 1, NOW), {UNFILED}),
    "ledger.filed": (lambda tx: ledger.filed(tx, "support", 1, [1, 2], NOW), UIDS),
    "ledger.filing_failed": (lambda tx: ledger.filing_failed(tx, "support", 1, [1, 2], NOW), UIDS),
    "clocks.overdue": (lambda tx: clocks.overdue(tx, NOW, ["support"]), {("clock", "due_at"), ("ticket", BY_ID)}),
    "clocks.without_warning": (
        lambda tx: clocks.without_warning(tx, NOW, ["support"]),
        {("clock", "warn_at"), ("ticket", BY_ID)},
    ),
    "clocks.warnable": (lambda tx: clocks.warnable(tx, NOW, ["support"]), {("clock", "warn_at"), ("ticket", BY_ID)}),
    "clocks.due_alarms": (
        lambda tx: clocks.due_alarms(tx, NOW, ["support"]),
        {("alarm", "next_at"), ("ticket", BY_ID)},
    ),
    "clocks.of_ticket": (lambda tx: clocks.of_ticket(tx, 1), OF_TICKET),
    "clocks.stop": (lambda tx: clocks.stop(tx, 1, NOW), {("clock", "ticket_id")}),
    "clocks.pause": (lambda tx: clocks.pause(tx, 1, NOW), {("clock", "ticket_id")}),
    "clocks.resume": (lambda tx: clocks.resume(tx, 1), {("clock", "ticket_id")}),
    "clocks.run_again": (lambda tx: clocks.run_again(tx, 1, clocks.RESOLUTION), {("clock", "ticket_id")}),
    "clocks.redue": (lambda tx: clocks.redue(tx, CLOCK, NOW, missed=False), {("clock", BY_ID)}),
    "clocks.withdraw": (lambda tx: clocks.withdraw(tx, 1), {("clock", BY_ID)}),
    "clocks.given": (lambda tx: clocks.given(tx, 1), {("alarm", "ticket_id")}),
    "pauses.end": (lambda tx: pauses.end(tx, 1, NOW), {("pause", "ticket_id")}),
    "pauses.of_ticket": (lambda tx: pauses.of_ticket(tx, 1), {("pause", "ticket_id")}),
    "bookings.hours_spent": (
        lambda tx: bookings.hours_spent(tx, "IR-STD", NOW),
        {("booking", "contract what booked_at")},
    ),
    "bookings.taken": (
        lambda tx: bookings.taken(tx, "IR-STD", "visit", *MONTH),
        {("booking", "contract what booked_at"), ("ticket", BY_ID)},
    ),
    "bookings.of_ticket": (lambda tx: bookings.of_ticket(tx, 1), {("booking", "ticket_id")}),
    "clocks.silence": (lambda tx: clocks.silence(tx, 1, NOW), {("alarm", "ticket_id")}),
    "directory.contract_of": (lambda tx: directory.contract_of(tx, "IR-STD"), {("contract", "contract")}),
    "directory.contacts_of": (lambda tx: directory.contacts_of(tx, "IR-STD"), {("contact", "contract")}),
    "directory.memberships": (lambda tx: directory.memberships(tx, "irex", ["a@a.example", "b@b.example"]), CONTACTS),
    "tickets.by_reference": (lambda tx: tickets.by_reference(tx, "EX-1"), {("ticket", "reference")}),
    "tickets.by_id": (lambda tx: tickets.by_id(tx, 1), {("ticket", BY_ID)}),
    "tickets.view": (lambda tx: tickets.view(tx, the_ticket(tx)), PARTIES | {("ticket", BY_ID)}),
    "tickets.newest": (lambda tx: tickets.newest(tx, "IR-STD"), {("ticket", "contract")}),
    "clocks.met": (lambda tx: clocks.met(tx, 1), {("clock", "ticket_id")}),
    "ledger.size": (lambda tx: ledger.size(tx, 1), {("mail", BY_ID)}),
    "tickets.incidents": (
        lambda tx: tickets.incidents(tx, "IR-STD", *MONTH),
        {("ticket", "contract outcome opened_at")},
    ),
    "tickets.events": (lambda tx: tickets.events(tx, 1), {("event", "ticket_id")}),
    "assignments.assign": (lambda tx: assignments.assign(tx, 1, "a@b.example", NOW), {("assignment", BY_ID)}),
    "assignments.person_of": (lambda tx: assignments.person_of(tx, 1), {("assignment", BY_ID)}),
    "holds.begin": (lambda tx: holds.begin(tx, 1, NOW, "a@b.example"), {("hold", BY_ID)}),
    "holds.until": (lambda tx: holds.until(tx, 1), {("hold", BY_ID)}),
    "holds.over": (lambda tx: holds.over(tx, NOW, ["support"]), {("hold", "until"), ("ticket", BY_ID)}),
    "mergers.into": (lambda tx: mergers.into(tx, 1), {("merger", BY_ID)}),
    "mergers.references_in": (
        lambda tx: mergers.references_in(tx, 1),
        {("merger", "into_ticket_id"), ("ticket", BY_ID)},
    ),
    "silences.silence": (lambda tx: silences.silence(tx, "a@b.example", NOW, 1), BY_KEY),
    "silences.is_silenced": (lambda tx: silences.is_silenced(tx, "a@b.example", NOW), {("silenced", "address")}),
    "silences.withhold": (lambda tx: silences.withhold(tx, 1, "a@b.example", "spam"), {("outbox", "ticket_id")}),
    "waits.since": (
        lambda tx: waits.since(tx, "support", "waiting", NOW),
        {("ticket", "status"), ("pause", "ticket_id began_at"), ("event", "ticket_id"), ("hold", BY_ID)},
    ),
    "workload.open_tickets": (
        lambda tx: workload.open_tickets(tx, TWO, ["open"], "a@b.example", ["support"]),
        {("ticket", "status"), ("clock", "ticket_id"), ("assignment", BY_ID)},
    ),
}


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    made = Database(f"sqlite:///{tmp_path_factory.mktemp('plans')}/intake.db")
    schema.upgrade(made)
    with made.transaction() as tx:
        samples.ticket_id(tx)
        outbox.post(tx, [samples.letter()], NOW)
    yield made
    made.close()


def the_ticket(tx: Transaction) -> Ticket:
    found = tickets.by_id(tx, 1)
    assert found is not None
    return found


@contextmanager
def plans(database: Database) -> Iterator[list[str]]:
    """Each line of the plan of each statement that is executed meanwhile, with the values it is executed with."""
    lines: list[str] = []

    def explain(_: sa.Connection, cursor: Any, statement: str, values: Any, _context: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            plan = cursor.connection.execute("EXPLAIN QUERY PLAN " + statement, values[0] if many else values)
            lines.extend(row[3] for row in plan)

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        yield lines
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)


def scans(lines: list[str]) -> list[str]:
    """Of tables that grow; what a subquery found is read as a whole."""
    found = {line.split()[1] for line in lines if line.startswith(("MATERIALIZE ", "CO-ROUTINE "))}
    walks = [line for line in lines if line.startswith("SCAN") and line.split()[1] not in found | SMALL]
    return [line for line in walks if line.split()[-1] not in OF_WHAT_IS_OPEN]


def narrowed(lines: list[str]) -> Narrowed:
    search = re.compile(r"SEARCH (\w+) USING .*?\((.*)\)(?: LEFT-JOIN)?$")
    searches = (search.match(line) for line in lines if line.startswith("SEARCH"))
    # a range names its column twice
    return {(found[1], " ".join(dict.fromkeys(re.findall(r"(\w+)[=<>]", found[2])))) for found in searches if found}


@pytest.mark.parametrize("question", HOT)
def test_a_hot_question_goes_by_an_index(store: Database, question: str) -> None:
    ask, expected = HOT[question]
    with plans(store) as lines, store.transaction() as tx:
        ask(tx)
    assert scans(lines) == []
    assert narrowed(lines) == expected


def test_a_question_without_an_index_is_seen_to_scan(store: Database) -> None:
    with plans(store) as lines, store.snapshot() as tx:
        tx.execute(sa.select(mail.c.id).where(mail.c.subject == "help"))
        tx.execute(sa.select(mail.c.reason).where(mail.c.mailbox == "support", mail.c.size > 1))
    assert len(scans(lines)) == 1
    assert narrowed(lines) == {("mail", "mailbox")}


def test_the_newest_tickets_are_read_from_the_end(store: Database) -> None:
    with plans(store) as lines, store.snapshot() as tx:
        listings.tickets(tx, TicketFilter(), 50)
    assert scans(lines) == ["SCAN ticket"]  # by its number, up to the limit
    assert not [line for line in lines if "TEMP B-TREE" in line]


def test_an_index_is_partial_in_the_store_as_it_is_in_the_tables(store: Database) -> None:
    """Alembic compares the columns of an index, and not which rows are in it."""
    with store.snapshot() as tx:
        said = dict(tx.exec_driver_sql("SELECT name, sql FROM sqlite_master WHERE type = 'index' AND sql > ''").all())
    there = {name: sql.partition(" WHERE ")[2] for name, sql in said.items()}
    assert there == {index.name: index.info["where"] for table in metadata.sorted_tables for index in table.indexes}


def test_every_foreign_key_is_led_by_an_index() -> None:
    """Deleting a ticket or a mail looks for the rows that name it: without an index each deletion reads a table."""
    walked = []
    for table in metadata.sorted_tables:
        unique = [c for c in table.constraints if isinstance(c, sa.PrimaryKeyConstraint | sa.UniqueConstraint)]
        led = {next(iter(index.columns), None) for index in (*table.indexes, *unique)}
        walked += [str(key.parent) for key in table.foreign_keys if key.parent not in led]
    assert walked == []


@only_postgresql
@pytest.mark.parametrize("question", [question for question in HOT if question not in WALKS_ON_POSTGRESQL])
def test_a_hot_question_goes_by_an_index_of_postgresql(question: str, on_postgresql: Database) -> None:
    """Where it may not read a whole table, it still does if no index helps, or walks through an index without a
    condition: with rows so few it would never choose one by itself."""
    ask, _ = HOT[question]
    with on_postgresql.transaction() as tx:
        for way in ("seqscan", "hashjoin", "mergejoin"):
            tx.execute(sa.text(f"SET LOCAL enable_{way} = off"))
        with nodes(on_postgresql) as found:
            ask(tx)
    assert [node for node in found if walks(node)] == []


@only_postgresql
def test_a_question_without_an_index_is_seen_to_walk_on_postgresql(on_postgresql: Database) -> None:
    with on_postgresql.snapshot() as tx, nodes(on_postgresql) as found:
        tx.execute(sa.select(mail.c.id).where(mail.c.subject == "help"))
    assert len([node for node in found if walks(node)]) == 1


def walks(node: dict[str, Any]) -> bool:
    name, kind = node.get("Relation Name"), node["Node Type"]
    if name in SMALL | EMPTY or node.get("Index Name") in OF_WHAT_IS_OPEN:
        return False
    return kind == "Seq Scan" or (kind.startswith(("Index", "Bitmap Index")) and "Index Cond" not in node)


@pytest.fixture(scope="module")
def on_postgresql(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """With a few thousand rows, and PostgreSQL knowing them."""
    made = Database(empty_store(tmp_path_factory.mktemp("plans") / "intake.db"))
    large_store.fill(made.url.render_as_string(hide_password=False), 2000)
    with made.transaction() as tx:
        for one in (ticket, mail):
            tx.execute(sa.update(one).values(decision=as_json(samples.decision())))
    yield made
    made.close()


@contextmanager
def nodes(database: Database) -> Iterator[list[dict[str, Any]]]:
    """Each step of the plan of each statement that is executed meanwhile."""
    found: list[dict[str, Any]] = []

    def explain(_: sa.Connection, cursor: Any, statement: str, values: Any, _context: object, many: bool) -> None:
        if statement.startswith(("SELECT", "UPDATE", "DELETE", "WITH")):
            with cursor.connection.cursor() as beside:
                beside.execute("EXPLAIN (FORMAT JSON) " + statement, values[0] if many else values)
                left = [beside.fetchone()[0][0]["Plan"]]
            while left:
                node = left.pop()
                found.append(node)
                left += node.get("Plans", [])

    event.listen(database.engine, "before_cursor_execute", explain)
    try:
        yield found
    finally:
        event.remove(database.engine, "before_cursor_execute", explain)
