"""The package holds what the daemon needs at work: the versions that were tested, and nothing of tests and demo."""

import re
import tomllib

from systemd.deb.build import LOCK, ROOT


def pinned(lock: str) -> dict[str, str]:
    return dict(re.findall(r"^([a-z0-9-]+)==(\S+)", lock, re.MULTILINE))


RUNTIME, TESTED = pinned(LOCK.read_text()), pinned((ROOT / "requirements.lock").read_text())
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]


def names(requirements: list[str]) -> set[str]:
    return {found[0] for one in requirements if (found := re.match(r"[A-Za-z0-9-]+", one))}


def test_its_versions_are_those_that_the_tests_ran_with() -> None:
    assert {name: version for name, version in RUNTIME.items() if TESTED.get(name) != version} == {}


def test_it_holds_what_is_imported_and_the_extras_of_a_server() -> None:
    extras = PROJECT["optional-dependencies"]
    assert names([*PROJECT["dependencies"], *extras["postgres"], *extras["dkim"]]) <= set(RUNTIME)
    assert not names([*extras["demo"], *extras["dev"], *extras["assay"]]) & set(RUNTIME)


def test_every_file_is_known_by_its_hash_and_the_lock_names_no_address() -> None:
    lock = LOCK.read_text()
    assert "://" not in lock
    assert lock.count(" \\\n    --hash=sha256:") >= len(RUNTIME)
