"""The token server that these tests share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.servers.token_server import TokenServer


@pytest.fixture
def tokens(tmp_path: Path) -> Iterator[TokenServer]:
    with TokenServer(tmp_path) as server:
        yield server
