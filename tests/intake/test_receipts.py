"""What staff hear of letters that a server refuses."""

import pytest

from intake.desk import Desk
from intake.mail.parse import parse
from intake.pipeline import Arrival, record_batch
from intake.receipts import note_deliveries
from intake.understand import Understood
from rules.facts import Contact
from rules.reading import read
from storage import checkpoints, directory, mutes, outbox, tickets
from storage.database import Database
from storage.outbox import Delivery, LetterState
from tests.intake.installation import LAPSED, STANDARD, mail
from tests.storage.samples import HOUR, NOW

ANA, BEN, STRANGER = "ana@alder.example", "ben@cedar.example", "x@nowhere.example"
QUESTION = "Hello,\n\nwhat is the default of this setting, and where is it documented?\n"


@pytest.mark.parametrize(("sender", "told"), [(ANA, 1), (BEN, 1), (STRANGER, 0)])
def test_staff_hear_of_a_refused_letter_unless_a_stranger_was_declined(
    database: Database, desk: Desk, sender: str, told: int
) -> None:
    """Whoever sends spam under made-up addresses would else fill the boxes of staff with notices."""
    raw = mail(sender, desk.mailbox.address, "Question", QUESTION)
    parsed = parse(raw)
    arrival = Arrival(1, NOW, len(raw), raw, Understood(parsed, read(parsed, desk.policy)))
    with database.transaction() as tx:
        directory.replace(tx, [STANDARD, LAPSED], [Contact(ANA, "Ana", "IR-STD"), Contact(BEN, "Ben", "IR-OLD")])
        checkpoints.start(tx, "support", 7, None)
    record_batch(database, desk, 7, [arrival], NOW, reached=lambda ended: 1)
    with database.transaction() as tx:
        claimed = outbox.claim(tx, "test", NOW + HOUR, ["support"], 9)
        (letter,) = [one for one in claimed if one.kind != "notice"]
        refused = Delivery(letter.letter_id, LetterState.REFUSED, "550 5.1.1 no such user")
        note_deliveries(tx, {desk.name: desk}, [(letter, refused)], NOW)
        kinds = [event.kind for event in tickets.events(tx, 1)]
        assert "letter_refused" in kinds
        assert len(outbox.claim(tx, "test", NOW + HOUR, ["support"], 9)) == told


@pytest.mark.parametrize(
    ("reply", "muted"),
    [("550 5.1.1 no such user", [ANA]), ("550 5.7.1 relaying denied", []), ("450 4.1.1 not now", [])],
)
def test_an_address_that_our_own_server_refuses_as_unknown_is_muted(
    database: Database, desk: Desk, reply: str, muted: list[str]
) -> None:
    raw = mail(ANA, desk.mailbox.address, "Question", QUESTION)
    parsed = parse(raw)
    arrival = Arrival(1, NOW, len(raw), raw, Understood(parsed, read(parsed, desk.policy)))
    with database.transaction() as tx:
        directory.replace(tx, [STANDARD], [Contact(ANA, "Ana", "IR-STD")])
        checkpoints.start(tx, "support", 7, None)
    record_batch(database, desk, 7, [arrival], NOW, reached=lambda ended: 1)
    with database.transaction() as tx:
        claimed = outbox.claim(tx, "test", NOW + HOUR, ["support"], 9)
        (letter,) = [one for one in claimed if one.kind != "notice"]
        refused = Delivery(letter.letter_id, LetterState.REFUSED, reply, refused={ANA: reply})
        note_deliveries(tx, {desk.name: desk}, [(letter, refused)], NOW)
        assert [one.address for one in mutes.newest(tx, 9)] == muted
        notices = [one for one in outbox.claim(tx, "test", NOW + HOUR, ["support"], 9) if one.kind == "notice"]
        assert ["intake unmute" in one.raw.decode() for one in notices] == [bool(muted)]
        for one in notices:
            dead = Delivery(one.letter_id, LetterState.REFUSED, reply, refused=dict.fromkeys(one.recipients, reply))
            note_deliveries(tx, {desk.name: desk}, [(one, dead)], NOW)
        assert [one.address for one in mutes.newest(tx, 9)] == muted
