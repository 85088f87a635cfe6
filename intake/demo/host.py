"""A mail host inside this process: an IMAP server (pymap) and an SMTP server (aiosmtpd) on loopback, all in memory.

Every login has an INBOX; what is sent to anybody else lands in the box of `EVERYBODY_ELSE`, and nothing ever leaves
this machine. There is no TLS, as there is nobody to listen. Both servers live in one thread with an event loop of its
own. Needs the extra `demo`; importing this module without it raises ImportError.
"""

import asyncio
import hashlib
import logging
import threading
from argparse import Namespace
from collections.abc import Collection
from datetime import UTC, datetime
from types import TracebackType
from typing import Any, Self

from aiosmtpd.smtp import SMTP, AuthResult, Envelope, LoginPassword, Session
from proxyprotocol.reader import ProxyProtocolReader
from pymap.backend.dict import Config, Identity, Login
from pymap.backend.dict.filter import FilterSet
from pymap.backend.dict.mailbox import MailboxData, MailboxSet
from pymap.concurrent import Event
from pymap.imap import IMAPServer
from pymap.parsing.message import AppendMessage
from pymap.parsing.specials import ObjectId
from pymap.parsing.specials.flag import Answered, Deleted, Draft, Flag, Flagged, Seen, Wildcard
from pymap.selected import SelectedMailbox
from pymap.user import UserMetadata
from pysasl.hashing import Cleartext

HOST = "127.0.0.1"
NAME = "mail.demo.example"
USUAL_IMAP_PORT, USUAL_SMTP_PORT = 1143, 1025
"""Taken when they are free, so that a mail client once pointed here finds the next demo too."""
EVERYBODY_ELSE = "everybody-else"
LARGEST_MAIL = 33_554_432

logging.getLogger("mail.log").setLevel(logging.CRITICAL)  # aiosmtpd tells its own deprecations at each login

ANY_KEYWORD = frozenset({Seen, Deleted, Flagged, Answered, Draft, Wildcard})


class MailHost:
    """Runs between `start` and `stop`, or as a context manager. `start` raises OSError when there is no free port."""

    def __init__(self, users: Collection[str], password: str) -> None:
        """`users` are addresses, and log in by them; all with one password."""
        self.users = {user.casefold() for user in users} | {EVERYBODY_ELSE}
        self.password = password
        self.imap_port = 0
        self.smtp_port = 0
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread = threading.Thread(target=self._live, name="mail host", daemon=True)
        self._up = threading.Event()
        self._end = asyncio.Event()
        self._fault: BaseException | None = None

    def start(self) -> Self:
        self._thread.start()
        self._up.wait()
        if self._fault is not None:
            raise self._fault
        return self

    def stop(self) -> None:
        """Ends every connection. A second time does nothing."""
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._end.set)
            self._thread.join()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def _live(self) -> None:
        try:
            asyncio.run(self._serve())
        except BaseException as error:  # noqa: BLE001  (handed to the thread that waits in `start`)
            self._fault = error
        finally:
            self._up.set()

    async def _serve(self) -> None:
        self._loop = loop = asyncio.get_running_loop()
        config = _Config.of(self.password)
        config.apply_context()
        login = Login(config)
        for user in self.users:
            login.users_dict[user] = UserMetadata(config, user, password=self.password)
            config.set_cache[user] = (_Folders(), FilterSet())
        boxes = _Boxes(login, self.users)
        imap = ProxyProtocolReader(config.proxy_protocol).get_callback(IMAPServer(login, config))
        imap_server = await _listen(USUAL_IMAP_PORT, lambda port: asyncio.start_server(imap, HOST, port))
        smtp_server = await _listen(
            USUAL_SMTP_PORT, lambda port: loop.create_server(lambda: self._smtp(boxes), HOST, port)
        )
        async with imap_server, smtp_server:
            self.imap_port = imap_server.sockets[0].getsockname()[1]
            self.smtp_port = smtp_server.sockets[0].getsockname()[1]
            self._up.set()
            await self._end.wait()

    def _smtp(self, boxes: "_Boxes") -> SMTP:
        return SMTP(
            boxes,
            data_size_limit=LARGEST_MAIL,
            enable_SMTPUTF8=True,
            hostname=NAME,  # otherwise it asks the resolver, which may have no network to ask
            ident="Intake demo",
            auth_require_tls=False,
            authenticator=self._authenticate,
            loop=asyncio.get_running_loop(),
        )

    def _authenticate(self, _server: SMTP, _session: Session, _envelope: Envelope, _how: str, given: Any) -> AuthResult:
        known = isinstance(given, LoginPassword) and given.login.decode("utf-8", "replace").casefold() in self.users
        right = known and given.password.decode("utf-8", "replace") == self.password
        return AuthResult(success=right, handled=False)  # not handled: aiosmtpd itself says 535


class _Boxes:
    """Puts what SMTP takes into the boxes of its recipients."""

    def __init__(self, login: Login, users: Collection[str]) -> None:
        self.login = login
        self.users = users

    async def handle_DATA(self, _server: SMTP, session: Session, envelope: Envelope) -> str:
        """Answers with the SHA-256 of what the boxes hold, as other servers do with their queue's number."""
        now = datetime.now(UTC)
        raw = _trace(envelope.mail_from or "", session.host_name or "", now) + (envelope.original_content or b"")
        if b"\r\n\r\n" not in raw:
            raw += b"\r\n"  # of a mail that is all headers, pymap drops the last octet
        for box in sorted({self._box(recipient) for recipient in envelope.rcpt_tos}):
            async with Identity(box, self.login, None, frozenset()).new_session() as owner:
                inbox = await owner.mailbox_set.get_mailbox("INBOX")
                await inbox.append(AppendMessage(raw, now), recent=True)
        return f"250 2.0.0 Ok: queued as {hashlib.sha256(raw).hexdigest()}"

    def _box(self, recipient: str) -> str:
        return recipient.casefold() if recipient.casefold() in self.users else EVERYBODY_ELSE


class _Config(Config):
    """pymap's in-memory backend, without TLS and without questions to the resolver."""

    @classmethod
    def of(cls, password: str) -> Self:
        options = Namespace(
            host=HOST,
            port=0,
            debug=False,
            cert=None,
            key=None,
            tls=False,
            proxy_protocol=None,
            passlib_cfg=None,
            demo_data=False,
            demo_user="",
            demo_password=password,
        )
        return cls.from_args(options, hash_context=Cleartext())

    @property
    def greeting(self) -> bytes:
        return b"Intake demo ready"


class _Box(MailboxData):
    """A folder with what pymap's own lacks."""

    @property
    def permanent_flags(self) -> frozenset[Flag]:
        """With the wildcard (RFC 3501 §7.1) clients may make keywords of their own; without it pymap drops them."""
        return ANY_KEYWORD

    async def update_selected(self, selected: SelectedMailbox, *, wait_on: Event | None = None) -> SelectedMailbox:
        """What came since the client last heard is told at once: pymap's IDLE waits for the next thing to happen."""
        news = selected.mod_sequence is None or selected.mod_sequence < self._mod_sequences.highest
        return await super().update_selected(selected, wait_on=None if news else wait_on)


class _Folders(MailboxSet):
    """The folders of one user."""

    def __init__(self) -> None:
        super().__init__()
        self._inbox = _Box(self._content_cache, self._thread_cache)

    async def add_mailbox(self, name: str) -> ObjectId:
        async with self._set_lock.write_lock():
            if name in self._set:
                raise ValueError(name)
            self._set[name] = box = _Box(self._content_cache, self._thread_cache)
            return box.mailbox_id


def _trace(sender: str, helo: str, now: datetime) -> bytes:
    """The lines that a final delivery puts on top (RFC 5321 §4.4)."""
    greeted = "".join(c for c in helo if c.isalnum() or c in ".-[]:") or "unknown"
    path = "".join(c for c in sender if c.isprintable())
    date = now.strftime("%a, %d %b %Y %H:%M:%S +0000")
    return f"Return-Path: <{path}>\r\nReceived: from {greeted} by {NAME} with ESMTP; {date}\r\n".encode()


async def _listen(usual: int, listen: Any) -> asyncio.Server:
    try:
        server: asyncio.Server = await listen(usual)
    except OSError:
        server = await listen(0)
    return server
