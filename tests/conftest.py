"""The servers that tests share.

A real server that is missing skips its tests in one line, and fails them where CI is set.
"""

from collections.abc import Iterator

import pytest

from tests.servers.install import in_ci
from tests.servers.mailhost import Mailhost, obstacle


@pytest.fixture(scope="session")
def mailhost() -> Iterator[Mailhost]:
    """Postfix and Dovecot, running. Whoever stops a part of it starts it again."""
    if why := obstacle():
        (pytest.fail if in_ci() else pytest.skip)(f"mailhost: {why}")
    host = Mailhost()
    yield host
    host.stop()
