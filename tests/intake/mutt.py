"""neomutt in a terminal of its own, as a person at the keyboard uses it: opened on a mailbox, driven by keys.

The terminal is tmux on a private socket; it ends with the test. The editor is a script that writes what the person
would, above or below what is quoted.
"""

import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.servers.mailhost import Mailhost

SECONDS = 20
RC = """
set folder="imaps://127.0.0.1:{host.imaps}/"
set spoolfile="+INBOX"
set imap_user="{address}"
set imap_pass="{host.password}"
set smtp_url="smtps://{user}@127.0.0.1:{host.smtps}/"
set smtp_pass="{host.password}"
set smtp_authenticators="plain"
set certificate_file="{host.ca_file}"
set ssl_force_tls=yes
set from="{name} <{address}>"
set realname="{name}"
set use_envelope_from=yes
set editor="{editor}"
set charset="utf-8"
set edit_headers=no autoedit=no fast_reply=yes include=yes abort_unmodified=no
set copy=no mail_check=1 confirmappend=no header_cache="" wait_key=no
set sig_dashes=yes signature="{signature}"
set sort=date reply_to=yes
"""


class Mutt:
    def __init__(self, home: Path, host: Mailhost, address: str, name: str, says: str) -> None:
        home.mkdir()
        self._socket = str(home / "tmux")
        editor, signature, rc = home / "editor", home / "signature", home / "muttrc"
        (home / "says").write_text(says, encoding="utf-8")
        editor.write_text(f'#!/bin/sh\ncat {home}/says "$1" > "$1.new" && mv "$1.new" "$1"\n')
        editor.chmod(0o700)
        signature.write_text(f"{name}\n")
        user = address.replace("@", "%40")
        rc.write_text(RC.format(host=host, address=address, user=user, name=name, editor=editor, signature=signature))
        self._command = f"neomutt -n -F {rc}"
        self._home = home

    def start(self) -> None:
        environment = {**os.environ, "HOME": str(self._home), "LC_ALL": "C.UTF-8", "TERM": "screen"}
        begin = ["new-session", "-d", "-x", "120", "-y", "40", self._command]
        subprocess.run(["tmux", "-S", self._socket, "-f", "/dev/null", *begin], check=True, env=environment)

    def stop(self) -> None:
        subprocess.run(["tmux", "-S", self._socket, "kill-server"], capture_output=True, check=False)

    def screen(self) -> str:
        shown = subprocess.run(
            ["tmux", "-S", self._socket, "capture-pane", "-p"], capture_output=True, text=True, check=False
        )
        return shown.stdout

    def press(self, *keys: str) -> None:
        subprocess.run(["tmux", "-S", self._socket, "send-keys", *keys], check=True)

    def wait_for(self, words: str) -> None:
        end = time.monotonic() + SECONDS
        while words not in self.screen():
            if time.monotonic() > end:
                raise AssertionError(f"no {words!r} on the screen:\n{self.screen()}")
            time.sleep(0.05)


@contextmanager
def mutt(home: Path, host: Mailhost, address: str, name: str, says: str) -> Iterator[Mutt]:
    program = Mutt(home, host, address, name, says)
    program.start()
    try:
        yield program
    finally:
        program.stop()
