"""Looks over the directory in the store for what the policies would make use of and a contract leaves open.

An account manager who is missing is worth a warning; a contract without a distributor or support partner may be meant
so, and is only noted. A store that is not there, or that only a server could open, is left alone.
"""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path

from intake.config_checks import SQLITE
from intake.config_faults import Fault
from intake.directory_files import DirectoryRules, Gap, gaps
from intake.store import usable
from rules.facts import TryLater
from storage import directory

SHOWN = 10
"""Contracts that are named for each thing that is missing."""
REMEDIES = {
    True: "fill it in contracts.csv and import the directory again",
    False: "nothing is to be done if that is meant",
}


def open_gaps(url: str, policies: Mapping[str, DirectoryRules], *, connect: bool) -> tuple[list[Fault], list[Fault]]:
    """Warnings and notes. A database that is no file is asked only with `connect`."""
    if not (connect or url.startswith(SQLITE)):
        return [], []
    try:
        with usable(url) as database, database.snapshot() as tx:
            place, found = Path(database.place), list(gaps(directory.all_contracts(tx), policies))
    except TryLater:  # the log-ins of `--connect` say why
        return [], []
    return list(_told(place, found, needed=True)), list(_told(place, found, needed=False))


def _told(place: Path, found: Sequence[Gap], *, needed: bool) -> Iterator[Fault]:
    for column in dict.fromkeys(gap.column for gap in found if gap.needed is needed):
        same = [gap for gap in found if gap.column == column]
        for gap in same[:SHOWN]:
            yield Fault(place, None, f"contracts[{gap.contract}].{column}", gap.reason, REMEDIES[needed])
        if len(same) > SHOWN:
            yield Fault(place, None, f"contracts.{column}", f"{len(same) - SHOWN} more have none", REMEDIES[needed])
