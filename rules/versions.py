"""Versions: which release of the product a mail names, and whether that is one of those supported."""

from collections.abc import Iterable

from rules.facts import Heard, Reading


def named(reading: Reading) -> tuple[str, ...]:
    """The versions that the mail ties to the product, without those it only looks back on; each once, in order."""
    spoken = [found for found in reading.found if found.topic == "version"]
    left_behind = {found.sentence for found in spoken if found.value == "against" and found.heard is Heard.STATED}
    return tuple(
        dict.fromkeys(
            found.value
            for found in spoken
            if found.value != "against" and found.heard is Heard.STATED and found.sentence not in left_behind
        )
    )


def is_of(version: str, supported: Iterable[str]) -> bool:
    """Whether a version is one of the supported lines: "5.2" and "5" are of "5", "52" is not."""
    parts = version.strip().lower().removeprefix("v").split(".")
    return any(parts[: len(line.split("."))] == line.split(".") for line in supported)
