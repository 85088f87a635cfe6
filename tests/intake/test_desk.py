from intake.desk import Desk
from intake.told import Told
from tests.storage.samples import NOW


def test_a_queue_is_told_to_its_staff_and_to_the_places_the_configuration_adds(desk: Desk) -> None:
    assert desk.told_about(["support"], NOW) == Told(("Sam@example.com",))
    assert desk.told_about(["senior", "support"], NOW) == Told(("Sam@example.com", "kim@example.com"))
    assert desk.told_about(["on_call"], NOW) == Told(("pager@example.com",), ("page:on_call:1",))


def test_one_person_on_two_queues_is_told_once(desk: Desk) -> None:
    assert desk.told_about(["senior", "development"], NOW) == Told(("kim@example.com",))


def test_a_queue_that_nobody_is_on_falls_to_everybody(desk: Desk) -> None:
    assert desk.told_about(["services"], NOW) == Told(("Sam@example.com", "kim@example.com"))


def test_staff_are_known_whatever_the_case_of_their_address(desk: Desk) -> None:
    assert desk.is_staff("sam@example.com")
    assert not desk.is_staff("ana@alder.example")
