"""Machines are known by what they stamp on their mail; a person's mail is never taken for one's."""

import pytest

from intake.mail.parse import parse
from rules.facts import Mail


def mail(*headers: str, subject: str = "Recorder stops", body: str = "It stops every night.") -> Mail:
    return parse("\r\n".join(["From: Ana <ana@alder.example>", f"Subject: {subject}", *headers, "", body]).encode())


@pytest.mark.parametrize(
    "headers",
    [
        ("Auto-Submitted: auto-replied",),
        ("Auto-Submitted: auto-generated; owner-email=a@b.cc",),
        ("auto-submitted: AUTO-NOTIFIED",),
        ("X-Autoreply: yes",),
        ("X-Autorespond: OOO",),
        ("Precedence: auto_reply",),
        ("Content-Type: text/calendar; method=REPLY",),
        ("Content-Type: message/disposition-notification",),
        ("X-TMDA-Fingerprint: abc",),
        ("X-Cron-Env: <SHELL=/bin/sh>",),
        ("X-POST-MessageClass: 9; Autoresponder",),
    ],
)
def test_a_machine_that_says_so_is_one(headers: tuple[str, ...]) -> None:
    assert mail(*headers).machine.auto


@pytest.mark.parametrize("kind", ["message/disposition-notification", "message/feedback-report"])
def test_a_person_who_attaches_a_report_is_no_machine(kind: str) -> None:
    def bearing(container: str) -> Mail:
        return mail(
            f"Content-Type: {container}; boundary=b", body=f"--b\n\nSee this\n--b\nContent-Type: {kind}\n\nx: y\n--b--"
        )

    assert not bearing("multipart/mixed").machine.auto
    assert bearing("multipart/report").machine.auto == (kind,)


@pytest.mark.parametrize(
    ("headers", "subject"),
    [
        ((), "Recorder stops"),
        (("Auto-Submitted: no",), "Automatic reply: x"),
        (("Auto-Submitted: no", "X-Autoreply: yes", "Return-Path: <>"), "Out of office"),
        (("X-Auto-Response-Suppress: All",), "Recorder stops"),
        (("X-Auto-Response-Suppress: DR, OOF, AutoReply", "Precedence: bulk"), "Recorder stops"),
        ((), "Out of office: please plan the visit for May"),
        ((), "Automatic reply from your server looks broken"),
        ((), "Abwesenheitsnotiz kommt doppelt"),
        (("X-Autoreply: no",), "Recorder stops"),
        (("Content-Type: text/calendar; method=REQUEST",), "Invitation: site visit"),
        (("Return-Path: <>",), "Recorder stops"),
        (("Precedence: list", "List-Id: <x.y>"), "Recorder stops"),
    ],
)
def test_a_person_is_none(headers: tuple[str, ...], subject: str) -> None:
    assert mail(*headers, subject=subject).machine.auto == ()


@pytest.mark.parametrize(
    "subject",
    [
        "Automatic reply: x",
        "Abwesenheitsnotiz",
        "Re: Réponse automatique",
        "自動返信: x",
        "Urlaub: x",
        "Außer Haus: x",
        "Absence : x",
        "Ausencia de oficina",
        "Assente: x",
        "Em férias Re: x",
        "Automatische reactie: x",
        "Frånvarande: x",
        "Ude af kontoret: x",
        "Nieobecny: x",
        "Nepřítomnost: x",
        "Вне офиса: x",
        "Ofis Dışında: x",
        "İzindeyim: x",
        "Házon kívül: x",
        "În afara biroului: x",
        "Εκτός γραφείου: x",
        "自动答复: x",
        "자동 회신: x",
        "رد تلقائي: x",
    ],
)
@pytest.mark.parametrize(
    "header",
    ["X-Auto-Response-Suppress: All", "Return-Path: <>", "Precedence: bulk", "X-MS-Exchange-Inbox-Rules-Loop: a@b"],
)
def test_two_weak_signs_make_an_automatic_reply(subject: str, header: str) -> None:
    assert len(mail(header, subject=subject).machine.auto) == 2


@pytest.mark.parametrize(
    "header", ["List-Id: <x.y>", "Precedence: bulk", "Precedence: list", "List-Unsubscribe: <x:y>"]
)
def test_lists_and_bulk_are_told(header: str) -> None:
    signs = mail(header).machine
    assert signs.bulk
    assert signs.auto == signs.bounce == ()


def test_a_relay_that_counts_what_people_send_makes_no_bulk_of_it() -> None:
    assert mail("Feedback-ID: 1.eu-west-1.abc:AmazonSES").machine.bulk == ()


def test_a_bounce_is_no_automatic_reply_whatever_its_host_stamps_on_it() -> None:
    raw = b"From: MAILER-DAEMON@b.cc\r\nAuto-Submitted: auto-replied\r\nSubject: Undelivered Mail\r\n\r\n<a@b.dd>: 550"
    signs = parse(raw).machine
    assert signs.bounce
    assert signs.auto == ()
