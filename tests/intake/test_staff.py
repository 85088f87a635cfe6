"""A staff mail on its way: whose word it is, what becomes of it, and what the customer gets."""

import re
from collections.abc import Iterator
from dataclasses import replace
from email.message import EmailMessage
from urllib.parse import parse_qs, urlsplit

import pytest

from intake.desk import Desk
from rules.facts import End
from storage import clocks
from storage.answers import AnswerState
from storage.database import Database
from tests.intake.desk_work import ANA, CARL, KIM, SAM, Work, opened, plain, reply
from tests.intake.installation import mail
from tests.intake.private_text import private_text_in

ANSWER = "Hello Ana,\n\nthe default is 30 seconds; page 12 of the manual has it.\n\nKind regards\nSam Field"


@pytest.fixture
def work(database: Database, desk: Desk) -> Iterator[Work]:
    yield Work(database, desk).begin()
    assert private_text_in(database) == []


def one(found: list[EmailMessage]) -> EmailMessage:
    assert len(found) == 1
    return found[0]


def release_of(question: EmailMessage) -> str:
    """The body of the mail that its link writes."""
    link = next(line for line in plain(question).splitlines() if line.startswith("mailto:"))
    return parse_qs(urlsplit(link).query)["body"][0]


def test_a_reply_to_a_notice_is_the_customers_answer(work: Work) -> None:
    asked = opened(mail(ANA, "support@example.com", "A setting", "What is the default?\n"))
    work.arrive(asked.as_bytes())
    work.passes(minutes=20)
    ended = work.arrive(reply(work.notice(), "Sam Field <sam@example.com>", ANSWER))
    assert ended.end is End.STAFF_ACTION
    letter = one(work.answers())
    assert plain(letter).strip() == ANSWER
    assert str(letter["From"]) == '"Sam Field, Example Support" <support@example.com>'
    assert (letter["To"], letter["Cc"]) == (f"Ana Ruiz <{ANA}>", None)
    assert letter["Subject"] == "Re: [EX-1] A setting"
    assert letter["In-Reply-To"] == letter["References"] == asked["Message-ID"]
    assert letter["Reply-To"] is letter["Auto-Submitted"] is letter["X-Intake"] is None
    assert re.fullmatch(r"<EX-1\.[0-9a-f]{24}@example\.com>", letter["Message-ID"])
    (clock,) = work.clocks()
    assert (clock.kind, clock.stopped_at) == (clocks.FIRST_RESPONSE, work.now)
    assert work.ticket().status == "waiting"
    assert [one.kind for one in work.events()][-3:] == ["answer_written", "letter_sent", "answered"]
    assert [kept.state for kept in work.kept()] == [AnswerState.SENT]


def test_the_customers_reply_to_the_answer_comes_back_to_the_ticket(work: Work) -> None:
    work.asks()
    work.arrive(reply(work.notice(), SAM, ANSWER))
    back = reply(one(work.answers()), ANA, "And on version 4?", Subject="Re: our question")
    ended = work.arrive(back)
    assert (ended.end, ended.reference) == (End.FOLLOW_UP, "EX-1")
    assert work.ticket().status == "open"
    assert "And on version 4?" in plain(work.notice())
    work.passes(hours=1)
    work.arrive(reply(work.notice(), SAM, "The same, 30 seconds there, too."))
    assert work.answers()[1]["In-Reply-To"] == opened(back)["Message-ID"]


def test_a_clock_stops_when_the_server_has_the_letter_and_not_before(work: Work) -> None:
    work.asks()
    notice = work.notice()
    work.deliver = lambda: None  # type: ignore[method-assign]
    work.arrive(reply(notice, SAM, ANSWER))
    assert work.clocks()[0].stopped_at is None
    assert work.ticket().status == "open"


def test_files_go_along_and_their_names_survive(work: Work) -> None:
    work.asks()
    answer = opened(reply(work.notice(), SAM, "See the file."))
    answer.add_attachment(b"\x00\x01pdf", "application", "pdf", filename="Übersicht für Ana.pdf")
    answer.add_attachment("key = 30\n", filename="settings.conf")
    work.arrive(answer.as_bytes())
    letter = one(work.answers())
    assert plain(letter).strip() == "See the file."
    files = list(letter.iter_attachments())
    assert [(one.get_filename(), one.get_content_type()) for one in files] == [
        ("Übersicht für Ana.pdf", "application/pdf"),
        ("settings.conf", "text/plain"),
    ]
    assert files[0].get_content() == b"\x00\x01pdf"
    assert files[1].get_content().split() == ["key", "=", "30"]


def test_a_mail_that_answers_no_notice_is_a_draft_until_its_writer_lets_it_go(work: Work) -> None:
    work.asks()
    work.arrive(mail(SAM, "support@example.com", "Re: [EX-1] A setting", ANSWER))
    assert work.answers() == []
    question = one(work.letters("question"))
    assert question["To"] == SAM
    assert "It answers no notice that was sent to you." in plain(question)
    assert "page 12 of the manual" in plain(question)
    work.arrive(mail(SAM, "support@example.com", "Release [EX-1]", release_of(question)))
    letter = one(work.answers())
    assert plain(letter).strip() == ANSWER
    assert work.ticket().status == "waiting"
    work.arrive(mail(SAM, "support@example.com", "Release [EX-1]", release_of(question)))
    assert len(work.answers()) == 1
    assert len(work.letters("question")) == 1


def test_staff_may_write_first_with_the_ticket_on_the_first_line(work: Work) -> None:
    work.asks()
    work.arrive(mail(SAM, "support@example.com", "About that", f"#ticket EX-1\n\n{ANSWER}"))
    assert work.answers() == []
    work.arrive(mail(SAM, "support@example.com", "Release", release_of(one(work.letters("question")))))
    assert plain(one(work.answers())).strip() == ANSWER


def test_a_mail_that_names_no_ticket_cannot_go(work: Work) -> None:
    work.arrive(mail(SAM, "support@example.com", "Hello", "Please tell Ana that it is solved."))
    question = one(work.letters("question"))
    assert "It does not say which ticket it is about." in plain(question)
    assert "mailto:" not in plain(question)
    work.arrive(mail(SAM, "support@example.com", "Hello", "#ticket EX-99\n\nIt is solved."))
    assert "There is no ticket EX-99 here." in plain(work.letters("question")[1])


def test_a_mail_that_says_nothing_reaches_nobody(work: Work) -> None:
    work.asks()
    before = len(work.sent)
    work.arrive(reply(work.notice(), SAM, ""))
    assert len(work.sent) == before
    assert work.events()[-1].kind == "staff_mail"


def test_of_two_answers_within_minutes_the_second_is_shown_the_first(work: Work, desk: Desk) -> None:
    everybody = tuple(one.model_copy(update={"queues": ("support",)}) for one in desk.staff)
    work.desk = replace(desk, staff=everybody)
    work.asks()
    to_sam, to_kim = work.notice(SAM), work.notice(KIM)
    work.arrive(reply(to_sam, SAM, "It is 30 seconds."))
    work.passes(minutes=4)
    work.arrive(reply(to_kim, KIM, "I believe it is 60 seconds."))
    assert len(work.answers()) == 1
    question = one(work.letters("question"))
    assert question["To"] == KIM
    assert "Sam Field answered 4 minutes ago." in plain(question)
    assert "| It is 30 seconds." in plain(question)
    work.arrive(mail(KIM, "support@example.com", "Release", release_of(question)))
    assert [plain(letter).strip() for letter in work.answers()] == ["It is 30 seconds.", "I believe it is 60 seconds."]
    work.passes(minutes=20)
    work.arrive(reply(to_sam, SAM, "Sixty it is, sorry."))
    assert len(work.answers()) == 3


def test_where_a_mailbox_only_observes_nothing_goes_and_the_writer_hears_so(work: Work, desk: Desk) -> None:
    work.desk = replace(desk, mailbox=desk.mailbox.model_copy(update={"mode": "observe"}))
    work.asks()
    work.arrive(reply(work.notice(), SAM, ANSWER))
    assert work.to_customers() == []
    assert "only observes" in plain(one(work.letters("question")))


def test_commands_and_text_go_together_or_not_at_all(work: Work) -> None:
    work.asks()
    work.arrive(reply(work.notice(), SAM, f"#close\n#spend 1.5h\n\n{ANSWER}"))
    assert work.answers() == []
    assert work.ticket().status == "open"
    assert "Nothing of your mail was done" in plain(one(work.letters("transcript")))
    work.arrive(reply(work.notice(), SAM, f"#close\n\n{ANSWER}"))
    assert plain(one(work.answers())).strip() == ANSWER
    assert work.ticket().status == "closed"
    assert "EX-1 is closed." in plain(work.letters("transcript")[1])


def test_a_note_is_for_us_alone(work: Work) -> None:
    work.asks()
    work.arrive(reply(work.notice(), SAM, "#note\n\nThis customer is two releases behind, go gently."))
    assert work.answers() == []
    assert work.ticket().status == "open"
    assert [event.detail for event in work.events() if event.kind == "note"] == [
        {"text": "This customer is two releases behind, go gently."}
    ]


def test_help_is_answered_without_a_notice(work: Work) -> None:
    work.arrive(mail(SAM, "support@example.com", "commands", "#help\n"))
    assert "#severity 2" in plain(one(work.letters("transcript")))
    assert work.letters("question") == []


def test_colleagues_of_the_customer_who_are_on_the_ticket_get_a_copy_and_nobody_else(work: Work) -> None:
    from storage import tickets

    work.asks()
    with work.store.transaction() as tx:
        tickets.add_correspondents(tx, work.ticket().ticket_id, [CARL, "x@nowhere.example", "kim@example.com"])
    work.arrive(reply(work.notice(), SAM, ANSWER))
    assert one(work.answers())["Cc"] == CARL


def test_a_mailbox_may_have_one_signature_for_all(work: Work, desk: Desk) -> None:
    lines = ("-- ", "{name}", "Example Support")
    work.desk = replace(desk, mailbox=desk.mailbox.model_copy(update={"answer_signature": lines}))
    work.asks()
    work.arrive(reply(work.notice(), SAM, "It is 30 seconds.\n\n-- \nSam, private: +32 2 555 01 00"))
    assert plain(one(work.answers())) == "It is 30 seconds.\n\n-- \nSam Field\nExample Support"


def test_questions_to_one_person_have_a_budget(work: Work) -> None:
    work.asks()
    for number in range(14):
        work.arrive(mail(SAM, "support@example.com", f"[EX-1] {number}", f"Answer number {number}."))
    assert len(work.letters("question")) == 10
    assert len(work.kept()) == 14


def test_a_reply_goes_to_an_address_of_its_own_where_the_mailbox_takes_one(work: Work, desk: Desk) -> None:
    work.desk = replace(desk, mailbox=desk.mailbox.model_copy(update={"plus_addressing": True}))
    work.asks()
    notice = work.notice()
    assert re.fullmatch(r"Example Support <support\+[a-z2-7]{40}@example\.com>", str(notice["Reply-To"]))
    # a mail program that names no parent
    work.arrive(mail(SAM, str(notice["Reply-To"]), "Re: something", ANSWER))
    assert plain(one(work.answers())).strip() == ANSWER
    with work.store.snapshot() as tx:
        from storage import listings

        assert len(listings.mails_of_ticket(tx, work.ticket().ticket_id)) == 2


def test_a_responders_reply_asks_nobody_anything(work: Work) -> None:
    """The question would be answered by the same machine."""
    work.asks()
    before = len(work.sent)
    away = reply(work.notice(), SAM, "I am away until Monday.", Subject="Out of office: your mail")
    work.arrive(away)
    assert len(work.sent) == before
    assert work.kept() == []
