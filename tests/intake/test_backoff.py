from hypothesis import given
from hypothesis import strategies as st

from intake.backoff import FILING, NEXT_ATTEMPT, RECONNECT, Backoff


@given(st.integers(1, 10_000), st.sampled_from([FILING, NEXT_ATTEMPT, RECONNECT]))
def test_waits_stay_between_their_bounds_however_often_it_fails(failures: int, backoff: Backoff) -> None:
    assert 0.75 * backoff.first <= backoff.after(failures) <= 1.25 * backoff.most


def test_waits_double_until_the_most() -> None:
    middle = [sum(Backoff(1, 60).after(n) for _ in range(400)) / 400 for n in (1, 2, 3, 7, 20)]
    for wait, whole in zip(middle, (1, 2, 4, 60, 60), strict=True):
        assert abs(wait - whole) < 0.1 * whole


def test_two_that_fail_together_do_not_come_back_together() -> None:
    assert len({Backoff(1, 60).after(3) for _ in range(20)}) > 15
