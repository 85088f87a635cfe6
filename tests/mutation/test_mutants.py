"""What the mutation run does around mutmut."""

from typing import Any

import pytest

from tests.mutation.__main__ import listed
from tests.mutation.mutants import ROOT, SUITES, decorated_late, function, suite_file

SOURCE = """
from functools import lru_cache
from dataclasses import dataclass

calls = []

@lru_cache(maxsize=8)
def twice(number):
    calls.append(number)
    return 2 * number

@dataclass(frozen=True, slots=True)
class Thing:
    size: int

    @property
    def double(self):
        return twice(self.size)
"""


def test_what_is_decorated_late_is_the_same_program() -> None:
    late = decorated_late(SOURCE)
    assert "@lru_cache" not in late
    assert "@property" not in late
    assert "@dataclass" in late
    room: dict[str, Any] = {}
    exec(late, room)  # noqa: S102
    assert (room["Thing"](4).double, room["Thing"](4).double, room["calls"]) == (8, 8, [4])


@pytest.mark.parametrize(
    ("name", "called"),
    [
        ("rules.calendar.xǁCalendarǁadd__mutmut_3", "Calendar.add"),
        ("rules.phrases.xǁBookǁ__init____mutmut_9", "Book.__init__"),
        ("rules.calendar.x__days__mutmut_11", "_days"),
        ("rules.calendar.x_overlaps__mutmut_1", "overlaps"),
    ],
)
def test_a_mutant_is_told_by_its_function(name: str, called: str) -> None:
    assert function(name) == called


def test_every_module_has_its_tests_and_every_listed_survivor_a_module_and_a_reason() -> None:
    assert all((ROOT / f"rules/{module}.py").is_file() for module in SUITES)
    assert all((ROOT / suite_file(name)).is_file() for names in SUITES.values() for name in names)
    assert all(mutant.module in SUITES and why for mutant, why in listed().items())
