"""The file of a token: whole, its owner's alone, and never one for somebody else."""

import json
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from intake.oauth import cache
from intake.oauth.cache import Kept, Token

NOW = datetime(2026, 3, 13, 9, 30, tzinfo=UTC)
KEPT = Kept(Token("hush-token", NOW, NOW + timedelta(hours=1)), '{"RefreshToken": "hush-memory"}')


def test_what_is_kept_is_found_again_by_its_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "oauth.json"
    assert cache.save(path, "print", KEPT) == ""
    assert cache.load(path, "print") == KEPT
    assert path.stat().st_mode & 0o777 == 0o600
    assert not cache.exposed(path)
    assert [one.name for one in tmp_path.iterdir()] == ["oauth.json"], "nothing is left beside it"


def test_a_mode_that_somebody_widened_is_narrow_again_with_the_next_token(tmp_path: Path) -> None:
    path = tmp_path / "oauth.json"
    cache.save(path, "print", KEPT)
    path.chmod(0o644)
    assert cache.exposed(path)
    cache.save(path, "print", KEPT)
    assert not cache.exposed(path)


def test_another_grants_token_is_none_of_ours(tmp_path: Path) -> None:
    cache.save(tmp_path / "oauth.json", "theirs", KEPT)
    assert cache.load(tmp_path / "oauth.json", "ours") is None


@pytest.mark.parametrize(
    "holds", ["", "{", "[]", '"x"', '{"version": 1}', '{"version": 2, "for": "p", "token": null, "memory": ""}', "\0"]
)
def test_a_file_that_cannot_be_read_counts_as_none(tmp_path: Path, holds: str) -> None:
    (tmp_path / "oauth.json").write_text(holds)
    assert cache.load(tmp_path / "oauth.json", "p") is None


def test_a_time_without_its_zone_is_no_token(tmp_path: Path) -> None:
    cache.save(tmp_path / "oauth.json", "p", KEPT)
    told = json.loads((tmp_path / "oauth.json").read_text())
    told["token"]["expires_at"] = 7
    (tmp_path / "oauth.json").write_text(json.dumps(told))
    assert cache.load(tmp_path / "oauth.json", "p") is None


def test_a_place_that_cannot_be_written_is_told_without_the_token(tmp_path: Path) -> None:
    why = cache.save(tmp_path / "nowhere" / "oauth.json", "p", KEPT)
    assert "cannot be written" in why
    assert "cache_file in [mailbox.oauth]" in why
    assert "hush" not in why


def test_what_root_writes_belongs_to_the_directorys_owner(tmp_path: Path) -> None:
    """Under systemd that is the daemon's own user, who could not read it otherwise."""
    if os.geteuid() != 0:
        pytest.skip("only root gives files away")
    os.chown(tmp_path, 12345, 12345)
    cache.save(tmp_path / "oauth.json", "p", KEPT)
    found = (tmp_path / "oauth.json").stat()
    assert (found.st_uid, found.st_gid, found.st_mode & 0o777) == (12345, 12345, 0o600)


def test_nothing_secret_shows_in_a_repr() -> None:
    assert "hush" not in repr(KEPT)
