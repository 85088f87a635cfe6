"""Tells how to look into the demo with a normal mail client and with Intake's own commands."""

import shlex
import sys
from pathlib import Path
from shutil import which

from intake.demo.host import EVERYBODY_ELSE, HOST, MailHost
from intake.demo.installation import PASSWORD, Installation, People
from intake.demo.show import Show


def how_to_go_on(show: Show, host: MailHost, installation: Installation, known: People) -> None:
    customer, support, staff = known.contacts[0]["email"], known.mailboxes[0]["address"], known.staff[0]["email"]
    show.say("\nPoint a mail client at it and write a mail of your own:", "bold")
    show.say(f"  IMAP  {HOST} port {host.imap_port}, no encryption, normal password")
    show.say(f"  SMTP  {HOST} port {host.smtp_port}, no encryption, no log-in needed")
    show.say(f'  The user is the address, the password of everybody is "{PASSWORD}":')
    for about, address in _boxes(known):
        show.say(f"    {address:<32}{about}")
    show.say("\nIn neomutt or mutt:", "bold")
    for address in (customer, support, staff):
        show.say(f"  {shlex.join(['neomutt', '-F', str(installation.muttrc(address))])}")
    show.say("\nIn Thunderbird (Account Settings, Add Mail Account, Configure manually):", "bold")
    show.say(f"  name and address {customer}, password {PASSWORD}")
    show.say(f"  incoming IMAP, {HOST}, port {host.imap_port}, connection security None,")
    show.say(f"    authentication Normal password, username {customer}")
    show.say(f"  outgoing SMTP, {HOST}, port {host.smtp_port}, security None, no authentication")
    show.say("\nIn another terminal, Intake's own commands:", "bold")
    for command in ("tickets", "status"):
        show.say(f"  {shlex.join([_intake(), command, '--config', str(installation.config)])}")
    show.say("\nWhat comes in is shown here. Ctrl-C ends the demo and leaves nothing behind.\n", "bold")


def _intake() -> str:
    """The command as a shell here finds it: that of our own environment, which is seldom on the path."""
    ours = Path(sys.executable).with_name("intake")
    if not ours.is_file() or which("intake") == str(ours):
        return "intake"
    return str(ours.relative_to(Path.cwd()) if ours.is_relative_to(Path.cwd()) else ours)


def _boxes(known: People) -> list[tuple[str, str]]:
    customers = [(f"customer ({person['role'].replace('_', ' ')})", person["email"]) for person in known.contacts]
    support = [("the support mailbox", mailbox["address"]) for mailbox in known.mailboxes]
    staff = [(f"staff ({person['queues'].replace(';', ', ')})", person["email"]) for person in known.staff]
    return [*customers, *support, *staff, ("mail to anybody else", EVERYBODY_ELSE)]
