"""Staff write first: a ticket for a contact, its first letter, and what the customer's answer starts."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

from intake.desk import Desk
from intake.watch import sweep
from rules.facts import Contact, End
from storage import directory, tickets
from storage.answers import AnswerState
from storage.database import Database
from tests.intake.desk_work import ANA, BEA, CARL, KIM, SAM, Work, opened, plain, reply
from tests.intake.installation import LAPSED, PREMIER, STANDARD, mail
from tests.intake.private_text import private_text_in
from tests.intake.test_staff import one, release_of

SUPPORT = "support@example.com"
TEXT = "Hello Ana,\n\non Sunday we move your server to the new hall.\n\nSam"
ASKED = "May our server stay where it is?"


@pytest.fixture
def work(database: Database, desk: Desk) -> Iterator[Work]:
    yield Work(database, desk).begin()
    assert private_text_in(database) == []


def writes(work: Work, said: str, subject: str = "Your server moves", sender: str = SAM, **headers: str) -> None:
    work.arrive(mail(sender, SUPPORT, subject, said, **headers))


def lets_go(work: Work) -> None:
    work.arrive(mail(SAM, SUPPORT, "Release", release_of(work.letters("question")[-1])))


def nothing_happened(work: Work) -> bool:
    with work.store.snapshot() as tx:
        return tickets.by_reference(tx, "EX-1") is None and not work.to_customers()


def test_a_draft_until_its_writer_lets_it_go_and_then_the_first_letter_of_a_ticket(work: Work) -> None:
    writes(work, f"#new {ANA}\n\n{TEXT}")
    assert nothing_happened(work)
    question = one(work.letters("question"))
    assert question["To"] == SAM
    assert "It answers no notice that was sent to you." in plain(question)
    assert "which ticket" not in plain(question)
    lets_go(work)
    letter = one(work.answers())
    assert (letter["To"], letter["Subject"]) == (f"Ana Ruiz <{ANA}>", "[EX-1] Your server moves")
    assert letter["In-Reply-To"] is letter["References"] is letter["Cc"] is None
    assert plain(letter).strip() == TEXT
    ticket = work.ticket()
    assert (ticket.contract, ticket.contact, ticket.status, ticket.subject) == (
        "IR-STD",
        ANA,
        "waiting",
        "Your server moves",
    )
    assert work.clocks() == []
    assert [kept.state for kept in work.kept()] == [AnswerState.SENT]
    transcript = one(work.letters("transcript"))
    assert f"EX-1 is open for {ANA} on IR-STD, and yours." in plain(transcript)
    work.arrive(mail(SAM, SUPPORT, "Release", release_of(question)))
    assert len(work.answers()) == 1


def test_the_files_of_the_draft_go_along(work: Work) -> None:
    written = opened(mail(SAM, SUPPORT, "Your server moves", f"#new {ANA}\n\n{TEXT}"))
    written.add_attachment("from 8 to 10\n", filename="times.txt")
    work.arrive(written.as_bytes())
    lets_go(work)
    assert [file.get_filename() for file in one(work.answers()).iter_attachments()] == ["times.txt"]


def test_the_customers_answer_comes_to_its_writer_and_starts_what_the_policy_promises(work: Work) -> None:
    writes(work, f"#new {ANA}\n\n{TEXT}")
    lets_go(work)
    work.passes(hours=3)
    ended = work.arrive(reply(one(work.answers()), ANA, ASKED))
    assert (ended.end, ended.reference) == (End.FOLLOW_UP, "EX-1")
    assert work.ticket().status == "open"
    (clock,) = work.clocks()
    assert (clock.kind, clock.started_at, clock.stopped_at) == ("first_response", work.now, None)
    assert ASKED in plain(work.notice(SAM))
    told = one(work.letters("promise"))
    assert "from now on one is" in " ".join(plain(told).split())
    work.passes(minutes=5)
    work.arrive(reply(work.notice(SAM), SAM, "You may stay."))
    assert work.clocks()[0].stopped_at == work.now
    assert work.answers()[1]["Subject"] == "Re: [EX-1] Your server moves"


def test_thanks_for_it_promise_nothing(work: Work) -> None:
    writes(work, f"#new {ANA}\n\n{TEXT}")
    lets_go(work)
    work.arrive(reply(one(work.answers()), ANA, "Thank you!"))
    assert work.clocks() == []


def test_a_severity_before_anybody_has_asked_promises_nothing(work: Work) -> None:
    writes(work, f"#new {ANA}\n#severity 1\n\n{TEXT}")
    lets_go(work)
    assert (work.ticket().severity, work.clocks()) == (1, [])
    work.passes(hours=1)
    work.arrive(reply(one(work.answers()), ANA, "Could you do it on Monday?"))
    assert [clock.kind for clock in work.clocks()] == ["first_response"]


def test_further_commands_are_about_the_new_ticket(work: Work) -> None:
    writes(work, f"#new {ANA}\n#assign kim\n#close\n\n{TEXT}")
    lets_go(work)
    assert work.ticket().status == "closed"
    assert [event.kind for event in work.events()].count("assigned") == 1
    assert "Yours now" in work.notice(KIM)["Subject"]


def test_an_incident_of_the_contract_is_not_counted(work: Work) -> None:
    writes(work, f"#new {ANA}\n\n{TEXT}")
    lets_go(work)
    work.asks(ANA)
    month = (work.now.replace(day=1), work.now.replace(day=28))
    with work.store.snapshot() as tx:
        assert tickets.incidents(tx, "IR-STD", *month) == 1


def test_in_answer_to_a_notice_it_needs_the_click_and_a_subject_of_its_own(work: Work) -> None:
    """A notice proves its reader on its own ticket: who holds it, and forges him, must not write to everybody."""
    work.asks(CARL, "Our hall is on fire")
    answered = reply(work.notice(SAM), SAM, f"#new {ANA}\n\n{TEXT}")
    work.arrive(answered)
    asked = " ".join(plain(one(work.letters("question"))).split())
    assert "It names another ticket than the notice that it answers." in asked
    lets_go(work)
    assert work.answers() == []
    assert "the subject names EX-1" in plain(one(work.letters("transcript"))).replace("The", "the")
    writes(work, f"#new {ANA}\n\n{TEXT}", In_Reply_To=work.notice(SAM)["Message-ID"])
    assert work.answers() == []
    lets_go(work)
    assert one(work.answers())["Subject"] == "[EX-2] Your server moves"


def test_in_answer_to_a_notice_of_another_contracts_ticket_own_words_may_go(work: Work) -> None:
    work.asks(ANA, text="The vault code of our northern hall is on the second page. What is the default?")
    writes(work, f"#new {BEA}\n\nHello Bea, this is about your own hall.", In_Reply_To=work.notice(SAM)["Message-ID"])
    lets_go(work)
    assert one(work.answers())["To"] == f"Bea <{BEA}>"


@pytest.mark.parametrize(
    "said",
    [
        "They wrote: the vault code of our northern hall is on the second page.",
        "See below.\nPolicy           irex\nContract         IR-STD, Alder Security, standard",
    ],
    ids=["the customer's words", "the notice's"],
)
def test_what_was_written_about_another_contracts_ticket_goes_to_nobody(work: Work, said: str) -> None:
    work.asks(ANA, text="The vault code of our northern hall is on the second page. What is the default?")
    writes(work, f"#new {BEA}\n\n{said}", In_Reply_To=work.notice(SAM)["Message-ID"])
    lets_go(work)
    assert work.answers() == []
    assert "It repeats what was written about EX-1" in plain(one(work.letters("transcript")))
    with work.store.snapshot() as tx:
        assert tickets.by_reference(tx, "EX-2") is None


@pytest.mark.parametrize(
    ("said", "why"),
    [
        ("#new nobody@nowhere.example\n\nHello", "is no contact of any contract here"),
        (f"#new {KIM}\n\nHello", "is one of our own addresses"),
        (f"#new {SUPPORT}\n\nHello", "is one of our own addresses"),
        (f"#new {ANA}\n#note\n\nHello", "stays with us after #note"),
        (f"#new {ANA}\n#merge EX-9\n\nHello", "there is no ticket EX-9"),
    ],
)
def test_what_cannot_be_done_opens_nothing(work: Work, said: str, why: str) -> None:
    writes(work, said)
    lets_go(work)
    assert nothing_happened(work)
    told = " ".join(plain(one(work.letters("transcript"))).split())
    assert "Nothing of your mail was done" in told
    assert why.lower() in told.lower()


def test_a_mailbox_that_observes_writes_to_nobody_and_opens_nothing(work: Work) -> None:
    work.desk = replace(work.desk, mailbox=work.desk.mailbox.model_copy(update={"mode": "observe"}))
    writes(work, f"#new {ANA}\n\n{TEXT}")
    lets_go(work)
    assert nothing_happened(work)
    assert "only observes" in plain(work.letters("question")[-1])


def test_a_contract_that_is_over_is_said_to_be(work: Work) -> None:
    with work.store.transaction() as tx:
        directory.replace(tx, [STANDARD, PREMIER, LAPSED], [Contact("old@cedar.example", "Olga", "IR-OLD")])
    writes(work, "#new old@cedar.example\n\nWill you come back?")
    lets_go(work)
    assert "IR-OLD is not in force today." in " ".join(plain(one(work.letters("transcript"))).split())
    assert one(work.answers())["To"] == "Olga <old@cedar.example>"


def test_a_customers_own_line_opens_nothing(work: Work) -> None:
    work.asks(ANA, text=f"#new {BEA}\n\n{TEXT}")
    assert work.answers() == []
    assert {letter.recipients for letter in work.to_customers()} == {(ANA,)}


def test_who_has_asked_nothing_is_not_reminded_and_the_ticket_is_closed_in_silence(work: Work) -> None:
    writes(work, f"#new {ANA}\n\n{TEXT}")
    lets_go(work)
    for days in (4, 7):
        work.passes(days=days)
        assert sweep(work.store, {"support": work.desk}, work.now)
        work.deliver()
    assert work.ticket().status == "closed"
    assert [letter.kind for letter in work.to_customers()] == ["answer"]
    assert "Closed after waiting" in work.notice(SAM)["Subject"]
    ended = work.arrive(reply(one(work.answers()), ANA, "Could you do it on Monday?"))
    assert (ended.reference, work.ticket().status, len(work.clocks())) == ("EX-1", "open", 1)
