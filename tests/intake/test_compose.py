from dataclasses import replace
from datetime import UTC, datetime
from decimal import Decimal
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from intake.compose import LetterOrder, bare_subject, compose
from intake.letter_order import Booked, Former
from intake.letter_values import MOST_ATTACHMENTS, MOST_LINES, values_of
from intake.mail.parse import parse
from rules.facts import Address, Attachment, Authentication, Evidence, Gate, GateResult, Verdict
from templates.lines import HARMFUL
from templates.render import Renderer
from templates.samples import FULL
from tests.letters.orders import ACKNOWLEDGEMENT, DECISION, HERE, MAIL, ORDERS, declined

RENDERER = Renderer()
NOTICE = ORDERS["notice"]


def sent(order: LetterOrder) -> EmailMessage:
    return message_from_bytes(compose(order, RENDERER).raw, policy=default)


def about(**changes: object) -> LetterOrder:
    """The acknowledgement of a mail that differs in this."""
    return replace(ACKNOWLEDGEMENT, mail=replace(MAIL, **changes))  # type: ignore[arg-type]


def test_an_acknowledgement_answers_the_sender_under_the_support_address() -> None:
    letter = compose(ACKNOWLEDGEMENT, RENDERER)
    assert (letter.sender, letter.recipients) == ("support@example.com", ("ana@alder.example",))
    message = sent(ACKNOWLEDGEMENT)
    assert message["From"] == "Example Support <support@example.com>"
    assert message["To"] == "ana@alder.example"
    assert message["Message-ID"] == ACKNOWLEDGEMENT.message_id
    assert message["Date"] == "Fri, 13 Mar 2026 17:05:07 +0100"


def test_a_letter_says_that_a_machine_wrote_it_and_which_one() -> None:
    """RFC 3834 §5; the X-Intake header is how one of ours that comes back is known."""
    message = sent(ACKNOWLEDGEMENT)
    assert message["Auto-Submitted"] == "auto-replied"
    assert message["X-Auto-Response-Suppress"] == "DR, RN, NRN, OOF, AutoReply"
    assert message["X-Intake"] == "EX-1042 acknowledgement"
    assert "Precedence" not in message
    assert sent(NOTICE)["Auto-Submitted"] == "auto-generated"


def test_a_reply_to_is_not_obeyed() -> None:
    order = about(reply_to=Address("collector@elsewhere.example"))
    assert compose(order, RENDERER).recipients == ("ana@alder.example",)
    assert b"elsewhere" not in compose(order, RENDERER).raw


def test_a_letter_without_anybody_to_go_to_is_a_bug_of_the_caller() -> None:
    with pytest.raises(ValueError, match="To"):
        compose(about(sender=None), RENDERER)


def test_a_notice_goes_to_the_staff_it_names() -> None:
    order = replace(NOTICE, recipients=(Address("sam@example.com", "Sam Field"), Address("lee@example.com")))
    assert compose(order, RENDERER).recipients == ("sam@example.com", "lee@example.com")
    assert sent(order)["To"] == "Sam Field <sam@example.com>, lee@example.com"


@pytest.mark.parametrize(
    ("in_reply_to", "references", "expected"),
    [
        ((), (), "<search-is-slow@alder.example>"),
        ((), ("<1@x>", "<2@x>"), "<1@x> <2@x> <search-is-slow@alder.example>"),
        (("<2@x>",), (), "<2@x> <search-is-slow@alder.example>"),
        (("<2@x>", "<3@x>"), (), "<search-is-slow@alder.example>"),
        (("<2@x>",), ("<1@x>",), "<1@x> <search-is-slow@alder.example>"),
        ((), ("<search-is-slow@alder.example>", "<1@x>"), "<1@x> <search-is-slow@alder.example>"),
    ],
)
def test_a_letter_hangs_in_the_thread_of_the_mail(
    in_reply_to: tuple[str, ...], references: tuple[str, ...], expected: str
) -> None:
    """RFC 5322 §3.6.4."""
    message = sent(about(in_reply_to=in_reply_to, references=references))
    assert message["In-Reply-To"] == "<search-is-slow@alder.example>"
    assert " ".join(message["References"].split()) == expected


@pytest.mark.parametrize("message_id", [None, "", "no brackets", "<a b@x>", "<é@x>"])
def test_a_mail_without_a_sound_message_id_gets_a_letter_outside_any_thread(message_id: str | None) -> None:
    message = sent(about(message_id=message_id, references=("<1@x>",)))
    assert "In-Reply-To" not in message
    assert "References" not in message


@pytest.mark.parametrize(
    ("subject", "expected"),
    [
        ("Search is slow", "Re: [EX-1042] Search is slow"),
        ("Re: Search is slow", "Re: [EX-1042] Search is slow"),
        ("RE: AW: Re[2]: [EX-1042] Search is slow", "Re: [EX-1042] Search is slow"),
        ("[EX-7] Re: [ex-1042] Search is slow", "Re: [EX-1042] Search is slow"),
        ("回复：検索が遅い", "Re: [EX-1042] 検索が遅い"),
        ("Fwd: Search is slow", "Re: [EX-1042] Fwd: Search is slow"),
        ("Research: slow", "Re: [EX-1042] Research: slow"),
        ("[OTHER-7] slow", "Re: [EX-1042] [OTHER-7] slow"),
        ("Search\r\nBcc: x@y.example", "Re: [EX-1042] Search Bcc: x@y.example"),
        ("", "Re: [EX-1042] your mail"),
        ("Re: [EX-1042]", "Re: [EX-1042] your mail"),
        ("a " * 400, "Re: [EX-1042] " + ("a " * 400)[:199].strip() + "…"),
    ],
)
def test_a_subject_has_one_tag_and_one_reply_mark(subject: str, expected: str) -> None:
    assert compose(about(subject=subject), RENDERER).subject == expected
    assert sent(about(subject=subject))["Subject"] == expected


def test_an_admins_subject_without_the_tag_is_given_one(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en/acknowledgement.txt").write_text("Subject: We have it\n\nThanks.\n", encoding="utf-8")
    (tmp_path / "en/notice.txt").write_text("Subject: Look\n\nThere.\n", encoding="utf-8")
    own = Renderer(tmp_path)
    assert compose(ACKNOWLEDGEMENT, own).subject == "Re: [EX-1042] We have it"
    assert compose(NOTICE, own).subject == "[EX-1042] Look"


def test_an_admins_broken_template_is_told_with_the_letter_that_went_instead(tmp_path: Path) -> None:
    (tmp_path / "en").mkdir()
    (tmp_path / "en/acknowledgement.txt").write_text("Subject: {{ nonsense }}\n\nx\n", encoding="utf-8")
    letter = compose(ACKNOWLEDGEMENT, Renderer(tmp_path))
    assert "nonsense" in letter.fallback
    assert letter.raw == compose(ACKNOWLEDGEMENT, RENDERER).raw


def test_the_same_order_gives_the_same_bytes() -> None:
    assert compose(ACKNOWLEDGEMENT, RENDERER).raw == compose(ACKNOWLEDGEMENT, Renderer()).raw


@pytest.mark.parametrize("name", ORDERS)
def test_every_letter_is_seven_bit_and_in_short_lines(name: str) -> None:
    raw = compose(ORDERS[name], RENDERER).raw
    assert raw.isascii()
    assert raw.count(b"\n") == raw.count(b"\r\n") == raw.count(b"\r")
    assert max(len(line) for line in raw.split(b"\r\n")) <= 78


HOSTILE = st.text(
    alphabet=st.one_of(st.sampled_from("\r\n\x00 :é日\u2028\u202e<>\"'&[]{}%"), st.characters()), max_size=80
)


@settings(deadline=None)  # the first letter waits for the templates
@given(HOSTILE, HOSTILE, HOSTILE, st.lists(HOSTILE, max_size=3), HOSTILE)
def test_whatever_a_mail_says_the_headers_are_ours(
    subject: str, name: str, attachment: str, references: list[str], text: str
) -> None:
    order = replace(
        NOTICE,
        mail=replace(
            MAIL,
            subject=subject,
            new_text=text,
            references=tuple(references),
            attachments=(Attachment(attachment, "a/b", 1, ""),),
        ),
        decision=replace(DECISION, contact=name, severity_why=(Evidence(text, "body", 2),)),
        recipients=(Address("sam@example.com", name),),
    )
    letter = compose(order, RENDERER)
    message = sent(order)
    assert message.keys() == [
        "From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "Auto-Submitted",
        "X-Auto-Response-Suppress", "X-Intake", "MIME-Version", "Content-Type",
    ]  # fmt: skip
    assert message["Subject"] == letter.subject
    assert not HARMFUL.search(letter.subject)
    assert letter.raw.isascii()
    html = message.get_body(("html",))
    assert html is not None
    assert html.get_content().count("<") == html.get_content().count(">")


def test_a_mails_markup_is_shown_and_not_obeyed() -> None:
    order = replace(NOTICE, mail=replace(MAIL, new_text="</pre><script>alert(1)</script>", subject="<b>x</b>"))
    html = sent(order).get_body(("html",))
    assert html is not None
    assert "&lt;/pre&gt;&lt;script&gt;" in html.get_content()
    assert "<script" not in html.get_content()
    assert "&lt;b&gt;x&lt;/b&gt;" in html.get_content()


def test_a_template_is_given_exactly_the_values_of_the_list() -> None:
    for order in ORDERS.values():
        assert values_of(order, "x").keys() == FULL.keys()


def test_what_a_mail_has_too_much_of_is_counted_instead() -> None:
    many = tuple(Attachment(f"{number}.log", "text/plain", 1, "") for number in range(MOST_ATTACHMENTS + 5))
    values = values_of(about(attachments=many, new_text="line\n" * (MOST_LINES + 7)), "x")
    assert (values["more_attachments"], values["more_lines"]) == (5, 7)


@pytest.mark.parametrize("line", ['"<&>"' * 300, "word " * 300, "全" * 1_500], ids=["marks", "words", "wide"])
def test_a_mail_that_is_all_log_still_makes_a_notice(line: str) -> None:
    """Seen with 300 long lines of JSON: escaped for HTML they outgrew a letter, and the mail ended in quarantine."""
    order = replace(NOTICE, mail=replace(MAIL, new_text=f"{line}\n" * 500))
    assert len(compose(order, RENDERER).raw) < 1_000_000
    values = values_of(order, "x")
    assert isinstance(values["text"], list)
    assert values["more_lines"] == 500 - len(values["text"])


def test_a_reason_that_names_thousands_of_phrases_is_cut() -> None:
    long = "The mail asks for help: " + '“<a>", ' * 200_000
    gates = tuple(GateResult(gate, Verdict.FLAG, long) for gate in Gate)
    order = replace(NOTICE, decision=replace(NOTICE.decision, gates=gates, why=long))
    assert len(compose(order, RENDERER).raw) < 300_000


@pytest.mark.parametrize(("contact", "name"), [("Ana Ruiz", "Ana Ruiz"), (None, ""), ("ana@alder.example", "")])
def test_a_letter_greets_by_the_directorys_name_alone(contact: str | None, name: str) -> None:
    order = replace(ACKNOWLEDGEMENT, decision=replace(DECISION, contact=contact))
    assert values_of(order, "x")["name"] == name


def test_single_words_that_set_the_tone_are_not_quoted_to_the_customer() -> None:
    words = (Evidence("a bit slow", "body", None, "effect=degraded"), Evidence("the", "body", None, "tone=en:the"))
    order = replace(ACKNOWLEDGEMENT, decision=replace(DECISION, severity=2, severity_why=words))
    assert values_of(order, "x")["words"] == [{"phrase": "a bit slow", "where": "body"}]


def test_the_words_quoted_are_those_that_decided() -> None:
    weaker = Evidence("a bit slow", "body", 3)
    words = (
        weaker,
        Evidence("Down", "subject", 1),
        Evidence("is Down again", "body", 1),
        Evidence("IS DOWN AGAIN", "body", 1),
        Evidence("all users", "body", None),
    )
    order = replace(ACKNOWLEDGEMENT, decision=replace(DECISION, severity=1, severity_why=words))
    assert values_of(order, "x")["words"] == [{"phrase": "is Down again", "where": "body"}]
    none_of_its_own = replace(order, decision=replace(order.decision, severity=2))
    assert values_of(none_of_its_own, "x")["words"] == [{"phrase": "all users", "where": "body"}]


def test_a_strangers_words_do_not_travel_under_our_name_unless_his_address_is_vouched_for() -> None:
    """The address may be a victim's, and the subject an advertisement."""
    order = declined(Gate.CONTACT, contact=None)
    order = replace(order, mail=replace(order.mail, subject="Cheap pills at shop.example"))
    letter = compose(order, RENDERER)
    assert letter.subject == "Re: [EX-1042] your mail"
    assert b"pills" not in letter.raw
    vouched = replace(order, mail=replace(order.mail, authentication=Authentication.PASS))
    assert compose(vouched, RENDERER).subject == "Re: [EX-1042] Cheap pills at shop.example"
    other = replace(declined(Gate.ROLE), mail=order.mail)
    assert compose(other, RENDERER).subject == "Re: [EX-1042] Cheap pills at shop.example"


def test_a_decline_tells_every_reason_in_order() -> None:
    text = compose(declined(Gate.SUBSCRIPTION, Gate.LANGUAGE, Gate.VERSION), RENDERER).raw.decode()
    places = [text.index(words) for words in ("1. We know of no support", "2. Our support under", "3. The version you")]
    assert places == sorted(places)


@given(st.text(max_size=2_000))
def test_a_bare_subject_is_short_and_has_no_mark_left(subject: str) -> None:
    bare = bare_subject(subject, "EX-1042")
    assert len(bare) <= 200
    assert bare == bare_subject(bare, "EX-1042")


def test_a_letter_that_corrects_a_promise_is_given_both() -> None:
    was = Former(3, datetime(2026, 3, 17, 15, tzinfo=UTC), None)
    values = values_of(replace(ACKNOWLEDGEMENT, former=was), "x")
    assert (values["former_severity"], values["former_severity_name"]) == (3, ACKNOWLEDGEMENT.wording.severities[3])
    assert (values["former_promise"], values["former_resolution"]) == ("2026-03-17T15:00:00+00:00", "")


def test_a_letter_about_a_booking_is_given_what_is_left() -> None:
    booked = Booked("expert_hours", Decimal("1.5"), Decimal("18.5"), "Sam Field", "the audit")
    values = values_of(replace(ACKNOWLEDGEMENT, booked=booked), "x")
    assert (values["booked"], values["booked_left"], values["booked_what"]) == ("1.5", "18.5", "expert hours")
    assert (values["booked_by"], values["booked_note"]) == ("Sam Field", "the audit")


@pytest.mark.parametrize("name", ["acknowledgement", "declined_language_ja", "notice"])
def test_our_own_reader_knows_a_letter_for_ours_and_reads_it_whole(name: str) -> None:
    letter = compose(ORDERS[name], RENDERER)
    mail = parse(letter.raw)
    assert mail.intake_tag == f"EX-1042 {letter.kind}"
    assert mail.machine.auto
    assert not mail.machine.bulk
    assert not mail.defects
    assert (mail.message_id, mail.subject) == (letter.message_id, letter.subject)
    assert mail.references == ("<search-is-slow@alder.example>",)
    assert mail.date == ACKNOWLEDGEMENT.at
    sample = (HERE / f"{name}.txt").read_text(encoding="utf-8").partition("\n\n")[2]
    assert mail.text.split() == sample.split()


def test_a_reply_to_our_letter_is_cut_at_its_marker() -> None:
    """Even where a mail program quotes without marks and without saying who wrote."""
    letter = parse(compose(ACKNOWLEDGEMENT, RENDERER).raw)
    reply = f"From: ana@alder.example\r\nSubject: Re: {letter.subject}\r\n\r\nIt works again.\r\n\r\n{letter.text}"
    assert parse(reply.encode()).new_text.strip() == "It works again."
