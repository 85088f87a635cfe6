"""`intake reconcile`: one line that a person believes, or each gap with what to do."""

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from intake.config import load
from storage import checkpoints, conditions, tables
from storage.database import Database
from tests.intake.cli.shell import HELD, MAIL, STRANGER, intake, opened


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Three mails: a ticket, one that is held, one that is declined."""
    return opened(tmp_path, MAIL, HELD, STRANGER)


def spoil(config: Path, *statements: sa.Executable) -> None:
    database = Database(load(config, secrets=False).storage.url)
    with database.transaction() as tx:
        for statement in statements:
            tx.execute(statement)
    database.close()


def look(config: Path, *arguments: str) -> Any:
    return intake("reconcile", "--offline", *arguments, "--config", config)


LOST_LETTER = sa.delete(tables.outbox).where(tables.outbox.c.kind == "acknowledgement")


def test_a_store_without_a_gap_is_one_line(config: Path) -> None:
    ended = look(config)
    assert ended.status == 0, ended.out
    assert "no gap: 3 mails, seen under 3 UIDs, each ended in exactly one place" in ended.out
    assert "the folders were not looked at" in ended.out
    assert "GAP" not in ended.out


def test_each_gap_says_what_it_is_and_what_to_do(config: Path) -> None:
    spoil(config, LOST_LETTER)
    ended = look(config)
    assert ended.status == 1
    assert "GAP 1  support: mail 1 was to be answered, and there is no such letter in the outbox" in ended.out
    assert "EX-1: acknowledgement" in ended.out
    assert "answer the customer" in ended.out
    assert "1 GAP(S) among 3 mails seen under 3 UIDs" in ended.out


def test_a_script_is_told_in_json(config: Path) -> None:
    spoil(config, LOST_LETTER)
    ended = look(config, "--json")
    assert ended.status == 1
    ends = {one["end"]: (one["mails"], one["uids"]) for one in ended.objects if one["type"] == "end"}
    assert ends == {"ticket": (1, 1), "held": (1, 1), "declined": (1, 1)}
    (gap,) = [one for one in ended.objects if one["type"] == "gap"]
    assert (gap["gap_id"], gap["kind"], gap["key"], gap["mail_id"]) == (1, "no_letter", "1", 1)
    assert gap["what"].startswith("mail 1 was to be answered")
    assert gap["remedy"]
    last = ended.objects[-1]
    assert (last["type"], last["well"], last["mails"], last["gaps"], last["accepted"]) == (
        "reconciliation",
        False,
        3,
        1,
        0,
    )


def test_what_a_mail_says_of_itself_does_not_reach_the_terminal_as_it_is(config: Path) -> None:
    spoil(config, LOST_LETTER, sa.update(tables.mail).values(sender="\x1b[31mana@alder.example"))
    assert "\x1b" not in look(config).out
    assert "\x1b" not in look(config, "--json").out


def test_a_gap_that_is_accepted_is_none_any_more(config: Path) -> None:
    spoil(config, LOST_LETTER)
    look(config)
    for wrong, status in (("seven", 2), ("7", 1)):
        refused = intake("reconcile", "--accept", wrong, "--config", config)
        assert (refused.status, refused.err.count("\n")) == (status, 1)
    accepted = intake("reconcile", "--accept", "1", "--config", config)
    assert accepted.status == 0
    assert "gap 1 is accepted: mail 1 was to be answered" in accepted.out
    ended = look(config)
    assert (ended.status, "1 gap(s) were accepted" in ended.out) == (0, True)
    assert "no gap" in ended.out
    spoil(config, sa.delete(tables.outbox))
    assert look(config).status == 1, "another one is told"
    everything = intake("reconcile", "--accept", "all", "--json", "--config", config)
    assert [one["accepted"] for one in everything.objects] == [True, True]
    assert look(config).status == 0
    assert "no open gap" in intake("reconcile", "--accept", "all", "--config", config).out


def test_who_accepted_a_gap_is_written_down(config: Path) -> None:
    spoil(config, LOST_LETTER)
    look(config)
    intake("reconcile", "--accept", "1", "--config", config)
    database = Database(load(config, secrets=False).storage.url)
    with database.snapshot() as tx:
        (logged,) = tx.execute(sa.select(tables.event).where(tables.event.c.kind == "gap_accepted"))
        (told,) = [one for one in conditions.current(tx) if one.part == "reconcile support"]
    database.close()
    assert (logged.mail_id, logged.detail["gap"], bool(logged.actor)) == (1, "no_letter", True)
    assert (told.well, told.detail) == (True, f"what stood was accepted by {logged.actor}")


def test_a_server_that_cannot_be_reached_leaves_the_proof_open(config: Path) -> None:
    ended = intake("reconcile", "--config", config)
    assert ended.status == 1
    assert "NOT LOOKED AT" in ended.out
    assert "no gap in the database (3 mails, 3 UIDs), but not everything could be looked at" in ended.out
    (told,) = intake("status", "--json", "--config", config).objects
    assert any(one.startswith("reconcile support: not everything could be looked at") for one in told["problems"])
    assert told["gaps"] == {}


def test_status_counts_the_gaps_and_names_the_way_to_them(config: Path) -> None:
    spoil(config, LOST_LETTER)
    intake("reconcile", "--config", config)
    ended = intake("status", "--json", "--config", config)
    (told,) = ended.objects
    assert told["gaps"] == {"support": 1}
    assert any("1 gap(s); `intake reconcile` shows them" in one for one in told["problems"])


def test_a_mailbox_is_read_again_from_its_first_uid(config: Path) -> None:
    ended = intake("reconcile", "--rewind", "--config", config)
    assert ended.status == 0
    assert "from its first UID" in ended.out
    database = Database(load(config, secrets=False).storage.url)
    with database.snapshot() as tx:
        kept = checkpoints.load(tx, "support")
    database.close()
    assert kept is not None
    assert (kept.uidvalidity, kept.last_uid) == (1, 0)


def test_a_mailbox_that_is_not_configured_is_refused(config: Path) -> None:
    ended = look(config, "--mailbox", "sale")
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert look(config, "--mailbox", "support").status == 0
