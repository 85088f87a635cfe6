"""Messages that nobody here wrote, where they are at hand: none crashes, and what their sources say of them holds.

`corpus_exceptions.toml` names what sources expect against the standards, with the reason. What is left beside them is
what is reached now, and only ever rises: everything.
"""

import collections
import importlib.util
import json
import tomllib
from pathlib import Path
from types import ModuleType

import pytest

from intake.cli.parse import as_read
from intake.mail.parse import parse

CORPUS = Path(__file__).parents[3].parent / "shared" / "corpus"
EXCEPTIONS = tomllib.loads(Path(__file__).with_name("corpus_exceptions.toml").read_text(encoding="utf-8"))
# the shares of the whole, exceptions counted as missed
FLOORS = {
    "from": 0.99, "from_name": 1.0, "subject": 0.95, "message_id": 1.0, "text": 0.9, "text~": 0.9,
    "text_contains": 1.0, "attachment_names": 0.92, "attachments_count": 1.0, "reply": 0.96, "reply_contains": 1.0,
    "reply_not_contains": 0.91, "is_bounce+": 0.99, "is_bounce-": 0.9, "is_auto+": 1.0, "status": 0.98,
    "failed_recipient": 1.0, "failed_recipient(oracle)": 0.98,
}  # fmt: skip
MACHINES = "taken for a machine's"
ORDINARY = ("new_request", "reply", "calendar", "encrypted_signed")


@pytest.fixture(scope="module")
def score() -> ModuleType:
    if not CORPUS.is_dir():
        pytest.skip("the corpus of foreign messages is not at hand")
    spec = importlib.util.spec_from_file_location("corpus_score", CORPUS / "score.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_foreign_messages_read_as_their_sources_say(score: ModuleType) -> None:
    right: collections.Counter[str] = collections.Counter()
    stated: collections.Counter[str] = collections.Counter()
    missed: set[tuple[str, str]] = set()
    for line in (CORPUS / "manifest.jsonl").read_text(encoding="utf-8").splitlines():
        entry = json.loads(line)
        found = as_read(entry["path"], parse((CORPUS / entry["path"]).read_bytes()))
        for field, good in score.checks(entry["expect"], entry.get("oracle"), found):
            stated[field] += 1
            right[field] += bool(good)
            if not good:
                missed.add((entry["path"], field))
        ordinary = entry["class"] in ORDINARY and not {"is_bounce", "is_auto"} & entry["expect"].keys()
        if ordinary and (found["is_bounce"] or found["is_auto"]):
            missed.add((entry["path"], MACHINES))
    reached = {field: right[field] / stated[field] for field in FLOORS}
    assert {field: share for field, share in reached.items() if share < FLOORS[field]} == {}
    allowed = {
        (message, field) for each in EXCEPTIONS["exception"] for message in each["messages"] for field in each["fields"]
    }
    assert missed - allowed == set()
    named = {message for message, _ in missed}
    assert {message for message, _ in allowed} - named == set()
