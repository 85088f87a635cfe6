"""The embedded mail host, alone: what a real server does that the daemon and a mail client stand on."""

import hashlib
import select
import smtplib
import socket
from collections.abc import Iterator

import pytest
from imapclient import IMAPClient
from imapclient.exceptions import LoginError

from intake.demo.host import EVERYBODY_ELSE, HOST, MailHost

ANA, BEN = "ana@alder.example", "ben@birch.example"
MAIL = b"From: ana@alder.example\r\nSubject: Printer\r\n\r\nIt is on fire.\r\n"


@pytest.fixture(scope="module")
def host() -> Iterator[MailHost]:
    with MailHost([ANA, BEN], "demo") as running:
        yield running


@pytest.fixture
def ben(host: MailHost) -> Iterator[IMAPClient]:
    with _box(host, BEN) as client:
        client.delete_messages(client.search())
        client.expunge()
        yield client


def _box(host: MailHost, user: str) -> IMAPClient:
    client = IMAPClient(HOST, host.imap_port, ssl=False, timeout=10)
    client.login(user, host.password)
    client.select_folder("INBOX")
    return client


def _send(host: MailHost, raw: bytes, *recipients: str) -> str:
    with smtplib.SMTP(HOST, host.smtp_port, local_hostname="test", timeout=10) as wire:
        wire.ehlo()
        wire.mail(ANA)
        for recipient in recipients:
            assert wire.rcpt(recipient)[0] == 250
        return wire.data(raw)[1].decode().rsplit(" ", 1)[1]


def test_a_mail_lands_in_the_box_of_its_recipient_alone(host: MailHost, ben: IMAPClient) -> None:
    _send(host, MAIL, BEN.upper())
    ben.noop()
    (uid,) = ben.search()
    with _box(host, ANA) as ana:
        assert ana.search() == []
    raw = ben.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
    assert raw.startswith(b"Return-Path: <ana@alder.example>\r\nReceived: from test by ")
    assert raw.endswith(MAIL)


@pytest.mark.parametrize(
    "raw", [MAIL, b"\x00\xff\x1b[31m no mail at all", b"Subject: headers only\r\nX: y\r\n", b" \r\n"]
)
def test_the_servers_word_names_the_hash_of_what_the_box_holds(host: MailHost, ben: IMAPClient, raw: bytes) -> None:
    told = _send(host, raw, BEN)
    ben.noop()
    (uid,) = ben.search()
    held = ben.fetch([uid], ["BODY.PEEK[]"])[uid][b"BODY[]"]
    assert hashlib.sha256(held).hexdigest() == told


def test_mail_to_anybody_else_is_taken_and_kept(host: MailHost) -> None:
    _send(host, MAIL, "stranger@nowhere.example", "someone@elsewhere.example")
    with _box(host, EVERYBODY_ELSE) as box:
        assert len(box.search(["SUBJECT", "Printer"])) == 1


def _hears(client: IMAPClient, seconds: float) -> bool:
    """Whether the server says anything: it may stand in imaplib's buffer already, where select does not see it."""
    client.socket().setblocking(False)
    try:
        buffered = bool(client._imap.file.peek(1))
    except OSError:
        buffered = False
    client.socket().settimeout(10)
    return buffered or bool(select.select([client.socket()], [], [], seconds)[0])


def test_idle_tells_of_new_mail_at_once(host: MailHost, ben: IMAPClient) -> None:
    ben.idle()
    _send(host, MAIL, BEN)
    assert _hears(ben, 2)
    assert (1, b"EXISTS") in ben.idle_done()[1]


def test_idle_tells_of_mail_that_came_just_before_it(host: MailHost, ben: IMAPClient) -> None:
    ben.search()
    _send(host, MAIL, BEN)
    ben.idle()
    assert _hears(ben, 2)
    assert (1, b"EXISTS") in ben.idle_done()[1]


def test_idle_says_nothing_when_nothing_happens(ben: IMAPClient) -> None:
    ben.idle()
    assert not _hears(ben, 0.2)
    ben.idle_done()


def test_keywords_are_kept_and_can_be_searched(host: MailHost, ben: IMAPClient) -> None:
    _send(host, MAIL, BEN)
    ben.noop()
    uids = ben.search(["UNKEYWORD", "$IntakeDone"])
    ben.add_flags(uids, ["$IntakeDone"])
    ben.noop()
    assert ben.search(["UNKEYWORD", "$IntakeDone"]) == []
    with _box(host, BEN) as again:
        assert again.search(["KEYWORD", "$IntakeDone"]) == uids


def test_a_wrong_password_is_refused_on_both_sides(host: MailHost) -> None:
    client = IMAPClient(HOST, host.imap_port, ssl=False, timeout=10)
    with pytest.raises(LoginError):
        client.login(BEN, "wrong")
    client.shutdown()
    with smtplib.SMTP(HOST, host.smtp_port, local_hostname="test", timeout=10) as wire:
        with pytest.raises(smtplib.SMTPAuthenticationError):
            wire.login(BEN, "wrong")
        assert wire.login(BEN, "demo")[0] == 235


def test_two_hosts_live_side_by_side_and_leave_nothing_behind(host: MailHost) -> None:
    other = MailHost([ANA], "demo").start()
    assert {other.imap_port, other.smtp_port}.isdisjoint({host.imap_port, host.smtp_port})
    other.stop()
    other.stop()
    for port in (other.imap_port, other.smtp_port):
        with pytest.raises(ConnectionRefusedError):
            socket.create_connection((HOST, port), timeout=5).close()
