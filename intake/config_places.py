"""The places that are paged: their URLs found where the configuration only names a file with one, and each looked at.

A URL of a pager or chat holds its key, and the configuration is read by many: `file://NAME` names a file with the URL,
looked up like that of a password. Nothing is sent, and nothing of a URL is told but its service.
"""

import os
from collections.abc import Iterator, Mapping
from pathlib import Path

from intake import credentials, page_wire
from intake.config_checks import Finding
from intake.settings import Queue, Settings
from intake.told import is_url

FILE = "file://"


def with_places(
    settings: Settings, beside: Path, environ: Mapping[str, str] = os.environ
) -> tuple[Settings, list[Finding]]:
    """The settings with the URLs out of their files, and what is wrong with any of them."""
    findings: list[Finding] = []

    def found(key: str, places: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(_place(f"{key}[{at}]", place, beside, environ, findings) for at, place in enumerate(places))

    queues: dict[str, Queue] = {}
    for name, queue in settings.queues.items():
        key = f"queues.{name}"
        shifts = tuple(
            shift.model_copy(update={"notify": found(f"{key}.shift[{at}].notify", shift.notify)})
            for at, shift in enumerate(queue.shift)
        )
        queues[name] = queue.model_copy(update={"notify": found(f"{key}.notify", queue.notify), "shift": shifts})
    return settings.model_copy(update={"queues": queues}), findings


def _place(key: str, place: str, beside: Path, environ: Mapping[str, str], findings: list[Finding]) -> str:
    if place.startswith(FILE):
        match credentials.from_file(place.removeprefix(FILE), beside, environ):
            case credentials.Missing(problem, remedy):
                findings.append(Finding(key, problem, remedy.replace("password", "URL")))
                return place
            case credentials.Found(secret, warning):
                place = secret.get_secret_value().strip()
                if warning:
                    findings.append(Finding(key, warning, "chmod 0600 it", grave=False))
                if not is_url(place):
                    findings.append(Finding(key, "the file holds no URL", "write one with :// into it, on one line"))
                    return place
    findings.extend(_unusable(key, place))
    return place


def _unusable(key: str, place: str) -> Iterator[Finding]:
    if is_url(place) and (wrong := page_wire.look_at(place)):
        yield Finding(key, wrong.problem, wrong.remedy)
