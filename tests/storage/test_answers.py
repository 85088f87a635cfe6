"""What staff wrote: drafts, and letters that were sent."""

from storage import answers, signing
from storage.answers import AnswerState, NewAnswer
from storage.database import Database
from tests.storage.samples import HOUR, MINUTE, NOW, ticket_id

SAM, KIM = "sam@example.com", "kim@example.com"


def draft(ticket: int | None = None, why: str = "It answers no notice that was sent to you.") -> NewAnswer:
    return NewAnswer(ticket, None, SAM, "It is the cache.", why=why, releasable=True)


def letter(ticket: int, message_id: str, person: str = SAM) -> NewAnswer:
    return NewAnswer(ticket, None, person, "It is the cache.", message_id=message_id)


def test_a_draft_is_taken_once_and_then_is_its_letter(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        number = answers.keep(tx, draft(), NOW)
        kept = answers.by_id(tx, number)
        assert kept is not None
        assert (kept.state, kept.ticket_id, kept.releasable) == (AnswerState.DRAFT, None, True)
        assert answers.supersede(tx, number)
        assert not answers.supersede(tx, number)
        answers.write(tx, number, ticket, "<a@example.com>", NOW + HOUR)
        written = answers.by_message_id(tx, "<a@example.com>")
        assert written is not None
        assert (written.answer_id, written.state, written.ticket_id) == (number, AnswerState.WRITTEN, ticket)
        answers.settle(tx, number, AnswerState.SENT, NOW + 2 * HOUR)
        (sent,) = answers.of_ticket(tx, ticket)
        assert (sent.state, sent.sent_at) == (AnswerState.SENT, NOW + 2 * HOUR)


def test_the_latest_answer_is_that_of_a_colleague_and_no_draft(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        answers.keep(tx, letter(ticket, "<1@example.com>", KIM), NOW)
        answers.keep(tx, letter(ticket, "<2@example.com>", SAM), NOW + MINUTE)
        answers.keep(tx, draft(ticket), NOW + MINUTE)
        found = answers.latest(tx, ticket, NOW - MINUTE, SAM)
        assert found is not None
        assert found.message_id == "<1@example.com>"
        assert answers.latest(tx, ticket, NOW, SAM) is None
        assert answers.latest(tx, ticket, NOW, KIM) is not None


def test_drafts_are_counted_for_their_writer(database: Database) -> None:
    with database.transaction() as tx:
        ticket = ticket_id(tx)
        for _ in range(3):
            answers.keep(tx, draft(ticket), NOW)
        answers.keep(tx, letter(ticket, "<1@example.com>"), NOW)
        assert answers.drafts_since(tx, SAM, NOW - HOUR) == 3
        assert answers.drafts_since(tx, SAM, NOW) == 0
        assert answers.drafts_since(tx, KIM, NOW - HOUR) == 0


def test_the_key_is_made_once(database: Database) -> None:
    with database.transaction() as tx:
        assert signing.key(tx, b"first", NOW) == b"first"
    with database.transaction() as tx:
        assert signing.key(tx, b"second", NOW) == b"first"
