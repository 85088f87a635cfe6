from intake.pulse import GRACE, Pulse


def test_a_part_is_overdue_only_after_its_own_time_and_the_grace() -> None:
    now = 100.0
    pulse = Pulse(lambda: now)
    pulse.expect("imap support", 30)
    pulse.expect("smtp support", 600)
    assert pulse.overdue() == []
    now += 30 + GRACE
    assert pulse.overdue() == []
    now += 0.1
    assert pulse.overdue() == ["imap support"]


def test_a_part_that_is_heard_of_again_or_has_ended_is_not_overdue() -> None:
    now = 0.0
    pulse = Pulse(lambda: now)
    pulse.expect("a", 1)
    pulse.expect("b", 1)
    now = 1000.0
    pulse.expect("a", 1)
    pulse.gone("b")
    assert pulse.overdue() == []
