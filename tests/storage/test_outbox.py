"""A letter is one daemon's at a time, and keeps its bytes until the server has it."""

from concurrent.futures import ThreadPoolExecutor

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from storage import checkpoints, outbox
from storage.database import Database, Transaction
from storage.outbox import Delivery, LetterState
from storage.tables import outbox as rows
from tests.storage import samples
from tests.storage.samples import HOUR, MINUTE, NOW

MAILBOXES = ["support"]


def states(tx: Transaction) -> list[tuple[str, int, int]]:
    """State, attempts and ambiguous ones of each letter in the order of posting."""
    found = tx.execute(rows.select().order_by(rows.c.id))
    return [(row.state, row.attempts, row.ambiguous) for row in found]


def claim(tx: Transaction, owner: str = "here", limit: int = 100) -> list[outbox.Claimed]:
    return outbox.claim(tx, owner, NOW, MAILBOXES, limit)


def test_a_letter_is_claimed_with_the_bytes_it_was_posted_with(database: Database) -> None:
    raw = bytes(range(256))
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        posted = samples.letter(raw=raw, ticket_id=ticket, recipients=("Ana@alder.example", "bo@alder.example"))
        outbox.post(tx, [posted], NOW)
        outbox.post(tx, [], NOW)
        [claimed] = claim(tx)
    assert (claimed.raw, claimed.message_id, claimed.sender) == (raw, posted.message_id, posted.sender)
    assert claimed.recipients == posted.recipients
    assert (claimed.ticket_id, claimed.attempts, claimed.created_at) == (ticket, 1, NOW)


@pytest.mark.parametrize("known", [0, 1, 500])
def test_no_more_are_claimed_than_were_asked_for_however_many_the_planner_expects(
    database: Database, known: int
) -> None:
    """PostgreSQL chose a plan by what ANALYZE had last counted; for a nearly empty table one that claimed them all."""
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(1000 + number, withheld="it observes") for number in range(known)], NOW)
        tx.execute(sa.text("ANALYZE"))
        outbox.post(tx, [samples.letter(number) for number in range(4)], NOW)
        assert [len(claim(tx, limit=limit)) for limit in (1, 2)] == [1, 2]


def test_a_letter_that_was_sent_is_not_claimed_again(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter()], NOW)
        [claimed] = claim(tx)
        assert claim(tx) == []
        outbox.settle(tx, [Delivery(claimed.letter_id, LetterState.SENT)], NOW + MINUTE)
        assert states(tx) == [("sent", 1, 0)]
        assert tx.execute(rows.select()).one().sent_at == NOW + MINUTE
        assert outbox.claim(tx, "here", NOW + HOUR, MAILBOXES, 10) == []


def test_a_letter_that_was_put_off_goes_to_those_who_are_left_when_its_time_has_come(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(recipients=("a@alder.example", "b@alder.example"))], NOW)
        [first] = claim(tx)
        again = Delivery(
            first.letter_id,
            LetterState.WAITING,
            "451 try later",
            ambiguous=True,
            recipients=("b@alder.example",),
            next_try_at=NOW + HOUR,
        )
        outbox.settle(tx, [again], NOW)
        assert outbox.claim(tx, "here", NOW + HOUR - MINUTE, MAILBOXES, 10) == []
        [second] = outbox.claim(tx, "here", NOW + HOUR, MAILBOXES, 10)
        assert (second.recipients, second.attempts) == (("b@alder.example",), 2)
        assert (second.raw, second.message_id) == (first.raw, first.message_id)
        assert states(tx) == [("claimed", 2, 1)]


def test_a_letter_that_was_refused_stays_with_its_reason(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter()], NOW)
        [claimed] = claim(tx)
        outbox.settle(tx, [Delivery(claimed.letter_id, LetterState.REFUSED, "550 nobody here")], NOW)
        assert states(tx) == [("refused", 1, 0)]
        assert tx.execute(rows.select()).one().last_error == "550 nobody here"
        assert outbox.claim(tx, "here", NOW + HOUR, MAILBOXES, 10) == []


def test_a_withheld_letter_is_written_down_and_never_claimed(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(withheld="the mailbox only observes")], NOW)
        assert claim(tx) == []
        assert outbox.next_due(tx, MAILBOXES) is None
        assert states(tx) == [("withheld", 0, 0)]


def test_a_message_id_is_one_letter(database: Database) -> None:
    with pytest.raises(IntegrityError), database.transaction() as tx:
        outbox.post(tx, [samples.letter(1), samples.letter(1)], NOW)


def test_claiming_takes_the_oldest_of_the_named_mailboxes_up_to_the_limit(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(1)], NOW)
        outbox.post(tx, [samples.letter(2)], NOW - HOUR)
        outbox.post(tx, [samples.letter(3, mailbox="sales")], NOW - 2 * HOUR)
        outbox.post(tx, [samples.letter(4)], NOW + MINUTE)
        assert [c.message_id for c in claim(tx, limit=1)] == ["<2@example.com>"]
        assert [c.message_id for c in claim(tx)] == ["<1@example.com>"]
        assert outbox.claim(tx, "here", NOW, [], 10) == []
        assert [c.mailbox for c in outbox.claim(tx, "here", NOW, ["sales", "support"], 10)] == ["sales"]


def test_eight_threads_never_claim_the_same_letter(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(number) for number in range(500)], NOW)

    def take(owner: int) -> list[int]:
        mine: list[int] = []
        while True:
            with database.transaction() as tx:
                taken = claim(tx, f"thread {owner}", limit=7)
            if not taken:
                return mine
            mine += [letter.letter_id for letter in taken]

    with ThreadPoolExecutor(8) as pool:
        taken = [letter_id for mine in pool.map(take, range(8)) for letter_id in mine]
    assert len(taken) == 500
    assert len(set(taken)) == 500


def test_what_a_daemon_left_claimed_is_given_back_and_counted_as_ambiguous(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(number) for number in range(3)], NOW)
        claim(tx, "gone", limit=2)
        claim(tx, "alive")
        assert outbox.release(tx, NOW, "gone") == 2
        assert sorted(states(tx)) == [("claimed", 1, 0), ("waiting", 1, 1), ("waiting", 1, 1)]
        assert [c.attempts for c in claim(tx, "alive")] == [2, 2]
        assert outbox.release(tx, NOW + MINUTE) == 3
        assert sorted(states(tx)) == [("waiting", 1, 1), ("waiting", 2, 2), ("waiting", 2, 2)]
        assert outbox.next_due(tx, MAILBOXES) == NOW + MINUTE
        assert outbox.release(tx, NOW) == 0


def test_who_lost_a_letter_meanwhile_settles_it_no_more_unless_it_was_sent_after_all(database: Database) -> None:
    def put_off(letter_id: int) -> Delivery:
        return Delivery(letter_id, LetterState.WAITING, "451 later", next_try_at=NOW + HOUR)

    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(number) for number in range(3)], NOW)
        first, second, third = claim(tx, "stopped")
        assert first.owner == "stopped"
        outbox.release(tx, NOW, "stopped")
        [again] = claim(tx, "alive", limit=1)
        assert again.letter_id == first.letter_id
        sent = Delivery(first.letter_id, LetterState.SENT), Delivery(second.letter_id, LetterState.SENT)
        late = [*sent, put_off(third.letter_id)]
        assert outbox.settle(tx, late, NOW, "stopped") == {second.letter_id}
        assert sorted(states(tx)) == [("claimed", 2, 1), ("sent", 1, 1), ("waiting", 1, 1)]
        assert outbox.settle(tx, [Delivery(first.letter_id, LetterState.SENT)], NOW, "alive") == {first.letter_id}
        assert sorted(states(tx)) == [("sent", 1, 1), ("sent", 2, 1), ("waiting", 1, 1)]


def test_letters_that_were_sent_together_are_settled_together_each_with_what_was_said(database: Database) -> None:
    with database.transaction() as tx:
        outbox.post(tx, [samples.letter(number) for number in range(4)], NOW)
        ids = [one.letter_id for one in claim(tx)]
        said = dict(zip(ids, ["", "b@y.example: 550 nobody here", "", ""], strict=True))
        ended = [Delivery(letter_id, LetterState.SENT, why) for letter_id, why in said.items()]
        again = Delivery(ids[3], LetterState.WAITING, "451 later", next_try_at=NOW + HOUR)
        assert outbox.settle(tx, [*ended[:3], again], NOW + MINUTE, "here") == set(ids)
        found = {row.id: row for row in tx.execute(rows.select())}
        assert {one: found[one].last_error for one in ids[:3]} == {one: said[one] for one in ids[:3]}
        assert {found[one].sent_at for one in ids[:3]} == {NOW + MINUTE}
        assert {found[one].claimed_by for one in ids} == {None}
        assert (found[ids[3]].state, found[ids[3]].sent_at) == ("waiting", None)


def test_the_next_letter_is_due_when_the_soonest_that_waits_is(database: Database) -> None:
    with database.transaction() as tx:
        assert outbox.next_due(tx, MAILBOXES) is None
        outbox.post(tx, [samples.letter(1)], NOW)
        [claimed] = claim(tx)
        outbox.post(tx, [samples.letter(2)], NOW + HOUR)
        outbox.post(tx, [samples.letter(3, mailbox="sales")], NOW + MINUTE)
        assert outbox.next_due(tx, MAILBOXES) == NOW + HOUR
        assert outbox.next_due(tx, ["support", "sales"]) == NOW + MINUTE
        outbox.settle(tx, [Delivery(claimed.letter_id, LetterState.SENT)], NOW)
        assert outbox.next_due(tx, ["nowhere"]) is None


def test_mailboxes_are_told_whose_letters_may_go_now(database: Database) -> None:
    with database.transaction() as tx:
        for name in ("support", "sales", "silent", "paused"):
            checkpoints.pause(tx, name, NOW if name == "paused" else None)
            if name != "silent":
                outbox.post(
                    tx, [samples.letter(len(name), mailbox=name)], NOW + (HOUR if name == "sales" else 0 * HOUR)
                )
        assert outbox.due(tx, NOW) == {"support"}
        assert outbox.due(tx, NOW + HOUR) == {"support", "sales"}
        checkpoints.pause(tx, "paused", None)
        claim(tx)
        assert outbox.due(tx, NOW) == {"paused"}


def test_a_letter_leads_to_its_ticket(database: Database) -> None:
    with database.transaction() as tx:
        ticket = samples.ticket_id(tx)
        outbox.post(tx, [samples.letter(1, ticket_id=ticket)], NOW)
        outbox.post(tx, [samples.letter(2)], NOW)
        asked = [f"<{number}@example.com>" for number in (1, 2, 3)]
        assert outbox.tickets_of(tx, asked) == {"<1@example.com>": ticket}


def test_whoever_sends_letters_never_claims_a_page_nor_the_other_way_round(database: Database) -> None:
    with database.transaction() as tx:
        page = samples.letter(2, kind="page", template="page", recipients=("page:on_call:1",), raw=b"EX-1")
        outbox.post(tx, [page], NOW)
        assert outbox.next_due(tx, MAILBOXES) is None
        assert outbox.next_due(tx, MAILBOXES, pages=True) == NOW
        outbox.post(tx, [samples.letter(1)], NOW + MINUTE)
        later = NOW + HOUR
        assert [one.kind for one in outbox.claim(tx, "here", later, MAILBOXES, 9)] == ["acknowledgement"]
        (claimed,) = outbox.claim(tx, "here", later, MAILBOXES, 9, pages=True)
        assert (claimed.recipients, claimed.subject, claimed.raw) == (("page:on_call:1",), page.subject, b"EX-1")
