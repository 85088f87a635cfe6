"""One kept SMTP connection: opens it over TLS as configured, logs in, and exchanges commands for replies.

aiosmtplib opens it and logs in; from then on `intake.smtp_talk` has the connection. Whatever happens that is no whole
reply (no answer, a closed connection, a cancelled task) closes it, because its next reply would be taken for another
letter's. What replies mean is for `intake.smtp`.
"""

import asyncio
import re
import socket
from datetime import datetime

from aiosmtplib import (
    SMTP,
    SMTPAuthenticationError,
    SMTPException,
    SMTPResponseException,
)

from intake.limits import Limit, Limited
from intake.oauth.cache import Token
from intake.oauth.remedies import NO_GRANT, refused
from intake.oauth.source import TokenSource, source_of
from intake.settings import SmtpSettings
from intake.smtp_limits import limit_of
from intake.smtp_talk import Broken, Reply, Talk, lines
from intake.tls import certificate_ends, forbid_plain_text, trust
from intake.trouble import Misconfigured, connect_trouble, one_line
from rules.facts import TryLater

TABLE = "[mailbox.smtp]"
FIRST_DOT = re.compile(rb"(?m)^\.")
LINE_END = re.compile(rb"\r\n|\n|\r")


class Wire:
    def __init__(self, settings: SmtpSettings, seconds: float) -> None:
        self.place = f"SMTP {settings.host}:{settings.port}"
        self._settings, self._seconds = settings, seconds
        self.certificate_ends: datetime | None = None
        """As the server showed it last; None where it showed none."""
        self._talk: Talk | None = None
        self._offers: dict[str, str] = {}

    @property
    def open(self) -> bool:
        return self._talk is not None and self._talk.open

    async def connect(self) -> None:
        """Raises TryLater or Misconfigured; a refusal here is about us and never about a letter."""
        self.close()
        settings = self._settings
        forbid_plain_text(settings, TABLE)
        # A connection that can log in with nothing is not worth opening.
        tokens = self._tokens() if settings.username and settings.auth == "xoauth2" else None
        token = await tokens.token_soon() if tokens else None
        client = SMTP(
            hostname=settings.host,
            port=settings.port,
            timeout=self._seconds,
            # The default asks the DNS for this machine's name, slowly.
            local_hostname=_own_name(),
            use_tls=settings.security == "tls",
            # The default None would go on in plain text where somebody strips the offer.
            start_tls=settings.security == "starttls",
            tls_context=None if settings.security == "none" else trust(settings, TABLE),
        )
        try:
            # Twice the time of one answer for name, connection, TLS and greetings together.
            await asyncio.wait_for(self._open(client, tokens, token), 2 * self._seconds)
        except (SMTPException, OSError) as error:
            _abort(client)
            raise self._explained(error) from error
        except BaseException:
            _abort(client)
            raise
        if not isinstance(client.transport, asyncio.Transport):
            raise TryLater(f"{self.place}: the server closed the connection; it is tried again")
        self.certificate_ends = certificate_ends(client.transport.get_extra_info("peercert"))
        self._talk = Talk(client.transport)

    def _tokens(self) -> TokenSource:
        if self._settings.grant is None:
            raise Misconfigured(f"{self.place}: nothing says how to get a token; {NO_GRANT}")
        return source_of(self._settings.grant)

    async def _open(self, client: SMTP, tokens: TokenSource | None, token: Token | None) -> None:
        settings = self._settings
        await client.connect()
        if client.is_ehlo_or_helo_needed:
            await client.ehlo()
        self._offers = dict(client.esmtp_extensions)
        if not settings.username:
            return
        if tokens is None or token is None:
            await _log_in(client, settings.username, settings.password.get_secret_value())
        elif "xoauth2" in client.server_auth_methods:
            await _present(client, settings.username, tokens, token)
        else:
            remedy = f'set auth = "password" in {TABLE}, or another host and port'
            raise Misconfigured(f"{self.place}: the server takes no access token (XOAUTH2); {remedy}")

    def _explained(self, error: Exception) -> TryLater:
        if isinstance(error, SMTPAuthenticationError):
            return self._refused_login(error)
        if isinstance(error, SMTPResponseException):
            words = f"{error.code} {one_line(error.message)}"
            said = f"{self.place}: the server takes no mail from us now ({words}); it is tried again"
            return Limited(said, limit) if (limit := _limit(error)) else TryLater(said)
        if isinstance(error, TimeoutError):
            return connect_trouble(TimeoutError(), self.place, TABLE)
        if isinstance(error.__cause__, OSError) and not isinstance(error.__cause__, SMTPException):
            return connect_trouble(error.__cause__, self.place, TABLE)
        if isinstance(error, OSError) and not isinstance(error, SMTPException):
            return connect_trouble(error, self.place, TABLE)
        if "STARTTLS" in str(error):
            remedy = f'set security = "tls" and its port (465) in {TABLE}'
            return Misconfigured(f"{self.place}: the server offers no STARTTLS; {remedy}")
        if "AUTH" in str(error) or "authentication method" in str(error):
            remedy = f"check port and security in {TABLE}, or leave username empty"
            return Misconfigured(f"{self.place}: the server offers no login that we know; {remedy}")
        return TryLater(f"{self.place}: the server closed the connection ({one_line(error)}); it is tried again")

    def _refused_login(self, error: SMTPAuthenticationError) -> TryLater:
        words = f"{error.code} {one_line(error.message)}"
        if limit := _limit(error):
            return Limited(f"{self.place}: the server takes no login now ({words}); it is tried again", limit)
        remedy = f"check username and the password of {TABLE}"
        if self._settings.auth == "xoauth2" and self._settings.grant is not None:
            remedy = refused(self._settings.grant, self._settings.username, "SMTP AUTH")
        return Misconfigured(f"{self.place}: login as {self._settings.username} refused ({words}); {remedy}")

    def offers(self, extension: str) -> str | None:
        """An extension's parameters, as announced when the connection was opened; None where the server lacks it."""
        return self._offers.get(extension.lower())

    async def ask(self, *commands: str, seconds: float = 0) -> list[Reply | Broken]:
        """The answer to each, all of which are sent at once; Broken from the first on that has none."""
        return await self._exchange(lines(commands), len(commands), seconds or self._seconds)

    async def send(self, raw: bytes | None, seconds: float) -> Reply | Broken:
        """The content (or none at all), once DATA was answered with 354, and what the server says to its end."""
        (answer,) = await self._exchange(transparent(raw) if raw is not None else b".\r\n", 1, seconds)
        return answer

    async def _exchange(self, data: bytes, replies: int, seconds: float) -> list[Reply | Broken]:
        if self._talk is None:
            return [Broken("the connection is closed")] * replies
        return await self._talk.exchange(data, replies, seconds)

    async def goodbye(self) -> None:
        if self.open:
            await self.ask("QUIT", seconds=2)
        self.close()

    def close(self) -> None:
        """At once: what was not sent yet never will be."""
        talk, self._talk = self._talk, None
        if talk is not None:
            talk.close()


def _abort(client: SMTP) -> None:
    if isinstance(client.transport, asyncio.WriteTransport):
        client.transport.abort()
    client.close()


async def _log_in(client: SMTP, username: str, password: str) -> None:
    """By the first way that the server takes. "Not now" (454 4.7.0, RFC 4954 section 6) is an answer to all of them:
    aiosmtplib would try the others as well, which counts as so many logins more."""
    ways = client.supported_auth_methods
    for number, way in enumerate(ways, 1):
        try:
            await getattr(client, f"auth_{way.replace('-', '')}")(username, password)
        except SMTPAuthenticationError as error:
            if number == len(ways) or 400 <= error.code < 500:
                raise
        else:
            return
    await client.login(username, password)  # no way that both know: it says so


async def _present(client: SMTP, username: str, tokens: TokenSource, token: Token) -> None:
    """With another token where the server refuses the first, which may have been withdrawn."""
    try:
        await client.auth_xoauth2(username, token.value)
    except SMTPAuthenticationError as error:
        if 400 <= error.code < 500 or (other := await tokens.another_soon(token)) is None:
            raise
        await client.auth_xoauth2(username, other.value)


def _limit(error: SMTPResponseException) -> Limit | None:
    """Of a refusal before any letter."""
    return limit_of(error.code, one_line(error.message), at_mail=True)


def transparent(raw: bytes) -> bytes:
    """The content as it goes over the wire: CRLF line ends, dots doubled, the final dot (RFC 5321 section 4.5.2)."""
    if not raw.count(b"\r\n") == raw.count(b"\n") == raw.count(b"\r"):
        raw = LINE_END.sub(b"\r\n", raw)
    if b"\n." in raw or raw.startswith(b"."):
        raw = FIRST_DOT.sub(b"..", raw)
    return raw + (b".\r\n" if raw.endswith(b"\r\n") else b"\r\n.\r\n")


def _own_name() -> str:
    name = socket.gethostname()
    return name if re.fullmatch(r"[A-Za-z0-9.-]+", name) and "." in name.strip(".") else "[127.0.0.1]"
