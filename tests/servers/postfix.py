"""A private Postfix: MX, submission (STARTTLS and AUTH) and smtps on free ports, delivering by LMTP to our Dovecot.

Every domain is local, so any address gets a mailbox; only elsewhere.test is not (relaying is refused), nobody@ is an
unknown user (550) and later@ is told to come back (450). Needs root.
"""

import grp
import os
import pwd
import subprocess
import time
from pathlib import Path

from tests.servers import programs
from tests.servers.dovecot import Dovecot

HOST = "mail.example.test"
DAEMONS = "/usr/lib/postfix/sbin"
QUEUES = (
    *("active", "bounce", "corrupt", "defer", "deferred", "flush", "hold", "incoming"),
    *("maildrop", "pid", "private", "public", "saved", "trace"),
)

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
command_directory = /usr/sbin
daemon_directory = {daemons}
mail_owner = postfix
setgid_group = postdrop
maillog_file = {home}/postfix.log
maillog_file_prefixes = {home}
myhostname = {host}
mydestination =
mynetworks =
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
smtputf8_enable = yes
alias_maps =
alias_database =
biff = no
recipient_delimiter = +
virtual_mailbox_domains = regexp:{home}/domains
virtual_mailbox_maps = static:ok
virtual_transport = lmtp:unix:{lmtp}
default_transport = error:5.4.4 this test host reaches no other domain
smtp_dns_support_level = disabled
smtpd_tls_cert_file = {certificate}
smtpd_tls_key_file = {key}
smtpd_tls_security_level = may
smtpd_tls_auth_only = yes
smtpd_sasl_type = dovecot
smtpd_sasl_path = {auth}
smtpd_relay_restrictions = permit_sasl_authenticated, reject_unauth_destination
smtpd_recipient_restrictions = check_recipient_access regexp:{home}/recipients
smtpd_peername_lookup = no
smtpd_client_connection_count_limit = 0
in_flow_delay = 0
message_size_limit = {size_limit}
# Retry soon and give up soon, so that a test sees a deferral end.
queue_run_delay = 2s
minimal_backoff_time = 2s
maximal_backoff_time = 5s
maximal_queue_lifetime = 1h
bounce_queue_lifetime = 1h
"""

MASTER = """
127.0.0.1:{smtp} inet n - n - - smtpd
127.0.0.1:{submission} inet n - n - - {submit} -o smtpd_tls_security_level=encrypt
127.0.0.1:{smtps} inet n - n - - {submit} -o smtpd_tls_wrappermode=yes
cleanup unix n - n - 0 cleanup
qmgr unix n - n 300 1 qmgr
tlsmgr unix - - n 1000? 1 tlsmgr
rewrite unix - - n - - trivial-rewrite
bounce unix - - n - 0 bounce
defer unix - - n - 0 bounce
trace unix - - n - 0 bounce
verify unix - - n - 1 verify
flush unix n - n 1000? 0 flush
proxymap unix - - n - - proxymap
proxywrite unix - - n - 1 proxymap
smtp unix - - n - - smtp
showq unix n - n - - showq
error unix - - n - - error
retry unix - - n - - error
lmtp unix - - n - - lmtp
anvil unix - - n - 1 anvil
scache unix - - n - 1 scache
postlog unix-dgram n - n - 1 postlogd
"""

SUBMIT = (
    "smtpd -o smtpd_sasl_auth_enable=yes -o syslog_name=postfix/submission"
    " -o smtpd_relay_restrictions=permit_sasl_authenticated,reject"
)


class Postfix:
    size_limit = 50_000_000

    def __init__(self, home: Path, dovecot: Dovecot) -> None:
        self.home = home
        self.smtp, self.submission, self.smtps = programs.free_ports(3)
        self.program: subprocess.Popen[bytes] | None = None
        home.mkdir()
        self._make_queues()
        self._write(dovecot)

    def _make_queues(self) -> None:
        owner, drop = pwd.getpwnam("postfix").pw_uid, grp.getgrnam("postdrop").gr_gid
        modes = {"maildrop": 0o1730, "public": 0o2710, "pid": 0o755}
        (self.home / "data").mkdir()
        os.chown(self.home / "data", owner, -1)
        (self.home / "queue").mkdir()
        for name in QUEUES:
            queue = self.home / "queue" / name
            queue.mkdir()
            os.chown(queue, 0 if name == "pid" else owner, drop if name in ("maildrop", "public") else -1)
            queue.chmod(modes.get(name, 0o700))

    def _write(self, dovecot: Dovecot) -> None:
        main = MAIN.format(
            home=self.home,
            daemons=DAEMONS,
            host=HOST,
            lmtp=dovecot.run / "lmtp",
            auth=dovecot.run / "auth",
            certificate=dovecot.pki.certificate,
            key=dovecot.pki.key,
            size_limit=self.size_limit,
        )
        master = MASTER.format(smtp=self.smtp, submission=self.submission, smtps=self.smtps, submit=SUBMIT)
        files = {
            "main.cf": main,
            "master.cf": master,
            "domains": "!/(^|\\.)elsewhere\\.test$/ ok\n",
            "recipients": "/^nobody@/ 550 5.1.1 user unknown\n/^later@/ 450 4.2.1 come back later\n",
        }
        a_minute_ago = time.time() - 60
        for name, text in files.items():
            (self.home / name).write_text(text)
            # Postfix waits again and again over a file younger than a second: it may still be being written.
            os.utime(self.home / name, (a_minute_ago, a_minute_ago))

    def start(self) -> None:
        # The master itself: `postfix start-fg` checks the whole tree first and is not the process to stop.
        command = [f"{DAEMONS}/master", "-c", str(self.home), "-d"]
        self.program = programs.start(command, self.home / "postfix.out", MAIL_CONFIG=str(self.home))
        for port in (self.smtp, self.submission):
            programs.wait_for_greeting(self.program, port, b"220", self.log)

    def stop(self) -> None:
        if self.program:
            programs.stop(self.program)
            self.program = None

    def log(self) -> str:
        logs = [self.home / "postfix.out", self.home / "postfix.log"]
        return "".join(log.read_text(errors="replace") for log in logs if log.exists())
