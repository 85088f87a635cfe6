"""What a person is handed who asks what is held on them."""

import json
import os
import stat
import zipfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from intake.settings import Settings
from rules.facts import Contact
from storage import tickets
from storage.database import Database
from storage.tickets import Event
from tests.intake.cli.shell import ARRIVED, MAIL, intake, opened
from tests.intake.erasing import send_all, store, take_in
from tests.stores import contents

ANA, BEN_WORD, NOTE = "ana@alder.example", "Zwetschgenkuchen", "Xylophonbauer"
FOLLOW_UP = (
    MAIL.replace(b"<1@", b"<2@").replace(b"Search is", b"Re: [EX-1] Search is").replace(b"slow since", b"dead since")
)
BENS = MAIL.replace(b"<1@", b"<3@").replace(b"Ana Ruiz <ana@", b"Ben Okoro <ben@")
BENS = BENS.replace(b"very slow", BEN_WORD.encode()).replace(b"Search is slow", b"Our export stops")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return opened(tmp_path, MAIL, BENS)


@pytest.fixture
def house(home: Path) -> Iterator[tuple[Settings, Database]]:
    with store(home) as (settings, database):
        take_in(settings, database, [FOLLOW_UP], 3, ARRIVED)
        send_all(database)
        with database.transaction() as tx:
            tickets.log(tx, Event(ARRIVED, "note", "sam@example.com", {"text": NOTE}, 1))
        yield settings, database


def exported(home: Path) -> dict[str, bytes]:
    file = home.parent / "hers.zip"
    told = intake("export", ANA, file, "--config", home)
    assert told.status == 0, told.err
    with zipfile.ZipFile(file) as archive:
        assert archive.testzip() is None
        return {name: archive.read(name) for name in archive.namelist()}


def read(files: dict[str, bytes], name: str) -> Any:
    return json.loads(files[name])


def test_it_holds_their_mails_letters_tickets_and_directory_entry(home: Path, house: tuple[Settings, Database]) -> None:
    files = exported(home)
    assert [raw for name, raw in files.items() if name.startswith("mails/")] == [MAIL, FOLLOW_UP]
    letters = [raw for name, raw in files.items() if name.startswith("letters/")]
    assert letters
    assert all(b"ana@alder.example" in raw.lower() for raw in letters)
    (ticket,) = read(files, "tickets.json")
    assert (ticket["reference"], ticket["contact"], ticket["outcome"]) == ("EX-1", ANA, "accepted")
    assert {one["by"] for one in read(files, "events.json")} >= {"intake", "you", "staff"}
    (entry,) = read(files, "directory.json")
    assert Contact(**{**entry, "trainings": ()}).name == "Ana Ruiz"
    assert ANA in files["README.txt"].decode()


def test_of_others_it_holds_nothing_and_no_internal_note(home: Path, house: tuple[Settings, Database]) -> None:
    whole = b"\n".join(exported(home).values())
    for word in (BEN_WORD, NOTE, "ben@alder.example", "Ben Okoro", "sam@example.com"):
        assert word.encode() not in whole


def test_only_its_owner_can_read_it_and_no_file_is_written_over(home: Path, house: tuple[Settings, Database]) -> None:
    before = os.umask(0)
    try:
        exported(home)
    finally:
        os.umask(before)
    file = home.parent / "hers.zip"
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    was = file.read_bytes()
    again = intake("export", ANA, file, "--config", home)
    assert (again.status, "is there already" in again.err, file.read_bytes() == was) == (1, True, True)


def test_names_in_the_zip_are_made_of_nothing_that_a_mail_says(home: Path, house: tuple[Settings, Database]) -> None:
    assert all(name.replace("/", "").replace(".", "").isalnum() for name in exported(home))


def test_the_log_says_that_it_was_done(home: Path, house: tuple[Settings, Database]) -> None:
    exported(home)
    with house[1].snapshot() as tx:
        last = tickets.events(tx, 1)[-1]
    assert (last.kind, last.detail) == ("exported", {})


def test_a_dry_run_writes_nothing(home: Path, house: tuple[Settings, Database]) -> None:
    before = contents(house[0].storage.url)
    (told,) = intake("export", ANA, home.parent / "hers.zip", "--dry-run", "--json", "--config", home).objects
    assert (told["tickets"], told["mails"], told["file"]) == (1, 2, None)
    assert not (home.parent / "hers.zip").exists()
    assert contents(house[0].storage.url) == before


def test_nothing_is_handed_over_of_whom_nothing_is_held(home: Path, house: tuple[Settings, Database]) -> None:
    told = intake("export", "nobody@x.example", home.parent / "x.zip", "--config", home)
    assert (told.status, "nothing is held" in told.err, (home.parent / "x.zip").exists()) == (1, True, False)
