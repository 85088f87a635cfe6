"""A mailbox is read forward under one UIDVALIDITY, and its letters can be made to wait."""

from storage import checkpoints
from storage.checkpoints import Checkpoint
from storage.database import Database
from tests.storage.samples import HOUR, NOW


def test_a_mailbox_that_was_never_read_has_no_checkpoint(database: Database) -> None:
    with database.transaction() as tx:
        assert checkpoints.load(tx, "support") is None
        checkpoints.pause(tx, "support", NOW)
        checkpoints.take_number(tx, "support")
        assert checkpoints.load(tx, "support") is None


def test_a_checkpoint_only_moves_forward_and_only_under_its_uidvalidity(database: Database) -> None:
    with database.transaction() as tx:
        assert checkpoints.start(tx, "support", 2**32 - 1, NOW) == Checkpoint(2**32 - 1, 0, NOW)
        checkpoints.start(tx, "sales", 2**32 - 1, None)
        checkpoints.advance(tx, "support", 2**32 - 1, 2**32 - 2)
        checkpoints.advance(tx, "support", 2**32 - 1, 7)
        checkpoints.advance(tx, "support", 8, 2**32 - 1)
        assert checkpoints.load(tx, "support") == Checkpoint(2**32 - 1, 2**32 - 2, NOW)
        assert checkpoints.load(tx, "sales") == Checkpoint(2**32 - 1, 0, None)


def test_a_new_uidvalidity_begins_again_and_keeps_numbers_and_pause(database: Database) -> None:
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 1, NOW)
        checkpoints.advance(tx, "support", 1, 7)
        assert [checkpoints.take_number(tx, "support") for _ in range(2)] == [1, 2]
        checkpoints.pause(tx, "support", NOW)
        assert checkpoints.start(tx, "support", 2, None) == Checkpoint(2, 0, None)
        assert checkpoints.load(tx, "support") == Checkpoint(2, 0, None)
        assert checkpoints.take_number(tx, "support") == 3
        assert checkpoints.paused(tx) == {"support": NOW}


def test_letters_wait_until_they_are_let_go(database: Database) -> None:
    with database.transaction() as tx:
        checkpoints.start(tx, "support", 1, None)
        assert checkpoints.paused(tx) == {}
        checkpoints.pause(tx, "support", NOW)
        checkpoints.pause(tx, "sales", NOW + HOUR)  # never read yet
        assert checkpoints.paused(tx) == {"support": NOW, "sales": NOW + HOUR}
        checkpoints.pause(tx, "support", None)
        assert checkpoints.paused(tx) == {"sales": NOW + HOUR}
        assert checkpoints.take_number(tx, "sales") == 1
