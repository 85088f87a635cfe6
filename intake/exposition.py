"""Serves the figures of a daemon over HTTP to Prometheus: GET /metrics, and nothing else.

One thread answers one request after another, each within a bounded time, and closes: a client that trickles holds up
other scrapes for a while, and never the daemon. It ends with the daemon, at the latest with its process.
"""

import socket
import socketserver
import threading
from collections.abc import Callable, Iterable
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer

import structlog
from prometheus_client import CollectorRegistry, ProcessCollector, make_wsgi_app
from prometheus_client.registry import Collector

log = structlog.get_logger()

SECONDS = 5.0
"""For a client to ask, and to take its answer."""


class Exposition:
    """From `start` to `stop`, each once."""

    def __init__(self, place: tuple[str, int], figures: Collector) -> None:
        """`place` is host and port; port 0 takes any."""
        registry = CollectorRegistry()
        ProcessCollector(registry=registry)
        registry.register(figures)
        self._place = place
        self._app = _only_metrics(make_wsgi_app(registry))
        self._server: WSGIServer | None = None
        self.port = 0
        """Where it listens, once it was started."""

    def start(self) -> str:
        """Why the figures cannot be served, with the remedy; "" where they are."""
        host, port = self._place
        server = _Server6 if ":" in host else _Server
        try:
            self._server = server((host, port), _Handler)
        except OSError as error:
            remedy = "name another place in [metrics] listen, or end what has this one"
            return f"metrics cannot be served at {host}:{port}: {error.strerror}; {remedy}"
        self._server.set_app(self._app)
        self.port = self._server.server_port
        threading.Thread(target=self._server.serve_forever, name="metrics", daemon=True).start()
        return ""

    def stop(self) -> None:
        """Waits for a request that is being answered, no longer than that may take."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()


class _Server(WSGIServer):
    def server_bind(self) -> None:
        """Without a question to the DNS for this machine's name."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = str(self.server_address[0]), int(self.server_address[1])
        self.setup_environ()

    def handle_error(self, request: Any, client_address: Any) -> None:
        """A client that went away, usually. The default writes a traceback past the log."""
        log.info("scrape_failed", exc_info=True)


class _Server6(_Server):
    address_family = socket.AF_INET6


class _Handler(WSGIRequestHandler):
    timeout = SECONDS

    def log_message(self, format: str, *args: Any) -> None:
        """A scrape every few seconds is no news."""


def _only_metrics(app: Callable[..., Any]) -> Callable[..., Iterable[bytes]]:
    def answer(environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        if environ["PATH_INFO"] != "/metrics":
            start_response("404 Not Found", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"The figures are at /metrics.\n"]
        try:
            found: Iterable[bytes] = app(environ, start_response)
        except Exception:
            log.exception("bug_in_metrics")
            start_response("500 Internal Server Error", [("Content-Type", "text/plain; charset=utf-8")])
            return [b"An error of Intake's own: see its log.\n"]
        return found

    return answer
