"""Speaks to pagers and chats by Apprise, and is the only file that does.

A URL of Apprise holds passwords and tokens: nothing that comes out of here, and nothing that is logged, holds any part
of one but the name of its service. Apprise is imported with the first URL that is looked at, because it costs the start
a quarter of a second; whoever has none never pays for it.
"""

import logging
import re
import threading
import warnings
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from apprise import NotifyBase

CONNECT_SECONDS = 5.0
READ_SECONDS = 10.0
"""For each piece of an answer, unless the URL says otherwise (`?cto=` and `?rto=`); whoever sends bounds the whole."""
TALKATIVE = ("apprise", "urllib3", "requests", "requests_oauthlib", "oauthlib", "paho", "slixmpp", "markdown")
"""Loggers that tell of URLs, or of their paths, at one level or another."""


@dataclass(frozen=True, slots=True)
class Paged:
    """How one attempt ended. `reason` holds nothing of the URL."""

    taken: bool
    reason: str = ""
    hopeless: bool = False
    """The URL cannot be used at all, so that another attempt is none."""
    unheard: bool = False
    """No answer came, so that the page may have arrived all the same."""


@dataclass(frozen=True, slots=True)
class Unusable:
    """Why a URL cannot be used, and what to do."""

    problem: str
    remedy: str


def look_at(url: str) -> Unusable | None:
    """What is wrong with a URL, as far as can be known without sending anything; None where nothing is."""
    found = _place(url)
    return found if isinstance(found, Unusable) else None


def send(url: str, title: str, text: str) -> Paged:
    """Send plain text. Blocks; a service that dribbles can hold it for as long as it likes."""
    place = _place(url)
    if isinstance(place, Unusable):
        return Paged(False, place.problem, hopeless=True)
    from apprise import Apprise, NotifyFormat, NotifyType

    said = _overheard()
    said.clear()
    sender = Apprise(asset=place.asset)
    sender.add(place)
    try:
        taken = bool(sender.notify(text, title, NotifyType.WARNING, body_format=NotifyFormat.TEXT))
    except Exception as bug:  # noqa: BLE001 - a plug-in's own words may hold the URL
        return Paged(False, f"Apprise failed with {type(bug).__name__}")
    return Paged(True) if taken else Paged(False, _why(said))


def _place(url: str) -> "NotifyBase | Unusable":
    _ready()
    from apprise import Apprise, AppriseAsset
    from apprise.common import OverflowMode
    from apprise.url import URLBase

    asset = AppriseAsset(
        async_mode=False,
        service_timeout=0,  # else it works in a pool of its own, whose threads a hanging service keeps past our end
        storage_mode="memory",  # nothing on disk
        app_id="Intake",
        app_desc="Intake",
        app_url="",
        image_url_mask="",  # no pictures from somebody's server
        image_url_logo="",
    )
    try:
        place = Apprise.instantiate(url, asset=asset, suppress_exceptions=True)
    except Exception:  # noqa: BLE001 - as above
        place = None
    if place is None:
        return _unusable(url)
    if place.overflow_mode is OverflowMode.UPSTREAM:  # a page that is cut is better than one that is refused
        place.overflow_mode = OverflowMode.TRUNCATE
    if place.socket_connect_timeout == URLBase.socket_connect_timeout:
        place.socket_connect_timeout = CONNECT_SECONDS
    if place.socket_read_timeout == URLBase.socket_read_timeout:
        place.socket_read_timeout = READ_SECONDS
    return place


def _unusable(url: str) -> Unusable:
    from apprise.manager_plugins import NotificationManager

    known = NotificationManager()  # type: ignore[no-untyped-call]
    service = url.partition("://")[0].casefold()
    if service in ("http", "https"):
        remedy = 'write "json://" or "jsons://" for a web hook of your own, else the name of the service'
        return Unusable("this web address is of no service that Apprise knows", remedy)
    if service not in known:
        shown = f'"{service}://"' if re.fullmatch(r"[a-z0-9+.-]{1,20}", service) else "its beginning"
        close = get_close_matches(service, known.schemas(), n=1, cutoff=0.6)  # type: ignore[no-untyped-call]
        remedy = f'did you mean "{close[0]}://"?' if close else "take one from Apprise's list of services"
        return Unusable(f"{shown} names no service that Apprise knows", remedy)
    if not known[service].enabled:
        needs = known[service].requirements.get("packages_required") or "a library"
        needs = needs if isinstance(needs, str) else ", ".join(map(str, needs))
        return Unusable(f'"{service}://" needs what is not installed: {needs}', "install it, or take another service")
    problem = f'what follows "{service}://" is not what Apprise expects there'
    return Unusable(problem, f'write it as the page on "{service}" in Apprise\'s documentation does')


def _why(said: list[str]) -> str:
    """A reason out of what the plug-in logged: a status, or that there was no answer; never its words."""
    codes = [found[1] for line in said if (found := re.search(r"\berror=(\d{3})\b", line))]
    if codes:
        return f"the service answered {codes[-1]}"
    if any("onnection error" in line or "ocket" in line for line in said):
        return "the service cannot be reached, or does not answer"
    return "the service did not take it"


class _Overhear(logging.Handler):
    """Keeps what Apprise logs for the thread that sends, and lets nothing of it out."""

    def __init__(self) -> None:
        super().__init__(logging.WARNING)
        self.of_thread = threading.local()

    def emit(self, record: logging.LogRecord) -> None:
        said = getattr(self.of_thread, "said", None)
        if said is not None and len(said) < 100:
            said.append(record.getMessage())


def _overheard() -> list[str]:
    handler = _ready()
    if not hasattr(handler.of_thread, "said"):
        handler.of_thread.said = []
    said: list[str] = handler.of_thread.said
    return said


@cache
def _ready() -> _Overhear:
    """Load Apprise with all its plug-ins; what it and its libraries log stays here, whatever the level of the log."""
    overhear = _Overhear()
    for name in TALKATIVE:
        logger = logging.getLogger(name)
        logger.propagate = False
        logger.setLevel(logging.WARNING)
        logger.handlers[:] = [overhear if name == "apprise" else logging.NullHandler()]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # a plug-in for encrypted mail imports what Python deprecates
        import urllib3
        from apprise.manager_plugins import NotificationManager

        NotificationManager().load_modules()  # type: ignore[no-untyped-call]
    urllib3.disable_warnings()  # they name the host
    return overhear
