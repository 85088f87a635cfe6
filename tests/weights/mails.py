"""The labelled mails of this folder: written for this project by several authors who had not seen what reads them.

Each set (a file) is of one author, who has the same letter in both folders. In `labelled`, a line is a mail with its
severity by the published definitions of the policies irex (English) and horizant (French), its subject, its body, and
why; `short` holds mails of a line or two, and `facets.txt` says what facets mean where a mail says nothing else. In
`wishes`, a line is an English mail with all that it asks for of what some policies do not give, often nothing;
`harmless` holds reports of faults that speak of such things in passing.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from rules.facts import Address, Mail

FOLDER = Path(__file__).with_name("labelled")
WISHES = Path(__file__).with_name("wishes")
FACETS = "facets"
POLICIES = {"en": "irex", "fr": "horizant"}
"""Under which shipped policy the mails of a language are read."""


@dataclass(frozen=True, slots=True)
class Labelled:
    set: str
    severity: int
    language: str
    mail: Mail


@dataclass(frozen=True, slots=True)
class Asking:
    set: str
    topics: frozenset[str]
    """What it asks for; empty for reports of faults."""
    mail: Mail


def labelled() -> Iterator[Labelled]:
    """Every labelled mail, set by set."""
    for file in sorted(FOLDER.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            yield Labelled(file.stem, row["severity"], row["lang"], _mail(row["subject"], row["body"]))


def asking() -> Iterator[Asking]:
    """Every mail with what it asks for, set by set."""
    for file in sorted(WISHES.glob("*.jsonl")):
        for line in file.read_text("utf-8").splitlines():
            row = json.loads(line)
            yield Asking(file.stem, frozenset(row["topics"]), _mail(row["subject"], row["body"]))


def facets() -> Iterator[tuple[int, list[tuple[str, str]]]]:
    """What facets mean where a mail says nothing else: the severity, and (facet, value) of all that is said."""
    for line in (FOLDER / f"{FACETS}.txt").read_text("utf-8").splitlines():
        if line and not line.startswith("#"):
            severity, *said = line.split()
            yield int(severity), [(facet, value) for facet, _, value in (one.partition("=") for one in said)]


def _mail(subject: str, body: str) -> Mail:
    # what a mail quotes has been taken away by the mail's parser when the rules read it
    own = "\n".join(line for line in body.split("\n") if not line.startswith(">"))
    sender = Address("mo@larch.example", "Mo Hale")
    return Mail(
        "<1@larch.example>", sender=sender, subject=subject, text=body, new_text=own, sha256="0", size=len(body)
    )
