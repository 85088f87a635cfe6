"""Whether `check` sees a store that others can read."""

from pathlib import Path

from intake.checkup import check
from tests.intake.cli.shell import MAIL, opened
from tests.stores import only_sqlite


def told(config: Path) -> list[str]:
    return [one.remedy for one in check(config).warnings if one.key == "storage.url"]


@only_sqlite
def test_a_store_that_others_can_read_is_told_with_what_to_do(tmp_path: Path) -> None:
    config, file = opened(tmp_path, MAIL), tmp_path / "intake.db"
    file.chmod(0o640)
    assert told(config) == [f"chmod 0600 {file}"]
    file.chmod(0o600)
    assert told(config) == []
