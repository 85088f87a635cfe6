"""`intake directory import`, and its guard."""

from pathlib import Path

import pytest

from tests.intake.cli.shell import Ended, intake, opened


@pytest.fixture
def config(tmp_path: Path) -> Path:
    return opened(tmp_path)


def imported(config: Path, *options: str) -> Ended:
    files = (config.with_name("contracts.csv"), config.with_name("contacts.csv"))
    return intake("directory", "import", *files, "--config", config, *options)


def contacts(config: Path, *rows: str) -> None:
    config.with_name("contacts.csv").write_text("\n".join(["email,name,contract,role", *rows, ""]))


PEOPLE = [f"p{number}@alder.example,P{number},IR-STD,admin" for number in range(10)]


def test_what_changes_is_shown(config: Path) -> None:
    contacts(config, "ana@alder.example,Ana,IR-STD,admin", "ben@alder.example,Ben Okoro,IR-STD,end_user", PEOPLE[0])
    ended = imported(config)
    assert ended.status == 0
    assert "contacts added:        1  p0@alder.example (IR-STD)" in ended.out
    assert "contacts changed:      1  ana@alder.example (IR-STD)" in ended.out
    (again,) = imported(config, "--json").objects
    assert [again[f"contacts_{how}"] for how in ("added", "changed", "gone")] == [[], [], []]


def test_a_dry_run_shows_and_changes_nothing(config: Path) -> None:
    contacts(config, "ana@alder.example,Ana Ruiz,IR-STD,admin", "ben@alder.example,Ben Okoro,IR-STD,end_user", *PEOPLE)
    first, second = imported(config, "--dry-run"), imported(config, "--dry-run", "--json")
    assert "nothing was changed" in first.out
    assert len(second.objects[0]["contacts_added"]) == 10


def test_a_faulty_file_changes_nothing_and_names_its_place(config: Path) -> None:
    contacts(config, "ana@alder.example,Ana,IR-STD,admn", PEOPLE[0], "x,Y,IR-9,admin")
    ended = imported(config, "--force")
    assert ended.status == 1
    assert "contacts.csv: row 2, column role" in ended.err
    assert "contacts.csv: row 4, column email" in ended.err
    contacts(config, "ana@alder.example,Ana Ruiz,IR-STD,admin", "ben@alder.example,Ben Okoro,IR-STD,end_user")
    assert imported(config, "--json").objects[0]["contacts_added"] == []


@pytest.mark.parametrize(("left", "status"), [(10, 0), (8, 0), (7, 1), (0, 1)])
def test_an_import_that_loses_over_a_fifth_of_the_contacts_is_refused(config: Path, left: int, status: int) -> None:
    contacts(config, *PEOPLE)
    assert imported(config, "--force").status == 0
    contacts(config, *PEOPLE[:left])
    ended = imported(config)
    assert (ended.status, ended.err.count("\n")) == (status, status)
    assert imported(config, "--dry-run").status == (0 if status == 0 else 1)
    if status:
        assert "--force" in ended.err
        assert imported(config, "--force").status == 0


def test_an_import_without_any_contact_is_refused_even_at_the_start(tmp_path: Path) -> None:
    config = opened(tmp_path)
    contacts(config)
    assert imported(config, "--force").status == 0
    assert imported(config).status == 1
