"""Every sample under tests/mails reads as the record beside it says, in the words of `intake parse --json`.

A report of a misread mail becomes such a pair.
"""

import json
from datetime import datetime
from pathlib import Path

import pytest

from intake.cli.parse import as_read
from intake.mail.parse import parse

MAILS = sorted((Path(__file__).parents[2] / "mails").glob("*.eml"))


@pytest.mark.parametrize("path", MAILS, ids=lambda path: path.stem)
def test_a_sample_reads_as_its_record_says(path: Path) -> None:
    expected = json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))
    mail = parse(path.read_bytes(), digests=True)
    shown = json.loads(json.dumps(as_read(path.name, mail), default=datetime.isoformat))
    assert {key: shown[key] for key in expected} == expected


def test_every_record_has_its_mail() -> None:
    assert {path.stem for path in MAILS} == {path.stem for path in MAILS[0].parent.glob("*.json")}
