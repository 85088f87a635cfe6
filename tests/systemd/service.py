"""Intake as the package installs it, configured as the README says, on a machine of the tests.

The mail host is outside; the service reaches it by loopback. Each customer is a contact of one contract.
"""

import itertools
import json
from pathlib import Path
from typing import Any

from tests.intake.installation import mail
from tests.servers.mailhost import Mailhost
from tests.systemd.machine import SHARED, Machine, wait

PACKAGE = "INTAKE_SERVICE_TEST"
"""The environment variable that names the Debian package under test."""
UNIT = "intake.service"
DROP_IN = f"/etc/systemd/system/{UNIT}.d/override.conf"
STORE = "/var/lib/private/intake/intake.db"
CONFIG = """
[storage]
url = "sqlite:////var/lib/intake/intake.db"

[[mailbox]]
name = "support"
address = "{support}"
display_name = "Example Support"
policy = "./ours.toml"
ticket_prefix = "EX"
[mailbox.imap]
host = "127.0.0.1"
port = {imaps}
ca_file = "ca.pem"
username = "{support}"
password_file = "imap-password"
[mailbox.smtp]
host = "127.0.0.1"
port = {submission}
ca_file = "ca.pem"
username = "{support}"
password_file = "smtp-password"

[[staff]]
name = "Sam Field"
email = "{staff}"
queues = ["support", "senior"]

[daemon]
workers = 1
"""
CONTRACTS = """\
contract,organization,policy,plan,starts,ends,paid,version
IR-STD,Alder Security,ours,standard,2020-01-01,2089-12-31,yes,
"""


class Service:
    def __init__(self, machine: Machine, mailhost: Mailhost, customers: int = 60) -> None:
        self.machine, self.mailhost = machine, mailhost
        self.support, self.staff = mailhost.someone("support"), mailhost.someone("sam")
        self.customers = [mailhost.someone("ana") for _ in range(customers)]
        self._numbers = itertools.count(1)

    def install(self, package: str = "ticket-intake.deb", *options: str) -> str:
        """What dpkg says, which is given nothing to read."""
        return self.machine.says("dpkg", *options, "-i", f"{SHARED}/{package}", seconds=120)

    def configure(self, submission: int = 0) -> None:
        """By another port than the mail host's where one is given."""
        host, machine = self.mailhost, self.machine
        ports = {"imaps": host.imaps, "submission": submission or host.submission}
        machine.write("/etc/intake/intake.toml", CONFIG.format(support=self.support, staff=self.staff, **ports))
        machine.write("/etc/intake/ca.pem", Path(host.ca_file).read_text())
        machine.run("cp", "/usr/share/ticket-intake/shipped/policies/irex.toml", "/etc/intake/ours.toml")
        machine.write("/etc/intake/contracts.csv", CONTRACTS, "0640")
        people = "".join(f"{one},Customer {number},IR-STD,admin\n" for number, one in enumerate(self.customers))
        machine.write("/etc/intake/contacts.csv", f"email,name,contract,role\n{people}", "0640")
        for name in ("imap", "smtp"):
            self.credential(f"{name}-password", host.password)

    def credential(self, name: str, secret: str) -> None:
        self.machine.write(f"/etc/intake/credentials/{name}", f"{secret}\n", "0600")

    def prepare(self) -> None:
        """The store and the directory, as the README says."""
        self.machine.run("intake", "check")
        self.machine.run("install", "-d", "-m", "0700", "/var/lib/intake")
        self.machine.run("intake", "db", "upgrade")
        self.machine.run("intake", "directory", "import", "/etc/intake/contracts.csv", "/etc/intake/contacts.csv")
        self.machine.run("intake", "check", "--connect")

    def drop_in(self, *lines: str) -> None:
        self.machine.write(DROP_IN, "\n".join(["[Service]", *lines, ""]))
        self.machine.run("systemctl", "daemon-reload")

    def start(self) -> None:
        """Returns once it says that it is ready."""
        self.machine.run("systemctl", "reset-failed", UNIT, fails=True)
        self.machine.run("systemctl", "restart", "--no-block", UNIT)
        wait(lambda: self.machine.show(UNIT, "Job") == "", "the job is done", 40)
        assert self.state() == "active", self.status()

    def state(self) -> str:
        return self.machine.show(UNIT, "ActiveState")

    def wait_for(self, state: str, seconds: float = 60) -> None:
        wait(lambda: self.state() == state, f"the service is {state}: {self.status()}", seconds)

    def status(self) -> str:
        """What an admin sees."""
        return self.machine.run("systemctl", "status", "--no-pager", "--lines=20", UNIT, fails=True).stdout

    def said(self, words: str, seconds: float = 20) -> str:
        """The line of the journal with these words, once it is there."""

        def found() -> str:
            return next((line for line in self.machine.journal(UNIT).splitlines() if words in line), "")

        return wait(found, f"{words!r} in the journal", seconds)

    def send(self, customer: str, text: str = "The search on our production server is very slow since today.") -> str:
        """A mail of a customer's by SMTP from outside; its subject."""
        subject = f"Search is slow, number {next(self._numbers)}"
        self.mailhost.deliver(mail(customer, self.support, subject, text), self.support, customer)
        return subject

    def answered(self, customer: str, text: str = "The search on our production server is very slow today.") -> str:
        """The text of the acknowledgement that a mail of this customer's gets."""
        subject = self.send(customer, text)
        body = self.mailhost.box(customer).wait_for(subject, seconds=30).get_body(("plain",))
        assert body is not None
        return str(body.get_content())

    def tickets(self) -> list[dict[str, Any]]:
        told = self.machine.says("intake", "tickets", "--limit", "1000", "--json")
        return [json.loads(line) for line in told.splitlines()]
