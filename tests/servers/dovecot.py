"""A private Dovecot: IMAP (STARTTLS) and IMAPS on free ports, LMTP and SASL on unix sockets.

Any address with the one password is a user whose mailbox appears when first used, so tests need no set-up and
take addresses of their own. Needs root; the unix sockets are Postfix's to use.
"""

import os
import pwd
import signal
import subprocess
from pathlib import Path

from tests.servers import programs
from tests.servers.pki import Pki

PASSWORD = "correct-horse"
OWNER = "nobody"
"""Of the mailboxes."""
CONFIG = """
base_dir = {run}/dovecot
state_dir = {home}/state
protocols = imap lmtp
listen = 127.0.0.1
log_path = {home}/dovecot.log

ssl = yes
ssl_cert = <{pki.certificate}
ssl_key = <{pki.key}
auth_mechanisms = plain login
auth_username_format = %Lu
auth_failure_delay = 0
auth_cache_size = 0
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={uid} gid={gid} home={home}/mail/%u allow_all_users=yes
}}
first_valid_uid = 1
first_valid_gid = 0
mail_location = maildir:~/Maildir
mail_fsync = never
mail_max_userip_connections = 100
mailbox_idle_check_interval = 1s
recipient_delimiter = +
{hibernate}
namespace inbox {{
  inbox = yes
  separator = /
  mailbox Sent {{
    auto = create
    special_use = \\Sent
  }}
}}
service imap-login {{
  process_min_avail = 1
  service_count = 0
  inet_listener imap {{
    port = {imap}
  }}
  inet_listener imaps {{
    port = {imaps}
    ssl = yes
  }}
}}
service imap {{
  process_min_avail = 1
  unix_listener imap-master {{
    user = dovecot
    mode = 0600
  }}
}}
service imap-hibernate {{
  unix_listener imap-hibernate {{
    user = {owner}
    mode = 0600
  }}
}}
service lmtp {{
  unix_listener {run}/lmtp {{
    mode = 0600
    user = postfix
  }}
}}
service auth {{
  unix_listener {run}/auth {{
    mode = 0600
    user = postfix
  }}
}}
# The penalty for a wrong password would make every later login from 127.0.0.1 wait.
service anvil {{
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


# What stands last counts.
NARROW = """
mail_max_userip_connections = 1
mail_plugins = quota
protocol imap {
  mail_plugins = quota imap_quota
}
plugin {
  quota = count:Storage
  quota_vsizes = yes
  quota_rule = *:storage=2M
}
"""


# Whose an access token is, a token server says; a client at 127.0.0.1 may log in by it.
OAUTH2 = """
auth_mechanisms = plain login xoauth2
passdb {{
  driver = oauth2
  mechanisms = xoauth2
  args = {home}/oauth2.conf
}}
"""
OAUTH2_DATABASE = """
tokeninfo_url = {url}/tokeninfo?access_token=
tls_ca_cert_file = {ca}
username_attribute = email
active_attribute = active
active_value = true
timeout_msecs = 3000
"""


class Dovecot:
    def __init__(
        self,
        home: Path,
        pki: Pki,
        *,
        hibernate: bool = False,
        narrow: bool = False,
        oauth2: tuple[str, str] | None = None,
    ) -> None:
        """`oauth2`: the address of a token server, and its authority's certificate."""
        self.home, self.pki = home, pki
        self.run = home / "run"
        self.imap, self.imaps = programs.free_ports(2)
        self.program: subprocess.Popen[bytes] | None = None
        self._trust = pki.client()
        self.run.mkdir(parents=True)
        (home / "mail").mkdir()
        self._write(hibernate, narrow, oauth2)

    def _write(self, hibernate: bool, narrow: bool, oauth2: tuple[str, str] | None) -> None:
        owner = pwd.getpwnam(OWNER)
        os.chown(self.home / "mail", owner.pw_uid, owner.pw_gid)
        config = CONFIG.format(
            run=self.run,
            home=self.home,
            pki=self.pki,
            password=PASSWORD,
            uid=owner.pw_uid,
            gid=owner.pw_gid,
            owner=OWNER,
            hibernate="imap_hibernate_timeout = 1s" if hibernate else "",
            imap=self.imap,
            imaps=self.imaps,
        )
        config += NARROW if narrow else ""
        if oauth2 is not None:
            url, ca = oauth2
            (self.home / "oauth2.pem").write_bytes(Path(ca).read_bytes())  # Dovecot's user may not look into ours
            (self.home / "oauth2.conf").write_text(OAUTH2_DATABASE.format(url=url, ca=self.home / "oauth2.pem"))
            config += OAUTH2.format(home=self.home)
        (self.home / "dovecot.conf").write_text(config)

    def start(self) -> None:
        command = ["/usr/sbin/dovecot", "-F", "-c", str(self.home / "dovecot.conf")]
        self.program = programs.start(command, self.home / "dovecot.out")
        programs.wait_for_greeting(self.program, self.imaps, b"* OK", self.log, self._trust)

    def stop(self) -> None:
        if self.program:
            programs.stop(self.program, seconds=0.5)
            self.program = None

    def log(self) -> str:
        logs = [self.home / "dovecot.out", self.home / "dovecot.log"]
        return "".join(log.read_text(errors="replace") for log in logs if log.exists())

    def sessions(self) -> list[int]:
        """The processes that serve logged-in clients (and the one kept waiting for the next)."""
        return programs.children(self.program.pid, "dovecot/imap") if self.program else []

    def kill_sessions(self) -> int:
        """Kills every logged-in session as a crash would; says how many processes that were."""
        killed = self.sessions()
        for pid in killed:
            os.kill(pid, signal.SIGKILL)
        return len(killed)

    def new_uidvalidity(self, address: str) -> None:
        """Forgets all UIDs of this user's folders, as a restore from a file backup does; every session ends."""
        maildir = self.home / "mail" / address / "Maildir"
        self.kill_sessions()
        for memory in [*maildir.rglob("dovecot-uidlist"), *maildir.rglob("dovecot.index*")]:
            memory.unlink()
