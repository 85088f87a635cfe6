"""`intake init`: what it writes is good as it stands."""

from pathlib import Path

from intake.checkup import check
from intake.directory_files import DirectoryFile, DirectoryRules, read
from intake.policy_reference import reference
from intake.shipped import read_policy, shipped, vocabularies
from templates.render import Renderer, shipped_files
from tests.intake.cli.shell import intake


def test_everything_that_init_writes_is_good(tmp_path: Path) -> None:
    there = tmp_path / "new"
    ended = intake("init", there)
    assert (ended.status, ended.err) == (0, "")
    assert (there / "credentials").stat().st_mode & 0o777 == 0o700
    for name in ("imap-password", "smtp-password"):
        (there / "credentials" / name).write_text("secret")
        (there / "credentials" / name).chmod(0o600)
    found = check(there / "intake.toml")
    assert (found.faults, found.warnings) == ([], [])
    rules = {"irex": DirectoryRules(frozenset({"standard"}))}
    assert isinstance(read(there / "contracts.csv", there / "contacts.csv", rules), DirectoryFile)


def test_the_copies_of_the_templates_are_complete_and_usable(tmp_path: Path) -> None:
    intake("init", tmp_path)
    copies = {file.relative_to(tmp_path / "templates").as_posix() for file in (tmp_path / "templates").glob("*/*")}
    assert copies == set(shipped_files())


def test_json_names_what_was_written(tmp_path: Path) -> None:
    (told,) = intake("init", tmp_path, "--json").objects
    assert all((tmp_path / name).is_file() for name in told["files"])
    assert "intake.toml" in told["files"]


def test_it_writes_over_nothing(tmp_path: Path) -> None:
    (tmp_path / "intake.toml").write_text("mine")
    ended = intake("init", tmp_path)
    assert (ended.status, ended.err.count("\n")) == (2, 1)
    assert "--force" in ended.err
    assert [file.name for file in tmp_path.iterdir()] == ["intake.toml"]
    assert (tmp_path / "intake.toml").read_text() == "mine"
    assert intake("init", tmp_path, "--force").status == 0
    assert (tmp_path / "intake.toml").read_text() != "mine"


def test_a_directory_that_cannot_be_written_is_one_line(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    ended = intake("init", tmp_path / "file")
    assert (ended.status, ended.err.count("\n")) == (2, 1)


def test_the_reference_and_what_is_shipped_lie_beside_the_configuration(tmp_path: Path) -> None:
    ended = intake("init", tmp_path)
    assert "policy-reference.md" in ended.out
    assert (tmp_path / "policy-reference.md").read_text(encoding="utf-8") == reference()
    copies = {file.relative_to(tmp_path / "shipped").as_posix() for file in (tmp_path / "shipped").glob("*/*")}
    assert copies == {f"policies/{name}.toml" for name in shipped()} | {
        f"vocabulary/{one.name}" for one in vocabularies()
    }


def test_a_copy_of_a_shipped_policy_is_a_policy_of_ones_own(tmp_path: Path) -> None:
    intake("init", tmp_path)
    read = read_policy(str(tmp_path / "shipped" / "policies" / "gold.toml"), frozenset(Renderer(None).letters()))
    assert read.policy == read_policy("gold", frozenset(Renderer(None).letters())).policy
