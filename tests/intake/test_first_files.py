"""All of the first files or none of them, and secrets for their owner alone."""

from pathlib import Path

import pytest

from intake import first_files
from intake.first_files import in_the_way, write


def there(directory: Path) -> dict[str, str]:
    return {file.relative_to(directory).as_posix(): file.read_text() for file in directory.rglob("*") if file.is_file()}


def test_secrets_are_readable_by_their_owner_alone(tmp_path: Path) -> None:
    write(tmp_path / "new", {"intake.toml": "a", "credentials/imap-password": "secret"})
    assert (tmp_path / "new/credentials").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "new/credentials/imap-password").stat().st_mode & 0o777 == 0o600
    assert there(tmp_path) == {"new/intake.toml": "a", "new/credentials/imap-password": "secret"}


@pytest.mark.parametrize("stop", [KeyboardInterrupt, OSError])
def test_an_interrupt_in_the_middle_leaves_what_was_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stop: type[BaseException]
) -> None:
    (tmp_path / "a").write_text("mine")
    made = first_files._folders_for

    def interrupted(target: Path, *, secret: bool) -> list[Path]:
        if target.name == "c":
            raise stop
        return made(target, secret=secret)

    monkeypatch.setattr(first_files, "_folders_for", interrupted)
    with pytest.raises(stop):
        write(tmp_path, {"a": "new", "deep/b": "new", "c": "new"})
    assert there(tmp_path) == {"a": "mine"}
    assert [one.name for one in tmp_path.iterdir()] == ["a"]


def test_a_directory_that_could_not_be_filled_is_not_left_behind(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(first_files, "_write", interrupted)
    with pytest.raises(KeyboardInterrupt):
        write(tmp_path / "new", {"a": "new"})
    assert list(tmp_path.iterdir()) == []


def test_what_a_package_laid_down_is_nobodys_work(tmp_path: Path) -> None:
    (tmp_path / "sample").write_text("as shipped")
    (tmp_path / "edited").write_text("mine")
    assert in_the_way(tmp_path, {"sample": "as shipped", "edited": "as shipped", "new": ""}) == ["edited"]
