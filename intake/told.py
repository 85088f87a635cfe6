"""Who is told: from the queues that something concerns, and the hour, to addresses of mail and places to page.

A person is told within his hours (without any: always), a shift within its own, what a queue names under `notify` at
all hours. A queue that nobody is on at this hour tells all its people and all its shifts; where even that is nobody,
everybody on staff hears: nothing is told to nobody. A place to page goes by a name ("page:on_call:1"), never by its
URL, which holds secrets; the name counts the URLs of a queue, those of `notify` first, then shift by shift.
"""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

from intake.settings import Queue, StaffMember
from rules.calendar import Calendar, weekly_spans

PAGE = "page"


@dataclass(frozen=True, slots=True)
class Told:
    """Each once, in the order of the configuration."""

    addresses: tuple[str, ...]
    pages: tuple[str, ...] = ()
    """Names of places; `url_of` knows where they are."""


def told(
    staff: Sequence[StaffMember],
    queues: Mapping[str, Queue],
    wanted: Iterable[str],
    at: datetime,
    *,
    pages: bool = True,
) -> Told:
    """Who hears of the `wanted` queues at this instant; with `pages=False` by mail alone."""
    names = sorted(set(wanted))
    on_duty = {name: _on_duty(name, staff, queues.get(name, Queue()), at) for name in names}
    people = [one.email for one in staff if any(one.email in on_duty[name] for name in one.queues if name in on_duty)]
    places = [place for name in names for place in _places(name, queues.get(name, Queue()), on_duty[name])]
    addresses = people + [place for is_page, place in places if not is_page]
    paged = [place for is_page, place in places if is_page and pages]
    if not addresses and not paged:
        addresses = [member.email for member in staff]
    return Told(tuple(dict.fromkeys(addresses)), tuple(dict.fromkeys(paged)))


def is_on_duty(member: StaffMember, at: datetime) -> bool:
    """Whether it is within this person's hours."""
    return _within(member.hours, member.timezone, at)


def url_of(queues: Mapping[str, Queue], place: str) -> str | None:
    """The Apprise URL of a place by its name; None where the configuration has it no more."""
    _, _, rest = place.partition(":")
    name, _, number = rest.rpartition(":")
    urls = page_urls(queues[name]) if name in queues else []
    return urls[int(number) - 1] if number.isdecimal() and 0 < int(number) <= len(urls) else None


def page_urls(queue: Queue) -> list[str]:
    """The Apprise URLs of a queue in the order in which they are counted."""
    sources = (queue.notify, *(shift.notify for shift in queue.shift))
    return [place for places in sources for place in places if is_url(place)]


def queue_of(place: str) -> str:
    """The queue in a place's name."""
    return place.partition(":")[2].rpartition(":")[0]


def is_url(place: str) -> bool:
    """Whether what the configuration names is an Apprise URL rather than an address."""
    return "://" in place


def _on_duty(name: str, staff: Sequence[StaffMember], queue: Queue, at: datetime) -> Collection[str | int]:
    """The people (by address) and the shifts (by number) that are on this queue now, or all of them if none is."""
    people = [one for one in staff if name in one.queues]
    now: set[str | int] = {one.email for one in people if _within(one.hours, one.timezone, at)}
    now |= {number for number, shift in enumerate(queue.shift) if _within(shift.hours, shift.timezone, at)}
    return now or {one.email for one in people} | set(range(len(queue.shift)))


def _places(name: str, queue: Queue, on_duty: Collection[str | int]) -> Iterator[tuple[bool, str]]:
    """What the queue names for this hour: whether it is a page, and the address or the page's name."""
    urls = 0
    sources = [(True, queue.notify)] + [(number in on_duty, shift.notify) for number, shift in enumerate(queue.shift)]
    for counts, places in sources:
        for place in places:
            urls += is_url(place)
            if counts:
                yield (True, f"{PAGE}:{name}:{urls}") if is_url(place) else (False, place)


def _within(hours: Sequence[str], zone: str, at: datetime) -> bool:
    spans = tuple(span for text in hours for span in weekly_spans(text))
    return not hours or Calendar(zone or "UTC", spans).is_open(at)
