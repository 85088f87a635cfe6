"""Nothing lost, nothing twice: the daemon is killed, its servers fail, its mail is hostile; the figures are counted."""

import random
import time
from collections import defaultdict
from collections.abc import Callable
from email import message_from_bytes
from pathlib import Path

import pytest

from rules.facts import Contact
from tests.intake.hostile import hostile_mails
from tests.intake.installation import Installation, Running, mail
from tests.servers.mailhost import Mailhost
from tests.servers.sink import LOSE, Rule, Sink, Taken

pytestmark = pytest.mark.mailhost

QUESTION = """Hi,

a quick question about setting number {}: what is its default value, and where is it documented?

Ana
"""


@pytest.fixture
def make(mailhost: Mailhost, tmp_path: Path) -> Callable[..., Installation]:
    def installation(**settings: object) -> Installation:
        return Installation(
            tmp_path / "intake",
            mailhost,
            mailhost.someone("support"),
            mailhost.someone("sam"),
            **settings,  # type: ignore[arg-type]
        )

    return installation


def fill(intake: Installation, count: int) -> list[str]:
    """So many questions of as many contacts, put into the mailbox at once; returns the contacts."""
    people = [f"person{number}@customer.example" for number in range(count)]
    intake.admit(*(Contact(person, "A Person", "IR-STD") for person in people))
    with intake.mailhost.box(intake.support).session() as client:
        for number, person in enumerate(people):
            raw = mail(person, intake.support, f"Question {number}", QUESTION.format(number))
            client.append("INBOX", raw)
    return people


def acknowledgements(sink: Sink) -> dict[str, list[Taken]]:
    """Recipient -> the acknowledgements that the server accepted for it."""
    found: dict[str, list[Taken]] = defaultdict(list)
    for one in sink.accepted:
        if b" acknowledgement\r\n" in one.raw:
            found[one.recipients[0]].append(one)
    return found


def message_id(letter: Taken) -> str:
    return str(message_from_bytes(letter.raw)["Message-ID"])


def end_was_unknowable(letter: Taken, sink: Sink) -> bool:
    """Whether the client died, or was cut off, before it said anything more after this letter."""
    return not letter.confirmed or letter is [one for one in sink.mails if one.connection == letter.connection][-1]


def until(holds: Callable[[], bool], seconds: float) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "not within the time"
        time.sleep(0.01)


def progress(daemon: Running, sink: Sink, *, letters: bool, count: int) -> Callable[[], bool]:
    """Whether so many more letters were taken, or so many more mails recorded, than when this was asked for."""

    def reached() -> int:
        return len(sink.accepted) if letters else daemon.said().count('"event": "mail"')

    before = reached()
    return lambda: reached() >= before + count


def test_twenty_kills_lose_no_mail_and_repeat_only_what_nobody_could_know(make: Callable[..., Installation]) -> None:
    """SIGKILL at random instants of a 200-mail backlog, counted in mails and letters, not in seconds."""
    seed = 20261122
    chance = random.Random(seed)
    with Sink() as sink:
        intake = make(smtp_port=sink.port, daemon={"batch_count": 5})
        people = fill(intake, 200)
        into_the_work = 0
        for _ in range(20):
            with intake.started() as daemon:
                reached = progress(daemon, sink, letters=chance.random() < 0.5, count=chance.randrange(14))
                until(lambda: reached() or len(acknowledgements(sink)) == 200, 30)  # noqa: B023  (called here alone)
                time.sleep(chance.uniform(0, 0.05))
                daemon.kill()
            into_the_work += intake.ends().get("ticket", 0) > 0 and set(intake.letters()) != {"sent"}
        # The rest fell before the first mail or, on a fast machine, after the last.
        assert into_the_work >= 10
        with intake.running():
            until(lambda: len(acknowledgements(sink)) == 200 and set(intake.letters()) == {"sent"}, 60)
        sent = acknowledgements(sink)
    assert intake.ends() == {"ticket": 200}
    assert intake.mail_ends() == {"ticket": 200}
    assert intake.tickets() == 200
    assert set(sent) == set(people)
    for letters in sent.values():
        assert len({message_id(letter) for letter in letters}) == 1, f"seed {seed}"
        assert all(end_was_unknowable(letter, sink) for letter in letters[:-1]), f"seed {seed}"
    assert intake.mailhost.box(intake.support).uids() == []


def test_mail_taken_in_while_smtp_is_down_is_acknowledged_when_it_is_back(make: Callable[..., Installation]) -> None:
    with Sink() as sink:
        port = sink.port
    intake = make(smtp_port=port)
    people = fill(intake, 30)
    with intake.running() as daemon:
        until(lambda: intake.ends() == {"ticket": 30}, 30)
        daemon.wait_log("smtp_trouble")
        assert "check host and port" in daemon.said()
        with Sink(port=port) as sink:
            until(lambda: set(acknowledgements(sink)) == set(people), 60)
            until(lambda: set(intake.letters()) == {"sent"}, 10)
            assert all(len(letters) == 1 for letters in acknowledgements(sink).values())


def test_letters_put_off_refused_or_left_unanswered_end_where_they_should(make: Callable[..., Installation]) -> None:
    """One 5xx, one lost 250: the refused one is told to staff, the ambiguous one is sent again as the same letter."""
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        people = fill(intake, 6)
        sink.rules.append(Rule("rcpt", "550 5.1.1 no such user", when=lambda talk: people[0] in talk.argument))
        sink.rules.append(Rule("end", LOSE, times=1, when=lambda talk: people[1] in talk.recipients))
        assert intake.once().returncode == 0
        assert intake.letters()["refused"] == 1
        until(lambda: any(b"not delivered" in one.raw for one in sink.accepted), 5)
        lost = acknowledgements(sink)[people[1]]
        assert len(lost) == 1
        assert not lost[0].confirmed
        intake.due_now()
        assert intake.once().returncode == 0
        again = acknowledgements(sink)[people[1]]
        assert len(again) == 2
        assert message_id(again[0]) == message_id(again[1])
        assert set(intake.letters()) == {"sent", "refused"}


def test_dovecot_restarted_in_the_middle_of_a_fetch_costs_nothing(make: Callable[..., Installation]) -> None:
    intake = make(daemon={"batch_count": 5})
    people = fill(intake, 60)
    with intake.started() as daemon:
        daemon.wait_log('"event": "mail"')
        intake.mailhost.restart_dovecot()
        until(lambda: intake.ends() == {"ticket": 60}, 60)
        until(lambda: intake.mailhost.box(intake.support).uids() == [], 30)
    assert intake.mail_ends() == {"ticket": len(people)}


def test_a_new_uidvalidity_makes_no_second_ticket(make: Callable[..., Installation]) -> None:
    """Mail that stays in its folder is all there again under new UIDs; its bytes say that it was here before."""
    with Sink() as sink:
        intake = make(smtp_port=sink.port)
        stay = intake.config.read_text().replace("[mailbox.imap]", '[mailbox.imap]\nprocessed_folder = ""')
        intake.config.write_text(stay)
        people = fill(intake, 20)
        assert intake.once().returncode == 0
        intake.mailhost.new_uidvalidity(intake.support)
        assert intake.once().returncode == 0
        assert {person: len(letters) for person, letters in acknowledgements(sink).items()} == dict.fromkeys(people, 1)
    assert intake.ends() == {"ticket": 20, "duplicate": 20}
    assert intake.tickets() == 20


def test_hostile_mail_of_every_kind_ends_somewhere_and_ordinary_mail_beside_it_is_answered(
    make: Callable[..., Installation],
) -> None:
    with Sink() as sink:
        intake = make(smtp_port=sink.port, daemon={"workers": 2})
        attacker = "attacker@customer.example"
        people = [f"person{number}@customer.example" for number in range(30)]
        intake.admit(*(Contact(person, "A Person", "IR-STD") for person in people))
        hostile = hostile_mails(attacker, intake.support)
        ordinary = iter(people)
        with intake.mailhost.box(intake.support).session() as client:
            for raw in hostile.values():
                client.append("INBOX", raw)
                client.append("INBOX", mail(next(ordinary), intake.support, "A question", QUESTION.format(1)))
            for person in ordinary:
                client.append("INBOX", mail(person, intake.support, "A question", QUESTION.format(2)))
        began = time.monotonic()
        assert intake.once().returncode == 0
        seconds = time.monotonic() - began
        assert set(acknowledgements(sink)) == set(people)
    ends = intake.ends()
    assert sum(ends.values()) == len(hostile) + len(people)
    assert ends["ticket"] == len(people)
    assert intake.mailhost.box(intake.support).uids() == []
    assert seconds < 60
