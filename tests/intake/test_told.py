"""Who hears of a queue, by the hour."""

from datetime import UTC, datetime

import pytest

from intake.settings import Queue, Shift, StaffMember
from intake.told import Told, told, url_of

SAM = StaffMember(
    name="Sam", email="sam@example.com", queues=("support",), hours=("Mon-Fri 09:00-17:00",), timezone="Europe/Brussels"
)
EVE = StaffMember(
    name="Eve", email="eve@example.com", queues=("support",), hours=("Mon-Fri 17:00-22:00",), timezone="Europe/Brussels"
)
KIM = StaffMember(name="Kim", email="kim@example.com", queues=("senior",))
WEEKNIGHTS = Shift(
    hours=("Mon-Thu 17:00-09:00",), timezone="Europe/Brussels", notify=("night@example.com", "ntfy://night-secret/n")
)
WEEKEND = Shift(hours=("Fri 17:00-Mon 09:00",), timezone="Europe/Brussels", notify=("ntfy://weekend-secret/w",))
QUEUES = {
    "on_call": Queue(notify=("ntfy://all-secret/a", "book@example.com"), shift=(WEEKNIGHTS, WEEKEND)),
    "chat": Queue(notify=("ntfy://chat-secret/c",)),
    "gap": Queue(shift=(WEEKNIGHTS,)),
}
TUESDAY_NOON = datetime(2026, 3, 10, 11, tzinfo=UTC)
TUESDAY_EVENING = datetime(2026, 3, 10, 18, tzinfo=UTC)
TUESDAY_NIGHT = datetime(2026, 3, 10, 23, tzinfo=UTC)
SATURDAY = datetime(2026, 3, 14, 12, tzinfo=UTC)
ALL, NIGHT, END = "page:on_call:1", "page:on_call:2", "page:on_call:3"


@pytest.mark.parametrize(
    ("wanted", "at", "expected"),
    [
        (["support"], TUESDAY_NOON, Told(("sam@example.com",))),
        (["support"], TUESDAY_EVENING, Told(("eve@example.com",))),
        # nobody is in: all who are on it
        (["support"], TUESDAY_NIGHT, Told(("sam@example.com", "eve@example.com"))),
        (["senior", "support"], TUESDAY_NOON, Told(("sam@example.com", "kim@example.com"))),
        (["on_call"], TUESDAY_NIGHT, Told(("book@example.com", "night@example.com"), (ALL, NIGHT))),
        (["on_call"], SATURDAY, Told(("book@example.com",), (ALL, END))),
        # no shift covers this hour: better all of them than none
        (["on_call"], TUESDAY_NOON, Told(("book@example.com", "night@example.com"), (ALL, NIGHT, END))),
        (["gap"], TUESDAY_NOON, Told(("night@example.com",), ("page:gap:1",))),
        (["chat"], TUESDAY_NOON, Told((), ("page:chat:1",))),
        (["nowhere"], TUESDAY_NIGHT, Told(("sam@example.com", "eve@example.com", "kim@example.com"))),
    ],
)
def test_who_is_told_at_this_hour(wanted: list[str], at: datetime, expected: Told) -> None:
    assert told((SAM, EVE, KIM), QUEUES, wanted, at) == expected


def test_by_mail_alone_a_queue_of_pagers_falls_to_everybody() -> None:
    everybody = Told(("sam@example.com", "eve@example.com", "kim@example.com"))
    assert told((SAM, EVE, KIM), QUEUES, ["chat"], SATURDAY, pages=False) == everybody


@pytest.mark.parametrize(
    ("place", "url"),
    [
        (ALL, "ntfy://all-secret/a"),
        (NIGHT, "ntfy://night-secret/n"),
        (END, "ntfy://weekend-secret/w"),
        ("page:chat:1", "ntfy://chat-secret/c"),
        ("page:on_call:4", None),
        ("page:on_call:0", None),
        ("page:on_call:x", None),
        ("page:on_call:²", None),
        ("page:gone:1", None),
        ("", None),
    ],
)
def test_a_place_is_looked_up_by_its_name(place: str, url: str | None) -> None:
    assert url_of(QUEUES, place) == url


def test_no_secret_is_in_what_the_settings_show_of_themselves() -> None:
    assert "secret" not in repr(QUEUES)
