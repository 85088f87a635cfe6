"""A short chaos run on the engine of the tests; `make chaos` makes longer ones. And the judge, who has to see what is
wrong."""

from collections.abc import Callable
from dataclasses import replace
from hashlib import sha256

import pytest

from tests.chaos import figures
from tests.chaos.judge import Evidence, LetterRow, MailRow, findings
from tests.chaos.mails import Draft, Sent
from tests.chaos.plan import draw
from tests.chaos.run import Order, run
from tests.servers.mailhost import obstacle
from tests.servers.sink import Taken
from tests.stores import ENGINE

KILLS = 30


@pytest.mark.mailhost
@pytest.mark.skipif(bool(obstacle()), reason="no mail host")
def test_thirty_kills_and_whatever_else_breaks_lose_and_double_nothing(capsys: pytest.CaptureFixture[str]) -> None:
    said: list[str] = []
    outcome = run(Order(seed=227, kills=KILLS, mails=60, engine=ENGINE), said.append)
    with capsys.disabled():
        print(f"\n{figures.table(outcome)}")
    assert outcome.findings == [], "\n".join(said)
    assert outcome.killed >= KILLS
    assert outcome.sent == 60


def test_the_same_seed_is_the_same_plan() -> None:
    faults = {"kill": 2.0, "cut": 1.0}
    assert draw(7, 50, 20, faults, 2 / 3) == draw(7, 50, 20, faults, 2 / 3)
    assert draw(7, 50, 20, faults, 2 / 3) != draw(8, 50, 20, faults, 2 / 3)
    plan = draw(7, 50, 20, faults, 2 / 3)
    assert [draft for step in plan.steps for draft in step.mails] == list(plan.drafts)


ANA = "question1@customer.example"
MAIL = b"Message-ID: <one@customer.example>\r\n\r\nHello\r\n"
LETTER = b"Message-ID: <letter@example.test>\r\n\r\nThank you\r\n"
SENT = Sent(Draft(1, "question", 0), "support", MAIL, "<one@customer.example>", ANA, frozenset({"ticket"}), True)
ROW = MailRow(1, "0", "<one@customer.example>", "ticket", "", 5)
POSTED = LetterRow("<letter@example.test>", "acknowledgement", 5, (ANA,), "sent", 0, 1, LETTER, "")
TAKEN = Taken(1, "support@example.test", (ANA,), LETTER, True, True, "", 0.0, "250 ok")
GOOD = Evidence(
    sent=[SENT],
    taken_away=frozenset(),
    mails=[ROW],
    unfinished_sightings=0,
    tickets={5: ANA},
    letters=[POSTED],
    taken=[TAKEN],
    ours=frozenset({"support@example.test"}),
    folders=[MAIL],
    logs=["all is well"],
    reader_faults=0,
)
SECOND = replace(TAKEN, connection=2)
ROBOT = replace(SENT, ends=frozenset({"ignored"}), answered=False, silent=True)


def test_the_judge_finds_nothing_where_nothing_is_wrong() -> None:
    assert findings(GOOD) == []
    once_more = replace(GOOD, taken=[replace(TAKEN, confirmed=False), SECOND], letters=[replace(POSTED, ambiguous=1)])
    assert findings(once_more) == []
    assert findings(replace(GOOD, mails=[], tickets={}, letters=[], taken=[], folders=[], sent=[])) == []


def test_a_mail_that_could_not_be_read_is_found_by_the_bytes_that_a_server_on_the_way_made_of_it() -> None:
    came = b"Return-Path: <ana@customer.example>\r\n" + MAIL
    row = replace(ROW, message_id=None, sha256=sha256(came).hexdigest(), end="quarantined", ticket_id=None)
    hang = replace(SENT, ends=frozenset({"quarantined"}), answered=False)
    quiet = replace(GOOD, sent=[hang], mails=[row], tickets={}, letters=[], taken=[])
    assert findings(replace(quiet, folders=[came])) == []
    assert any("has no end" in line for line in findings(replace(quiet, folders=[])))


@pytest.mark.parametrize(
    ("wrong", "words"),
    [
        (lambda: replace(GOOD, mails=[]), "has no end"),
        (lambda: replace(GOOD, mails=[ROW, replace(ROW, mail_id=2, ticket_id=6)]), "2 ends"),
        (lambda: replace(GOOD, mails=[replace(ROW, end="duplicate")]), "duplicate of nothing"),
        (lambda: replace(GOOD, mails=[replace(ROW, end="held")]), "ended as held"),
        (lambda: replace(GOOD, mails=[replace(ROW, end="quarantined", reason="its worker died")]), "sound mails"),
        (lambda: replace(GOOD, folders=[MAIL, b"Message-ID: <x@y>\r\n\r\n"]), "not in the ledger"),
        (lambda: replace(GOOD, tickets={5: ANA, 6: ANA}), "without a mail"),
        (lambda: replace(GOOD, tickets={}), "has no ticket"),
        (lambda: replace(GOOD, letters=[]), "has letters []"),
        (lambda: replace(GOOD, letters=[POSTED, replace(POSTED, message_id="<z@y>")]), "has letters"),
        (lambda: replace(GOOD, letters=[replace(POSTED, state="refused")]), "no server refused it"),
        (lambda: replace(GOOD, letters=[replace(POSTED, state="claimed")]), "still claimed"),
        (lambda: replace(GOOD, taken=[]), "no server has it"),
        (lambda: replace(GOOD, taken=[TAKEN, SECOND]), "2 times, and 0 ends"),
        (
            lambda: replace(
                GOOD, taken=[TAKEN, replace(TAKEN, recipients=()), SECOND], letters=[replace(POSTED, ambiguous=1)]
            ),
            "went on after the 250",
        ),
        (lambda: replace(GOOD, taken=[replace(TAKEN, raw=LETTER + b"More\r\n")]), "other bytes"),
        (lambda: replace(GOOD, taken=[TAKEN, replace(TAKEN, raw=MAIL)]), "does not know"),
        (lambda: replace(GOOD, sent=[ROBOT], mails=[replace(ROW, end="ignored")]), "a letter went to"),
        (lambda: replace(GOOD, taken=[replace(TAKEN, recipients=("support@example.test",))]), "a letter went to"),
        (lambda: replace(GOOD, unfinished_sightings=1), "sightings name no mail"),
        (lambda: replace(GOOD, logs=['{"event": "bug_in_pipeline"}']), "bug_in_pipeline"),
        (lambda: replace(GOOD, logs=["Traceback (most recent call last):\n  x\nKeyError: 1"]), "KeyError"),
    ],
)
def test_the_judge_sees(wrong: Callable[[], Evidence], words: str) -> None:
    assert any(words in line for line in findings(wrong())), findings(wrong())
