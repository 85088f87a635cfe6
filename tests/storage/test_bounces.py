"""Which letters can come back, and that the same bounce again is nothing new."""

import pytest

from storage import bounces, outbox
from storage.bounces import Bounce
from storage.database import Database
from storage.outbox import Delivery, LetterState
from tests.storage.samples import HOUR, NOW, letter, ticket_id

ID = "<1@example.com>"


def posted(database: Database, state: LetterState | None, *, kind: str = "acknowledgement", ambiguous: int = 0) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [letter(kind=kind, ticket_id=ticket_id(tx))], NOW)
        if state is not None:
            outbox.settle(tx, [Delivery(1, state, ambiguous=bool(ambiguous))], NOW)


@pytest.mark.parametrize(
    ("state", "ambiguous", "comes"),
    [
        (LetterState.SENT, 0, True),
        (LetterState.CLAIMED, 0, True),
        (LetterState.REFUSED, 1, True),
        (LetterState.WAITING, 1, True),
        (LetterState.REFUSED, 0, False),
        (LetterState.WITHHELD, 0, False),
        (None, 0, False),
    ],
)
def test_only_a_letter_that_may_have_gone_can_come_back(
    database: Database, state: LetterState | None, ambiguous: int, comes: bool
) -> None:
    posted(database, state, ambiguous=ambiguous)
    with database.snapshot() as tx:
        found = bounces.gone(tx, [ID, "<other@example.com>"])
    assert [(one.letter_id, one.recipients) for one in found.values()] == ([(1, ("Ana@alder.example",))] * comes)


def test_a_page_is_no_mail_that_could_come_back(database: Database) -> None:
    posted(database, LetterState.SENT, kind=outbox.PAGE)
    with database.snapshot() as tx:
        assert bounces.gone(tx, [ID]) == {}


def test_a_bounce_is_news_once_and_its_final_word_once_more(database: Database) -> None:
    posted(database, LetterState.SENT)
    late = Bounce(1, "ana@alder.example", NOW, "4.4.1", final=False)
    lost = Bounce(1, "ana@alder.example", NOW + HOUR, "5.1.1", final=True)
    with database.transaction() as tx:
        assert [bounces.note(tx, one) for one in (late, late, lost, lost, late)] == [True, False, True, False, False]
        assert bounces.of_ticket(tx, 1) == [lost]
