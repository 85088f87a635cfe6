"""The unit in the words of another installation than the package's."""

from pathlib import Path

import pytest

from intake import unit

PROGRAM, CONFIG = Path("/srv/intake/bin/intake"), Path("/srv/conf/desk.toml")
PYTHON = Path("/usr/bin/python3")


def test_it_runs_this_program_with_this_configuration_and_its_credentials() -> None:
    text = unit.adapted(PROGRAM, CONFIG)
    assert "\nExecStart=/srv/intake/bin/intake run --config /srv/conf/desk.toml $INTAKE_OPTIONS\n" in text
    assert unit.credentials(text) == [Path(f"/srv/conf/credentials/{one}-password") for one in ("imap", "smtp")]
    assert "\nInaccessiblePaths=-/srv/conf/credentials\n" in text
    rest = text.partition("[Unit]")[2]
    assert "/opt/ticket-intake" not in rest
    assert "/etc/intake" not in rest
    assert "man:" not in rest


def test_all_else_is_as_shipped() -> None:
    shipped = unit.shipped().splitlines()
    same = unit.adapted(Path(unit.PROGRAM), Path(unit.CONFIG)).splitlines()
    assert [line for line in shipped if line not in same] == [line for line in shipped if line.startswith(unit.MANUAL)]
    assert len(shipped) == len(same) + 1


@pytest.mark.parametrize(
    ("program", "python", "config", "told"),
    [
        ("/home/sam/venv/bin/intake", "/usr/bin/python3", unit.CONFIG, "the program"),
        ("/opt/a/bin/intake", "/root/.pyenv/bin/python3", unit.CONFIG, "its Python"),
        ("/opt/a/bin/intake", "/usr/bin/python3", "/root/intake.toml", "the configuration"),
        ("/opt/a b/bin/intake", "/usr/bin/python3", unit.CONFIG, "plain path"),
        ("/opt/a%n/bin/intake", "/usr/bin/python3", unit.CONFIG, "plain path"),
    ],
)
def test_what_the_sandbox_would_hide_is_told_with_a_remedy(program: str, python: str, config: str, told: str) -> None:
    why = unit.obstacle(Path(program), Path(python), Path(config))
    assert told in why
    assert "; install" in why or "; put it into" in why


def test_a_place_of_its_own_is_good() -> None:
    assert unit.obstacle(PROGRAM, PYTHON, CONFIG) == ""
