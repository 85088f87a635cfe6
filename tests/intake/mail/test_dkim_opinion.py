"""DKIM as a second opinion, with keys and a name server of the test's own. Skipped where dkimpy is not installed."""

import importlib
import socket
import threading
from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from intake.mail.authentication import Trust
from intake.mail.dkim_opinion import FOUND, SECONDS, SILENCE, Keys, NoAnswer, from_dns, with_second_opinion
from intake.mail.parse import parse
from intake.shipped import read_policy
from intake.worker import understand
from rules.facts import Authentication
from templates.render import Renderer

pytest.importorskip("dkim", reason="dkimpy is not installed", exc_type=ImportError)

PRIVATE = b"""\
-----BEGIN RSA PRIVATE KEY-----
MIICXwIBAAKBgQDApzZDjhLGWZ/yBLa5Y9EANjJDT25yKLKnmGsODdfhU8MqiRBK
PbFHL29BqMZcamSkVlfjPe9YmzNq+x6G9/6jqAiPzXAHDO8wzMGBoLzqZOhL12s6
g7uc5GKbZUCk/RW1tk7mslw1B2GIsA/3704hLgi9lG21ezVV+s2Rw1RjGwIDAQAB
AoGBAJH0XK0Tju/M6NtfbNvJXoctiCjsnb1JTgig9cJBBKPGZN7t1nSYhp1qt3xk
FFvhkvvaGl2kB5f2hR7wv3D7o2Mh6hDqYTNVhkXl+xcUaVlUfeMTFAlLLgws2k3A
qaiTJ7kCaM/oZj/+DiCGbNffHwPvOwY+pcmdNIcZsmn/LtSRAkEA8dpM5vMUoOXQ
P0AfEFPO0Bk+kitaglyhTu6jxKAmW6uUUVeaTWx6dx1GTYdVa8Nswq6odvYm02n4
zFQgUO6v2QJBAMvsKEMgCEjqgt/3FzzYYrgi8nmaVGvbHIFbjkPWb3UY6Zcnw1jV
oy9JerYTBnKIZQQOmKqshfutKz/yBHzIRhMCQQDITap/ZDdjgrJUkECp/x88DoxZ
9voBGcKnYtHT2WeraJFwRQOQuBU9bct6Dmna1IHRQ2JXFErXsd7TK6GQJf8RAkEA
hp8r4UyHS6PNrI9RvvBXE5q2moLA0sc+5UMNA0nQIOzGYOx2MPIwnaoToZmjuv7C
OVBthtcISKMEl11tivcoEwJBAK/X8JcyDr9GV6PcEjgtHsDnZ0pi2CYOddsmMho4
fzZq+j4u+3TVgkmTRQ6SS+ghjywAnT+RAz7/hf2kQsz29MU=
-----END RSA PRIVATE KEY-----
"""
PUBLIC = (
    b"v=DKIM1; k=rsa; p=MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQDApzZDjhLGWZ/yBLa5Y9EANjJDT25yKLKnmGsODdfhU8"
    b"MqiRBKPbFHL29BqMZcamSkVlfjPe9YmzNq+x6G9/6jqAiPzXAHDO8wzMGBoLzqZOhL12s6g7uc5GKbZUCk/RW1tk7mslw1B2GIsA"
    b"/3704hLgi9lG21ezVV+s2Rw1RjGwIDAQAB"
)
"""The pair was made for this test and signs nothing else."""
NAME = "s1._domainkey.alder.example."
BODY = b"\r\nHello,\r\n\r\nthe server does not answer.\r\n"


def head(sender: str = "Ana <ana@alder.example>") -> bytes:
    return f"From: {sender}\r\nTo: support@example.com\r\nSubject: Down\r\nMessage-ID: <1@alder.example>\r\n".encode()


def signed(raw: bytes | None = None, domain: bytes = b"alder.example", **options: Any) -> bytes:
    raw = raw if raw is not None else head() + BODY
    dkim = importlib.import_module("dkim")
    return bytes(dkim.sign(raw, b"s1", domain, PRIVATE, canonicalize=(b"relaxed", b"relaxed"), **options)) + raw


class Names:
    """A name server that answers at once, or not at all."""

    def __init__(self, **records: bytes | None) -> None:
        self.records: dict[str, bytes | None] = {NAME: PUBLIC}
        self.asked: list[str] = []
        self.silent = False
        self.now = 1000.0

    def __call__(self, name: str, seconds: float) -> bytes | None:
        assert 0 < seconds <= SECONDS
        self.asked.append(name)
        if self.silent:
            self.now += seconds
            raise NoAnswer
        return self.records.get(name)

    def keys(self) -> Keys:
        return Keys(self, clock=lambda: self.now)


def opinion(raw: bytes, keys: Keys | None = None, authserv_id: str = "") -> Authentication:
    mail = parse(raw, authserv_id=authserv_id)
    return with_second_opinion(mail, raw, keys or Names().keys()).authentication


@pytest.mark.parametrize(
    ("raw", "found"),
    [
        pytest.param(signed(), "pass", id="signed by its domain"),
        pytest.param(signed().replace(b"\r\n", b"\n"), "pass", id="with bare line feeds"),
        pytest.param(b"Received: by mx\r\nX-Spam: no\r\n" + signed(), "pass", id="with trace headers above"),
        pytest.param(signed().replace(b"does not", b"does"), "unknown", id="altered"),
        pytest.param(signed() + b"and pay here\r\n", "unknown", id="written on"),
        pytest.param(signed(length=True) + b"and pay here\r\n", "unknown", id="written on where the length is stated"),
        pytest.param(b"From: boss@alder.example\r\n" + signed(), "unknown", id="a second From above"),
        pytest.param(signed(domain=b"evil.example"), "unknown", id="signed by another domain"),
        pytest.param(signed(head("a@alder.example, b@evil.example") + BODY), "unknown", id="two authors"),
        pytest.param(b"DKIM-Signature: rubbish\r\n" + head() + BODY, "unknown", id="no signature at all"),
        pytest.param(
            b"DKIM-Signature: v=1; a=rsa-sha256; d=alder.example; s=\xff; h=from; bh=; b=\r\n" + head() + BODY,
            "unknown",
            id="broken",
        ),
        pytest.param(head() + BODY, "none", id="not signed"),
    ],
)
def test_a_signature_of_the_domain_in_from_vouches_for_the_mail(raw: bytes, found: str) -> None:
    assert opinion(raw).value == found


def test_a_signature_that_is_not_the_senders_is_not_even_asked_about() -> None:
    names = Names()
    several = b"".join(signed(domain=b"evil%d.example" % number).partition(b"From:")[0] for number in range(20))
    assert opinion(several + signed(), names.keys()) is Authentication.PASS
    assert names.asked == [NAME]


def test_of_many_signatures_of_the_domain_a_few_are_tried() -> None:
    names = Names()
    names.records.clear()
    spoilt = b"".join(signed().partition(b"From:")[0].replace(b"s=s1", b"s=x%d" % number) for number in range(20))
    assert opinion(spoilt + signed(), names.keys()) is Authentication.UNKNOWN
    assert len(names.asked) == 3


def test_a_mail_of_nothing_but_spaces_is_not_looked_at() -> None:
    """It took dkimpy most of a minute, and a worker has twenty seconds."""
    names = Names()
    raw = b"DKIM-Signature: v=1; a=rsa-sha256; c=relaxed/relaxed; d=alder.example; s=s1; h=from; bh=AA==; b=AA==\r\n"
    assert opinion(raw + head() + b"\r\n" + b"x " * 400_000, names.keys()) is Authentication.NONE
    assert names.asked == []


def test_what_the_server_says_is_never_overruled() -> None:
    names = Names()
    for verdict, said in (("dmarc=fail header.from=alder.example", "fail"), ("dmarc=pass", "pass"), ("none", "pass")):
        raw = f"Authentication-Results: mx.example; {verdict}\r\n".encode() + signed()
        assert opinion(raw, names.keys(), "mx.example").value == said
    assert len(names.asked) == 1


def test_a_key_is_asked_for_once_in_its_time() -> None:
    names = Names()
    keys = names.keys()
    for _ in range(3):
        assert opinion(signed(), keys) is Authentication.PASS
    assert len(names.asked) == 1
    names.now += FOUND + 1
    opinion(signed(), keys)
    assert len(names.asked) == 2


def test_a_silent_dns_costs_one_mail_its_seconds_and_the_next_ones_nothing() -> None:
    names = Names()
    names.silent = True
    keys = names.keys()
    began = names.now
    for _ in range(10):
        assert opinion(signed(), keys) is Authentication.UNKNOWN
    assert (len(names.asked), names.now - began) == (1, SECONDS)
    names.silent = False
    names.now += SILENCE + 1
    assert opinion(signed(), keys) is Authentication.PASS


@pytest.fixture
def name_server(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """A real one on loopback, which knows one key; what it was asked."""
    message, rrset = importlib.import_module("dns.message"), importlib.import_module("dns.rrset")
    resolver = importlib.import_module("dns.resolver")
    asked: list[str] = []
    with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as wire:
        wire.bind(("127.0.0.1", 0))

        def serve() -> None:
            while True:
                query, client = wire.recvfrom(4096)
                if query == b"stop":
                    return
                question = message.from_wire(query)
                name = question.question[0].name.to_text()
                asked.append(name)
                answer = message.make_response(question)
                if name.startswith("late."):
                    continue
                if name == NAME:
                    halves = " ".join(f'"{each.decode()}"' for each in (PUBLIC[:100], PUBLIC[100:]))
                    answer.answer.append(rrset.from_text(name, 60, "IN", "TXT", halves))
                else:
                    answer.set_rcode(3)
                wire.sendto(answer.to_wire(), client)

        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        ours = resolver.Resolver(configure=False)
        ours.nameservers, ours.port = ["127.0.0.1"], wire.getsockname()[1]
        monkeypatch.setattr(resolver, "default_resolver", ours)
        yield asked
        with closing(socket.socket(socket.AF_INET, socket.SOCK_DGRAM)) as end:
            end.sendto(b"stop", ("127.0.0.1", ours.port))
        thread.join(5)


def test_keys_come_from_the_dns(name_server: list[str]) -> None:
    assert from_dns(NAME, 2) == PUBLIC
    assert from_dns("no.alder.example.", 2) is None
    with pytest.raises(NoAnswer):
        from_dns("late.alder.example.", 0.2)
    assert "late.alder.example." in name_server


def test_a_worker_asks_for_a_second_opinion_where_the_mailbox_wants_one(name_server: list[str]) -> None:
    policy = read_policy("irex", Renderer(None).letters()).policy
    assert understand(signed(), policy, Trust(dkim=True)).mail.authentication is Authentication.PASS
    assert understand(signed(), policy, Trust()).mail.authentication is Authentication.NONE
    assert name_server == [NAME]
