"""Finds the mail servers of an address: by what its domain publishes, and by knocking where it publishes nothing.

In this order: the MX of providers that we know, SRV records (RFC 6186, RFC 8314), the documents that mail programs ask
for (config-v1.1.xml), and the usual names. It only proposes: a log-in proves. The network is behind `Sources`
(`intake.server_lookups`), whose every answer may be missing.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Literal, Protocol
from xml.etree import ElementTree

from intake.oauth.settings import Provider
from intake.setting_values import Security

Wire = Literal["imap", "smtp"]
PORTS: dict[Wire, tuple[int, ...]] = {"imap": (993, 143), "smtp": (587, 465)}
BY_PORT: dict[int, Security] = {993: "tls", 143: "starttls", 465: "tls", 587: "starttls", 25: "starttls"}


@dataclass(frozen=True, slots=True)
class Server:
    host: str
    port: int
    security: Security
    username: str = ""
    """What the domain says one logs in with; "" where it does not say."""


@dataclass(frozen=True, slots=True)
class Servers:
    imap: Server | None = None
    smtp: Server | None = None
    source: str = ""
    """How they were found, to complete "found by …"; "" where they were not."""


class Sources(Protocol):
    """What the network says of a domain. Nothing is raised, and nothing takes longer than some seconds."""

    def records(self, name: str, kind: Literal["MX", "SRV"]) -> Sequence[tuple[str, int]]:
        """Hosts with their ports (0 for MX), the preferred first."""

    def document(self, url: str) -> bytes | None:
        """What a web server has there."""

    def security(self, host: str, port: int, wire: Wire) -> Security | None:
        """How a server there wants to be spoken to; None where none answers."""

    def together(self, asked: Sequence[Callable[[], object]]) -> list[object]:
        """The answers to all of these, asked at the same time; None for what took too long."""


KNOWN: dict[Provider, Servers] = {
    "microsoft": Servers(
        Server("outlook.office365.com", 993, "tls"), Server("smtp.office365.com", 587, "starttls"), "its MX"
    ),
    "google": Servers(Server("imap.gmail.com", 993, "tls"), Server("smtp.gmail.com", 587, "starttls"), "its MX"),
}
MX: tuple[tuple[str, Provider], ...] = (
    (".mail.protection.outlook.com", "microsoft"),
    (".mx.microsoft", "microsoft"),
    (".olc.protection.outlook.com", "microsoft"),
    (".google.com", "google"),
    (".googlemail.com", "google"),
)
SRV: tuple[tuple[Wire, str, Security], ...] = (
    ("imap", "_imaps._tcp", "tls"),
    ("imap", "_imap._tcp", "starttls"),
    ("smtp", "_submission._tcp", "starttls"),
    ("smtp", "_submissions._tcp", "tls"),
)
DOCUMENTS = (
    "https://autoconfig.{domain}/mail/config-v1.1.xml",
    "https://{domain}/.well-known/autoconfig/mail/config-v1.1.xml",
)


def search(address: str, sources: Sources) -> Servers:
    """What is known of the servers of this address; either may be missing."""
    domain = address.rpartition("@")[2]
    exchangers, *published = sources.together(
        [
            partial(sources.records, domain, "MX"),
            partial(_by_srv, domain, sources),
            *(partial(_by_document, url.format(domain=domain), address, sources) for url in DOCUMENTS),
        ]
    )
    for host, _port in exchangers if isinstance(exchangers, list | tuple) else ():
        for ending, provider in MX:
            if host.casefold().rstrip(".").endswith(ending):
                return KNOWN[provider]
    found = Servers()
    for one in published:
        if isinstance(one, Servers):
            found = _completed(found, one)
    return found if found.imap and found.smtp else _completed(found, _by_knocking(domain, sources))


def provider_of(host: str) -> Provider:
    """Whose server this is, if it is one of those that take no passwords; "" for all others."""
    for provider, servers in KNOWN.items():
        if servers.imap and servers.imap.host == host.casefold():
            return provider
    return ""


def _completed(found: Servers, further: Servers) -> Servers:
    source = found.source or (further.source if further.imap or further.smtp else "")
    return Servers(found.imap or further.imap, found.smtp or further.smtp, source)


def _by_srv(domain: str, sources: Sources) -> Servers:
    found: dict[Wire, Server] = {}
    for wire, service, security in SRV:
        if wire not in found:
            for host, port in sources.records(f"{service}.{domain}", "SRV"):
                if host.rstrip("."):  # RFC 6186 section 3.4: "." says that there is no such service
                    found[wire] = Server(host.rstrip("."), port, security)
                    break
    return Servers(found.get("imap"), found.get("smtp"), "its SRV records in the DNS")


def _by_document(url: str, address: str, sources: Sources) -> Servers:
    text = sources.document(url)
    return replace(read_document(text, address), source=url) if text else Servers()


def read_document(text: bytes, address: str) -> Servers:
    """What a config-v1.1.xml says (wiki.mozilla.org/Thunderbird:Autoconfiguration:ConfigFileFormat)."""
    if b"<!DOCTYPE" in text or b"<!ENTITY" in text:  # no such document has one, and entities can be made to explode
        return Servers()
    try:
        root = ElementTree.fromstring(text)  # noqa: S314 - without entities, and expat bounds what remains
    except (ElementTree.ParseError, ValueError, LookupError):
        return Servers()
    return Servers(
        next(_servers(root, "incomingServer", "imap", address), None),
        next(_servers(root, "outgoingServer", "smtp", address), None),
    )


def _servers(root: ElementTree.Element, tag: str, kind: str, address: str) -> Iterator[Server]:
    securities: dict[str, Security] = {"SSL": "tls", "STARTTLS": "starttls"}
    local, _, domain = address.rpartition("@")
    for one in root.iter(tag):
        host, port, how = (_said(one, key) for key in ("hostname", "port", "socketType"))
        host, username = (
            text.replace("%EMAILADDRESS%", address).replace("%EMAILLOCALPART%", local).replace("%EMAILDOMAIN%", domain)
            for text in (host, _said(one, "username"))
        )
        usable = host.isprintable() and username.isprintable() and port.isascii() and port.isdigit()
        if one.get("type") == kind and host and usable and 0 < int(port[:6]) < 65536 and how in securities:
            yield Server(host, int(port), securities[how], username)


def _said(one: ElementTree.Element, key: str) -> str:
    return (one.findtext(key) or "").strip()


def _by_knocking(domain: str, sources: Sources) -> Servers:
    names: dict[Wire, tuple[str, ...]] = {"imap": ("imap", "mail"), "smtp": ("smtp", "mail")}
    doors = [(wire, f"{name}.{domain}", port) for wire in names for name in names[wire] for port in PORTS[wire]]
    answers = sources.together([partial(sources.security, host, port, wire) for wire, host, port in doors])
    found: dict[Wire, Server] = {}
    for (wire, host, port), answer in zip(doors, answers, strict=True):
        if answer in ("tls", "starttls") and wire not in found:
            found[wire] = Server(host, port, answer)
    return Servers(found.get("imap"), found.get("smtp"), "asking at the usual names")
