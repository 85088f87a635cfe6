"""One store with two mailboxes: two brands, two policies, two desks of staff, and commands that tell them apart."""

from datetime import timedelta
from pathlib import Path

import pytest

from intake.config import load
from intake.desk import load_desks
from intake.pipeline import Arrival, record_batch
from intake.shipped import policy_file
from storage import checkpoints
from storage.database import Database
from tests.intake.cli.shell import ARRIVED, BESIDE, CONFIG, CONTACTS, CONTRACTS, MAIL, Ended, _read, house, intake
from tests.stores import new_store

SALES = """
[[mailbox]]
name = "golden"
address = "help@golden.example"
display_name = "Golden Help"
policy = "golden.toml"
ticket_prefix = "GO"
templates = "letters"
[mailbox.imap]
host = "127.0.0.1"
port = 2
security = "none"
username = "help@golden.example"
password_file = "password"
[mailbox.smtp]
host = "127.0.0.1"
port = 1
security = "none"

[[staff]]
name = "Kim Senn"
email = "kim@golden.example"
queues = ["golden_desk", "services"]
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Ana writes one mail to each, with a contract under each policy."""
    config = house(tmp_path, CONFIG.replace(BESIDE, new_store(tmp_path / "intake.db")) + SALES)
    own = policy_file("gold").read_text().replace('"support"', '"golden_desk"')
    (tmp_path / "golden.toml").write_text(own)
    intake("init", tmp_path / "samples", "--sample")
    (tmp_path / "samples/templates").rename(tmp_path / "letters")
    for letter in (tmp_path / "letters").rglob("acknowledgement*"):
        letter.write_text(letter.read_text().replace("Thank you for your mail", "Golden thanks for your mail"))
    (tmp_path / "contracts.csv").write_text(CONTRACTS + "GO-1,Alder Security,golden,gold,2020-01-01,2039-12-31,yes,\n")
    (tmp_path / "contacts.csv").write_text(CONTACTS + "ana@alder.example,Ana Ruiz,GO-1,admin\n")
    files = (tmp_path / "contracts.csv", tmp_path / "contacts.csv")
    imported = intake("directory", "import", *files, "--config", config)
    assert imported.status == 0, imported.err
    settings = load(config, secrets=False)
    database = Database(settings.storage.url)
    for desk, box in zip(load_desks(settings), settings.mailbox, strict=True):
        raws = [MAIL.replace(b"support@example.com", box.address.encode())]
        with database.transaction() as tx:
            checkpoints.start(tx, desk.name, 1, None)
        arrivals = [Arrival(uid, ARRIVED, len(raw), raw, _read(raw, desk)) for uid, raw in enumerate(raws, start=1)]
        record_batch(database, desk, 1, arrivals, ARRIVED + timedelta(minutes=1), reached=lambda _: 1)
    database.close()
    return config


def on(config: Path, *command: str) -> Ended:
    return intake(*command, "--config", config, "--json")


def letters(config: Path, mailbox: str) -> dict[str, str]:
    """Recipient to the letter, of one mailbox."""
    found = on(config, "outbox", "list", "--all", "--mailbox", mailbox).objects
    return {
        one["recipients"][0]: on(config, "outbox", "show", str(one["letter_id"])).objects[0]["raw"] for one in found
    }


def test_each_brand_writes_under_its_own_name_by_its_own_policy_to_its_own_staff(config: Path) -> None:
    ours, golden = letters(config, "support"), letters(config, "golden")
    assert sorted(ours) == ["ana@alder.example", "sam@example.com"]
    assert sorted(golden) == ["ana@alder.example", "kim@golden.example"]
    assert "[EX-1]" in ours["ana@alder.example"]
    assert "Golden" not in "".join(ours.values())
    assert "golden.example" not in "".join(ours.values())
    assert "Golden Help <help@golden.example>" in golden["ana@alder.example"]
    assert "Golden thanks for your mail" in golden["ana@alder.example"]
    assert "example.com" not in "".join(golden.values())
    contracts = {one["reference"]: one["mailbox"] for one in on(config, "tickets").objects}
    assert contracts == {"EX-1": "support", "GO-1": "golden"}


def test_lists_keep_to_a_mailbox(config: Path) -> None:
    assert [one["reference"] for one in on(config, "tickets", "--mailbox", "golden").objects] == ["GO-1"]
    assert len(on(config, "outbox", "list").objects) == 4
    assert {one["mailbox"] for one in on(config, "outbox", "list", "--mailbox", "golden").objects} == {"golden"}
    assert on(config, "quarantine", "list", "--mailbox", "golden").objects == []
    assert on(config, "held", "--mailbox", "golden").objects == []


def test_status_of_a_mailbox_counts_its_own_alone(config: Path) -> None:
    (every,) = on(config, "status").objects
    (golden,) = on(config, "status", "--mailbox", "golden").objects
    assert sorted(one["name"] for one in every["mailboxes"]) == ["golden", "support"]
    assert [one["name"] for one in golden["mailboxes"]] == ["golden"]
    assert (every["letters"]["waiting"], golden["letters"]["waiting"]) == (4, 2)
    assert (every["clocks_running"], golden["clocks_running"]) == (every["clocks_running"], 2)
    assert every["clocks_running"] > golden["clocks_running"]


def test_one_is_paused_and_the_other_goes_on(config: Path) -> None:
    assert on(config, "pause", "--mailbox", "golden").status == 0
    (told,) = on(config, "status").objects
    assert {one["name"]: one["paused_at"] is not None for one in told["mailboxes"]} == {
        "golden": True,
        "support": False,
    }


@pytest.mark.parametrize(
    "command",
    ["tickets", "held", "status", "outbox list", "quarantine list", "pause", "resume", "sign-in", "reconcile"],
)
def test_a_mailbox_that_is_not_there_is_refused_with_the_nearest(config: Path, command: str) -> None:
    told = intake(*command.split(), "--mailbox", "goldn", "--config", config)
    assert (told.status, told.err.count("\n")) == (2, 1), told.err
    assert 'there is no mailbox "goldn"; did you mean "golden"?' in told.err
