"""The privileged half of the mail host: starts Postfix and Dovecot and stops, restarts and kills them when told.

`python -m tests.servers.host` says in one JSON line where everything is, then obeys one JSON line after the other. At
the end of its stdin, however its owner came to an end, it stops all and removes its directory.
"""

import json
import shutil
import signal
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path

from tests.servers import pki
from tests.servers.dovecot import Dovecot
from tests.servers.postfix import HOST, Postfix


class Host:
    def __init__(self, *, hibernate: bool, narrow: bool, oauth2: tuple[str, str] | None) -> None:
        self.home = Path(tempfile.mkdtemp(prefix="intake-host-"))
        self.home.chmod(0o755)
        try:
            authority = pki.make(self.home / "pki", HOST)
            self.dovecot = Dovecot(self.home / "dovecot", authority, hibernate=hibernate, narrow=narrow, oauth2=oauth2)
            self.postfix = Postfix(self.home / "postfix", self.dovecot)
            self.commands: dict[str, Callable[..., object]] = {
                "start_dovecot": self.start_dovecot,
                "stop_dovecot": self.dovecot.stop,
                "kill_imap_sessions": self.dovecot.kill_sessions,
                "new_uidvalidity": self.dovecot.new_uidvalidity,
                "start_postfix": self.postfix.start,
                "stop_postfix": self.postfix.stop,
                "log": lambda: self.dovecot.log() + self.postfix.log(),
            }
            self.dovecot.start()
            self.postfix.start()
        except BaseException:
            self.stop()
            raise

    def start_dovecot(self) -> None:
        self.dovecot.start()
        if self.postfix.program:
            # An smtpd that met no log-in service died, and Postfix's master waits a minute before it starts another.
            self.postfix.stop()
            self.postfix.start()

    def stop(self) -> None:
        for server in (getattr(self, "postfix", None), getattr(self, "dovecot", None)):
            if server:
                server.stop()
        shutil.rmtree(self.home)

    def whereabouts(self) -> dict[str, object]:
        ports = {"imap": self.dovecot.imap, "imaps": self.dovecot.imaps}
        ports |= {name: getattr(self.postfix, name) for name in ("smtp", "submission", "smtps")}
        return {"home": str(self.home), "ports": ports}


def serve(host: Host) -> None:
    say(host.whereabouts())
    for line in sys.stdin:
        order = json.loads(line)
        try:
            say({"answer": host.commands[order["command"]](*order["arguments"])})
        except (OSError, RuntimeError) as error:
            say({"fault": str(error)})


def say(words: dict[str, object]) -> None:
    print(json.dumps(words), flush=True)


def main() -> None:
    # An interrupt at the terminal is for the tests; their end is ours.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    at = sys.argv.index("--oauth2") if "--oauth2" in sys.argv else None
    oauth2 = None if at is None else (sys.argv[at + 1], sys.argv[at + 2])
    host = Host(hibernate="--hibernate" in sys.argv, narrow="--narrow" in sys.argv, oauth2=oauth2)
    try:
        serve(host)
    finally:
        host.stop()


if __name__ == "__main__":
    main()
