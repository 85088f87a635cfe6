"""One mail a day for who asks for it: what it tells, what it spares them, and what it never holds back."""

import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from email.message import EmailMessage
from urllib.parse import parse_qs, unquote, urlsplit

import pytest

from intake.desk import Desk
from intake.settings import Queue
from intake.watch import sweep
from storage import digests
from storage.database import Database
from tests.intake.desk_work import ANA, BEA, KIM, SAM, Work, plain, reply
from tests.intake.installation import mail
from tests.intake.private_text import private_text_in

SUPPORT, PAGER = "support@example.com", "ntfy://example/intake"
OUTAGE = "Our production server is completely down for all users since this morning."
LATER = datetime(2026, 3, 13, 15, 30, tzinfo=UTC)
"""A Friday afternoon in Brussels; the office closes at four, so that what is due is due on Monday or later."""
MORNING = datetime(2026, 3, 16, 7, 30, tzinfo=UTC)


@pytest.fixture
def work(database: Database, desk: Desk) -> Iterator[Work]:
    """Sam has one mail a day on the days on which he works; Kim has none."""
    queues = ("support", "senior")
    asks = {"digest": "08:30", "timezone": "Europe/Brussels", "hours": ("Mon-Fri 00:00-24:00",), "queues": queues}
    staff = (desk.staff[0].model_copy(update=asks), desk.staff[1].model_copy(update={"queues": queues}))
    made = Work(database, replace(desk, staff=staff, queues={"support": Queue(notify=(PAGER,))}), LATER).begin()
    swept(made)  # from here on he has one
    yield made
    assert private_text_in(database) == []


def swept(work: Work) -> None:
    sweep(work.store, {"support": work.desk}, work.now)
    work.deliver()


def notices(work: Work, to: str = SAM) -> list[str]:
    return [one.subject for one in work.sent if one.kind == "notice" and one.recipients == (to,)]


def at(work: Work, when: datetime) -> list[EmailMessage]:
    """The digests that were sent by then."""
    work.now = when
    swept(work)
    return work.letters("digest")


def test_a_low_request_is_told_in_the_morning_and_at_once_to_who_wants_it_so(work: Work) -> None:
    work.asks()
    work.asks(text="One more thing: where is the log?", subject="Re: [EX-1] A setting")
    assert notices(work) == []
    assert len(notices(work, KIM)) == 2
    assert at(work, datetime(2026, 3, 15, 12, tzinfo=UTC)) == []
    (digest,) = at(work, MORNING)
    assert (digest["To"], digest["Subject"]) == (SAM, "Your day, Mon 16 March 2026: 1 with news, 1 open")
    assert (digest["Auto-Submitted"], digest["X-Intake"]) == ("auto-generated", "digest")
    said = " ".join(plain(digest).split())
    assert f"EX-1 A setting New ticket, Follow-up; from {ANA}" in said
    assert re.search(r"EX-1 \(nobody's\), open, severity \d, due Tue 17 March 2026, .* left\): A setting", said)
    assert len(at(work, MORNING.replace(hour=20))) == 1


def test_its_link_answers_the_customer_with_proof(work: Work) -> None:
    work.asks()
    (digest,) = at(work, MORNING)
    link = next(line for line in plain(digest).splitlines() if line.startswith("mailto:"))
    fields = {name.lower(): values[0] for name, values in parse_qs(urlsplit(link).query).items()}
    to = unquote(urlsplit(link).path)
    work.arrive(mail(SAM, to, fields["subject"], "It is thirty seconds.", In_Reply_To=fields["in-reply-to"]))
    (answer,) = work.answers()
    assert (answer["To"], plain(answer).strip()) == (f"Ana Ruiz <{ANA}>", "It is thirty seconds.")


def test_an_answer_to_the_digest_itself_reaches_no_customer(work: Work) -> None:
    work.asks()
    (digest,) = at(work, MORNING)
    work.arrive(reply(digest, SAM, "It is thirty seconds."))
    assert work.answers() == []
    assert len(work.letters("question")) == 1


def test_a_line_of_it_goes_to_nobody(work: Work) -> None:
    work.asks(BEA, "Our vault in the northern hall")
    work.asks(ANA)
    (digest,) = at(work, MORNING)
    line = next(one for one in plain(digest).splitlines() if "vault" in one)
    work.arrive(reply(work.notice(KIM), KIM, f"As Sam was told:\n{line} of theirs is with us."))
    assert work.answers() == []
    assert "written for us alone" in plain(work.letters("question")[0])


def test_severity_1_is_told_at_once_and_pages_wait_for_nobody(work: Work) -> None:
    work.asks(BEA, "Production down", OUTAGE)
    assert len(notices(work)) == 1
    work.asks(ANA)
    with work.store.snapshot() as tx:
        assert digests.waited_for(tx) == {SAM.lower()}
    work.deliver()
    assert [event.detail["to"] for event in work.events("EX-2") if event.kind == "staff_told"] == [
        [KIM, "page:support:1"]
    ]
    assert [event.detail["by_digest"] for event in work.events("EX-2") if event.kind == "staff_told"] == [[SAM]]


def test_what_is_due_before_the_next_one_is_told_at_once(work: Work) -> None:
    work.now = datetime(2026, 3, 16, 8, tzinfo=UTC)
    swept(work)
    work.asks(BEA, "Search", "The search of our production server is very slow for a few users.")
    assert len(notices(work)) == 1


def test_a_promise_that_is_missed_is_told_at_once(work: Work) -> None:
    work.asks()
    work.now = datetime(2026, 3, 17, 15, 1, tzinfo=UTC)
    swept(work)
    assert [one for one in notices(work) if "Promise missed" in one]


def test_nothing_to_tell_is_no_mail(work: Work) -> None:
    assert at(work, MORNING) == []


def test_an_open_ticket_is_told_every_working_day_until_it_is_closed(work: Work) -> None:
    work.asks()
    assert len(at(work, MORNING)) == 1
    (_, again) = at(work, MORNING.replace(day=17))
    assert "0 with news, 1 open" in again["Subject"]
    work.arrive(reply(work.notice(KIM), KIM, "#close"))
    assert len(at(work, MORNING.replace(day=18))) == 2


def test_what_a_stopped_daemon_missed_is_told_once(work: Work) -> None:
    work.asks()
    assert len(at(work, datetime(2026, 3, 20, 11, tzinfo=UTC))) == 1


def test_who_asks_no_more_is_told_what_waited(work: Work) -> None:
    work.asks()
    sam = work.desk.staff[0].model_copy(update={"digest": ""})
    work.desk = replace(work.desk, staff=(sam, work.desk.staff[1]))
    assert len(at(work, LATER)) == 1
    assert len(at(work, MORNING)) == 1
