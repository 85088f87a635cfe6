"""Buckets of a histogram."""

from intake.latency import Latency


def test_each_bucket_counts_all_that_took_no_longer() -> None:
    latency = Latency((1.0, 5.0))
    for seconds in (0.5, 1.0, 4.0, 60.0):
        latency.observe(seconds)
    assert latency.buckets() == [("1.0", 2), ("5.0", 3), ("+Inf", 4)]
    assert latency.total == 65.5


def test_a_clock_that_was_set_back_takes_nothing_off_the_sum() -> None:
    latency = Latency()
    latency.observe(-3)
    assert latency.buckets()[0][1] == 1
    assert latency.total == 0
