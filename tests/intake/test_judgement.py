"""Daemon, `explain` and `replay` say the same of a mail that cannot go where the policy sends it."""

from contextlib import closing
from datetime import timedelta
from pathlib import Path

import pytest

from intake.directory_files import DirectoryFile
from intake.explain import OnFiles, Question, explain
from intake.explain_stored import OnDatabase
from intake.replay import Rehearsal, Replayed, readers, replay
from intake.settings import DaemonSettings
from rules.facts import Contact, Outcome
from tests.intake.distribution import ANA, DIST, LEVEL_0, SUPPORT, contract, house_in
from tests.intake.installation import mail

PEOPLE = (Contact(ANA, "Ana Ruiz", "O-1"),)


@pytest.mark.parametrize(
    ("distributor", "outcome", "forward_to"),
    [(DIST, Outcome.ROUTED, DIST), ("no address", Outcome.ACCEPTED, None), (SUPPORT, Outcome.ACCEPTED, None)],
)
def test_all_three_say_the_same(tmp_path: Path, distributor: str, outcome: Outcome, forward_to: str | None) -> None:
    raw = mail(ANA, SUPPORT, "Client", LEVEL_0).replace(b"\n", b"\r\n")
    with house_in(tmp_path) as house:
        house.admit(contract(distributor=distributor), *PEOPLE)
        house.comes_raw(raw)
        decision = house.ticket().decision
        assert (decision.outcome, decision.forward_to) == (outcome, forward_to)
        with house.database.snapshot() as tx:
            ground = OnDatabase(tx, house.desk)
            asked = Question(house.desk.policy, ground, at=house.now, own_mailboxes=house.desk.own_mailboxes)
            told = explain("-", raw, asked, house.now)
        assert (told["outcome"], told["forward_to"], told["flags"]) == (outcome, forward_to, list(decision.flags))
        rehearsal = Rehearsal(house.database, house.desk, house.desk.policy, DaemonSettings(workers=1))
        with closing(readers(rehearsal, 1)) as pool:
            (again,) = replay(rehearsal, pool, rehearsal.places())
        assert isinstance(again, Replayed)
        assert again.differences == ()


def test_files_alone_know_an_address_that_no_letter_can_be_sent_to(tmp_path: Path) -> None:
    with house_in(tmp_path) as house:
        policy, now = house.desk.policy, house.now
    ground = OnFiles(DirectoryFile((contract(distributor="no address"),), PEOPLE), policy)
    told = explain(
        "-", mail(ANA, SUPPORT, "Client", LEVEL_0), Question(policy, ground, at=now), now + timedelta(days=1)
    )
    assert (told["outcome"], told["forward_to"]) == (Outcome.ACCEPTED, None)
    assert "not_forwarded" in str(told["flags"])
