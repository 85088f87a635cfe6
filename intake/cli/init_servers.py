"""The part of the conversation of `intake init` that is about servers: finds them, logs in, looks at the folders.

A log-in that fails is told in one line, and what may be wrong about it is asked again.
"""

from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from intake.cli.answer_values import existing_file, host_and_port, needed, of_type, secret_in, shown_path
from intake.cli.given import Given
from intake.cli.output import Refused, table
from intake.cli.questions import Questions

if TYPE_CHECKING:
    from intake.first_answers import Answers
    from intake.mailbox_look import Look
    from intake.server_search import Server, Servers, Sources, Wire

SECONDS = 15.0
"""For each answer of a server while somebody waits at the terminal."""
SHOWN = 12
"""Folders."""


class ServerTalk:
    def __init__(self, questions: Questions, given: Given, sources: "Sources", *, connect: bool) -> None:
        self._ask, self._given, self._sources, self._connect = questions, given, sources, connect
        self.old = 0
        """Mails in the folder that are older than a day."""

    def hold(self, answers: "Answers") -> None:
        from intake.server_search import Servers, provider_of

        given, ask = self._given, self._ask
        found = Servers()
        if self._connect and (given.imap is None or given.smtp is None):
            domain = answers.address.rpartition("@")[2]
            ask.tell(f"Looking for the mail servers of {domain} …")
            found = self._search(answers.address)
        answers.imap = self._server("imap", found.imap, given.imap)
        provider = given.oauth if given.oauth is not None else provider_of(answers.imap.host)
        if provider not in ("", "none", "microsoft", "google"):
            raise Refused(f"--oauth {provider}: write microsoft, google or none", 2)
        if provider in ("microsoft", "google"):
            answers.smtp = self._server("smtp", found.smtp, given.smtp)
            self._by_token(answers, provider)
            return
        look = self._log_in_to_imap(answers)
        answers.smtp = self._server("smtp", found.smtp or self._beside(answers.imap), given.smtp)
        self._log_in_to_smtp(answers)
        self._folders(answers, look)

    def _search(self, address: str) -> "Servers":
        from intake.server_search import search

        found = search(address, self._sources)
        if found.source:
            self._ask.tell(f"  found by {found.source}")
        else:
            self._ask.tell("  none found; your provider's help pages name them")
        return found

    def _beside(self, imap: "Server") -> "Server":
        """Small servers do both."""
        from intake.server_search import Server

        return Server(imap.host, 587, "starttls")

    def _server(self, wire: "Wire", found: "Server | None", given: str | None) -> "Server":
        from intake.server_search import BY_PORT, PORTS, Server

        def read(answer: str) -> Server:
            host, port = host_and_port(answer)
            if found and (host, port) in ((found.host, found.port), (found.host, 0)):
                return found
            ports = (port,) if port else PORTS[wire]
            if not self._connect:
                return Server(host, ports[0], BY_PORT.get(ports[0], "tls"))
            for each in ports:
                if security := self._sources.security(host, each, wire):
                    return Server(host, each, security)
            places = " or ".join(str(each) for each in ports)
            raise ValueError(f"no {wire.upper()} server answers at {host}, port {places}; correct it")

        default = f"{found.host}:{found.port}" if found else None
        return self._ask.ask(f"{wire.upper()} server", f"--{wire}", read, given=given, default=default)

    # --- log-ins ---

    def _log_in_to_imap(self, answers: "Answers") -> "Look | None":
        from intake.mailbox_look import look
        from intake.setting_values import Text
        from rules.facts import TryLater

        given, ask = self._given, self._ask
        answers.ca_file = given.ca_file or ""
        username, password = given.username, secret_in(given.password_file, "--password-file")
        first = True
        while True:
            name = answers.imap.username or answers.address
            who = ask.ask("User name", "--username", needed(of_type(Text)), given=username, default=name)
            answers.imap = replace(answers.imap, username=who)
            answers.imap_password = password or ask.secret("Password")
            if not answers.imap_password:
                if not ask.asking and not self._connect:
                    return None
                if not ask.asking:
                    raise Refused("--password-file is missing; add it, or --no-connect to write the password later", 2)
                ask.tell("  an answer is needed here")
                continue
            if not self._connect:
                return None
            try:
                seen = look(imap_settings(answers), datetime.now(UTC), SECONDS)
            except TryLater as trouble:
                self._told(trouble, first=first and not ask.asking)
                answers.imap = self._again("imap", answers, trouble)
                username, password, first = None, "", False
                continue
            ask.tell(f"  logged in at {answers.imap.host}:{answers.imap.port} ({answers.imap.security})")
            return seen

    def _log_in_to_smtp(self, answers: "Answers") -> None:
        """First with what IMAP took, which is the same nearly everywhere."""
        from intake.connect import log_in_to_smtp
        from intake.setting_values import Text
        from rules.facts import TryLater

        given, ask = self._given, self._ask
        username = given.smtp_username
        password = secret_in(given.smtp_password_file, "--smtp-password-file") or answers.imap_password
        who = answers.imap.username if username is None else "" if username == "-" else username
        while True:
            answers.smtp = replace(answers.smtp, username=who)
            answers.smtp_password = password if who else ""
            if not self._connect:
                return
            try:
                log_in_to_smtp(smtp_settings(answers), SECONDS)
            except TryLater as trouble:
                self._told(trouble, first=not ask.asking)
                answers.smtp = self._again("smtp", answers, trouble)
                who = ask.ask("User name there (- for none)", "--smtp-username", of_type(Text), default=who)
                if who:
                    password = ask.secret("Password there, if it is another") or password
                continue
            did = "logged in" if who else "connected"
            ask.tell(f"  {did} at {answers.smtp.host}:{answers.smtp.port} ({answers.smtp.security})")
            return

    def _told(self, trouble: Exception, *, first: bool) -> None:
        if first:
            raise Refused(f"{trouble} (--no-connect writes the files without a log-in)")
        self._ask.tell(f"  {_without_tables(str(trouble))}")

    def _again(self, wire: "Wire", answers: "Answers", trouble: Exception) -> "Server":
        """What may have to be other than it was, asked once more."""
        server = answers.imap if wire == "imap" else answers.smtp
        if "not trusted" in str(trouble):
            question = "PEM file of the authority to trust"
            answers.ca_file = self._ask.ask(question, "--ca-file", existing_file, default=answers.ca_file)
        if "refused (" not in str(trouble) and "not trusted" not in str(trouble):
            return replace(self._server(wire, server, None), username=server.username)
        return server

    # --- tokens in place of passwords ---

    def _by_token(self, answers: "Answers", provider: str) -> None:
        from intake.setting_values import Text

        given, ask = self._given, self._ask
        whose = "Microsoft 365" if provider == "microsoft" else "Google"
        ask.tell(f"  {whose} takes no passwords but access tokens (OAuth2). What to click there first stands in the")
        ask.tell('  README under "Sign-in at Microsoft 365 and Google"; empty answers can be filled in later.')
        read = of_type(Text)
        who = ask.ask("User name", "--username", needed(read), given=given.username, default=answers.address)
        answers.imap, answers.smtp = replace(answers.imap, username=who), replace(answers.smtp, username=who)
        if provider == "microsoft":
            domain = answers.address.rpartition("@")[2]
            tenant = ask.ask("Directory (tenant) ID", "--tenant", read, given=given.tenant, default=domain)
            client = ask.ask("Application (client) ID", "--client-id", read, given=given.client_id, default="")
            answers.oauth = {"provider": provider, "tenant": tenant, "client_id": client or "CLIENT-ID"}
            answers.oauth["client_secret_file"] = "client-secret"
            secret = secret_in(given.client_secret_file, "--client-secret-file") or ask.secret("Client secret")
            answers.oauth_secret = f"{secret}\n".encode() if secret else b""
            return
        answers.oauth = {"provider": provider, "key_file": "google-key.json"}
        question = "File with the service account's key"
        key = ask.ask(question, "--key-file", existing_file, given=shown_path(given.key_file), default="")
        answers.oauth_secret = Path(key).read_bytes() if key else b""

    # --- folders ---

    def _folders(self, answers: "Answers", look: "Look | None") -> None:
        from intake.setting_values import Text

        given, ask = self._given, self._ask
        there = {folder.name: folder for folder in look.folders} if look else {}
        if ask.asking and look:
            ask.tell()
            table(("folder", "mails", "unread"), [(one.name, one.mails, one.unread) for one in look.folders[:SHOWN]])
            if len(there) > SHOWN:
                ask.tell(f"and {len(there) - SHOWN} more")

        def arrival(answer: str) -> str:
            name = needed(of_type(Text))(answer)
            known = next((one for one in there if one == name or name.upper() == one.upper() == "INBOX"), None)
            if there and known is None:
                raise ValueError("there is no such folder")
            return known or name

        def other(answer: str) -> str:
            name = of_type(Text)(answer)
            if name.casefold() in taken:
                raise ValueError("mail goes there already; name another folder, or - to leave mail where it is")
            return name

        if ask.asking:
            ask.tell('Folders that are missing are made; "-" leaves mail where it is.')
        answers.folder = ask.ask("New mail arrives in", "--folder", arrival, given=given.folder, default="INBOX")
        taken = {answers.folder.casefold()}
        question = "Mail that is recorded goes to"
        answers.processed = ask.ask(question, "--processed", other, given=given.processed, default=answers.processed)
        question = "Mail that cannot be read goes to"
        answers.quarantine = ask.ask(
            question, "--quarantine", other, given=given.quarantine, default=answers.quarantine
        )
        self.old = look.old if look else 0


def imap_settings(answers: "Answers"):  # type: ignore[no-untyped-def]
    from pydantic import SecretStr

    from intake.settings import ImapSettings

    return ImapSettings(
        host=answers.imap.host,
        port=answers.imap.port,
        security=answers.imap.security,
        ca_file=answers.ca_file,
        username=answers.imap.username,
        password=SecretStr(answers.imap_password),
        folder=answers.folder,
    )


def smtp_settings(answers: "Answers"):  # type: ignore[no-untyped-def]
    from pydantic import SecretStr

    from intake.settings import SmtpSettings

    return SmtpSettings(
        host=answers.smtp.host,
        port=answers.smtp.port,
        security=answers.smtp.security,
        ca_file=answers.ca_file,
        username=answers.smtp.username,
        password=SecretStr(answers.smtp_password),
        password_file="",
    )


def _without_tables(text: str) -> str:
    """The remedy names keys of a file that is not there yet."""
    return text.replace(" in [mailbox.imap]", "").replace(" in [mailbox.smtp]", "").replace(" of [mailbox.imap]", "")
