"""A clock that went back, and what was put off before it did."""

from datetime import timedelta

from rules.facts import End
from storage import delays, ledger, outbox
from storage.database import Database
from storage.delays import LONGEST
from storage.ledger import Sighting
from storage.outbox import Delivery, LetterState
from tests.storage.samples import HOUR, NOW, letter

MAILBOXES = ["support"]
AHEAD = NOW + LONGEST + HOUR


def test_a_letter_that_was_put_off_while_the_clock_was_ahead_is_due(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [letter(1)], AHEAD)
        assert outbox.claim(tx, "here", NOW, MAILBOXES, 9) == []
        assert delays.left_behind(tx, MAILBOXES, NOW)
        assert delays.hasten(tx, MAILBOXES, NOW) == 1
        assert [one.message_id for one in outbox.claim(tx, "here", NOW, MAILBOXES, 9)] == ["<1@example.com>"]


def test_mail_that_would_not_leave_the_folder_while_the_clock_was_ahead_may_leave_it(database: Database) -> None:
    with database.transaction() as tx:
        ledger.sight(tx, "support", 7, [Sighting(1, End.IGNORED)], AHEAD)
        assert ledger.to_file(tx, "support", 7, NOW) == []
        assert delays.left_behind(tx, MAILBOXES, NOW)
        assert delays.hasten(tx, MAILBOXES, NOW) == 1
        assert [one.uid for one in ledger.to_file(tx, "support", 7, NOW)] == [1]


def test_what_waits_as_long_as_it_was_told_to_is_left_alone(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [letter(number) for number in (1, 2)], NOW)
        (one, two) = outbox.claim(tx, "here", NOW, MAILBOXES, 9)
        again = Delivery(one.letter_id, LetterState.WAITING, next_try_at=NOW + timedelta(minutes=75))
        sent = Delivery(two.letter_id, LetterState.SENT, next_try_at=AHEAD)
        outbox.settle(tx, [again, sent], NOW)
        ledger.sight(tx, "support", 7, [Sighting(1, End.IGNORED)], NOW + 5 * HOUR)
        ledger.sight(tx, "sales", 7, [Sighting(1, End.IGNORED)], AHEAD)
        ledger.sight(tx, "support", 7, [Sighting(2, End.IGNORED, filed=True)], AHEAD)
        assert not delays.left_behind(tx, MAILBOXES, NOW)
        assert delays.hasten(tx, MAILBOXES, NOW) == 0
