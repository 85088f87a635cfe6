"""The misbehaving servers misbehave as told."""

import contextlib
import imaplib
import smtplib
import socket
import time
from pathlib import Path

import pytest

from tests.servers import pki
from tests.servers.cutproxy import CutProxy, How
from tests.servers.fake_imap import CLOSE, Answer, FakeImap
from tests.servers.sink import DROP, HANG, LOSE, RESET, Rule, Sink

RAW = b"Subject: x\r\n\r\n.dot\r\n..two\r\n"


def send(port: int, *recipients: str, timeout: float = 5) -> dict[str, tuple[int, bytes]]:
    with smtplib.SMTP("127.0.0.1", port, timeout=timeout) as wire:
        return wire.sendmail("a@x.test", recipients or ["b@x.test"], RAW)


def test_the_sink_takes_mail_byte_for_byte() -> None:
    with Sink() as sink:
        send(sink.port)
        send(sink.port, "c@x.test", "d@x.test")
    assert [(mail.raw, mail.confirmed) for mail in sink.mails] == [(RAW, True), (RAW, True)]
    assert sink.mails[1].recipients == ("c@x.test", "d@x.test")
    assert sink.mails[0].options == f"size={len(RAW)}"
    assert sink.connections == 2


def test_a_rule_applies_to_its_recipient_for_its_times() -> None:
    with Sink() as sink:
        sink.rules.append(Rule("rcpt", "451 4.2.0 later", when=lambda talk: "b@" in talk.argument, times=1))
        assert send(sink.port, "b@x.test", "c@x.test") == {"b@x.test": (451, b"4.2.0 later")}
        assert send(sink.port, "b@x.test", "c@x.test") == {}
    assert [mail.recipients for mail in sink.accepted] == [("c@x.test",), ("b@x.test", "c@x.test")]


@pytest.mark.parametrize(
    ("rule", "accepted"),
    [
        (Rule("greeting", "421 busy"), False),
        (Rule("mail", DROP), False),
        (Rule("data", RESET), False),
        (Rule("body", DROP), False),
        (Rule("end", "554 no"), False),
        (Rule("end", DROP), False),
        (Rule("end", LOSE), True),
        (Rule("end", HANG), True),
        (Rule("ehlo", HANG), False),
    ],
    ids=lambda value: f"{value.stage}-{value.answer}" if isinstance(value, Rule) else "",
)
def test_the_sink_knows_what_it_took_though_the_client_does_not(rule: Rule, accepted: bool) -> None:
    with Sink() as sink:
        sink.rules.append(rule)
        with pytest.raises((smtplib.SMTPException, OSError)):
            send(sink.port, timeout=0.3)
        assert bool(sink.accepted) is accepted
        assert not any(mail.confirmed for mail in sink.mails)


def test_the_sink_asks_for_tls_and_a_password(tmp_path: Path) -> None:
    authority = pki.make(tmp_path / "pki")
    with Sink(tls=authority.server(), password="pw") as sink, smtplib.SMTP("127.0.0.1", sink.port) as wire:
        wire.starttls(context=authority.client())
        with pytest.raises(smtplib.SMTPSenderRefused):
            wire.sendmail("a@x.test", ["b@x.test"], RAW)
        with pytest.raises(smtplib.SMTPAuthenticationError):
            wire.login("me", "wrong")
        wire.login("me", "pw")
        wire.sendmail("a@x.test", ["b@x.test"], RAW)
    assert len(sink.accepted) == 1


@pytest.mark.parametrize(("how", "what"), [("rst", "reset"), ("fin", "closed"), ("stall", "timed out")])
def test_the_proxy_cuts_once_and_then_lets_pass(how: How, what: str) -> None:
    with Sink() as sink, CutProxy(sink.port, cut=60, how=how, times=1) as proxy:
        with pytest.raises(smtplib.SMTPServerDisconnected, match=what):
            send(proxy.port, timeout=0.3)
        send(proxy.port)
        assert proxy.connections == 2
    assert len(sink.accepted) == 1


def test_the_proxy_trickles() -> None:
    with Sink() as sink, CutProxy(sink.port, rate=1000) as proxy:
        began = time.monotonic()
        send(proxy.port)
        assert time.monotonic() - began > 0.1


def test_the_fake_imap_server_follows_its_script() -> None:
    script: dict[str, list[Answer]] = {
        "NOOP": [b"* 3 EXISTS\r\n{tag} OK done\r\n", [b"* BYE ", 0.01, b"gone\r\n", CLOSE]]
    }
    with FakeImap(script) as server:
        client = imaplib.IMAP4("127.0.0.1", server.port, timeout=5)
        client.login("a", "b")
        client.select()
        client.noop()
        assert client.untagged_responses["EXISTS"] == [b"0", b"3"]
        with pytest.raises(client.abort):
            client.noop()
        client.shutdown()
    assert server.commands[1].endswith('LOGIN a "b"')


def test_an_armed_proxy_breaks_one_open_connection_and_no_other() -> None:
    with FakeImap({}) as server, CutProxy(server.port) as proxy:
        first, second = (socket.create_connection(("127.0.0.1", proxy.port), 5) for _ in range(2))
        with first, second:
            assert first.recv(200).startswith(b"* OK")
            assert second.recv(200).startswith(b"* OK")
            proxy.arm(5, how="fin")
            first.sendall(b"a1 NOOP\r\n")
            assert len(first.recv(200)) == 5
            assert first.recv(200) == b""
            second.sendall(b"a1 NOOP\r\n")
            assert len(second.recv(200)) > 5


@pytest.mark.parametrize("stall", [True, False], ids=["one stalls", "all are held"])
def test_what_a_proxy_holds_back_comes_when_it_is_let_go(stall: bool) -> None:
    with (
        FakeImap({}) as server,
        CutProxy(server.port) as proxy,
        socket.create_connection(("127.0.0.1", proxy.port)) as wire,
    ):
        wire.settimeout(0.2)
        assert wire.recv(200).startswith(b"* OK")
        proxy.arm(1, how="stall") if stall else proxy.hold()
        wire.sendall(b"a1 NOOP\r\n")
        said = b""
        with contextlib.suppress(TimeoutError):
            while True:
                said += wire.recv(200)
        assert len(said) == int(stall)
        proxy.let_go()
        wire.settimeout(5)
        while not said.endswith(b"\r\n"):
            said += wire.recv(200)
        assert b"a1 OK" in said
