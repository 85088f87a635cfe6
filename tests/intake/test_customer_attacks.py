"""What customers, strangers and clumsy people could try: nothing of others reaches them, and nobody is silenced."""

from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

import pytest

from intake.desk import Desk
from intake.watch import sweep
from rules.facts import End
from rules.loops import QUIET
from storage import breakers, mergers, mutes, tickets
from storage.database import Database
from tests.intake.desk_work import ANA, BEA, CARL, KIM, SAM, Work, opened, plain, reply
from tests.intake.installation import mail
from tests.intake.private_text import private_text_in
from tests.intake.test_loops import bounce_of, loose
from tests.intake.test_staff import release_of
from tests.intake.test_staff_attacks import STRANGER, SUPPORT, TRUSTED, notice, trusting

GOOD = "It is thirty seconds, and page 12 of the manual has it."


@pytest.fixture
def work(database: Database, desk: Desk) -> Iterator[Work]:
    """Ana's EX-1, which waits for her; EX-2 is Bea's, of another contract."""
    everybody = tuple(one.model_copy(update={"queues": ("support", "senior")}) for one in desk.staff)
    made = Work(database, replace(desk, staff=everybody)).begin()
    made.asks(ANA)
    made.arrive(reply(made.notice(), SAM, GOOD))
    made.asks(BEA, "Another setting")
    yield made
    assert private_text_in(database) == []


def letter_to(work: Work, address: str, kind: str = "acknowledgement") -> EmailMessage:
    return next(opened(one.raw) for one in work.sent if one.kind == kind and one.recipients == (address,))


POINTERS: tuple[Callable[[Work, str], bytes], ...] = (
    lambda work, sender: mail(sender, SUPPORT, "Re: [EX-1] A setting", "Could I have the answer, too?"),
    lambda work, sender: reply(letter_to(work, ANA), sender, "Could I have the answer, too?"),
    lambda work, sender: reply(work.answers()[0], sender, "Could I have the answer, too?"),
    lambda work, sender: reply(notice(work), sender, "Could I have the answer, too?"),
)


@pytest.mark.parametrize("sender", [STRANGER, BEA])
@pytest.mark.parametrize("pointer", POINTERS)
def test_who_is_not_on_a_ticket_moves_nothing_of_it_and_hears_nothing(
    work: Work, pointer: Callable[[Work, str], bytes], sender: str
) -> None:
    before, clocks = work.ticket(), work.clocks()
    ended = work.arrive(pointer(work, sender))
    assert ended.end in (End.TICKET, End.DECLINED)
    assert ended.reference == "EX-3"
    assert (work.ticket(), work.clocks()) == (before, clocks)
    work.arrive(mail(ANA, SUPPORT, "Re: [EX-1] A setting", "And on version 4?"))
    work.arrive(reply(work.notice(), SAM, GOOD.replace("thirty", "forty")))
    assert work.sent[-1].kind == "answer"
    assert work.sent[-1].recipients == (ANA,)


@pytest.mark.parametrize("answering", [BEA, STRANGER])
def test_a_merged_ticket_lets_nobody_of_another_contract_in(work: Work, answering: str) -> None:
    work.asks(ANA, "A third setting")
    with work.store.transaction() as tx:
        mergers.merge(tx, work.ticket("EX-1").ticket_id, work.ticket("EX-3").ticket_id, work.now)
    before = work.ticket("EX-1"), work.ticket("EX-3")
    assert work.arrive(reply(letter_to(work, ANA), answering, "And what did they ask?")).reference == "EX-4"
    assert (work.ticket("EX-1"), work.ticket("EX-3")) == before


def test_tickets_of_two_contracts_that_stand_as_merged_are_still_two(work: Work) -> None:
    """No command merges them; if the store says so all the same, nobody reads what is another's."""
    with work.store.transaction() as tx:
        mergers.merge(tx, work.ticket("EX-2").ticket_id, work.ticket("EX-1").ticket_id, work.now)
    assert work.arrive(reply(letter_to(work, BEA), BEA, "One more thing.")).reference == "EX-2"
    work.arrive(reply(work.notice(), SAM, GOOD.replace("thirty", "forty")))
    assert work.sent[-1].recipients == (BEA,)


def test_only_a_contact_of_the_contract_joins_by_copy(work: Work) -> None:
    copied = f"{CARL}, {BEA}, {STRANGER}"
    work.arrive(mail(ANA, SUPPORT, "Re: [EX-1] A setting", "With some in copy.", Cc=copied))
    work.arrive(reply(work.notice(), SAM, GOOD.replace("thirty", "forty"), Cc=copied))
    assert work.sent[-1].recipients == (ANA, CARL)
    with work.store.snapshot() as tx:
        assert tickets.correspondents(tx, work.ticket().ticket_id) == [CARL]


def test_who_is_on_a_ticket_without_being_on_its_contract_is_written_no_answer(work: Work) -> None:
    """A distributor, an account manager, somebody whom the directory had on the contract once."""
    with work.store.transaction() as tx:
        tickets.add_correspondents(tx, work.ticket().ticket_id, [BEA, STRANGER])
    work.arrive(reply(notice(work), SAM, GOOD.replace("thirty", "forty")))
    assert work.sent[-1].recipients == (ANA,)


def about(letter: EmailMessage, failed: str) -> bytes:
    """A bounce that brings this letter back and names another address as the one that failed."""
    raw = bounce_of(letter, formal=True)
    return raw.replace(f"rfc822; {letter['To'].addresses[0].addr_spec}".encode(), f"rfc822; {failed}".encode())


def by_a_stranger(work: Work) -> bytes:
    work.asks(STRANGER, "Hello")
    return about(letter_to(work, STRANGER, "decline"), ANA)


BOUNCES: tuple[Callable[[Work], bytes], ...] = (
    by_a_stranger,
    lambda work: about(letter_to(work, BEA), ANA),
    lambda work: about(work.notice(SAM), ANA),
    lambda work: about(work.notice(SAM), SAM),
    lambda work: about(opened(mail("x@x.example", ANA, "[EX-1]", "x", Message_ID="<EX-1.0@example.com>")), ANA),
)


@pytest.mark.parametrize("bounce", BOUNCES)
def test_nobody_has_an_address_muted_to_which_they_were_not_told_of_a_letter(
    work: Work, bounce: Callable[[Work], bytes]
) -> None:
    work.arrive(bounce(work))
    with work.store.snapshot() as tx:
        assert mutes.newest(tx, 9) == []
    work.asks(ANA, "A fourth setting")
    assert work.sent[-1].recipients != ()
    assert [one.kind for one in work.sent if one.recipients == (ANA,)].count("acknowledgement") == 2


def test_a_bounce_that_is_true_mutes_its_address(work: Work) -> None:
    work.arrive(bounce_of(letter_to(work, BEA), formal=True).replace(b"Bea <bea@birch.example>", BEA.encode()))
    with work.store.snapshot() as tx:
        assert [one.address for one in mutes.newest(tx, 9)] == [BEA]


def test_forged_mail_that_fails_at_the_mail_server_trips_no_breaker(work: Work) -> None:
    trusting(work)

    def stamped(raw: bytes, verdict: str) -> bytes:
        return f"Authentication-Results: {TRUSTED}; dmarc={verdict} header.from=alder.example\r\n".encode() + raw

    for _ in range(9):
        work.arrive(stamped(loose(ANA)(work.notice()), "fail"))
        work.passes(seconds=20)
    with work.store.snapshot() as tx:
        assert breakers.all_standing(tx, work.now - QUIET) == []
    work.arrive(stamped(mail(ANA, SUPPORT, "Re: a new matter", "Where is the log of the service?"), "pass"))
    assert work.sent[-1].recipients != ()
    assert [one.kind for one in work.sent if one.recipients == (ANA,)][-1] == "acknowledgement"


def test_a_subject_adds_nothing_to_the_link_of_a_digest(work: Work) -> None:
    asks = {"digest": "08:30", "timezone": "Europe/Brussels"}
    sam = work.desk.staff[0].model_copy(update=asks)
    work.desk = replace(work.desk, staff=(sam, work.desk.staff[1]))
    sweep(work.store, {"support": work.desk}, work.now)
    evil = "x&bcc=x@x.example&body=%23close\"><a href='mailto:x'>"
    work.asks(ANA, evil)
    work.passes(days=3)
    sweep(work.store, {"support": work.desk}, work.now)
    work.deliver()
    (digest,) = work.letters("digest")
    links = [line.strip() for line in plain(digest).splitlines() if line.strip().startswith("mailto:")]
    page = digest.get_body(("html",))
    assert page is not None
    assert links
    assert "<a href='mailto:x" not in page.get_content()
    for link in links:
        parts = urlsplit(link)
        assert parts.path == SUPPORT
        assert sorted(parse_qs(parts.query)) == ["In-Reply-To", "subject"]


@pytest.mark.parametrize("said", ["Yes, please send it.", "ok", "Thanks!", "#release"])
def test_a_word_to_us_below_our_question_goes_to_no_customer(work: Work, said: str) -> None:
    work.arrive(mail(SAM, SUPPORT, "Re: [EX-1]", GOOD))
    (question,) = work.letters("question")
    work.arrive(reply(question, SAM, said))
    assert len(work.answers()) == 1


def test_a_word_to_us_below_a_transcript_goes_to_no_customer_but_by_a_click(work: Work) -> None:
    work.arrive(reply(work.notice(), SAM, "#take"))
    work.arrive(reply(work.letters("transcript")[0], SAM, "Great, thanks!"))
    assert len(work.answers()) == 1
    question = work.letters("question")[-1]
    assert "Should these words go to the customer?" in " ".join(plain(question).split())
    work.arrive(mail(SAM, SUPPORT, "Release", release_of(question)))
    assert plain(work.answers()[-1]).strip() == "Great, thanks!"


def test_a_text_written_anew_below_our_question_is_an_answer(work: Work) -> None:
    told = "\n".join(plain(work.notice()).splitlines()[2:6])
    work.arrive(mail(KIM, SUPPORT, "Re: [EX-2]", f"See:\n{told}", In_Reply_To=work.notice(KIM)["Message-ID"]))
    (question,) = work.letters("question")
    work.arrive(reply(question, KIM, GOOD))
    assert [one.recipients for one in work.sent if one.kind == "answer"] == [(ANA,), (BEA,)]
