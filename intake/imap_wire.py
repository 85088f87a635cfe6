"""IMAPClient with its dangerous defaults taken off, and one place that says what its exceptions mean.

`open_wire` gives a connected client over TLS as configured, not yet logged in. Every exchange after that happens within
`talking`, which ends a server that trickles and turns each failure into TryLater; a wire that broke is closed by then.
It leaves folders and mail to `intake.imap`.
"""

import imaplib
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any

from imapclient import IMAPClient, SocketTimeout

from intake.limits import limited
from intake.settings import ImapSettings
from intake.tls import certificate_ends, forbid_plain_text, trust
from intake.trouble import Misconfigured, connect_trouble, one_line
from rules.facts import TryLater

TABLE = "[mailbox.imap]"
NOT_CONNECTED = "authenticated but not connected"
"""As Exchange refuses whatever follows a log-in that was good, but not for this mailbox."""
LET_IN = "let the login into the mailbox (Add-MailboxPermission, FullAccess), and see that IMAP is on for it"

# One SEARCH answer is one line; imaplib gives up on the connection at a million bytes, some 180 000 UIDs.
imaplib._MAXLINE = 10_000_000  # type: ignore[attr-defined]


class Wire:
    """One connection. Not for two threads at once, but for `cut`."""

    def __init__(self, settings: ImapSettings, connect_seconds: float, read_seconds: float) -> None:
        self.place = f"IMAP {settings.host}:{settings.port}"
        self.read_seconds = read_seconds
        self.client: Any = None
        self.certificate_ends: datetime | None = None
        self._socket: socket.socket | None = None
        self._expired = False
        forbid_plain_text(settings, TABLE)
        context = None if settings.security == "none" else trust(settings, TABLE)
        try:
            with self._deadline(connect_seconds + read_seconds):
                self._open(settings, context, connect_seconds)
        except imaplib.IMAP4.error as error:
            self.drop()
            raise self._lost(error) from error
        except OSError as error:
            self.drop()
            raise connect_trouble(TimeoutError() if self._expired else error, self.place, TABLE) from error
        except BaseException:
            self.drop()
            raise

    def _open(self, settings: ImapSettings, context: ssl.SSLContext | None, connect_seconds: float) -> None:
        self._socket = socket.create_connection((settings.host, settings.port), connect_seconds)
        if context and settings.security == "tls":
            # The handshake as a whole has the socket's time.
            self._socket = context.wrap_socket(self._socket, server_hostname=settings.host)
        self._socket.settimeout(self.read_seconds)
        self.client = _Client(self._socket, settings, self.read_seconds)
        self._tame()
        if context and settings.security == "starttls":
            self._starttls(context)
        if isinstance(self._socket, ssl.SSLSocket):
            self.certificate_ends = certificate_ends(self._socket.getpeercert())

    def _tame(self) -> None:
        # IMAPClient sets 5, and every literal is then formatted with %r: three times the memory of a large mail.
        self.client._imap.debug = 0
        # Otherwise INTERNALDATE comes naive, in this machine's zone.
        self.client.normalise_times = False

    def _starttls(self, context: ssl.SSLContext) -> None:
        if not self.client.has_capability("STARTTLS"):
            remedy = f'set security = "tls" and its port (993) in {TABLE}'
            raise Misconfigured(f"{self.place}: the server offers no STARTTLS; {remedy}")
        self.client.starttls(context)
        self._socket = self.client.socket()

    @contextmanager
    def talking(self, purpose: str, seconds: float) -> Iterator[Any]:
        """Lends the client for one exchange that is over within `seconds`, however slowly the server speaks.

        Raises TryLater for whatever the server or the network did; `purpose` completes "could not …".
        """
        if self.client is None:
            raise TryLater(f"{self.place}: not connected")
        try:
            with self._deadline(seconds):
                yield self.client
        except (imaplib.IMAP4.abort, OSError) as error:
            self.drop()
            raise self._lost(error) from error
        except ValueError as error:
            if "closed file" not in str(error):
                self.drop()
                raise
            self.drop()
            raise self._lost(error) from error
        except imaplib.IMAP4.error as error:
            if "got more than" in str(error):
                # The rest of the line would be taken for the answer to something else.
                self.drop()
            words = f"could not {purpose}"
            if NOT_CONNECTED in str(error).casefold():
                raise Misconfigured(f"{self.place}: {words}: {one_line(error)}; {LET_IN}") from error
            raise limited(self.place, words, error) or TryLater(f"{self.place}: {words}: {one_line(error)}") from error
        except TryLater:
            raise
        except BaseException:
            self.drop()
            raise

    def _lost(self, error: Exception) -> TryLater:
        if self._expired:
            return TryLater(f"{self.place}: the server was too slow and was cut off; it is tried again")
        if isinstance(error, TimeoutError):
            return TryLater(f"{self.place}: no answer for {self.read_seconds:g} s; it is tried again")
        what = one_line(error) or type(error).__name__
        if isinstance(error, imaplib.IMAP4.error) and (limit := limited(self.place, "the server hung up", error)):
            return limit
        return TryLater(f"{self.place}: the server closed the connection ({what}); it is tried again")

    @contextmanager
    def _deadline(self, seconds: float) -> Iterator[None]:
        # The socket's own timeout is per read, so a byte now and then would keep a command alive for ever.
        self._expired = False
        timer = threading.Timer(seconds, self._expire)
        timer.daemon = True
        timer.start()
        try:
            yield
        finally:
            timer.cancel()

    def _expire(self) -> None:
        self._expired = True
        self.cut()

    def cut(self) -> None:
        """Ends the connection under whoever reads from it; for another thread."""
        wire = self._socket
        if wire is not None:
            # Not SSLSocket.shutdown: that takes the TLS layer away from the thread that is reading.
            with suppress(OSError):
                socket.socket.shutdown(wire, socket.SHUT_RDWR)

    def drop(self) -> None:
        """Closes without a word."""
        client, self.client = self.client, None
        wire, self._socket = self._socket, None
        if client is not None:
            with suppress(OSError, ValueError, imaplib.IMAP4.error):
                client.shutdown()
        if wire is not None:
            wire.close()


class _Client(IMAPClient):  # type: ignore[misc]
    """Speaks over a socket that is there already, so that even a greeting that trickles can be cut off."""

    def __init__(self, wire: socket.socket, settings: ImapSettings, read_seconds: float) -> None:
        self._wire = wire
        tls = settings.security == "tls"
        super().__init__(settings.host, settings.port, ssl=tls, timeout=SocketTimeout(None, read_seconds))

    def _create_IMAP4(self) -> imaplib.IMAP4:
        return _Imap4(self._wire, self.host, self.port)


class _Imap4(imaplib.IMAP4):
    def __init__(self, wire: socket.socket, host: str, port: int) -> None:
        self._wire = wire
        super().__init__(host, port)

    def _create_socket(self, timeout: float | None) -> socket.socket:
        return self._wire
