"""Any interleaving of customers, robots, staff, servers, clocks and deaths keeps the invariants (see `tests.model`).

The daemon's own parts run on a real store; only the servers and the clock are models. A run of the suite is short and
always the same; `make model` is long and always another.
"""

import atexit
import os
from collections.abc import Callable
from contextlib import ExitStack
from datetime import timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import structlog
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from tests import stores
from tests.model import peace
from tests.model.company import CARL, CUSTOMERS, STRANGER
from tests.model.invariants import Invariants
from tests.model.mails import MORE, SAID, TEXTS, Robot, Trouble
from tests.model.points import Incident, What
from tests.model.smtp import Mood
from tests.model.world import MEANWHILE, World

WHICH = st.integers(-3, 3)
SPANS = {
    World.time_passes: [timedelta(seconds=70), timedelta(minutes=20), timedelta(hours=5), timedelta(days=4)],
    World.clock_jumps: [
        timedelta(),
        timedelta(minutes=-40),
        timedelta(hours=4),
        timedelta(days=-2),
        timedelta(days=400),
    ],
}
TIMES = st.sampled_from([(does, span) for does, spans in SPANS.items() for span in spans])
AFTER = st.one_of(st.integers(0, 11), st.integers(0, 40))
TROUBLE = st.builds(Incident, AFTER, st.sampled_from([What.FAILS, What.DIES, What.REFUSES, What.IS_FULL]))
OTHERS = st.one_of(st.just("another daemon works"), st.sampled_from(sorted(MEANWHILE)))
MEETING = st.builds(Incident, AFTER, st.just(What.MEANWHILE), OTHERS)
INCIDENTS = st.lists(st.one_of(TROUBLE, TROUBLE, MEETING), min_size=1, max_size=2)


@cache
def home() -> Path:
    """One for all examples, each with a new store in it: their engine knows its statements already."""
    folder = TemporaryDirectory()
    atexit.register(folder.cleanup)
    return Path(folder.name)


class Model(RuleBasedStateMachine):
    def __init__(self) -> None:
        super().__init__()
        self.stack = ExitStack()
        self.logged = self.stack.enter_context(structlog.testing.capture_logs())
        self.home = home()
        self.stack.callback(stores.take_back, stores.in_use())

    @initialize(from_now=st.booleans(), earlier=st.integers(0, 2))
    def there_is_a_mailbox(self, from_now: bool, earlier: int) -> None:
        self.world = World(self.home, lambda *filed: self.invariants_.filing(*filed), from_now=from_now)
        self.stack.callback(self.world.close)
        self.invariants_ = Invariants(self.world)
        for number in range(earlier):
            self.world.writes(CUSTOMERS[number])
        self.world.time_passes(timedelta(hours=1))

    # ---- mail

    @rule(sender=st.sampled_from(CUSTOMERS), text=st.integers(0, len(TEXTS) - 1), tagless=st.booleans())
    def somebody_writes(self, sender: str, text: int, tagless: bool) -> None:
        self.world.writes(sender, text, tagless=tagless)

    @rule(what=st.one_of(st.sampled_from(Robot), st.sampled_from(Trouble), st.integers(0, 3), st.none()))
    def an_odd_mail_comes(self, what: Robot | Trouble | int | None) -> None:
        match what:
            case Robot():
                self.world.robot_writes(what)
            case Trouble():
                self.world.troubled(what)
            case int():
                self.world.withheld(what)
            case None:
                self.world.too_long()

    @rule(which=WHICH, how=st.sampled_from([World.comes_again, World.comes_by_another_road, World.same_message_id]))
    def an_earlier_mail_comes_again(self, which: int, how: Callable[[World, int], None]) -> None:
        how(self.world, which)

    @precondition(lambda self: self.world.exchange.accepted)
    @rule(which=WHICH, more=st.integers(0, len(MORE) - 1), sender=st.sampled_from(["", "", "", CARL, STRANGER]))
    def somebody_answers_a_letter(self, which: int, more: int, sender: str) -> None:
        self.world.replies(which, more, sender)

    @precondition(lambda self: self.world.exchange.accepted)
    @rule(which=WHICH, robot=st.booleans(), marked=st.booleans())
    def a_machine_answers_a_letter(self, which: int, robot: bool, marked: bool) -> None:
        if robot:
            self.world.robot_answers(which, marked=marked)
        else:
            self.world.comes_back(which)

    @precondition(lambda self: self.world.exchange.accepted)
    @rule(which=WHICH, said=st.integers(0, len(SAID) - 1))
    def staff_answer_a_notice(self, which: int, said: int) -> None:
        self.world.staff_reply(which, said)

    # ---- people, servers, time

    @rule(which=WHICH, does=st.sampled_from([World.person_takes, World.person_throws_away, World.person_puts_back]))
    def a_person_is_in_the_mailbox(self, which: int, does: Callable[[World, int], None]) -> None:
        does(self.world, which)

    @rule(moods=st.lists(st.sampled_from(Mood), min_size=1, max_size=3))
    def the_mail_server_will(self, moods: list[Mood]) -> None:
        self.world.smtp_will(moods)

    @rule(
        does=st.sampled_from(
            [World.mailbox_moves, World.pauses, World.resumes, World.admin_accepts, World.admin_declines]
        )
    )
    def the_admin_is_at_work(self, does: Callable[[World], None]) -> None:
        does(self.world)

    @rule(time=TIMES)
    def time_passes(self, time: tuple[Callable[[World, timedelta], None], timedelta]) -> None:
        does, span = time
        does(self.world, span)

    # ---- the daemon

    @precondition(lambda self: self.invariants_.fresh())
    @rule(incidents=INCIDENTS, looks=st.one_of(st.none(), st.integers(1, 6)))
    def it_receives(self, incidents: list[Incident], looks: int | None) -> None:
        self.world.receive(incidents, looks)

    @precondition(lambda self: self.invariants_.waiting())
    @rule(incidents=INCIDENTS)
    def it_delivers(self, incidents: list[Incident]) -> None:
        self.world.deliver(incidents)

    @precondition(lambda self: self.invariants_.fresh())
    @rule(incidents=INCIDENTS, delivering=INCIDENTS)
    def it_receives_and_delivers(self, incidents: list[Incident], delivering: list[Incident]) -> None:
        self.world.receive(incidents)
        self.world.deliver(delivering)

    @precondition(lambda self: self.invariants_.fresh())
    @rule()
    def it_receives_and_delivers_well(self) -> None:
        self.world.receive()
        self.world.deliver()

    @rule(sender=st.sampled_from(CUSTOMERS), mails=st.integers(1, 3), incidents=INCIDENTS, delivering=INCIDENTS)
    def it_takes_in_what_has_just_come(
        self, sender: str, mails: int, incidents: list[Incident], delivering: list[Incident]
    ) -> None:
        for _ in range(mails):
            self.world.writes(sender)
        self.world.receive(incidents)
        self.world.deliver(delivering)

    @rule(does=st.sampled_from([World.sweep, World.restart]), incidents=INCIDENTS)
    def it_sweeps_or_starts_anew(
        self, does: Callable[[World, list[Incident]], None], incidents: list[Incident]
    ) -> None:
        does(self.world, incidents)

    @invariant()
    def the_invariants_hold(self) -> None:
        if hasattr(self, "invariants_"):
            self.invariants_.check()
            assert [one for one in self.logged if one["event"] in BUGS] == []

    def teardown(self) -> None:
        try:
            if hasattr(self, "invariants_"):
                peace.make(self.world)
                self.invariants_.peace()
        finally:
            self.stack.close()


BUGS = ("bug_in_receipts", "bug_in_watch", "bug_in_deliverer", "bug_in_receiver")
"""What the daemon logs of errors of its own. One in the pipeline is what some mails are there for."""

EXAMPLES = int(os.environ.get("INTAKE_MODEL_EXAMPLES", "0"))
"""Of a long run; without it the run is the suite's."""
STEPS = int(os.environ.get("INTAKE_MODEL_STEPS", "40"))

Model.TestCase.settings = settings(
    max_examples=EXAMPLES or 40,
    stateful_step_count=STEPS,
    derandomize=not EXAMPLES,
    deadline=None,
    database=None,
    print_blob=True,
    phases=[Phase.explicit, Phase.generate, Phase.shrink],
    suppress_health_check=list(HealthCheck),
)
TestModel = Model.TestCase
