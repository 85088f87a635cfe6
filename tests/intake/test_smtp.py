"""Delivery to a server that misbehaves as told, and to the real Postfix."""

import asyncio
import socket
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import SecretStr

from intake.limits import Limit
from intake.settings import SmtpSettings
from intake.smtp import Ambiguous, Delivered, DeliveryResult, Later, Misconfigured, Refused, Reply, Smtp
from intake.smtp_wire import transparent
from rules.facts import TryLater
from tests.servers import pki
from tests.servers.cutproxy import CutProxy
from tests.servers.mailhost import Mailhost
from tests.servers.sink import DROP, HANG, LOSE, RESET, Rule, Sink, Stage, Talk

RAW = b"From: s@x.test\r\nSubject: x\r\n\r\nfirst\r\n.dot\r\n..two\r\n"
SENDER, A, B = "s@x.test", "a@y.test", "b@y.test"


def settings_for(port: int, **changes: Any) -> SmtpSettings:
    given: dict[str, Any] = {"host": "127.0.0.1", "port": port, "security": "none", "username": ""}
    return SmtpSettings(**given | changes)


def deliver(
    port: int,
    *recipients: str,
    raw: bytes = RAW,
    sender: str = SENDER,
    seconds: float = 5,
    content_seconds: float = 5,
    **changes: Any,
) -> DeliveryResult:
    """One letter over a connection of its own."""

    async def once() -> DeliveryResult:
        smtp = Smtp(settings_for(port, **changes), seconds=seconds, content_seconds=content_seconds)
        try:
            return await smtp.deliver(sender, recipients or (A,), raw)
        finally:
            await smtp.close()

    return asyncio.run(once())


def kept(port: int, story: Callable[[Smtp], Awaitable[None]], **changes: Any) -> None:
    """Several letters over one connection."""

    async def told() -> None:
        smtp = Smtp(settings_for(port, **changes), seconds=5, content_seconds=5)
        try:
            await story(smtp)
        finally:
            await smtp.close()

    asyncio.run(told())


def to(address: str) -> Callable[[Talk], bool]:
    return lambda talk: address in talk.argument


def test_a_letter_arrives_byte_for_byte() -> None:
    with Sink() as sink:
        result = deliver(sink.port, A, B)
    assert result == Delivered({}, "250 2.0.0 queued")
    assert [(mail.sender, mail.recipients, mail.raw) for mail in sink.accepted] == [(SENDER, (A, B), RAW)]
    assert sink.accepted[0].options == f"SIZE={len(RAW)}"
    assert sink.commands[-1] == "QUIT"


def test_letters_share_one_connection() -> None:
    async def story(smtp: Smtp) -> None:
        for _ in range(3):
            assert isinstance(await smtp.deliver(SENDER, [A], RAW), Delivered)

    with Sink() as sink:
        kept(sink.port, story)
        assert (sink.connections, len(sink.accepted)) == (1, 3)
        assert sum(command.startswith("EHLO") for command in sink.commands) == 1


def test_the_null_sender_and_eight_bits_are_announced_as_such() -> None:
    with Sink() as sink:
        assert isinstance(deliver(sink.port, sender="", raw=RAW + "ü\r\n".encode()), Delivered)
    assert sink.accepted[0].sender == ""
    assert "BODY=8BITMIME" in sink.accepted[0].options


@pytest.mark.parametrize(
    ("stage", "answer", "kind", "arrived"),
    [
        ("greeting", "421 4.3.2 busy", Later, False),
        ("greeting", "554 5.7.1 go away", Later, False),
        ("greeting", DROP, Later, False),
        ("greeting", HANG, Later, False),
        ("ehlo", "421 busy", Later, False),
        ("ehlo", "550 no", Later, False),
        ("ehlo", RESET, Later, False),
        ("mail", "421 4.3.2 busy", Later, False),
        ("mail", "451 4.3.0 later", Later, False),
        ("mail", "503 5.5.1 out of order", Later, False),
        ("mail", "530 5.7.0 log in first", Later, False),
        ("mail", "550 5.7.1 not from you", Refused, False),
        ("mail", "552 5.3.4 too large", Refused, False),
        ("mail", DROP, Later, False),
        ("mail", HANG, Later, False),
        ("rcpt", "421 4.3.2 busy", Later, False),
        ("rcpt", "450 4.2.1 greylisted", Later, False),
        ("rcpt", "550 5.1.1 unknown", Refused, False),
        ("rcpt", DROP, Later, False),
        ("rcpt", HANG, Later, False),
        ("data", "421 4.3.2 busy", Later, False),
        ("data", "451 4.3.0 later", Later, False),
        ("data", "554 5.6.0 no", Refused, False),
        ("data", DROP, Later, False),
        ("data", HANG, Later, False),
        ("data", "not smtp at all", Later, False),
        ("body", DROP, Ambiguous, False),
        ("body", RESET, Ambiguous, False),
        ("end", "421 4.3.2 busy", Later, False),
        ("end", "451 4.3.0 later", Later, False),
        ("end", "452 4.3.1 full", Later, False),
        ("end", "554 5.6.0 looks like spam", Refused, False),
        ("end", DROP, Ambiguous, False),
        ("end", LOSE, Ambiguous, True),
        ("end", HANG, Ambiguous, True),
        ("end", "garbage", Ambiguous, False),
        ("after", DROP, Delivered, True),
        ("quit", DROP, Delivered, True),
        ("quit", HANG, Delivered, True),
    ],
)
@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["together", "one by one"])
def test_what_a_server_does_has_one_meaning(
    stage: Stage, answer: str, kind: type[DeliveryResult], arrived: bool, offers: tuple[str, ...]
) -> None:
    with Sink(extensions=offers) as sink:
        sink.rules.append(Rule(stage, answer, times=1))
        seconds = 0.25 if answer == HANG else 5
        result = deliver(sink.port, seconds=seconds, content_seconds=seconds)
        assert type(result) is kind, result
        assert bool(sink.accepted) is arrived
        if not isinstance(result, Delivered):
            assert "\n" not in result.reason
        assert isinstance(deliver(sink.port), Delivered), "the next letter is not touched by it"


@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["together", "one by one"])
def test_a_refused_recipient_does_not_keep_the_others_from_it(offers: tuple[str, ...]) -> None:
    with Sink(extensions=offers) as sink:
        sink.rules += [Rule("rcpt", "550 5.1.1 unknown", to(A)), Rule("rcpt", "450 4.2.1 later", to("c@"))]
        result = deliver(sink.port, A, B, "c@y.test")
    assert isinstance(result, Delivered)
    assert result.refused == {A: Reply(550, "5.1.1 unknown"), "c@y.test": Reply(450, "4.2.1 later")}
    assert result.later == ("c@y.test",)
    assert sink.accepted[0].recipients == (B,)


@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["together", "one by one"])
def test_when_all_are_refused_one_that_may_pass_keeps_the_letter(offers: tuple[str, ...]) -> None:
    with Sink(extensions=offers) as sink:
        sink.rules += [Rule("rcpt", "550 5.1.1 unknown", to(A)), Rule("rcpt", "450 4.2.1 later", to(B))]
        result = deliver(sink.port, A, B)
    assert isinstance(result, Later)
    assert not result.refused[A].temporary
    assert result.refused[B].temporary


@pytest.mark.parametrize("offers", [("PIPELINING",), ()], ids=["together", "one by one"])
def test_a_refusal_leaves_the_connection_in_step(offers: tuple[str, ...]) -> None:
    async def story(smtp: Smtp) -> None:
        assert isinstance(await smtp.deliver(SENDER, [A], RAW), Refused)
        assert isinstance(await smtp.deliver(SENDER, [B], RAW), Delivered)

    with Sink(extensions=offers) as sink:
        sink.rules.append(Rule("rcpt", "550 5.1.1 unknown", to(A)))
        kept(sink.port, story)
        assert [mail.recipients for mail in sink.accepted] == [(B,)]
        assert sink.connections == 1


def test_what_comes_before_the_content_goes_together_where_the_server_allows_it() -> None:
    """Otherwise a server that takes one command at a time has each wait for its answer."""
    for offers, together in ((("PIPELINING",), True), ((), False)):
        with Sink(extensions=offers) as sink:
            sink.rules.append(Rule("mail", "550 5.7.1 not from you"))
            assert isinstance(deliver(sink.port), Refused)
            assert (sink.commands[-1] == "DATA") is together


@pytest.mark.parametrize("end", ["250 2.0.0 whatever", "554 5.5.1 no recipients", DROP])
def test_a_content_that_is_asked_for_though_nobody_is_to_get_it_is_an_empty_one(end: str) -> None:
    """RFC 2920 section 3.1: DATA went together with RCPT, and some servers say 354 to it whatever came before."""

    async def story(smtp: Smtp) -> None:
        assert isinstance(await smtp.deliver(SENDER, [A], RAW), Refused)
        assert isinstance(await smtp.deliver(SENDER, [B], RAW), Delivered)

    with Sink(grants_data=True) as sink:
        sink.rules += [Rule("rcpt", "550 5.1.1 unknown", to(A)), Rule("end", end, times=1)]
        kept(sink.port, story)
        assert [(one.recipients, one.raw) for one in sink.mails] == [((), b""), ((B,), RAW)]
        assert not any(command == "RSET" for command in sink.commands)


def test_a_reset_that_hangs_does_not_hide_the_refusal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("intake.smtp.RESET_SECONDS", 0.2)
    with Sink() as sink:
        sink.rules += [Rule("rcpt", "450 4.2.1 later"), Rule("rset", HANG)]
        result = deliver(sink.port)
    assert isinstance(result, Later)
    assert result.refused[A].code == 450


async def gone(smtp: Smtp) -> None:
    while smtp.connected:  # noqa: ASYNC110 (the wire tells nobody)
        await asyncio.sleep(0.005)


@pytest.mark.parametrize("how", ["closed", "closing", "421"])
def test_a_connection_that_the_server_let_go_is_opened_again(how: str) -> None:
    async def story(smtp: Smtp) -> None:
        assert isinstance(await smtp.deliver(SENDER, [A], RAW), Delivered)
        if how == "closed":
            sink.hang_up()
            await asyncio.wait_for(gone(smtp), 5)
        else:
            answer = "421 4.4.2 idle for too long" if how == "421" else DROP
            sink.rules.append(Rule("mail", answer, times=1))
        assert isinstance(await smtp.deliver(SENDER, [A], RAW), Delivered)

    with Sink() as sink:
        kept(sink.port, story)
        assert (sink.connections, len(sink.accepted)) == (2, 2)


def test_a_server_that_is_gone_for_good_is_asked_once_more_and_no_oftener() -> None:
    async def story(smtp: Smtp) -> None:
        assert isinstance(await smtp.deliver(SENDER, [A], RAW), Delivered)
        sink.rules.append(Rule("mail", DROP))
        assert isinstance(await smtp.deliver(SENDER, [A], RAW), Later)

    with Sink() as sink:
        kept(sink.port, story)
        assert sink.connections == 2


@pytest.mark.parametrize("stage", ["mail", "rcpt", "data", "end"])
def test_a_cancelled_letter_gives_its_answer_to_no_other(stage: Stage) -> None:
    async def story(smtp: Smtp) -> None:
        task = asyncio.create_task(smtp.deliver(SENDER, [A], RAW))
        await asyncio.sleep(0.1)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert not smtp.connected
        assert isinstance(await smtp.deliver(SENDER, [B], RAW), Delivered)

    with Sink() as sink:
        sink.rules.append(Rule(stage, "550 5.0.0 slow refusal", times=1, delay=0.3))
        kept(sink.port, story)
        assert [mail.recipients for mail in sink.accepted] == [(B,)]


def test_letters_asked_for_at_once_go_one_after_the_other() -> None:
    async def story(smtp: Smtp) -> None:
        results = await asyncio.gather(*(smtp.deliver(SENDER, [f"n{n}@y.test"], RAW) for n in range(5)))
        assert all(isinstance(result, Delivered) for result in results)

    with Sink() as sink:
        kept(sink.port, story)
        assert sorted(mail.recipients[0] for mail in sink.accepted) == [f"n{n}@y.test" for n in range(5)]
        assert sink.connections == 1


def test_a_letter_beyond_the_servers_limit_is_not_sent() -> None:
    with Sink(extensions=("SIZE 100",)) as sink:
        result = deliver(sink.port, raw=RAW + b"x" * 100)
        assert isinstance(result, Refused)
        assert "the server takes 100" in result.reason
        assert not any(command.startswith("MAIL") for command in sink.commands)
    with Sink(extensions=("SIZE 0",)) as sink:
        assert isinstance(deliver(sink.port), Delivered), "0 means no limit (RFC 1870)"


def test_eight_bits_are_not_forced_on_a_server_that_takes_seven() -> None:
    with Sink(extensions=()) as sink:
        result = deliver(sink.port, raw=RAW + b"\xfc\r\n")
        assert isinstance(result, Refused)
        assert "7-bit" in result.reason


def test_addresses_beyond_ascii_need_a_server_that_takes_them() -> None:
    with Sink() as sink:
        result = deliver(sink.port, "bücher@y.test", "info@bücher.test")
        assert isinstance(result, Delivered)
        assert result.refused["bücher@y.test"].code == 553
        assert sink.accepted[0].recipients == ("info@xn--bcher-kva.test",)
    with Sink(extensions=("SMTPUTF8", "8BITMIME")) as sink:
        assert deliver(sink.port, "bücher@y.test") == Delivered({}, "250 2.0.0 queued")
        assert sink.accepted[0].recipients == ("bücher@y.test",)
        assert sink.accepted[0].options == "SMTPUTF8"


@pytest.mark.parametrize(
    "address", ["a@y.test>\r\nRCPT TO:<evil@y.test", "a@y.test> NOTIFY=NEVER", "a\0@y.test", "", "nobody", "@y.test"]
)
def test_an_address_becomes_no_command(address: str) -> None:
    with Sink() as sink:
        result = deliver(sink.port, address, B)
        assert isinstance(result, Delivered)
        assert not result.refused[address].temporary
        assert sink.accepted[0].recipients == (B,)
        sender = deliver(sink.port, sender=address or "no one")
        assert isinstance(sender, Refused)
        assert len(sink.accepted) == 1
        assert not any("evil" in command for command in sink.commands)


@given(st.lists(st.sampled_from([b".", b"..", b"\r\n", b"\n", b"\r", b"a", b"\r\n.\r\n", b"\xff"])).map(b"".join))
def test_no_content_ends_the_letter_early(raw: bytes) -> None:
    sent = transparent(raw)
    assert sent.endswith(b"\r\n.\r\n") or sent == b"\r\n.\r\n"
    assert b"\r\n.\r\n" not in sent[:-3]
    assert b"\n" not in sent.replace(b"\r\n", b"")
    assert b"\r" not in sent.replace(b"\r\n", b"")


def test_nobody_to_write_to_is_refused_without_a_connection() -> None:
    async def once() -> DeliveryResult:
        return await Smtp(settings_for(1)).deliver(SENDER, [], RAW)

    assert isinstance(asyncio.run(once()), Refused)


def free_port() -> int:
    with socket.socket() as wire:
        wire.bind(("127.0.0.1", 0))
        return int(wire.getsockname()[1])


@pytest.fixture(scope="module")
def authority(tmp_path_factory: pytest.TempPathFactory) -> pki.Pki:
    return pki.make(tmp_path_factory.mktemp("smtp") / "pki")


LOGIN: dict[str, Any] = {"username": "me", "password": SecretStr("pässwort")}


def test_a_login_over_starttls_and_over_tls(authority: pki.Pki) -> None:
    for implicit in (False, True):
        security = "tls" if implicit else "starttls"
        with Sink(tls=authority.server(), implicit_tls=implicit, password="pässwort") as sink:
            result = deliver(sink.port, security=security, ca_file=str(authority.ca), **LOGIN)
            assert isinstance(result, Delivered), result


@pytest.mark.parametrize(
    ("sink", "changes", "words", "lasting"),
    [
        ({"password": "other", "tls": True}, LOGIN, "login as me refused", True),
        ({"tls": True}, LOGIN, "offers no login", True),
        ({}, LOGIN, "offers no STARTTLS", True),
        ({"tls": True}, {"ca_file": ""}, "not trusted", True),
        ({"tls": True, "implicit": True}, {"ca_file": "", "security": "tls"}, "not trusted", True),
        ({"tls": True, "implicit": True}, {}, "no answer", False),
        ({"tls": True}, {"security": "tls"}, "TLS failed", False),
        ({"tls": True}, {"ca_file": "/nonexistent"}, "No such file", True),
        ({"tls": True}, {"host": "no-such-name.invalid"}, "not found", False),
        ({"tls": True}, {"host": "192.0.2.1", "security": "none"}, "only for this machine", True),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_trouble_with_the_server_is_never_the_letters(
    authority: pki.Pki, sink: dict[str, Any], changes: dict[str, Any], words: str, lasting: bool
) -> None:
    tls = authority.server() if sink.get("tls") else None
    given: dict[str, Any] = {"security": "starttls", "ca_file": str(authority.ca)} | changes
    with Sink(tls=tls, implicit_tls=sink.get("implicit", False), password=sink.get("password", "")) as server:
        result = deliver(server.port, seconds=0.3 if words == "no answer" else 5, **given)
        assert isinstance(result, Later), result
        assert words in result.reason
        assert "[mailbox.smtp]" in result.reason
        assert "pässwort" not in result.reason
        assert result.lasting is lasting
        assert not any(command.startswith("MAIL") for command in server.commands)


def test_no_password_goes_over_a_connection_whose_starttls_was_taken_away() -> None:
    with Sink(password="pässwort") as sink:
        assert isinstance(deliver(sink.port, security="starttls", **LOGIN), Later)
        assert not any(command.startswith("AUTH") for command in sink.commands)


def test_a_refused_connection_is_later() -> None:
    result = deliver(free_port())
    assert isinstance(result, Later)
    assert "refused; check host and port" in result.reason


def test_a_greeting_that_never_comes_is_given_up() -> None:
    with Sink() as sink:
        sink.rules.append(Rule("greeting", HANG))
        began = time.monotonic()
        assert isinstance(deliver(sink.port, seconds=0.2), Later)
        assert time.monotonic() - began < 1.5


def test_connecting_alone_says_what_is_wrong(authority: pki.Pki) -> None:
    async def connect(port: int, **changes: Any) -> None:
        smtp = Smtp(settings_for(port, **changes), seconds=5)
        try:
            await smtp.connect()
        finally:
            await smtp.close()

    with Sink(tls=authority.server(), password="other") as sink:
        with pytest.raises(Misconfigured, match="login as me refused"):
            asyncio.run(connect(sink.port, security="starttls", ca_file=str(authority.ca), **LOGIN))
        with pytest.raises(TryLater, match="refused"):
            asyncio.run(connect(free_port()))
        asyncio.run(connect(sink.port))


@pytest.mark.mailhost
@pytest.mark.parametrize("security", ["starttls", "tls"])
def test_postfix_takes_a_letter_over_tls_with_a_login(mailhost: Mailhost, security: str) -> None:
    support, customer = mailhost.someone("support"), mailhost.someone("customer")
    port = mailhost.submission if security == "starttls" else mailhost.smtps
    given: dict[str, Any] = {"username": support, "password": SecretStr(mailhost.password), "ca_file": mailhost.ca_file}
    raw = f"From: {support}\r\nDate: x\r\nMessage-ID: <1@x.test>\r\nSubject: x\r\n\r\n.ü\r\n".encode()
    result = deliver(
        port, customer, "nobody@x.test", "later@x.test",
        sender=support, security=security, raw=raw, seconds=10, content_seconds=10, **given,
    )  # fmt: skip
    assert isinstance(result, Delivered)
    assert (result.refused["nobody@x.test"].code, result.later) == (550, ("later@x.test",))
    assert "queued as" in result.reply
    mailhost.box(customer).wait_for_count(1)
    assert mailhost.box(customer).raws()[0].endswith(raw)


@pytest.mark.mailhost
def test_postfix_refuses_a_wrong_password_and_the_letter_is_kept(mailhost: Mailhost) -> None:
    given: dict[str, Any] = {"username": "me", "password": SecretStr("wrong"), "ca_file": mailhost.ca_file}
    result = deliver(mailhost.submission, security="starttls", seconds=10, **given)
    assert isinstance(result, Later)
    assert result.lasting
    assert "login as me refused (535" in result.reason


@pytest.mark.mailhost
def test_a_250_lost_on_the_wire_is_ambiguous_though_the_letter_arrived(mailhost: Mailhost) -> None:
    """The cut is moved through the last answers until one falls between acceptance and the 250."""
    support, customer = mailhost.someone("support"), mailhost.someone("customer")
    with CutProxy(mailhost.smtp) as whole:
        assert isinstance(deliver(whole.port, customer, sender=support, seconds=5), Delivered)
        length = whole.passed["down"]
    results = []
    # Its last answers are the 250 of the letter, some 40 octets long, and the 221.
    for cut in range(length - 60, length - 10, 10):
        with CutProxy(mailhost.smtp, cut=cut, how="fin") as proxy:
            results.append(deliver(proxy.port, customer, sender=support, seconds=5))
    assert any(isinstance(result, Ambiguous) for result in results)
    arrived = 1 + sum(isinstance(result, Ambiguous | Delivered) for result in results)
    mailhost.box(customer).wait_for_count(arrived)


def test_settings_are_all_it_takes(tmp_path: Path) -> None:
    """Making a connection object opens nothing and reads nothing."""
    smtp = Smtp(settings_for(1, security="tls", ca_file=str(tmp_path / "missing.pem")))
    assert not smtp.connected


def test_a_log_in_that_is_refused_for_now_is_not_tried_in_every_way_there_is() -> None:
    """Each of them would count as one log-in more (454 4.7.0, RFC 4954 section 6)."""
    with Sink(password="pw", extensions=("AUTH=LOGIN PLAIN", "AUTH PLAIN LOGIN")) as sink:
        sink.rules.append(Rule("auth", "454 4.7.0 Too many login attempts, please try again later"))
        result = deliver(sink.port, username="me", password=SecretStr("pw"))
        assert sum(command.startswith("AUTH") for command in sink.commands) == 1
    assert isinstance(result, Later)
    assert (result.reached, result.lasting, result.limit) == (False, False, Limit.RATE)


def test_a_kept_connection_that_speaks_of_a_limit_is_not_opened_anew_at_once() -> None:
    async def story(smtp: Smtp) -> None:
        assert isinstance(await smtp.deliver(SENDER, [A], RAW), Delivered)
        sink.rules.append(Rule("mail", "421 4.7.0 too many messages, slow down", times=1))
        result = await smtp.deliver(SENDER, [A], RAW)
        assert isinstance(result, Later)
        assert result.limit is Limit.RATE

    with Sink() as sink:
        kept(sink.port, story)
        assert sink.connections == 1


def test_a_share_that_is_used_up_costs_no_letter() -> None:
    with Sink() as sink:
        sink.rules.append(Rule("rcpt", "550 5.4.5 Daily user sending limit exceeded", times=1))
        result = deliver(sink.port)
    assert isinstance(result, Later)
    assert result.limit is Limit.RATE
