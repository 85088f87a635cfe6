"""The servers that tests share.

A real server that is missing skips its tests in one line, and fails them where CI is set.
"""

from collections.abc import Iterator

import pytest

from tests import stores
from tests.servers import postgres
from tests.servers.install import in_ci
from tests.servers.mailhost import Mailhost, obstacle


def pytest_runtest_setup(item: pytest.Item) -> None:
    # Skipped from here, not from the fixture: pytest folds skips of one place and one reason into one line.
    if "mailhost" in getattr(item, "fixturenames", ()) and (why := obstacle()) and not in_ci():
        pytest.skip(f"no mail host: {why}")


@pytest.fixture(autouse=True)
def stores_of_the_test() -> Iterator[None]:
    """Databases are taken back after each test; files go with its directory."""
    before = stores.in_use()  # a module's
    yield
    stores.take_back(before)


def pytest_sessionstart() -> None:
    if stores.ENGINE not in stores.ENGINES:
        pytest.exit(f"INTAKE_TEST_ENGINE is one of {', '.join(stores.ENGINES)}; {stores.ENGINE!r} is none", 2)
    if stores.ENGINE != "sqlite" and (why := postgres.obstacle()):
        pytest.exit(f"no PostgreSQL: {why}", 1)


@pytest.fixture(scope="session")
def mailhost() -> Iterator[Mailhost]:
    """Postfix and Dovecot, running. Whoever stops a part of it starts it again."""
    if why := obstacle():
        pytest.fail(f"no mail host: {why}")
    host = Mailhost()
    yield host
    host.stop()
