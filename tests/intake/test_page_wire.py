"""What Apprise is asked, and that nothing of a URL comes out again."""

import logging
import subprocess
import sys

import pytest

from intake import page_wire
from intake.page_wire import Paged, look_at, send
from tests.servers.webhook import Webhook


def test_a_page_is_sent_as_plain_text() -> None:
    with Webhook() as hook:
        assert send(hook.url, "[EX-1] Reminder", "EX-1 <b>&amp; *not bold*") == Paged(True)
    (posted,) = hook.posted
    assert (posted["title"], posted["message"]) == ("[EX-1] Reminder", "EX-1 <b>&amp; *not bold*")


@pytest.mark.parametrize(
    ("status", "reason"),
    [(500, "the service answered 500"), (403, "the service answered 403")],
)
def test_a_refusal_is_told_by_its_status_alone(status: int, reason: str) -> None:
    with Webhook(status) as hook:
        assert send(hook.url, "title", "text") == Paged(False, reason)


def test_a_service_that_is_not_there_is_told() -> None:
    with Webhook() as hook:
        gone = hook.url
    assert send(gone, "title", "text") == Paged(False, "the service cannot be reached, or does not answer")


@pytest.mark.parametrize(
    ("url", "problem", "remedy"),
    [
        ("tgrm://hush/hush", '"tgrm://" names no service', 'did you mean "tgram://"?'),
        ("qqqqqqqqqq://hush", '"qqqqqqqqqq://" names no service', "list of services"),
        ("über hush://hush", "its beginning names no service", "list of services"),
        ("https://hush.example/hush", "is of no service", '"jsons://"'),
        ("slack://hush", 'what follows "slack://"', "documentation"),
        ("mqtt://hush/hush", "needs what is not installed: paho-mqtt", "install it"),
    ],
)
def test_a_url_that_cannot_be_used_is_told_without_it(url: str, problem: str, remedy: str) -> None:
    found = look_at(url)
    assert found is not None
    assert problem in found.problem
    assert remedy in found.remedy
    assert "hush" not in found.problem + found.remedy
    tried = send(url, "title", "text")
    assert (tried.taken, tried.hopeless) == (False, True)


def test_nothing_of_a_url_is_logged_at_any_level() -> None:
    root = logging.getLogger()
    heard: list[str] = []

    class Ear(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            heard.append(record.getMessage())

    ear = Ear()
    root.addHandler(ear)
    level = root.level
    root.setLevel(1)
    try:
        with Webhook(500) as hook:
            send(hook.url, "title", "text")
        send(hook.url, "title", "text")
        look_at("tgram://hush")
    finally:
        root.removeHandler(ear)
        root.setLevel(level)
    assert heard == []


def test_apprise_is_not_imported_before_there_is_a_url() -> None:
    code = "import sys, intake.daemon, intake.cli; sys.exit('apprise' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], timeout=60).returncode == 0


def test_an_error_of_a_plug_in_tells_its_kind_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    from apprise import Apprise

    def explode(*_: object, **__: object) -> None:
        raise RuntimeError("json://user:hush@host")

    monkeypatch.setattr(Apprise, "notify", explode)
    assert page_wire.send("json://127.0.0.1/hush", "a", "b") == Paged(False, "Apprise failed with RuntimeError")
