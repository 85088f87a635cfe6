"""`intake sign-in`: a person lets Intake into a mailbox of Microsoft 365, once."""

import sys

from intake.cli.opening import mailbox_named, read_settings
from intake.cli.options import Config, Json, MailboxName
from intake.cli.output import Refused, json_line, local, say, tell
from intake.printable import printable


def sign_in(mailbox: MailboxName = None, config: Config = None, json: Json = False) -> None:
    """Let Intake into a mailbox as a person, by a code.

    For [mailbox.oauth] with flow = "device_code". The daemon need not be stopped.
    """
    settings = read_settings(config, secrets=True)
    from intake.oauth.sign_in import sign_in as by_code
    from intake.oauth.watch import grant_of

    chosen = mailbox_named(settings, mailbox)
    grant = grant_of(chosen)
    if grant is None:
        raise Refused(f'mailbox {chosen.name} has no login with auth = "xoauth2"; it is logged in to by password', 2)
    if grant.flow != "device_code":
        remedy = "`intake check --connect` tries it"
        raise Refused(f"nobody needs to sign in for flow {grant.flow} of mailbox {chosen.name}; {remedy}", 2)

    def invite(address: str, code: str, seconds: int) -> None:
        if json:
            json_line({"mailbox": chosen.name, "address": address, "code": code, "seconds": seconds})
        else:
            within = f"within {seconds // 60} min"
            say(f"Open {printable(address)} in any browser and enter the code {printable(code)} {within}.")
            say(f"Sign in as somebody with full access to the mailbox of {printable(chosen.imap.username)}.")
        sys.stdout.flush()  # whoever reads it through a pipe has to act on it

    done = by_code(grant, invite)
    if done.unkept:
        raise Refused(done.unkept)
    told = {"mailbox": chosen.name, "person": done.person, "until": done.token.expires_at, "file": str(grant.cache)}
    whose = f" as {done.person}" if done.person else ""
    sentence = f"signed in{whose}; a token until {local(done.token.expires_at)}, renewed from {grant.cache}"
    tell(told, sentence, json=json)
