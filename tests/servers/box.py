"""Reads and fills one mailbox by IMAP over TLS, so that tests see what arrived. Each call is a session of its own."""

import ssl
import time
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from datetime import datetime
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from imapclient import IMAPClient
from imapclient.exceptions import IMAPClientError


class Box:
    def __init__(self, address: str, password: str, port: int, trust: ssl.SSLContext) -> None:
        self.address, self.password = address, password
        self._port, self._trust = port, trust

    @contextmanager
    def session(self) -> Iterator[Any]:
        """A logged-in IMAPClient, for what the methods here do not do."""
        client = IMAPClient("127.0.0.1", self._port, ssl_context=self._trust, timeout=10)
        try:
            client.login(self.address, self.password)
            yield client
        finally:
            client.shutdown()

    def append(self, raw: bytes, folder: str = "INBOX", when: datetime | None = None) -> int:
        """Puts a mail there with `when` as its INTERNALDATE; returns its UID."""
        with self.session() as client:
            answer: bytes = client.append(folder, raw, msg_time=when)
        return int(answer.partition(b"[APPENDUID ")[2].partition(b"]")[0].split()[1])

    def raws(self, folder: str = "INBOX") -> list[bytes]:
        """The bytes of every mail there, by UID."""
        with self.session() as client:
            return list(_raws(client, folder).values())

    def all(self, folder: str = "INBOX") -> list[EmailMessage]:
        return [_parsed(raw) for raw in self.raws(folder)]

    def uids(self, folder: str = "INBOX") -> list[int]:
        with self.session() as client:
            client.select_folder(folder, readonly=True)
            return list(client.search())

    def flags(self, folder: str = "INBOX") -> dict[int, frozenset[bytes]]:
        with self.session() as client:
            client.select_folder(folder, readonly=True)
            found = client.get_flags(client.search() or [0])
            return {uid: frozenset(flags) for uid, flags in found.items()}

    def folders(self) -> list[str]:
        with self.session() as client:
            return sorted(name for _flags, _separator, name in client.list_folders())

    def delete(self, uids: list[int], folder: str = "INBOX") -> None:
        with self.session() as client:
            client.select_folder(folder)
            client.delete_messages(uids)
            client.uid_expunge(uids)

    def wait_for(self, subject: str, folder: str = "INBOX", seconds: float = 10) -> EmailMessage:
        """The first mail whose decoded subject contains this, waiting until it is there."""
        end = time.monotonic() + seconds
        seen: dict[int, EmailMessage] = {}
        with self.session() as client:
            while time.monotonic() < end:
                seen |= {uid: _parsed(raw) for uid, raw in _raws(client, folder, without=seen).items()}
                for mail in seen.values():
                    if subject in mail.get("Subject", ""):
                        return mail
                time.sleep(0.01)
        subjects = [mail.get("Subject") for mail in seen.values()]
        raise TimeoutError(f"{self.address} {folder} got no {subject!r} within {seconds} s, only {subjects}")

    def wait_for_count(self, count: int, folder: str = "INBOX", seconds: float = 10) -> list[EmailMessage]:
        """All mail there, once there are at least so many."""
        end = time.monotonic() + seconds
        with self.session() as client:
            while time.monotonic() < end:
                raws = _raws(client, folder)
                if len(raws) >= count:
                    return [_parsed(raw) for raw in raws.values()]
                time.sleep(0.01)
        raise TimeoutError(f"{self.address} {folder} holds {len(raws)} mails after {seconds} s, not {count}")


def _raws(client: Any, folder: str, without: Collection[int] = ()) -> dict[int, bytes]:
    try:
        client.select_folder(folder, readonly=True)
    except IMAPClientError as error:
        if "doesn't exist" in str(error):
            return {}
        raise
    wanted = [uid for uid in client.search() if uid not in without]
    answers = client.fetch(wanted, ["BODY.PEEK[]"]) if wanted else {}
    return {uid: answers[uid][b"BODY[]"] for uid in wanted if answers.get(uid, {}).get(b"BODY[]")}


def _parsed(raw: bytes) -> EmailMessage:
    return message_from_bytes(raw, policy=policy.default)
