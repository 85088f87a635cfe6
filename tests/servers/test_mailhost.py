"""The mail host does what the tests that stand on it take for granted."""

import smtplib
import time
from datetime import UTC, datetime

import pytest

from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost


def test_mail_from_outside_reaches_the_mailbox_unchanged(mailhost: Mailhost) -> None:
    support = mailhost.someone("support")
    mailhost.deliver(b"Subject: =?utf-8?q?gr=C3=BC=C3=9Fe?=\r\nFrom: a@b.test\r\n\r\nline\r\n.dot\r\n", support)
    assert mailhost.box(support).wait_for("grüße").get_content() == "line\r\n.dot\r\n"


def test_submission_needs_tls_and_a_password_and_then_relays(mailhost: Mailhost) -> None:
    support, customer = mailhost.someone("support"), mailhost.someone("customer")
    with smtplib.SMTP("127.0.0.1", mailhost.submission, timeout=5) as wire:
        wire.starttls(context=mailhost.pki.client())
        with pytest.raises(smtplib.SMTPException):
            wire.sendmail(support, [customer], b"Subject: no\r\n\r\n")
        wire.login(support, mailhost.password)
        wire.sendmail(support, [customer], b"Subject: yes\r\n\r\n")
    mailhost.box(customer).wait_for("yes")


@pytest.mark.parametrize(
    ("recipient", "code"), [("nobody@example.test", 550), ("later@example.test", 450), ("a@elsewhere.test", 554)]
)
def test_some_recipients_are_refused(mailhost: Mailhost, recipient: str, code: int) -> None:
    with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
        mailhost.deliver(b"Subject: x\r\n\r\n", recipient)
    assert refused.value.recipients[recipient][0] == code


def test_a_restart_keeps_the_mail_and_appended_mail_keeps_its_date(mailhost: Mailhost) -> None:
    support, when = mailhost.someone("support"), datetime(2026, 3, 1, 12, tzinfo=UTC)
    assert mailhost.append(support, b"Subject: kept\r\n\r\n", when=when) == 1
    mailhost.restart_dovecot()
    with mailhost.box(support).session() as client:
        client.normalise_times = False
        client.select_folder("INBOX")
        assert client.fetch([1], ["INTERNALDATE"])[1][b"INTERNALDATE"] == when


def test_a_mailbox_can_lose_its_uids(mailhost: Mailhost) -> None:
    support = mailhost.someone("support")
    for _ in range(3):
        mailhost.append(support, b"Subject: x\r\n\r\n")
    box = mailhost.box(support)
    box.delete([1])
    with box.session() as client:
        before = client.select_folder("INBOX")[b"UIDVALIDITY"]
        mailhost.new_uidvalidity(support)
    with box.session() as client:
        assert client.select_folder("INBOX")[b"UIDVALIDITY"] != before
    assert box.uids() == [1, 2]


def test_a_killed_session_does_not_disturb_the_next(mailhost: Mailhost) -> None:
    box = mailhost.box(mailhost.someone())
    with box.session() as client:
        assert mailhost.kill_imap_sessions() >= 1
        with pytest.raises((OSError, client.AbortError)):
            client.noop()
    assert box.uids() == []


def test_a_host_is_ready_in_a_second_and_leaves_nothing(mailhost: Mailhost) -> None:
    began = time.monotonic()
    second = Mailhost()
    seconds = time.monotonic() - began
    second.stop()
    assert seconds < 3, "a third of a second on an idle machine"
    assert not second.home.exists()
    with pytest.raises(OSError, match="refused"):
        second.box("a@example.test").uids()


def test_with_hibernation_an_idling_client_hears_at_once(mailhost: Mailhost) -> None:
    prompt = Mailhost(hibernate=True)
    address = prompt.someone()
    with prompt.box(address).session() as client:
        client.select_folder("INBOX")
        seconds = 9.0
        for _ in range(3):
            client.idle()
            time.sleep(1.4)
            prompt.deliver(b"Subject: x\r\n\r\n", address)
            began = time.monotonic()
            assert client.idle_check(timeout=5)
            seconds = time.monotonic() - began
            client.idle_done()
            if seconds < 0.4:
                break
    prompt.stop()
    assert seconds < 0.4, "half a second otherwise; the machine may be busy once, not thrice"
