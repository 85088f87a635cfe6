"""How much memory the daemon takes with a large mail and a backlog; `tests.bench.memory` measures the whole of it."""

from pathlib import Path

import pytest

from tests.bench.memory import MAIN_MOST, WORKER_MOST, fill, measure
from tests.intake.installation import Installation
from tests.servers.mailhost import Mailhost
from tests.servers.sink import Sink

LARGE = 30_000_000


@pytest.mark.mailhost
def test_a_large_mail_and_a_backlog_keep_each_process_within_bounds(mailhost: Mailhost, tmp_path: Path) -> None:
    """One mail of 30 MB and thirty small ones; the bounds are those of one of 50 MB."""
    with Sink() as sink:
        settings = {"workers": 1, "max_mail_bytes": LARGE + 1_000_000}
        support, sam = mailhost.someone("support"), mailhost.someone("sam")
        intake = Installation(tmp_path / "intake", mailhost, support, sam, smtp_port=sink.port, daemon=settings)
        fill(intake, 30, [LARGE], people=30)
        peaks = measure(intake, 31, 120)
    assert intake.ends() == {"ticket": 31}
    spare = 20_000  # what a mail of 50 MB takes more, and once
    assert peaks.main < MAIN_MOST * 1000 - spare
    assert 50_000 < peaks.worker < WORKER_MOST * 1000 - spare
