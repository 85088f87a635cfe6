"""What a real Dovecot says when it limits us, and what is made of it."""

from collections.abc import Iterator

import pytest
from pydantic import SecretStr

from intake.imap import Imap
from intake.limits import Limit, Limited
from intake.settings import ImapSettings
from tests.servers.mailhost import Mailhost

pytestmark = pytest.mark.mailhost


@pytest.fixture(scope="module")
def narrow(mailhost: Mailhost) -> Iterator[Mailhost]:
    """Beside the usual one, without which it is skipped."""
    host = Mailhost(narrow=True)
    yield host
    host.stop()


def imap_of(narrow: Mailhost, address: str) -> Imap:
    settings = ImapSettings(
        host="127.0.0.1",
        port=narrow.imaps,
        ca_file=narrow.ca_file,
        username=address,
        password=SecretStr(narrow.password),
    )
    return Imap(settings, connect_seconds=2, read_seconds=5)


def test_a_connection_too_many_is_a_limit_and_no_wrong_password(narrow: Mailhost) -> None:
    first, second = imap_of(narrow, "ana@example.test"), imap_of(narrow, "ana@example.test")
    first.connect()
    with pytest.raises(Limited) as failure:
        second.connect()
    assert failure.value.limit is Limit.CONNECTIONS
    first.close()


def test_a_full_mailbox_takes_no_copies_and_says_so(narrow: Mailhost) -> None:
    box = narrow.box("bea@example.test")
    for _ in range(2):
        box.append(b"Subject: x\r\n\r\n" + b"y" * 900_000)
    imap = imap_of(narrow, "bea@example.test")
    imap.connect()
    # without MOVE a copy stands beside its mail until that is expunged
    client = imap._wire.client  # type: ignore[union-attr]
    client._cached_capabilities = tuple(set(client.capabilities()) - {b"MOVE"})
    with pytest.raises(Limited) as failure:
        imap.file([1, 2], "Intake/Processed")
    assert failure.value.limit is Limit.QUOTA
    assert imap.connected
    assert imap.file([1, 2], "").filed == {1, 2}, "a flag takes no room"
    imap.close()
