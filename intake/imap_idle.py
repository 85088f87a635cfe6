"""IDLE (RFC 2177) without IMAPClient's idle_check, which hides dead connections and data that came with the "+".

One window: `begin`, wait on the socket for as long as it says, `end`. What the server said in it is thrown away: IDLE
is a hint, a search tells. `end` raises what a dead connection raises.
"""

import imaplib
import selectors
import socket
from typing import Any

LONGEST = 240.0
"""Seconds. Routers forget quiet connections after five minutes, servers may after thirty."""
BLIND = 60.0
"""Where the client's buffer cannot be looked into (imaplib changes in Python 3.14)."""


def told_already(client: Any) -> bool:
    """Whether the server told of new mail since the last search began; the telling is forgotten.

    Mail that comes while a search is answered is not in its answer; its EXISTS stands beside it (seen with pymap, and
    RFC 3501 section 7.3.1 allows it in any answer), and a server tells nobody twice.
    """
    return client._imap.untagged_responses.pop("EXISTS", None) is not None


def begin(client: Any) -> float | None:
    """Seconds to wait at most, 0 where there is news already.

    None where the server refuses to idle; the connection is good all the same.
    """
    try:
        client.idle()
        return _patience(client)
    except imaplib.IMAP4.abort:
        raise
    except imaplib.IMAP4.error as error:
        if not str(error).startswith("Unexpected IDLE response"):
            raise
    # An untagged answer may come before the "+"; IMAPClient stops there, halfway into IDLE.
    wire, tag = client._imap, client._idle_tag
    while not wire.tagged_commands[tag]:
        if wire._get_response() is None:
            return 0
    wire.tagged_commands.pop(tag)
    return None


def _patience(client: Any) -> float:
    # News that came in one segment with the "+" sits in imaplib's buffer, where no poll sees it.
    wire = client.socket()
    pending = getattr(wire, "pending", None)
    if pending is not None and pending():
        return 0
    peek = getattr(getattr(client._imap, "file", None), "peek", None)
    if peek is None:
        return BLIND
    seconds = wire.gettimeout()
    wire.setblocking(False)
    try:
        return 0 if peek(1) else LONGEST
    except OSError:  # nothing there yet; ssl says it in its own way
        return LONGEST
    finally:
        wire.settimeout(seconds)


def end(client: Any) -> None:
    client.idle_done()
    # imaplib keeps every untagged answer that nobody asked for.
    client._imap.untagged_responses.clear()


def readable(sockets: list[socket.socket], seconds: float) -> list[socket.socket]:
    """Those with something to read, as soon as there are any; select() would fail above a thousand descriptors."""
    with selectors.PollSelector() as selector:
        for each in sockets:
            selector.register(each, selectors.EVENT_READ)
        return [key.fileobj for key, _ in selector.select(seconds) if isinstance(key.fileobj, socket.socket)]
