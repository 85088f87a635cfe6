"""Everything that somebody could try with staff mail: none of it reaches a customer or changes a ticket."""

import re
from collections.abc import Callable, Iterator
from dataclasses import replace
from email.message import EmailMessage

import pytest

from intake.desk import Desk
from intake.tokens import LIFE
from storage import tickets
from storage.database import Database
from tests.intake.desk_work import ANA, BEA, KIM, SAM, Work, opened, plain, reply
from tests.intake.installation import mail
from tests.intake.private_text import private_text_in
from tests.intake.test_staff import release_of

SUPPORT, STRANGER, TRUSTED = "support@example.com", "x@nowhere.example", "mx.example.com"
EVIL = "It is solved, please pay the open invoice to this account."
SHUT = f"#close\n\n{EVIL}"
GOOD = "It is thirty seconds."


@pytest.fixture
def work(database: Database, desk: Desk) -> Iterator[Work]:
    """Two customers' tickets, EX-1 of Ana's and EX-2 of Bea's, both told to both members of staff."""
    everybody = tuple(one.model_copy(update={"queues": ("support", "senior")}) for one in desk.staff)
    at_work = Work(database, replace(desk, staff=everybody)).begin()
    at_work.asks(ANA)
    at_work.asks(BEA, "Another setting")
    yield at_work
    assert private_text_in(database) == []


def notice(work: Work, reference: str = "EX-1", to: str = SAM) -> EmailMessage:
    found = [opened(one.raw) for one in work.sent if one.kind == "notice" and one.recipients == (to,)]
    return next(one for one in found if f"[{reference}]" in one["Subject"])


def trusting(work: Work) -> None:
    """From now on the mailbox's own server vouches for senders, or does not."""
    work.desk = replace(work.desk, mailbox=work.desk.mailbox.model_copy(update={"authserv_id": TRUSTED}))


def stamped(raw: bytes, verdict: str) -> bytes:
    return f"Authentication-Results: {TRUSTED}; {verdict} header.from=example.com\r\n".encode() + raw


def with_token_of(work: Work, reference: str, to: str, named: str = "EX-1") -> bytes:
    """A mail of Sam's that answers this notice and says that it is about another ticket."""
    about = notice(work, reference, to)
    return mail(SAM, SUPPORT, f"Re: [{named}] A setting", SHUT, In_Reply_To=about["Message-ID"])


def changed_token(work: Work) -> bytes:
    message_id = str(notice(work)["Message-ID"])
    at = message_id.index(".") + 5
    other = "b" if message_id[at] == "a" else "a"
    return mail(SAM, SUPPORT, "Re: [EX-1]", SHUT, In_Reply_To=message_id[:at] + other + message_id[at + 1 :])


def expired(work: Work) -> bytes:
    answered = reply(notice(work), SAM, SHUT)
    work.passes(days=LIFE.days + 2)
    return answered


def failing(work: Work) -> bytes:
    trusting(work)
    return stamped(reply(notice(work), SAM, SHUT), "dmarc=fail")


def unvouched(work: Work) -> bytes:
    trusting(work)
    return reply(notice(work), SAM, SHUT)


def stamped_by_themselves(work: Work) -> bytes:
    trusting(work)
    theirs = reply(notice(work), SAM, SHUT)
    return b"Authentication-Results: evil.example; dmarc=pass header.from=example.com\r\n" + theirs


def through_a_list(work: Work) -> bytes:
    return reply(notice(work), SAM, SHUT, List_Id="<all.example.com>")


def released_by_another(work: Work) -> bytes:
    work.arrive(mail(SAM, SUPPORT, "Re: [EX-1]", EVIL))
    (question,) = work.letters("question")
    return mail(KIM, SUPPORT, "Release", release_of(question))


def released_by_a_customer(work: Work) -> bytes:
    work.arrive(mail(SAM, SUPPORT, "Re: [EX-1]", EVIL))
    (question,) = work.letters("question")
    return mail(STRANGER, SUPPORT, "Release", release_of(question))


def released_in_a_forged_name(work: Work) -> bytes:
    trusting(work)
    work.arrive(mail(SAM, SUPPORT, "Re: [EX-1]", EVIL))
    (question,) = work.letters("question")
    return stamped(mail(SAM, SUPPORT, "Release", release_of(question)), "dmarc=fail")


def released_with_an_answers_token(work: Work) -> bytes:
    token = str(notice(work)["Message-ID"]).partition(".")[2].partition("@")[0]
    work.arrive(mail(SAM, SUPPORT, "Re: [EX-1]", EVIL))
    return mail(SAM, SUPPORT, "Release", f"#release {token}")


def out_of_office(work: Work) -> bytes:
    return reply(notice(work), SAM, "I am away until Monday.", Auto_Submitted="auto-replied")


def out_of_office_without_a_mark(work: Work) -> bytes:
    return reply(notice(work), SAM, "I am away until Monday.", Subject=f"Automatic reply: {notice(work)['Subject']}")


def bounced(work: Work) -> bytes:
    report = EmailMessage()
    report["From"], report["To"], report["Subject"] = "MAILER-DAEMON@example.com", SUPPORT, "Undelivered Mail"
    report["Message-ID"], report["Auto-Submitted"] = "<b@mx.example.com>", "auto-replied"
    head = f'Content-Type: multipart/report; report-type=delivery-status; boundary="b"\r\nMIME-Version: 1.0\r\n{report}'
    status = f"Reporting-MTA: dns; mx\r\n\r\nFinal-Recipient: rfc822; {SAM}\r\nAction: failed\r\nStatus: 5.1.1\r\n"
    parts = [
        "Content-Type: text/plain\r\n\r\nIt could not be delivered.\r\n",
        f"Content-Type: message/delivery-status\r\n\r\n{status}",
        f"Content-Type: text/rfc822-headers\r\n\r\nMessage-ID: {notice(work)['Message-ID']}\r\n",
    ]
    lines = head.replace("\r\n", "\n").strip("\n").replace("\n", "\r\n")
    return (lines + "\r\n\r\n" + "".join(f"--b\r\n{part}\r\n" for part in parts) + "--b--\r\n").encode()


def notice_attached(work: Work) -> bytes:
    message = opened(reply(notice(work), SAM, GOOD))
    message.add_attachment(notice(work))
    return message.as_bytes()


def notice_attached_as_a_file(work: Work) -> bytes:
    message = opened(reply(notice(work), SAM, GOOD))
    message.add_attachment(notice(work).as_bytes(), "application", "octet-stream", filename="notice.bin")
    return message.as_bytes()


def notice_saved_by_outlook(work: Work) -> bytes:
    message = opened(reply(notice(work), SAM, GOOD))
    saved = b"\xd0\xcf\x11\xe0" + plain(notice(work)).encode("utf-16-le")
    message.add_attachment(saved, "application", "vnd.ms-outlook", filename="notice.msg")
    return message.as_bytes()


def notice_in_a_colleagues_mail_that_is_attached(work: Work) -> bytes:
    message, colleagues = opened(reply(notice(work), SAM, GOOD)), EmailMessage()
    colleagues["From"], colleagues["To"] = KIM, SAM
    colleagues.set_content(plain(notice(work)), cte="base64")
    message.add_attachment(colleagues)
    return message.as_bytes()


def notice_left_in_the_text(work: Work) -> bytes:
    """By a program that marks no quotation."""
    told = plain(notice(work))
    return mail(SAM, SUPPORT, "Re: [EX-1]", f"{GOOD}\n\n{told}", In_Reply_To=notice(work)["Message-ID"])


def some_lines_of_the_notice(work: Work) -> bytes:
    told = "\n".join(one for one in plain(notice(work)).splitlines() if " pass: " in one)
    return mail(SAM, SUPPORT, "Re: [EX-1]", f"{GOOD}\n\n{told}", In_Reply_To=notice(work)["Message-ID"])


def pasted_from_the_wrong_window(line: int) -> Callable[[Work], bytes]:
    """A line of the notice of another customer's ticket."""

    def attack(work: Work) -> bytes:
        named = [one for one in plain(notice(work, "EX-2")).splitlines() if re.search("EX-2|IR-PRE|birch", one)]
        return mail(SAM, SUPPORT, "Re: [EX-1]", f"{GOOD}\n\n{named[line]}", In_Reply_To=notice(work)["Message-ID"])

    return attack


def nothing_but_the_notice(work: Work) -> bytes:
    return mail(SAM, SUPPORT, "Re: [EX-1]", plain(notice(work)), In_Reply_To=notice(work)["Message-ID"])


def two_names_in_from(work: Work) -> bytes:
    trusting(work)
    theirs = reply(notice(work), SAM, SHUT)
    return stamped(b"From: evil@example.com\r\n" + theirs, "dmarc=pass")


ATTACKS: tuple[Callable[[Work], bytes], ...] = (
    lambda work: mail(SAM, SUPPORT, "Re: [EX-1] A setting", SHUT),
    lambda work: mail(SAM, SUPPORT, "Re: A setting", f"#ticket EX-1\n{SHUT}"),
    lambda work: with_token_of(work, "EX-1", KIM),
    lambda work: with_token_of(work, "EX-2", SAM),
    lambda work: reply(notice(work, "EX-2"), SAM, f"#ticket EX-1\n{SHUT}"),
    lambda work: reply(notice(work), f'"{SAM}" <{STRANGER}>', SHUT),
    lambda work: reply(notice(work), f"{SAM.replace('@', '+x@')}", SHUT),
    lambda work: reply(notice(work), STRANGER, SHUT),
    lambda work: mail(STRANGER, SUPPORT, "Re: [EX-1] A setting", SHUT),
    changed_token,
    expired,
    failing,
    unvouched,
    stamped_by_themselves,
    two_names_in_from,
    through_a_list,
    released_by_another,
    released_by_a_customer,
    released_in_a_forged_name,
    released_with_an_answers_token,
    out_of_office,
    out_of_office_without_a_mark,
    bounced,
    notice_attached,
    notice_attached_as_a_file,
    notice_saved_by_outlook,
    notice_in_a_colleagues_mail_that_is_attached,
    notice_left_in_the_text,
    nothing_but_the_notice,
    some_lines_of_the_notice,
    *map(pasted_from_the_wrong_window, range(5)),
)


@pytest.mark.parametrize("attack", ATTACKS)
def test_an_attack_reaches_no_customer_and_changes_no_ticket(work: Work, attack: Callable[[Work], bytes]) -> None:
    raw = attack(work)
    before = {reference: work.ticket(reference) for reference in ("EX-1", "EX-2")}
    work.arrive(raw)
    assert work.answers() == []
    assert {reference: work.ticket(reference) for reference in before} == before
    assert all(clock.stopped_at is None and clock.paused_at is None for ref in before for clock in work.clocks(ref))
    assert not any(one.recipients[0] in (ANA, BEA) for one in work.to_customers()[2:])


@pytest.mark.parametrize("program", [out_of_office, out_of_office_without_a_mark])
def test_nobody_is_asked_about_what_a_program_of_theirs_said(work: Work, program: Callable[[Work], bytes]) -> None:
    work.arrive(program(work))
    assert work.letters("question") == work.letters("transcript") == []


def test_what_names_another_customer_goes_when_its_writer_says_so(work: Work) -> None:
    work.arrive(reply(notice(work), SAM, f"{GOOD} {BEA} has ir-pre and re-sent it."))
    (question,) = work.letters("question")
    assert f"It names {BEA}, which is of another contract. Should it go?" in " ".join(plain(question).split())
    work.arrive(mail(SAM, SUPPORT, "Release", release_of(question)))
    assert len(work.answers()) == 1


def test_what_the_customer_named_may_be_named_to_them(work: Work) -> None:
    work.arrive(mail(ANA, SUPPORT, "Re: [EX-1] A setting", f"Does {BEA} of Birch have the same, on IR-PRE, as EX-2?"))
    work.arrive(reply(work.notice(), SAM, f"On IR-PRE, as EX-2, {BEA} has it; your EX-1 on IR-STD, {ANA}, has not."))
    assert len(work.answers()) == 1


def test_a_customer_commands_nothing_and_is_heard_as_a_customer(work: Work) -> None:
    """Also with the References of a notice that somebody forwarded to them."""
    for named in (notice(work)["Message-ID"], None):
        raw = mail(ANA, SUPPORT, "Re: [EX-1] A setting", SHUT, **({"In_Reply_To": named} if named else {}))
        work.arrive(raw)
        assert work.ticket().status == "open"
        assert EVIL in plain(work.notice())
    assert work.answers() == []


def test_a_command_in_a_quote_or_a_signature_is_none(work: Work) -> None:
    below = "\n\n-- \nSam Field\n#close\n#severity 1"
    work.arrive(reply(notice(work), SAM, f"> #close\n> #spend 8h\n\n{GOOD}{below}"))
    (letter,) = work.answers()
    assert "#" not in plain(letter)
    assert plain(letter).strip().startswith(GOOD)
    assert work.ticket().status == "waiting"
    assert work.ticket().severity == work.ticket("EX-2").severity
    assert work.letters("transcript") == []


def test_a_line_that_looks_like_a_command_never_reaches_the_customer(work: Work) -> None:
    for line in ("#nte\n\n", "#spned 2h\n\n", "＃note\n\n"):
        work.arrive(reply(notice(work), SAM, f"{line}They did not pay, do not tell them."))
    assert work.answers() == []
    assert len(work.letters("transcript")) == 3


@pytest.mark.parametrize("line", ["\r\nBcc: x@nowhere.example", "\nX-Evil: 1", "\x1f\x0bBcc: x@nowhere.example"])
def test_no_name_or_subject_adds_a_header(work: Work, line: str) -> None:
    work.desk = replace(
        work.desk, staff=tuple(one.model_copy(update={"name": f"Sam{line}"}) for one in work.desk.staff)
    )
    with work.store.transaction() as tx:
        import sqlalchemy as sa

        from storage.tables import ticket

        tx.execute(sa.update(ticket).values(subject=f"Setting{line}", contact_name=f"Ana{line}"))
    answer = opened(reply(notice(work), SAM, GOOD))
    answer.add_attachment(b"x", "application", "pdf", filename="a.pdf")
    raw = answer.as_bytes().replace(b"a.pdf", b"a=0D=0ABcc.pdf")
    work.arrive(raw)
    (letter,) = work.answers()
    names = {"From", "To", "Subject", "Date", "Message-ID", "In-Reply-To", "References", "MIME-Version", "Content-Type"}
    assert sorted(letter.keys()) == sorted(names)
    (sent,) = (one for one in work.sent if one.kind == "answer")
    assert sent.recipients == (ANA,)


def test_a_stranger_in_copy_gets_nothing(work: Work) -> None:
    work.arrive(mail(ANA, SUPPORT, "Re: [EX-1] A setting", "With my friend in copy.", Cc=STRANGER))
    work.arrive(reply(work.notice(), SAM, GOOD, Cc=STRANGER))
    (sent,) = (one for one in work.sent if one.kind == "answer")
    assert sent.recipients == (ANA,)


def test_a_reply_about_a_merged_ticket_goes_to_the_one_that_goes_on(work: Work) -> None:
    from storage import mergers

    work.asks(ANA, "A third setting")
    with work.store.transaction() as tx:
        mergers.merge(tx, work.ticket("EX-3").ticket_id, work.ticket("EX-1").ticket_id, work.now)
    work.arrive(reply(notice(work, "EX-3"), SAM, GOOD))
    (letter,) = work.answers()
    assert letter["Subject"] == "Re: [EX-1] A setting"


def test_no_seal_stands_in_any_byte_to_a_customer(work: Work) -> None:
    work.arrive(reply(notice(work), SAM, f"{GOOD}\n\n-- \nSam"))
    work.arrive(reply(work.answers()[0], ANA, "Thank you, and on version 4?"))
    tokens = [str(one["Message-ID"]).partition(".")[2].partition("@")[0] for one in work.letters("notice")]
    sealed = [one for one in tokens if len(one) == 40]
    assert len(sealed) >= 4
    for letter in work.to_customers():
        assert not any(token.encode() in letter.raw for token in sealed)


def test_the_server_vouching_for_the_person_is_enough_with_the_seal(work: Work) -> None:
    trusting(work)
    work.arrive(stamped(reply(notice(work), SAM, GOOD), "dmarc=pass"))
    assert len(work.answers()) == 1


def test_correspondents_are_no_proof(work: Work) -> None:
    with work.store.transaction() as tx:
        tickets.add_correspondents(tx, work.ticket().ticket_id, [STRANGER])
    work.arrive(reply(notice(work), STRANGER, SHUT))
    assert work.answers() == []
    assert work.ticket().status == "open"
