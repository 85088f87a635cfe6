"""The ledger as it grows."""

from rules.facts import End, MailKind
from storage import ledger
from storage.arrivals import recorded_after
from storage.database import Database
from storage.tickets import open_ticket
from tests.storage.samples import DECISION, NOW, entry, new_ticket


def test_only_what_was_recorded_since_is_told_in_its_order(database: Database) -> None:
    with database.transaction() as tx:
        first, second, third = (ledger.record(tx, entry(b"mail %d" % number), NOW) for number in range(3))
    with database.snapshot() as tx:
        assert [arrived.mail_id for arrived in recorded_after(tx, 0)] == [first, second, third]
        assert [arrived.mail_id for arrived in recorded_after(tx, first)] == [second, third]
        assert [arrived.mail_id for arrived in recorded_after(tx, 0, limit=2)] == [first, second]
        assert recorded_after(tx, third) == []


def test_a_mail_on_a_ticket_comes_with_its_reference_severity_and_decision(database: Database) -> None:
    with database.transaction() as tx:
        ticket = open_ticket(tx, new_ticket(), NOW)
        ledger.record(tx, entry(decision=DECISION, ticket_id=ticket.ticket_id), NOW)
    with database.snapshot() as tx:
        (arrived,) = recorded_after(tx, 0)
    assert (arrived.reference, arrived.severity) == (ticket.reference, ticket.severity)
    assert arrived.decision == DECISION


def test_a_mail_that_could_not_be_read_has_a_reason_and_nothing_else(database: Database) -> None:
    unread = entry(sender="", subject="", kind=MailKind.UNREADABLE, end=End.QUARANTINED, reason="too deep")
    with database.transaction() as tx:
        ledger.record(tx, unread, NOW)
    with database.snapshot() as tx:
        (arrived,) = recorded_after(tx, 0)
    assert (arrived.end, arrived.reason) == (End.QUARANTINED, "too deep")
    assert (arrived.decision, arrived.reference, arrived.severity) == (None, None, None)
