"""`intake replay`: what a person and a script see of a candidate policy, and how the command ends."""

from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa

from intake.replay import Rehearsal
from intake.shipped import policy_file
from intake.understand import Understanding
from intake.worker import Worker
from storage import tables
from storage.database import Database
from tests.intake.cli.shell import CONTACTS, HELD, MAIL, STRANGER, intake, opened
from tests.stores import contents, url_at


class Kept(Understanding):
    """One worker for all the tests here, each with its own candidate."""

    def close(self) -> None:
        """Left to the fixture."""


@pytest.fixture(scope="module")
def pool() -> Iterator[Kept]:
    made = Kept({}, workers=1)
    yield made
    Understanding.close(made)


@pytest.fixture
def files(tmp_path: Path, pool: Kept, monkeypatch: pytest.MonkeyPatch) -> Path:
    def kept(rehearsal: Rehearsal, mails: int, begun: Sequence[Worker]) -> Understanding:
        pool.reload({rehearsal.candidate.version: rehearsal.candidate})
        return pool

    monkeypatch.setattr("intake.replay.readers", kept)
    opened(tmp_path, MAIL, HELD, STRANGER)
    return tmp_path


def test_workers_of_its_own_read_the_mails(tmp_path: Path) -> None:
    opened(tmp_path, MAIL)
    ended = intake("replay", "--policy", "irex", "--config", tmp_path / "intake.toml")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == "nothing would change: 1 mail of support under irex, the policy in force\n"


def candidate(files: Path, old: str = "", new: str = "") -> Path:
    text = policy_file("irex").read_text(encoding="utf-8")
    assert old in text
    (files / "next.toml").write_text(text.replace(old, new, 1) if old else text, encoding="utf-8")
    return files / "next.toml"


def test_nothing_would_change_under_the_policy_in_force(files: Path) -> None:
    ended = intake("replay", "--policy", "irex", "--config", files / "intake.toml")
    assert (ended.status, ended.err) == (0, "")
    assert ended.out == "nothing would change: 3 mails of support under irex, the policy in force\n"


def test_what_would_change_is_told_with_its_reason_and_leaves_nothing_behind(files: Path) -> None:
    before = contents(url_at(files / "intake.db"))
    policy = candidate(files, '2 = "8 bh"', '2 = "4 bh"')
    ended = intake("replay", "--policy", policy, "--config", files / "intake.toml")
    assert (ended.status, ended.err) == (1, "")
    first, *rest = ended.out.splitlines()
    assert first.startswith("EX-1  2026-03-11 ")
    assert "ana@alder.example  “Search is slow”" in first
    assert rest[0].startswith("  first answer:")
    assert " → " in rest[0]
    assert any(line.startswith("  why:                  Severity 2 because ") for line in rest)
    assert "  words:                “Search is slow” (subject); “very slow” (body)" in rest
    assert "first answer earlier" in ended.out
    assert rest[-1] == "1 of 3 mails of support under next would be decided otherwise"
    assert contents(url_at(files / "intake.db")) == before


def test_scripts_get_an_object_for_each_change_and_one_with_the_sums(files: Path) -> None:
    policy = candidate(files, '[gates.language]\naccept = ["en"]', '[gates.language]\naccept = ["fr"]')
    ended = intake("replay", "--json", "--policy", policy, "--config", files / "intake.toml")
    assert (ended.status, ended.err) == (1, "")
    *changed, last = ended.objects
    told = next(one for one in changed if one["reference"] == "EX-1")
    assert (told["sender"], told["subject"], told["arrived"]) == (
        "ana@alder.example",
        "Search is slow",
        "2026-03-11T09:00:00+00:00",
    )
    assert told["changes"]["outcome"] == {"old": "accepted", "new": "declined"}
    assert told["changes"]["failed"] == {"old": [], "new": ["language"]}
    assert told["changes"]["template"] == {"old": "acknowledgement", "new": "declined_language"}
    assert told["changes"]["severity"] == {"old": 2, "new": None}
    assert [one["gate"] for one in told["gates"]] == ["language"]
    assert (told["overruled"], told["directory_changed"]) == (None, False)
    sums = last["summary"]
    assert (sums["mailbox"], sums["policy"], sums["in_force"]) == ("support", "next", False)
    assert (sums["replayed"], sums["changed"], sums["not_replayed"]) == (3, len(changed), 0)
    assert sums["kinds"]["outcome accepted → declined"] == 1


def test_since_leaves_earlier_mail_out(files: Path) -> None:
    config = ("--config", files / "intake.toml")
    for since, mails in (("2026-03-11T09:00:00+00:00", 3), ("2026-03-13", 0)):
        (told,) = intake("replay", "--json", "--policy", "irex", "--since", since, *config).objects
        assert told["summary"]["replayed"] == mails


@pytest.mark.parametrize("since", ["yesterday", "2026-03-11T09:00:00", "0202-03-11"])
def test_a_time_that_is_none_is_wrong_usage(files: Path, since: str) -> None:
    ended = intake("replay", "--policy", "irex", "--since", since, "--config", files / "intake.toml")
    assert (ended.status, ended.out, ended.err.count("\n")) == (2, "", 1)


def test_a_candidate_with_faults_is_told_as_check_tells_it(files: Path) -> None:
    policy = candidate(files, 'hours = "business"', 'hours = "busines"')
    ended = intake("replay", "--policy", policy, "--config", files / "intake.toml")
    config = (files / "intake.toml").read_text(encoding="utf-8")
    (files / "intake.toml").write_text(config.replace('policy = "irex"', 'policy = "next.toml"'), encoding="utf-8")
    checked = intake("check", "--config", files / "intake.toml")
    (fault,) = [line.removeprefix("fault    ") for line in checked.out.splitlines() if line.startswith("fault")]
    assert (ended.status, ended.out) == (2, "")
    assert ended.err == f"intake: {fault}\n"
    assert "did you mean 'business'?" in fault


def test_what_a_person_decided_what_is_gone_and_what_the_directory_changed_is_said(files: Path) -> None:
    config = ("--config", files / "intake.toml")
    assert intake("accept", "EX-2", *config).status == 0
    (files / "contacts.csv").write_text(CONTACTS.replace("ana@", "anne@"), encoding="utf-8")
    imported = intake("directory", "import", files / "contracts.csv", files / "contacts.csv", "--force", *config)
    assert imported.status == 0
    with closing(Database(url_at(files / "intake.db"))) as store, store.transaction() as tx:
        tx.execute(sa.delete(tables.raw_mail).where(tables.raw_mail.c.mail_id == 3))
    ended = intake("replay", "--policy", "irex", *config)
    assert (ended.status, ended.err) == (1, "")
    assert "  since then:           a person has accepted it, and that stands" in ended.out
    assert "  directory:            it has the sender on another contract or plan today" in ended.out
    assert ended.out.count("“Search is slow”: its bytes are no longer stored") == 1
    assert ended.out.endswith(
        "2 of 2 mails of support under irex, the policy in force would be decided otherwise\n"
        "  they were decided under another version of it, of its vocabularies or of Intake, or another directory\n"
        "  2 of them may owe it to the directory, which is today's\n"
        "  1 of them a person has decided since; only outcome and gates are compared there\n"
        "  1 could not be replayed, see above\n"
    )
    *_, lost, sums = intake("replay", "--json", "--policy", "irex", *config).objects
    assert (lost["mail"], lost["reference"], lost["not_replayed"]) == (3, "EX-3", "its bytes are no longer stored")
    assert [sums["summary"][name] for name in ("overruled", "directory_changed", "not_replayed")] == [1, 2, 1]


def test_reminders_that_change_are_shown_with_their_times(files: Path) -> None:
    text = policy_file("irex").read_text(encoding="utf-8")
    table = '\n[[reminders]]\nseverities = [2]\nto = "senior"\nafter = "2 h"\nevery = "4 h"\n'
    (files / "next.toml").write_text(text + table, encoding="utf-8")
    out = intake("replay", "--policy", files / "next.toml", "--config", files / "intake.toml").out
    assert "  reminders:            – → senior 2026-03-11 " in out
    assert " every 4h" in out
    assert "other reminders" in out
