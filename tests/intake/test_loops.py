"""Machines that answer each other through us: each loop dies out within three mails of ours, and nobody is paged twice.

A world without servers: robots read what they are sent and answer it seconds later, as often as they like.
"""

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from email.message import EmailMessage

import pytest
import sqlalchemy as sa

from intake.desk import Desk
from intake.settings import Queue
from intake.standing import problems
from rules.facts import Contact, End
from rules.loops import QUIET
from storage import breakers, conditions, directory, tables
from storage.breakers import Breaker, Scope
from storage.database import Database
from storage.figures import figures
from tests.intake.desk_work import ANA, BEA, CARL, SAM, TO_STAFF, Work, opened, plain, reply
from tests.intake.installation import STANDARD, mail
from tests.intake.private_text import private_text_in

SUPPORT, PAGER = "support@example.com", "ntfy://example/intake"
Robot = Callable[[EmailMessage], bytes]
MOST = 40
"""Rounds after which a loop is one for ever."""
numbers = itertools.count(1)


@dataclass
class World:
    work: Work
    robots: dict[str, Robot] = field(default_factory=dict)
    read: int = 0

    def settle(self) -> None:
        """Everybody reads and answers until nobody has anything to say."""
        for _ in range(MOST):
            new = self.work.sent[self.read :]
            self.read = len(self.work.sent)
            answers = [
                self.robots[to](opened(letter.raw)) for letter in new for to in letter.recipients if to in self.robots
            ]
            if not answers:
                return
            for answer in answers:
                self.work.passes(seconds=7)
                self.work.arrive(answer)
        raise AssertionError(f"it never ends: {[(one.kind, one.recipients) for one in self.work.sent][-12:]}")

    def letters_to(self, address: str) -> list[str]:
        return [one.kind for one in self.work.sent if address in one.recipients and one.kind not in TO_STAFF]

    def pages(self) -> int:
        with self.work.store.snapshot() as tx:
            return int(tx.execute(sa.select(sa.func.count()).where(tables.outbox.c.kind == "page")).scalar_one())

    def standing(self) -> list[Breaker]:
        with self.work.store.snapshot() as tx:
            return breakers.all_standing(tx, self.work.now - QUIET)

    def wrong(self) -> list[str]:
        with self.work.store.snapshot() as tx:
            found = problems(figures(tx, self.work.now - QUIET), conditions.current(tx), ["support"], self.work.now)
        return [one for one in found if "loop" in one]


@pytest.fixture
def world(database: Database, desk: Desk) -> Iterator[World]:
    pager = {"support": Queue(notify=(PAGER,)), "on_call": Queue(notify=(PAGER,))}
    work = Work(database, replace(desk, queues=pager)).begin()
    yield World(work)
    assert private_text_in(database) == []


def threaded(sender: str, text: str = "We have your mail and answer it soon.") -> Robot:
    """By In-Reply-To and the subject, as most do; new words each time."""
    return lambda letter: reply(letter, sender, f"{text} It is number {next(numbers)}.")


def loose(sender: str, subject: str = "Your request was received") -> Robot:
    """Names nothing of what it answers."""

    def answer(_: EmailMessage) -> bytes:
        number = next(numbers)
        text = f"Thank you for your mail. Your request has the number {number * 7919} and we will answer it soon."
        return mail(sender, SUPPORT, f"{subject} #{number}", text)

    return answer


SENTENCES = (
    "We are at a trade fair this week and will be back on Monday.",
    "Please use the form on our home page for orders and invoices.",
    "Our telephone is answered from nine to five.",
    "A colleague has your message and looks into the matter now.",
    "The office moved to the second floor, next to the canteen.",
    "Visitors park behind the building, where the trees are.",
    "Thank you for your patience with everybody here.",
)


def quoting(sender: str) -> Robot:
    """Says that it answers, drops every tag, and never says the same."""

    def answer(letter: EmailMessage) -> bytes:
        sentence = SENTENCES[next(numbers) % len(SENTENCES)]
        return mail(sender, SUPPORT, f"Re: {sentence.split()[1]}", sentence)

    return answer


@pytest.mark.parametrize("robot", [threaded, loose, quoting], ids=lambda one: str(one.__name__))
def test_a_robot_at_the_customers_that_answers_every_letter(world: World, robot: Callable[[str], Robot]) -> None:
    world.robots[ANA] = robot(ANA)
    world.work.asks(ANA)
    world.settle()
    assert 1 <= len(world.letters_to(ANA)) <= 3
    assert world.pages() <= 5


def test_its_breaker_pages_a_person_once_and_shows_until_it_is_quiet(world: World) -> None:
    world.robots[ANA] = loose(ANA)
    world.work.asks(ANA)
    world.settle()
    (one,) = world.standing()
    assert (one.scope, one.key, one.count) == (Scope.ADDRESS, ANA, 1)
    assert [line for line in world.wrong() if f"`intake unmute {ANA}`" in line]
    notice = world.work.notice(SAM)
    assert "A loop was stopped" in notice["Subject"]
    assert f"`intake unmute {ANA}` lets letters go again" in " ".join(plain(notice).split())
    paged = world.pages()
    for _ in range(9):
        assert world.work.arrive(loose(ANA)(notice)).end is End.TICKET
        world.work.passes(seconds=20)
    assert world.pages() == paged
    told = [letter for letter in world.work.sent if letter.kind == "notice" and letter.recipients == (SAM,)]
    assert len(told) < 12
    assert world.standing()[0].count == 10
    assert len(world.letters_to(ANA)) <= 3
    world.work.passes(hours=1, seconds=1)
    assert (world.standing(), world.wrong()) == ([], [])
    world.work.asks(ANA, "A setting again", "Hello, may I ask for the length of the idle time, too?")
    assert world.letters_to(ANA)[-1] == "acknowledgement"


def test_who_trips_the_breaker_of_an_address_does_not_silence_its_owner(world: World) -> None:
    world.robots[ANA] = loose(ANA)
    world.work.asks(ANA)
    world.settle()
    for _ in range(9):
        world.work.arrive(loose(ANA)(world.work.notice(SAM)))
    del world.robots[ANA]
    paged, told = world.pages(), len(world.work.letters("notice"))
    world.work.asks(ANA, "Export fails", "The export of our reports fails since the update of last night.")
    assert world.letters_to(ANA).count("acknowledgement") == 4
    assert (world.pages(), len(world.work.letters("notice"))) == (paged + 1, told + 1)


def test_another_address_gets_its_letters_meanwhile(world: World) -> None:
    world.robots[ANA] = loose(ANA)
    world.work.asks(ANA)
    world.settle()
    world.work.asks(BEA)
    assert world.letters_to(BEA) == ["acknowledgement"]


def test_a_tag_behind_a_plus_is_the_same_address(world: World) -> None:
    plus = [f"ana+{number}@alder.example" for number in range(9)]
    with world.work.store.transaction() as tx:
        directory.replace(tx, [STANDARD], [Contact(one, "Ana", "IR-STD") for one in (ANA, *plus)])
    for one in plus:
        world.robots[one] = loose(one)
    world.robots[ANA] = loose(ANA)
    world.work.asks(ANA)
    world.settle()
    assert len(world.letters_to(ANA)) <= 3


def test_the_same_words_again_and_again_within_minutes(world: World) -> None:
    for _ in range(12):
        world.work.arrive(mail(ANA, SUPPORT, "Automatic answer", "We are on a company outing. Please call later."))
        world.work.passes(minutes=3)
    assert len(world.letters_to(ANA)) <= 3
    assert len(world.standing()) == 1


def test_a_person_who_asks_five_things_in_a_row_is_no_robot(world: World) -> None:
    questions = (
        "Where is the log of the recording service?",
        "Our export to PDF has no page numbers.",
        "How many cameras may one site have?",
        "The clock of the client shows yesterday.",
        "Please tell me the price of another year.",
    )
    for number, question in enumerate(questions):
        world.work.asks(ANA, f"Something else {number}", question)
        world.work.passes(minutes=2)
    assert len(world.letters_to(ANA)) == len(questions)
    assert world.standing() == []


def test_a_robot_that_marks_its_mail_gets_one_letter(world: World) -> None:
    world.robots[ANA] = lambda letter: reply(letter, ANA, "I am away.", Auto_Submitted="auto-replied")
    world.work.asks(ANA)
    world.settle()
    assert world.letters_to(ANA) == ["acknowledgement"]
    assert world.pages() == 1


def test_a_robot_that_is_on_no_contract_gets_one_letter(world: World) -> None:
    world.robots["bot@nowhere.example"] = loose("bot@nowhere.example")
    world.work.asks("bot@nowhere.example")
    world.settle()
    assert world.letters_to("bot@nowhere.example") == ["decline"]
    assert world.pages() == 0


@pytest.mark.parametrize("text", ["We have your mail and answer it soon, please be patient with us today.", "{}"])
def test_a_robot_of_staff_and_one_of_the_customers_answer_each_other(world: World, text: str) -> None:
    def of_staff(letter: EmailMessage) -> bytes:
        number = next(numbers)
        return reply(letter, SAM, text.format(f"{SENTENCES[number % len(SENTENCES)]} {number}"))

    world.robots |= {ANA: threaded(ANA), SAM: of_staff}
    world.work.asks(ANA)
    world.settle()
    assert world.letters_to(ANA).count("acknowledgement") == 1
    assert len(world.letters_to(ANA)) <= 3
    assert [(one.scope, one.key) for one in world.standing()] == [(Scope.TICKET, "EX-1")]
    assert len(world.work.letters("question")) == 1
    assert world.wrong()
    assert world.pages() <= 5


def test_a_note_of_absence_without_a_mark_answers_no_customer(world: World) -> None:
    world.robots[SAM] = lambda letter: reply(letter, SAM, "Hello,\n\nI am out of office until Monday. Kim is there.")
    world.work.asks(ANA)
    world.settle()
    assert world.letters_to(ANA) == ["acknowledgement"]
    (clock,) = world.work.clocks()
    assert clock.stopped_at is None
    assert len(world.work.letters("question")) == 1
    assert world.standing() == []


def test_a_storm_of_absences(world: World) -> None:
    """Everybody who is written to is away, with and without the marks of RFC 3834."""
    people = [f"p{number}@alder.example" for number in range(20)]
    with world.work.store.transaction() as tx:
        directory.replace(tx, [STANDARD], [Contact(one, "A person", "IR-STD") for one in people])
    for number, one in enumerate(people):
        marks = {"Auto_Submitted": "auto-replied"} if number % 2 else {}
        world.robots[one] = lambda letter, one=one, marks=marks: reply(  # type: ignore[misc]
            letter, one, "I am away.", Subject=f"Automatic reply: {letter['Subject']}", **marks
        )
    world.robots[SAM] = lambda letter: reply(letter, SAM, "I am away.", Subject=f"Out of office: {letter['Subject']}")
    for one in people:
        world.work.asks(one)
    world.settle()
    assert {len(world.letters_to(one)) for one in people} == {1}
    assert world.work.answers() == []
    assert world.work.letters("question") == []


def as_list(name: str, *, munged: bool, marked: bool) -> Robot:
    """A list that sends everything to its members, of whom we are one."""

    def reflects(letter: EmailMessage) -> bytes:
        for header in ("X-Intake", "Auto-Submitted", "X-Auto-Response-Suppress") if munged else ():
            del letter[header]
        if munged:
            letter.replace_header("From", f'"Example Support via all" <{name}>')
        if marked:
            letter["List-Id"] = "<all.alder.example>"
        return letter.as_bytes()

    return reflects


@pytest.mark.parametrize("munged", [False, True], ids=["as it came", "with the list in From"])
@pytest.mark.parametrize("marked", [False, True], ids=["without marks", "with List-Id"])
def test_a_list_that_reflects_our_letters(world: World, munged: bool, marked: bool) -> None:
    name = "all@alder.example"
    with world.work.store.transaction() as tx:
        directory.replace(tx, [STANDARD], [Contact(name, "All", "IR-STD"), Contact(ANA, "Ana", "IR-STD")])
    world.robots[name] = as_list(name, munged=munged, marked=marked)
    world.work.asks(name)
    world.settle()
    assert world.letters_to(name) == ["acknowledgement"]
    assert len(world.work.letters("notice")) == 1
    world.work.arrive(reply(world.work.notice(), SAM, "It is thirty seconds."))
    world.settle()
    assert world.letters_to(name) == ["acknowledgement", "answer"]
    assert len(world.work.letters("notice")) == 1


def test_a_forwarder_that_points_back_at_us(world: World) -> None:
    """It redirects what comes, or sends it on as a mail of its own."""

    def redirects(letter: EmailMessage) -> bytes:
        return b"Resent-From: ana@alder.example\r\nResent-To: support@example.com\r\n" + letter.as_bytes()

    def sends_on(letter: EmailMessage) -> bytes:
        return mail(CARL, SUPPORT, f"Fwd: {letter['Subject']}", f"---- Forwarded ----\n{plain(letter)}")

    world.robots |= {ANA: redirects, CARL: sends_on}
    world.work.asks(ANA)
    world.work.asks(CARL)
    world.settle()
    assert world.letters_to(ANA) == ["acknowledgement"]
    assert 1 <= len(world.letters_to(CARL)) <= 3


def bounce_of(letter: EmailMessage, *, formal: bool) -> bytes:
    to = str(letter["To"])
    if not formal:
        text = f"Your message could not be delivered.\n\n<{to}>: 550 5.1.1 no such user\n\n{letter}"
        return mail("MAILER-DAEMON@example.com", SUPPORT, "Undelivered Mail Returned to Sender", text, Return_Path="<>")
    head = (
        "Return-Path: <>\r\nFrom: MAILER-DAEMON@example.com\r\nTo: support@example.com\r\nSubject: Undelivered\r\n"
        f"Message-ID: <b{next(numbers)}@mx.example.com>\r\nMIME-Version: 1.0\r\n"
        'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\n\r\n'
    )
    parts = (
        "Content-Type: text/plain\r\n\r\nIt could not be delivered.\r\n",
        "Content-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx\r\n\r\n"
        f"Final-Recipient: rfc822; {to}\r\nAction: failed\r\nStatus: 5.1.1\r\n",
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {letter['Message-ID']}\r\n",
    )
    return (head + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


@pytest.mark.parametrize("formal", [True, False], ids=["RFC 3464", "in prose"])
def test_our_own_notices_come_back(world: World, formal: bool) -> None:
    world.robots[SAM] = lambda letter: bounce_of(letter, formal=formal)
    world.work.asks(ANA)
    world.settle()
    assert world.letters_to(ANA) == ["acknowledgement"]
    assert len(world.work.letters("notice")) <= 2
    assert world.pages() == 1


def test_a_program_of_staff_that_answers_questions_about_mail_without_a_ticket(world: World) -> None:
    world.robots[SAM] = threaded(SAM)
    world.work.arrive(mail(SAM, SUPPORT, "Hello", "Who is there?"))
    world.settle()
    assert len(world.work.letters("question")) <= 3
    assert world.work.to_customers() == []


def test_a_mailbox_stops_when_it_writes_more_than_its_customers_can_ask_for(world: World) -> None:
    budgets = world.work.desk.policy.budgets.model_copy(update={"letters_per_mailbox_hour": 3})
    world.work.desk = replace(world.work.desk, policy=world.work.desk.policy.model_copy(update={"budgets": budgets}))
    for address in (ANA, BEA, CARL, ANA, BEA):
        world.work.asks(address, f"Number {next(numbers)}", f"What is setting {next(numbers)} for?")
        world.work.passes(minutes=1)
    assert [one.kind for one in world.work.to_customers()] == ["acknowledgement"] * 3
    assert [(one.scope, one.key, one.count) for one in world.standing()] == [(Scope.MAILBOX, "support", 2)]
    loops = [opened(one.raw) for one in world.work.sent if one.kind == "notice" and b"A loop was stopped" in one.raw]
    assert len([one for one in loops if one["To"] == SAM]) == 1
    world.work.passes(hours=1)
    world.work.asks(CARL, "Later", "And what is the other setting for?")
    assert world.letters_to(CARL)[-1] == "acknowledgement"
