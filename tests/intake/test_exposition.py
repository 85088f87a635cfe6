"""The figures over HTTP: what is answered, to whom, and what a client cannot do to the daemon."""

import http.client
import socket
import time
from collections.abc import Iterator

import pytest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.registry import Collector

from intake import exposition
from intake.exposition import Exposition


class Figures(Collector):
    broken = False

    def collect(self) -> Iterator[Metric]:
        if self.broken:
            raise ValueError("ours")
        yield GaugeMetricFamily("intake_ready", "Whether.", value=1)


@pytest.fixture
def figures() -> Figures:
    return Figures()


@pytest.fixture
def served(figures: Figures) -> Iterator[Exposition]:
    made = Exposition(("127.0.0.1", 0), figures)
    assert made.start() == ""
    yield made
    made.stop()


def ask(port: int, path: str = "/metrics", method: str = "GET") -> tuple[int, str]:
    wire = http.client.HTTPConnection("127.0.0.1", port, timeout=10)
    try:
        wire.request(method, path)
        answer = wire.getresponse()
        return answer.status, answer.read().decode()
    finally:
        wire.close()


def test_the_figures_are_served_with_those_of_the_process(served: Exposition) -> None:
    status, text = ask(served.port)
    assert status == 200
    assert "\nintake_ready 1.0\n" in text
    assert "\nprocess_resident_memory_bytes " in text


def test_nothing_else_is_served(served: Exposition) -> None:
    assert ask(served.port, "/")[0] == 404
    assert ask(served.port, "/metrics", "POST")[0] == 405


def test_a_bug_of_ours_is_an_answer_and_the_next_scrape_goes_on(served: Exposition, figures: Figures) -> None:
    figures.broken = True
    assert ask(served.port)[0] == 500
    figures.broken = False
    assert ask(served.port)[0] == 200


def test_a_client_that_says_nothing_holds_nobody_up_for_long(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition._Handler, "timeout", 0.2)
    served = Exposition(("127.0.0.1", 0), figures)
    assert served.start() == ""
    with socket.create_connection(("127.0.0.1", served.port)):
        assert ask(served.port)[0] == 200
    served.stop()


def test_a_place_that_is_taken_is_told_with_the_remedy(served: Exposition, figures: Figures) -> None:
    second = Exposition(("127.0.0.1", served.port), figures)
    assert "Address already in use; name another place in [metrics] listen" in second.start()
    second.stop()


def test_nobody_listens_after_the_end(figures: Figures) -> None:
    served = Exposition(("127.0.0.1", 0), figures)
    assert served.start() == ""
    served.stop()
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection(("127.0.0.1", served.port))


def test_it_ends_soon_though_a_client_is_silent(figures: Figures, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(exposition._Handler, "timeout", 0.2)
    served = Exposition(("127.0.0.1", 0), figures)
    assert served.start() == ""
    with socket.create_connection(("127.0.0.1", served.port)):
        began = time.monotonic()
        served.stop()
        assert time.monotonic() - began < 5
