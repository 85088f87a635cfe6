"""The HTTPS over which tokens are asked for: bounded in time, with the system's authorities trusted and one more.

A proxy is taken from the environment (HTTPS_PROXY). What fails on the way is a TryLater that names the server and no
secret: they go in bodies, never in an address.
"""

import socket
import ssl
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import requests
from requests.adapters import HTTPAdapter

from intake.oauth.grant import Grant
from intake.trouble import Misconfigured, one_line
from rules.facts import TryLater

TABLE = "[mailbox.oauth]"
CONNECT_SECONDS, READ_SECONDS = 10.0, 20.0


class Session(requests.Session):
    """Not for two threads at once. Raises Misconfigured where ca_file cannot be used."""

    def __init__(self, grant: Grant) -> None:
        super().__init__()
        self.mount("https://", _Adapter(_trust(grant)))
        self.max_redirects = 0  # a body with a secret in it goes nowhere else

    def request(self, method: str, url: str | bytes, *given: Any, **named: Any) -> requests.Response:
        named.setdefault("timeout", (CONNECT_SECONDS, READ_SECONDS))
        return super().request(method, url, *given, **named)


class _Adapter(HTTPAdapter):
    def __init__(self, trust: ssl.SSLContext) -> None:
        self._trust = trust
        super().__init__()

    def init_poolmanager(self, *given: Any, **named: Any) -> None:
        super().init_poolmanager(*given, ssl_context=self._trust, **named)

    def proxy_manager_for(self, proxy: str, **named: Any) -> Any:
        return super().proxy_manager_for(proxy, ssl_context=self._trust, **named)


def _trust(grant: Grant) -> ssl.SSLContext:
    context = ssl.create_default_context()
    context.minimum_version = ssl.TLSVersion.TLSv1_2
    if grant.ca_file:
        try:
            context.load_verify_locations(cafile=grant.ca_file)
        except OSError as error:  # ssl.SSLError too
            why = error.strerror or "no certificate in it"
            remedy = f"ca_file in {TABLE} must be a PEM file this account may read"
            raise Misconfigured(f"{grant.place}: {grant.ca_file}: {why}; {remedy}") from error
    return context


def trouble(error: requests.RequestException, grant: Grant) -> TryLater:
    """What a request that came to nothing means."""
    asked = error.request.url if error.request is not None else None
    host = urlsplit(str(asked or "")).hostname
    place = f"{grant.place} ({host})" if host else grant.place
    if error.response is not None:
        return TryLater(f"{place}: HTTP status {error.response.status_code}; it is tried again")
    for cause in _causes(error):
        if isinstance(cause, ssl.SSLCertVerificationError):
            remedy = f"the authority of a proxy that looks into TLS goes into ca_file of {TABLE}"
            return Misconfigured(
                f"{place}: the certificate is not trusted ({one_line(cause.verify_message)}); {remedy}"
            )
        if isinstance(cause, socket.gaierror):
            return TryLater(
                f"{place}: the name is not found ({cause.strerror}); check the DNS and authority in {TABLE}"
            )
        if isinstance(cause, ConnectionRefusedError):
            return TryLater(f"{place}: refused; check the network, and authority in {TABLE}")
    if isinstance(error, requests.Timeout):
        return TryLater(f"{place}: no answer in time; check the network, or name a proxy by HTTPS_PROXY")
    what = one_line(next((one.strerror for one in _causes(error) if isinstance(one, OSError) and one.strerror), ""))
    return TryLater(f"{place}: no connection ({what or type(error).__name__}); check the network")


def _causes(error: BaseException) -> Iterator[BaseException]:
    """The error and what is behind it, also where a library only keeps it as `reason`; the outermost first."""
    seen: list[BaseException] = []
    waiting: list[object] = [error]
    while waiting and len(seen) < 20:
        one = waiting.pop(0)
        if isinstance(one, BaseException) and one not in seen:
            seen.append(one)
            waiting += [one.__cause__, one.__context__, getattr(one, "reason", None), *one.args]
    yield from seen
