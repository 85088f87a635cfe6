"""A web service that takes what is posted to it, or behaves badly, as its path says."""

import json
import threading
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Any, Self

OK, HANG, DRIBBLE = "ok", "hang", "dribble"


class Webhook:
    """`answers` holds what becomes of each post in turn: a status, HANG or DRIBBLE; the last one stays."""

    def __init__(self, *answers: int | str) -> None:
        self.answers = list(answers) or [200]
        self.posted: list[dict[str, Any]] = []
        self._end = threading.Event()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                outer.posted.append({"path": self.path, **json.loads(body)})
                answer = outer.answers.pop(0) if len(outer.answers) > 1 else outer.answers[0]
                if answer == HANG:
                    outer._end.wait(60)
                    return
                if answer == DRIBBLE:
                    self._dribble()
                    return
                self.send_response(int(answer))
                self.send_header("Content-Length", "0")
                self.end_headers()

            def _dribble(self) -> None:
                self.send_response(200)
                self.send_header("Content-Length", "1000000")
                self.end_headers()
                while not outer._end.wait(0.05):
                    try:
                        self.wfile.write(b".")
                        self.wfile.flush()
                    except OSError:
                        return

            def log_message(self, *_: object) -> None:
                """Nothing: the tests read what the daemon logs."""

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self._thread = threading.Thread(target=self._server.serve_forever, args=(0.02,), daemon=True)

    @property
    def url(self) -> str:
        """For Apprise, with secrets in every part of it."""
        return f"json://user:hush-password@127.0.0.1:{self._server.server_port}/hush-token?:x=hush-query"

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, _: type[BaseException] | None, __: BaseException | None, ___: TracebackType | None) -> None:
        self._end.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()
