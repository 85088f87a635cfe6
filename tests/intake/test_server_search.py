"""Servers are found by what a domain publishes, in its order; what a stranger publishes can do no harm."""

from collections.abc import Callable, Sequence
from typing import Literal

import pytest

from intake.server_lookups import Network
from intake.server_search import KNOWN, Server, Servers, Wire, provider_of, read_document, search
from intake.setting_values import Security
from tests.servers.mailhost import Mailhost

DOCUMENT = b"""<?xml version="1.0"?>
<clientConfig version="1.1"><emailProvider id="example.com">
  <incomingServer type="pop3"><hostname>pop.example.com</hostname><port>995</port><socketType>SSL</socketType>
  </incomingServer>
  <incomingServer type="imap"><hostname>imap.%EMAILDOMAIN%</hostname><port>993</port><socketType>SSL</socketType>
    <username>%EMAILLOCALPART%</username></incomingServer>
  <outgoingServer type="smtp"><hostname>smtp.example.com</hostname><port>587</port><socketType>STARTTLS</socketType>
    <username>%EMAILADDRESS%</username></outgoingServer>
</emailProvider></clientConfig>"""


class Told:
    """A network that says what a test puts into it."""

    def __init__(self) -> None:
        self.known: dict[str, list[tuple[str, int]]] = {}
        self.documents: dict[str, bytes] = {}
        self.doors: dict[tuple[str, int], Security] = {}

    def records(self, name: str, kind: Literal["MX", "SRV"]) -> Sequence[tuple[str, int]]:
        return self.known.get(f"{kind} {name}", ())

    def document(self, url: str) -> bytes | None:
        return self.documents.get(url)

    def security(self, host: str, port: int, wire: Wire) -> Security | None:
        return self.doors.get((host, port))

    def together(self, asked: Sequence[Callable[[], object]]) -> list[object]:
        return [one() for one in asked]


def test_a_domain_that_says_nothing_leaves_everything_to_be_asked() -> None:
    assert search("support@example.com", Told()) == Servers()


@pytest.mark.parametrize(
    ("exchanger", "provider"),
    [("example-com.mail.protection.outlook.com.", "microsoft"), ("ASPMX.L.GOOGLE.com.", "google")],
)
def test_providers_that_take_no_passwords_are_known_by_their_mx(exchanger: str, provider: str) -> None:
    told = Told()
    told.known["MX example.com"] = [(exchanger, 0)]
    found = search("support@example.com", told)
    assert found.imap is not None
    assert found in KNOWN.values()
    assert provider_of(found.imap.host) == provider


def test_an_mx_that_only_looks_like_a_providers_is_not_his() -> None:
    told = Told()
    told.known["MX example.com"] = [("notgoogle.com.", 0)]
    assert search("support@example.com", told) == Servers()


def test_srv_records_come_before_documents_and_a_dot_says_that_there_is_none() -> None:
    told = Told()
    told.known["SRV _imaps._tcp.example.com"] = [(".", 0)]
    told.known["SRV _imap._tcp.example.com"] = [("box.example.com.", 143)]
    told.documents["https://autoconfig.example.com/mail/config-v1.1.xml"] = DOCUMENT
    found = search("support@example.com", told)
    assert found.imap == Server("box.example.com", 143, "starttls")
    assert found.smtp == Server("smtp.example.com", 587, "starttls", "support@example.com")
    assert "SRV" in found.source


def test_a_document_says_servers_and_user_names() -> None:
    told = Told()
    url = "https://example.com/.well-known/autoconfig/mail/config-v1.1.xml"
    told.documents[url] = DOCUMENT
    found = search("support@example.com", told)
    assert (found.imap, found.source) == (Server("imap.example.com", 993, "tls", "support"), url)


@pytest.mark.parametrize(
    "text",
    [
        b"<html>404</html>",
        b"not XML",
        b'<!DOCTYPE x [<!ENTITY a "b">]>' + DOCUMENT,
        DOCUMENT.replace(b">SSL<", b">plain<").replace(b">STARTTLS<", b">plain<"),
        DOCUMENT.replace(b"993", b"99999999999").replace(b"587", b"0"),
        DOCUMENT.replace(b"993", "\u0663".encode()).replace(b"587", b"x"),
    ],
)
def test_a_document_that_says_nothing_useful_is_none(text: bytes) -> None:
    assert read_document(text, "support@example.com") == Servers()


def test_the_usual_names_are_asked_last_and_never_for_plain_text() -> None:
    told = Told()
    told.doors = {("imap.example.com", 993): "none", ("mail.example.com", 143): "starttls"}
    told.doors[("smtp.example.com", 465)] = "tls"
    found = search("support@example.com", told)
    assert found.imap == Server("mail.example.com", 143, "starttls")
    assert found.smtp == Server("smtp.example.com", 465, "tls")


@pytest.mark.mailhost
def test_a_knock_tells_how_a_real_server_wants_to_be_spoken_to(mailhost: Mailhost) -> None:
    network = Network()
    assert network.security("127.0.0.1", mailhost.imaps, "imap") == "tls"
    assert network.security("127.0.0.1", mailhost.imap, "imap") == "starttls"
    assert network.security("127.0.0.1", mailhost.submission, "smtp") == "starttls"
    assert network.security("127.0.0.1", mailhost.smtps, "smtp") == "tls"
    assert network.security("127.0.0.1", mailhost.imap, "smtp") is None
    assert network.security("127.0.0.1", 1, "imap") is None
