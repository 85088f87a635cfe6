"""Bounces: every failed recipient with its status, whether for good, and the letter that came back."""

import pytest

from intake.mail.parse import parse
from rules.facts import FailedRecipient, Mail

RETURNED = "Content-Type: message/rfc822\n\nMessage-ID: <EX-1.abc@example.com>\nSubject: [EX-1] x\n\ntext"


def report(status: str, *more: str, text: str = "sorry") -> Mail:
    parts = [f"Content-Type: text/plain\n\n{text}", f"Content-Type: message/delivery-status\n\n{status}", *more]
    head = "From: MAILER-DAEMON@mx.example.com\nContent-Type: multipart/report; boundary=b\n\n"
    return parse((head + "".join(f"--b\n{part}\n" for part in parts) + "--b--\n").encode())


def prose(
    text: str, *, sender: str = "MAILER-DAEMON@mx.example.com", subject: str = "failure notice", more: str = ""
) -> Mail:
    return parse(f"From: {sender}\nTo: support@example.com\nSubject: {subject}\n{more}\n{text}".encode())


ONE = "Final-Recipient: rfc822; ana@alder.example\n"


@pytest.mark.parametrize("envelope", ["", "Return-Path: <ben@alder.example>\n"])
def test_a_person_who_attaches_a_report_is_no_bounce(envelope: str) -> None:
    status = f"Content-Type: message/delivery-status\n\n{ONE}Action: failed"
    parts = f"--b\n\nOur server cannot send mail:\n--b\n{status}\n--b--\n"
    head = "From: ben@alder.example\nSubject: No mail goes out\nContent-Type: multipart/mixed; boundary=b\n\n"
    shown = parse((envelope + head + parts).encode())
    assert (shown.machine.bounce, shown.machine.auto, shown.failed_recipients) == ((), (), ())
    sent_by_a_host = parse(("Return-Path: <>\n" + head + parts).encode())
    assert sent_by_a_host.failed_recipients == (FailedRecipient("ana@alder.example", ""),)


@pytest.mark.parametrize(
    ("status", "found"),
    [
        (f"Reporting-MTA: dns; x\n\n{ONE}Action: failed\nStatus: 5.1.1\n", ("5.1.1", True)),
        (f"{ONE}Action: failed\nStatus: 5.1.1\n", ("5.1.1", True)),
        (f"{ONE}Action: delayed\nStatus: 4.4.1 (timed out)\n", ("4.4.1", False)),
        (f"{ONE}Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 5.7.1\n rejected\n", ("5.7.1", True)),
        (f"{ONE}Action: failed\nStatus: 5.0.0\nDiagnostic-Code: smtp; 550 no 10.5.1.1 here\n", ("5.0.0", True)),
        (f"{ONE}Action: FAILED (no such user)\n", ("", True)),
    ],
)
def test_a_report_names_recipient_and_status(status: str, found: tuple[str, bool]) -> None:
    assert report(status).failed_recipients == (FailedRecipient("ana@alder.example", *found),)


def test_several_recipients_with_and_without_the_empty_line_between() -> None:
    first = f"{ONE}Action: failed\nStatus: 5.2.2\n"
    second = "Final-Recipient: rfc822;<b@c.dd>\nStatus: 5.1.2\n"
    for both in (first + second, first + "\n" + second):
        found = [(each.address, each.status) for each in report(both).failed_recipients]
        assert found == [("ana@alder.example", "5.2.2"), ("b@c.dd", "5.1.2")]


def test_the_letter_that_came_back_is_named_by_its_message_id() -> None:
    status = f"{ONE}Action: failed\nStatus: 5.1.1\n"
    assert report(status, RETURNED).returned_message_id == "<EX-1.abc@example.com>"
    headers = RETURNED.replace("message/rfc822", "text/rfc822-headers")
    assert report(status, headers).returned_message_id == "<EX-1.abc@example.com>"
    assert report(status).returned_message_id is None


@pytest.mark.parametrize("action", ["delivered", "relayed", "expanded"])
def test_a_report_of_success_is_a_machines_but_no_bounce(action: str) -> None:
    mail = report(f"{ONE}Action: {action}\nStatus: 2.0.0\n")
    assert mail.machine.bounce == ()
    assert mail.machine.auto
    assert mail.failed_recipients == ()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("Hi. This is the qmail-send program.\n\n<a@b.dd>:\nuser unknown. (#5.1.1)\n", [("a@b.dd", "5.1.1")]),
        (
            "could not be delivered:\n\n  a@b.dd\n    550 5.2.1 disabled\n  c@b.dd\n    no such user\n",
            [("a@b.dd", "5.2.1"), ("c@b.dd", "")],
        ),
        (
            "<a@b.dd>: host x[192.0.2.1] said: 550 5.1.1\n<c@b.dd>: 552 5.2.2 full\n",
            [("a@b.dd", "5.1.1"), ("c@b.dd", "5.2.2")],
        ),
        ("Transcript of session follows\n550 5.1.1 <a@b.dd>... User unknown\n", [("a@b.dd", "5.1.1")]),
        ("Your message to support@example.com failed.\nRecipient: a@b.dd\nReason: unknown", [("a@b.dd", "")]),
        ("Delivery failed.\n\nReceived: from x\nTo: a@b.dd\nSubject: y\n", [("a@b.dd", "")]),
        (
            "Your message\n  To: list@b.dd\ndid not reach the following recipient(s):\nc=X;dda:SMTP=a@b.dd; on Monday",
            [("a@b.dd", "")],
        ),
        ("Malformed:\n\n  list@b.dd <a@b.dd>: may not follow", [("a@b.dd", "")]),
        (
            "Delivery failed to these recipients:\na@b.dd...User is unknown\n\nOriginal message details:\nc@b.dd",
            [("a@b.dd", "")],
        ),
        ("delivery failed, release 2.0.12 of the mail to:\na@b.dd", [("a@b.dd", "")]),
        ("No recipient here accepts mail from support@example.com or mail from list@b.dd: delivery failed", []),
    ],
)
def test_prose_names_its_recipients(text: str, found: list[tuple[str, str]]) -> None:
    mail = prose(text)
    assert mail.machine.bounce
    assert [(each.address, each.status) for each in mail.failed_recipients] == found


def test_a_warning_is_not_for_good() -> None:
    mail = prose("<a@b.dd>: not reached yet, delivery will be retried for 3 days", subject="Warning: message delayed")
    assert [each.final for each in mail.failed_recipients] == [False]


@pytest.mark.parametrize(
    ("subject", "text", "final"),
    [
        ("Delivery Status Notification (Delay)", "a@b.dd: could not be delivered", False),
        ("Delivery incomplete", "There was a temporary problem delivering your message to a@b.dd.", False),
        ("Unzustellbar: Zustellung verzögert", "a@b.dd: Empfänger antwortet nicht", False),
        ("Warning: delivery failure", "a@b.dd: could not be delivered", True),
    ],
)
def test_a_delay_is_told_from_a_failure(subject: str, text: str, final: bool) -> None:
    mail = prose(text, subject=subject)
    assert mail.machine.bounce
    assert [each.final for each in mail.failed_recipients] == [final]


def test_prose_gives_the_letter_back_too() -> None:
    mail = prose(
        "<a@b.dd>: no\n\n--- Below this line is a copy of the message.\n\nMessage-ID: <EX-1.a@b>\nTo: a@b.dd\n\nx"
    )
    assert mail.returned_message_id == "<EX-1.a@b>"


@pytest.mark.parametrize(
    ("sender", "more"),
    [
        ("Ana <ana@alder.example>", ""),
        ("Ana <ana@alder.example>", "Return-Path: <ana@alder.example>\n"),
        ("Lee <lee@b.dd>", "Return-Path: <>\nAuto-Submitted: auto-replied\n"),
    ],
)
def test_a_person_who_writes_about_a_bounce_is_none(sender: str, more: str) -> None:
    text = "This is the mail system at host x.\n<a@b.dd>: 550 5.1.1 User unknown"
    assert prose(text, sender=sender, subject="Undelivered Mail Returned to Sender", more=more).machine.bounce == ()


@pytest.mark.parametrize(
    ("sender", "subject", "text", "more"),
    [
        (
            "postmaster@alder.example",
            "Question",
            "Mail delivery to our mailbox failed with 550, user unknown. Why?",
            "",
        ),
        ("postmaster@alder.example", "Re: Undelivered Mail", "delivery failed again, recipient unknown", ""),
        (
            "admin@alder.example",
            "Undeliverable mail since Monday",
            "Our users are told that mail could not be delivered to the following recipients: all of them.",
            "",
        ),
        ("root@alder.example", "Disk full", "errors occurred, the mailbox of a recipient", ""),
        ("ana@alder.example", "Order", "My order could not be delivered to me. Delivery failed.", "Return-Path: <>\n"),
        ("ana@alder.example", "Mailbox", "We were unable to open the mailbox.", "Return-Path: <>\n"),
    ],
)
def test_a_postmaster_and_a_web_form_may_speak_of_failed_deliveries(
    sender: str, subject: str, text: str, more: str
) -> None:
    assert prose(text, sender=sender, subject=subject, more=more).machine.bounce == ()


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        ("postmaster@b.cc", "Undeliverable: hello", "Your message did not reach the recipient a@b.dd"),
        ("MAILER-DAEMON", "Warning", "delivery to a@b.dd failed"),
        ('"Mail Delivery System" <x@b.cc>', "Oops", "a@b.dd: user unknown"),
        ("postmaster@b.cc", "Onbestelbaar: hallo", "De bezorging bij deze geadresseerden is mislukt:\na@b.dd"),
        ("postmaster@b.cc", "Impossibile recapitare: salve", "Il messaggio ai seguenti destinatari:\na@b.dd"),
    ],
)
def test_a_mail_system_is_believed_with_fewer_words(sender: str, subject: str, text: str) -> None:
    mail = prose(text, sender=sender, subject=subject)
    assert mail.machine.bounce
    assert [each.address for each in mail.failed_recipients] == ["a@b.dd"]


@pytest.mark.parametrize(
    ("sender", "subject", "text", "more"),
    [
        ("imss@b.cc", "Mail could not be delivered", "Unable to deliver message to <a@b.dd>.", ""),
        ("E5_SMTP_Service@b.cc", "Returned Mail", "--- Failed Recipients ---\n<a@b.dd>: mailbox unavailable", ""),
        ("admin@b.cc", "Non-Delivery: hello", "--- Non-Delivery Report ---\nto the user:\n<a@b.dd>", ""),
        ("x@b.cc", "Delivery failure", "no user a@b.dd", "Return-Path: <MAILER-DAEMON@b.cc>\n"),
        ("x@b.cc", "Rejected: Delivery error", "no user a@b.dd", "Return-Path: <MAILER-DAEMON>\n"),
    ],
)
def test_a_gateway_under_a_name_of_its_own_is_one_by_subject_and_sentence(
    sender: str, subject: str, text: str, more: str
) -> None:
    mail = prose(text, sender=sender, subject=subject, more=more)
    assert mail.machine.bounce
    assert [each.address for each in mail.failed_recipients] == ["a@b.dd"]
    asked = prose(f"Good morning,\n\nwhat does this mean?\n{text}", sender="ana@b.cc", subject=f"Re: {subject}")
    assert asked.machine.bounce == ()


def test_a_daemon_that_gives_the_letter_back_needs_no_words() -> None:
    inner = "Content-Type: message/rfc822\n\nTo: a@b.dd\nMessage-ID: <EX-1.a@b>\n\nx"
    raw = f"From: MAILER-DAEMON@b.cc\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nb.cc.\n--b\n{inner}\n--b--\n"
    mail = parse(raw.encode())
    assert mail.machine.bounce
    assert (mail.failed_recipients, mail.returned_message_id) == ((FailedRecipient("a@b.dd", ""),), "<EX-1.a@b>")


def test_a_report_inside_an_attached_message_is_not_this_mails() -> None:
    inner = f"Content-Type: message/delivery-status\n\n{ONE}Action: failed\n"
    outer = "From: ana@alder.example\nContent-Type: multipart/mixed; boundary=b\n\n--b\n\nlook\n--b\n"
    raw = f"{outer}Content-Type: message/rfc822\n\n{inner}\n--b--\n"
    assert parse(raw.encode()).machine.bounce == ()


@pytest.mark.parametrize(
    ("subject", "text"),
    [
        ("Message non distribué", "Votre message n'a pas pu être remis à :\n\n<{}> : 550 5.1.1 inconnu"),
        (
            "Mancato recapito della posta",
            "Impossibile consegnare il messaggio ai seguenti destinatari:\n\n  {}\n550 5.1.1",
        ),
        ("Mensaje no entregado", "No se ha podido entregar su mensaje:\n\n{}\n550 5.1.1 desconocido"),
        ("Mensagem não entregue", "Sua mensagem não pôde ser entregue:\n\n<{}>: 550 5.1.1 inexistente"),
        ("Zwrot niedoręczonej wiadomości", "Twoja wiadomość nie została dostarczona do:\n\n<{}>: 550 5.1.1"),
        ("Nedoručená zpráva", "Vaši zprávu se nepodařilo doručit příjemci:\n\n{}: 550 5.1.1 neexistuje"),
        ("Uw bericht kon niet worden bezorgd", "Uw bericht kon niet worden bezorgd bij:\n\n<{}>: 550 5.1.1 onbekend"),
        ("系统退信", "抱歉，您的邮件被退回来了……\n\n退信原因：收件人邮件地址（{}）不存在。\n550 5.1.1 User unknown"),
        ("[메일전송실패] x", "메일 전송에 실패하였습니다.\n\n받는사람 : {}\n실패이유 : 550 5.1.1 No such user"),
        ("**Message you sent blocked**", "Your message to: {}\nwas blocked by our Spam Firewall. 550 5.1.1"),
    ],
)
@pytest.mark.parametrize("sender", ["MAILER-DAEMON@mx.example.com", "postmaster@mx.example.com"])
def test_hosts_say_it_in_many_languages(sender: str, subject: str, text: str) -> None:
    mail = prose(text.format("ana@alder.example"), sender=sender, subject=subject)
    assert mail.machine.bounce
    assert mail.failed_recipients == (FailedRecipient("ana@alder.example", "5.1.1"),)


@pytest.mark.parametrize(
    ("sender", "subject", "text"),
    [
        (
            "postmaster",
            "Delivery failed for our users",
            "Dear support, your server says recipient address rejected. Why?",
        ),
        ("mail", "Mail system error", "Hello,\n\nwe are a shop with one mailbox. The mail system shows error 550."),
        ("postmaster", "Undeliverable mail reports", "Hello, please send no undeliverable mail reports to us."),
        (
            "administrator",
            "Mail could not be delivered",
            "Hi, our mails could not be delivered yesterday: mailbox full?",
        ),
        ("postmaster", "退信", "您好，我是管理员，我们的邮件被退回来了。请帮忙看看。"),
    ],
)
def test_somebody_in_an_office_who_greets_us_is_a_person(sender: str, subject: str, text: str) -> None:
    assert not prose(text, sender=f"{sender}@oak.example", subject=subject).machine.bounce
