"""`intake muted` and `unmute`, and what `intake ticket` shows of letters that came back and of linked tickets."""

from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from intake.cli.verdicts import account
from intake.config import load
from storage import bounces, links, mutes
from storage.bounces import Bounce
from storage.database import Database
from tests.intake.cli.shell import HELD, MAIL, intake, opened

ANA = "ana@alder.example"
AT = datetime(2026, 3, 12, 9, 0, tzinfo=UTC)


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Ana's acknowledgement on EX-1 came back, so that she is muted; EX-2 goes on with EX-1."""
    path = opened(tmp_path, MAIL, HELD)
    database = Database(load(path, secrets=False).storage.url)
    with closing(database), database.transaction() as tx:
        mutes.mute(tx, ANA, AT, "5.1.1", 1)
        bounces.note(tx, Bounce(1, ANA, AT, "5.1.1", final=True))
        links.add(tx, 2, 1, links.CONTINUES, AT)
    return path


def test_who_is_muted_is_listed_and_unmuted_by_a_persons_word(config: Path) -> None:
    (one,) = intake("muted", "--json", "--config", config).objects
    assert one == {"address": ANA, "since": AT.isoformat(), "status": "5.1.1", "reference": "EX-1"}
    assert ANA in intake("muted", "--config", config).out
    ended = intake("unmute", "Ana Ruiz <ANA@alder.example>", "--config", config)
    assert (ended.status, ended.out) == (0, f"automatic letters go to {ANA} again\n")
    assert intake("muted", "--config", config).out == "none\n"
    (told,) = intake("ticket", "EX-1", "--json", "--config", config).objects
    assert (told["events"][-1]["kind"], told["events"][-1]["actor"]) == ("unmuted", account())


def test_who_is_not_muted_is_said_to_be_none(config: Path) -> None:
    ended = intake("unmute", "ben@alder.example", "--config", config)
    assert (ended.status, "`intake muted`" in ended.err) == (1, True)


def test_a_ticket_shows_who_is_muted_what_came_back_and_what_it_goes_on_with(config: Path) -> None:
    shown = intake("ticket", "EX-1", "--config", config).out
    assert f"muted:    {ANA} since" in shown
    assert "a letter came back (5.1.1)" in shown
    assert "came back" in next(line for line in shown.splitlines() if "acknowledgement" in line and "EX" not in line)
    assert "linked:   continued in EX-2" in shown
    assert "linked:   continues EX-1" in intake("ticket", "EX-2", "--config", config).out
    (told,) = intake("ticket", "EX-2", "--json", "--config", config).objects
    assert [(one["reference"], one["kind"], one["earlier"]) for one in told["links"]] == [("EX-1", "continues", True)]
    assert [one["address"] for one in told["muted"]] == [ANA]
