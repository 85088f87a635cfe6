"""Mails written for this project, with the severity that a support lead gives them, and how well they are read."""

import json
from collections import Counter
from pathlib import Path
from typing import Any

from rules.reading import read
from rules.severity import judge
from tests.rules.samples import mail, shipped

MAILS: list[dict[str, Any]] = [
    json.loads(line) for line in Path(__file__).with_name("labelled.jsonl").read_text("utf-8").splitlines()
]


def own(text: str) -> str:
    """The mail without what it quotes, which the mail's parser has taken away by then."""
    return "\n".join(line for line in text.split("\n") if not line.startswith(">"))


def judged(row: dict[str, Any]) -> int:
    policy = shipped(row["policy"])
    written = mail(own(row["body"]), row["subject"])
    return judge(read(written, policy), policy).severity


def test_the_shared_words_read_most_mails_as_a_support_lead_would() -> None:
    read_as = Counter((row["severity"], judged(row)) for row in MAILS)
    exact = sum(count for (wanted, said), count in read_as.items() if wanted == said)
    urgent = sum(count for (wanted, _), count in read_as.items() if wanted == 1)
    called_urgent = sum(count for (_, said), count in read_as.items() if said == 1)
    assert len(MAILS) == sum(read_as.values()) >= 60
    assert exact / len(MAILS) >= 0.80
    assert read_as[1, 1] / urgent >= 0.92
    assert read_as[1, 1] / called_urgent >= 0.88
    assert not read_as[1, 4]
