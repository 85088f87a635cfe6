"""Each hostile mail is read or refused within two seconds and two hundred megabytes."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from tests.intake.mail.hostile import HOSTILE

ROOT = Path(__file__).parents[3]
REFUSED = {
    "2,000 nested parts": "more than 100 nested parts",
    "a header of 10 MB": "the header block has more than 8388608 octets",
    "10 MB of delimiters": "more than 20000 parts",
}


@pytest.fixture(scope="module")
def measured() -> dict[str, dict[str, Any]]:
    """Of each mail, what its reading took in a process of its own."""
    ran = subprocess.run(
        [sys.executable, "-m", "tests.intake.mail.hostile"], cwd=ROOT, capture_output=True, text=True, check=True
    )
    return {each["name"]: each for each in map(json.loads, ran.stdout.splitlines())}


@pytest.mark.parametrize("name", HOSTILE)
def test_hostile_mail_is_read_or_refused_in_time_and_memory(name: str, measured: dict[str, dict[str, Any]]) -> None:
    taken = measured[name]
    assert taken["refused"] == REFUSED.get(name, "")
    assert taken["seconds"] < 2
    assert taken["memory"] < 200_000_000
