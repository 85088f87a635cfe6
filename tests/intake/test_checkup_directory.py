"""What `intake check` says of the contracts in the store."""

from pathlib import Path

import pytest

from intake.checkup import check
from intake.checkup_directory import SHOWN, open_gaps
from tests.intake.cli.shell import CONFIG, house, intake
from tests.stores import ENGINE

ON_SERVER = ENGINE != "sqlite"
"""A server is asked only where log-ins are wanted."""
HEAD = "contract,organization,policy,plan,starts,ends,account_manager,distributor,support_partner"


def imported(tmp_path: Path, policy: str, *rows: str) -> Path:
    answered_for = CONFIG.replace('"irex"', f'"{policy}"\nauthserv_id = "mx.example.com"')
    config = house(tmp_path, answered_for)
    (tmp_path / "contracts.csv").write_text("\n".join([HEAD, *rows, ""]))
    contract = rows[0].partition(",")[0]
    (tmp_path / "contacts.csv").write_text(f"email,name,contract,role\nana@alder.example,Ana,{contract},admin\n")
    assert intake("db", "upgrade", "--config", config).status == 0
    files = (tmp_path / "contracts.csv", tmp_path / "contacts.csv")
    assert intake("directory", "import", *files, "--config", config).status == 0
    return config


def test_a_missing_account_manager_is_a_warning_where_the_policy_needs_one(tmp_path: Path) -> None:
    rows = [
        "L-1,Alder,lumedx,deluxe,2020-01-01,2039-12-31,,,",
        "L-2,Fir,lumedx,deluxe,2020-01-01,2039-12-31,am@x.example,,",
    ]
    found = check(imported(tmp_path, "lumedx", *rows), connect=ON_SERVER)
    assert (found.faults, found.notes) == ([], [])
    of_contracts = [warning.key for warning in found.warnings if warning.key.startswith("contracts")]
    assert of_contracts == ["contracts[L-1].account_manager"]


def test_a_missing_distributor_or_partner_is_a_note(tmp_path: Path) -> None:
    rows = [
        "O-1,Alder,onyxceph,maintenance,2020-01-01,2039-12-31,,d@x.example,",
        "I-1,Fir,irex,standard,2020-01-01,,,,",
    ]
    config = imported(tmp_path, "onyxceph", *rows)
    found = check(config, connect=ON_SERVER)
    assert found.faults == []
    assert [note.key for note in found.notes] == ["contracts[O-1].support_partner"]
    command = ("check", "--config", config, *(["--connect"] if ON_SERVER else []))
    told = intake(*command)
    assert told.status == (1 if ON_SERVER else 0)  # nobody serves its mailbox
    assert "note     " in told.out
    assert "note" in [one.get("level") for one in intake(*command, "--json").objects]


def test_a_directory_full_of_gaps_is_told_in_a_few_lines(tmp_path: Path) -> None:
    rows = [f"O-{number},Alder,onyxceph,maintenance,2020-01-01,2039-12-31,,d@x.example," for number in range(25)]
    config = imported(tmp_path, "onyxceph", *rows)
    notes = check(config, connect=ON_SERVER).notes
    assert len(notes) == SHOWN + 1
    assert notes[-1].problem == "15 more have none"
    files = (tmp_path / "contracts.csv", tmp_path / "contacts.csv")
    again = intake("directory", "import", *files, "--config", config)
    assert again.err.count("note:") == SHOWN + 1


@pytest.mark.parametrize("url", ["postgresql+psycopg://intake@127.0.0.1:1/intake", "sqlite:////nowhere/at/all.db"])
def test_a_store_that_cannot_be_asked_is_left_alone(url: str) -> None:
    assert open_gaps(url, {}, connect=False) == ([], [])


def test_a_store_on_a_server_that_is_away_is_for_the_log_ins_to_tell() -> None:
    assert open_gaps("postgresql+psycopg://intake@127.0.0.1:1/intake", {}, connect=True) == ([], [])
