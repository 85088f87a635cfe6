"""The shape of `intake.toml`: one frozen class a table, one typed field a key.

The docstring of a field is the comment that `intake init` writes above the key (see `intake.config_sample`), its first
example or its default the value, so the sample cannot drift from the code. `intake.config` reads the file into these.
"""

from collections.abc import Mapping
from typing import Any, Literal, get_args

from pydantic import BaseModel, Field, InstanceOf, SecretStr

from intake.oauth.grant import Grant
from intake.oauth.settings import OAuthSettings
from intake.setting_values import (
    Auth,
    Email,
    Hours,
    LogLevel,
    OwnEmail,
    Place,
    Port,
    Section,
    Security,
    Several,
    Text,
    Zone,
)


class StorageSettings(Section):
    """Where everything is remembered."""

    url: Text = Field(examples=["sqlite:////var/lib/intake/intake.db"])
    """The database: `sqlite:////absolute/file`, `sqlite:///file` (beside this file) or
    `postgresql+psycopg://intake@db/intake`."""


class LoginSettings(Section):
    """What IMAP and SMTP have in common."""

    host: Text
    port: Port
    security: Security
    ca_file: Text = ""
    """A further certificate authority to trust, for private ones: a PEM file; relative names are beside this file."""
    username: Text
    password_file: Text
    password_env: Text = ""
    """Name of an environment variable with the password, instead of password_file."""
    auth: Auth = "password"
    """password | xoauth2 (then [mailbox.oauth] says how a token is got)."""
    password: SecretStr = Field(default=SecretStr(""), exclude=True, repr=False)
    grant: InstanceOf[Grant] | None = Field(default=None, exclude=True, repr=False)
    # Both resolved by `load`, never read from the file; `grant` is the mailbox's, where `auth` asks for a token.


class ImapSettings(LoginSettings):
    """The mailbox that customers write to."""

    host: Text = Field(min_length=1, examples=["imap.example.com"])
    """Name or address of the server."""
    port: Port = 993
    """993 for tls, 143 for starttls."""
    security: Security = "tls"
    """tls | starttls | none (none only for a server on this machine)."""
    username: Text = Field(min_length=1, examples=["support@example.com"])
    """The login."""
    password_file: Text = Field(default="", examples=["imap-password"])
    """File with the password; relative names are looked up in $CREDENTIALS_DIRECTORY, then beside this file."""
    folder: Text = "INBOX"
    """Where new mail arrives."""
    processed_folder: Text = "Intake/Processed"
    """Where mail goes once it is recorded; "" leaves it where it is, flagged $IntakeDone."""
    quarantine_folder: Text = "Intake/Quarantine"
    """Where mail goes that could not be read; "" leaves it where it is, flagged $IntakeFailed."""
    poll_seconds: int = Field(default=60, ge=1, le=3600)
    """How often to look without being told; the fallback beside IDLE."""


class SmtpSettings(LoginSettings):
    """The server that takes our letters."""

    host: Text = Field(min_length=1, examples=["smtp.example.com"])
    """Name or address of the server."""
    port: Port = 587
    """587 for starttls, 465 for tls."""
    security: Security = "starttls"
    """tls | starttls | none (none only for a server on this machine)."""
    username: Text = Field(default="", examples=["support@example.com"])
    """The login; "" for a server that asks for none."""
    password_file: Text = Field(default="", examples=["smtp-password"])
    """File with the password; relative names are looked up in $CREDENTIALS_DIRECTORY, then beside this file."""
    connections: int = Field(default=3, ge=1, le=20)
    """How many connections are kept open at once. Exchange Online takes three of one mailbox."""


class MailboxSettings(Section):
    """One support address. Repeat the table for every further one."""

    name: str = Field(pattern=r"^[a-z0-9][a-z0-9_-]{0,31}$", examples=["support"])
    """In logs, metrics and commands: small letters, digits, - and _."""
    address: OwnEmail = Field(examples=["support@example.com"])
    """What customers write to and see as From."""
    display_name: Text = Field(default="", examples=["Example Support"])
    """The name beside the address."""
    policy: Text = Field(min_length=1, examples=["irex"])
    """A shipped policy, or a path to a policy file (relative names are beside this file)."""
    mode: Literal["live", "observe"] = Field(default="live", examples=["observe"])
    """live | observe. observe decides, records and tells staff, but sends customers nothing: a careful way to start."""
    ticket_prefix: str = Field(pattern=r"^[A-Z][A-Z0-9]{0,7}$", examples=["EX"])
    """Tickets are EX-1042, shown in subjects as [EX-1042]: capital letters and digits."""
    authserv_id: Text = ""
    """The name under which your own mail server stamps Authentication-Results, such as "mx.example.com", or "m365" for
    Microsoft 365, which stamps none; "" trusts no such header. Look into any mail that it received."""
    dkim: bool = False
    """Check DKIM signatures, by the DNS, where that server says nothing of a sender. Needs the extra "dkim"."""
    templates: Text = ""
    """A directory with your own letters, laid out as `intake init` writes them; "" uses the shipped ones."""
    plus_addressing: bool = False
    """Whether your server delivers support+anything@example.com to this mailbox. Then answers to notices go there;
    without it they prove themselves by the Message-ID that they answer, which a few mail programs leave out."""
    answer_signature: tuple[Text, ...] = ()
    """Lines below every answer of staff in place of their own signatures, such as ["{name}", "Example Support"];
    none keeps what each person's mail program writes."""
    second_answer_minutes: int = Field(default=10, ge=0, le=1440)
    """An answer that follows a colleague's within so many minutes is shown to its writer before it is sent."""
    notice_mail_bytes: int = Field(default=1_000_000, ge=0, le=9_000_000)
    """The largest mail that a notice brings along whole, with its attachments; 0 brings none."""
    imap: ImapSettings
    smtp: SmtpSettings
    oauth: OAuthSettings = OAuthSettings()


class StaffMember(Section):
    """One person who answers. Repeat the table for every further one."""

    name: Text = Field(min_length=1, examples=["Sam Field"])
    """As colleagues know them."""
    email: Email = Field(examples=["sam@example.com"])
    """Where notices go, and the only address this person's answers are taken from."""
    queues: tuple[str, ...] = Field(default=(), examples=[("support", "senior")])
    """Who is told about what: queues of the policy."""
    hours: tuple[Hours, ...] = Field(default=(), examples=[("Mon-Fri 09:00-17:00",)])
    """When this person works; outside these hours colleagues on duty are told instead, if there are any. None: always.
    """
    timezone: Zone = Field(default="", examples=["Europe/Brussels"])
    """The zone of these hours, an IANA name."""
    digest: str = Field(default="", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")
    """When this person gets one mail a day in place of notices that can wait, such as "08:30" in that zone; "" for a
    notice at once of everything. Severity 1, promises that are due before it, and pages never wait."""


class Shift(Section):
    """Who is on call at certain hours, beside `notify` above. Repeat the table for every further shift."""

    hours: tuple[Hours, ...] = Field(min_length=1, examples=[("Mon-Thu 17:00-09:00", "Fri 17:00-Mon 09:00")])
    """When this shift is told; each like "Mon-Fri 09:00-17:00", "Fri 17:00-Mon 09:00" or "always"."""
    timezone: Zone = Field(min_length=1, examples=["Europe/Brussels"])
    """The zone of these hours, an IANA name."""
    notify: tuple[Place, ...] = Field(min_length=1, examples=[("night@example.com",)], repr=False)
    """Addresses and Apprise URLs, as above."""


class Queue(Section):
    """Further places that hear of a queue."""

    notify: tuple[Place, ...] = Field(default=(), examples=[("pager@example.com",)], repr=False)
    """Addresses, which go by our own outbox; anything with :// is an Apprise URL (pager, chat). A URL holds its key:
    "file://NAME" takes it from a file, looked up like that of a password."""
    shift: tuple[Shift, ...] = ()


class DaemonSettings(Section):
    """How the daemon works. The defaults suit one mailbox on a small machine."""

    workers: int = Field(default=2, ge=1, le=64)
    """Processes that read mail, each apart from the daemon, so that a hostile mail harms none but itself."""
    batch_count: int = Field(default=50, ge=1, le=1000)
    """Mails fetched and recorded together at most."""
    batch_bytes: int = Field(default=8_000_000, ge=100_000)
    """Bytes fetched together at most; a single larger mail comes alone."""
    max_mail_bytes: int = Field(default=50_000_000, ge=100_000)
    """A mail larger than this is not fetched but put into quarantine."""
    understand_seconds: float = Field(default=20.0, gt=0, le=600)
    """How long one mail may take to read."""
    understand_bytes: int = Field(default=1_000_000_000, ge=200_000_000)
    """How much memory reading one mail may take."""
    network_seconds: float = Field(default=30.0, ge=1, le=600)
    """How long to wait for a mail server to answer."""
    disk_floor_bytes: int = Field(default=200_000_000, ge=0)
    """No mail is taken in while less than this is free where the SQLite file is; 0 for no such floor. Letters go on."""
    outbox_alarm_letters: tuple[Several, ...] = (100, 1000)
    """Pages go out once when so many letters have waited for a quarter of an hour; [] for none."""
    outbox_alarm_hours: tuple[Several, ...] = (1, 6, 24)
    """The same when a letter has waited for so many hours."""
    stop_seconds: float = Field(default=8.0, ge=1, le=60)
    """How long work in hand may take after SIGTERM."""
    reconcile_at: str = Field(default="03:00", pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9])?$")
    """When every mail is compared each day with what became of it, in the zone of the first mailbox's policy; "" leaves
    that to `intake reconcile`."""
    log_level: LogLevel = "info"
    """debug | info | warning | error."""


class RetentionSettings(Section):
    """For how many days is kept what mails and letters say; 0 keeps it for ever, which is all that is known to be right
    for everybody. What was decided, when and how fast stays. `intake purge` does it, and the daemon every night."""

    declined_days: int = Field(default=0, ge=0, le=36_500)
    """Tickets that were declined."""
    routed_days: int = Field(default=0, ge=0, le=36_500)
    """Tickets that another desk took."""
    closed_days: int = Field(default=0, ge=0, le=36_500)
    """Accepted tickets, from when they were closed. What is open or held is always kept."""
    ignored_days: int = Field(default=0, ge=0, le=36_500)
    """Mail that is on no ticket: of machines, copies, mail of staff that did nothing."""
    quarantined_days: int = Field(default=0, ge=0, le=36_500)
    """Mail that could not be read."""
    letters_days: int = Field(default=0, ge=0, le=36_500)
    """Letters that are about no ticket, such as digests; all others go with their ticket."""


class MetricsSettings(Section):
    """Figures for Prometheus. They name mailboxes and count; nobody's address, and no word of a mail, is among them."""

    listen: str = Field(default="", pattern=r"^(\S+:[0-9]{1,5})?$")
    """Where /metrics is served, such as "127.0.0.1:9464" or "[::1]:9464"; "" serves none. Read at a start only."""
    beyond_loopback: bool = False
    """Lets listen name an address that other machines reach: whoever reaches it reads the figures, without a password.
    """

    @property
    def place(self) -> tuple[str, int] | None:
        """Host and port; None where nothing is served."""
        host, _, port = self.listen.rpartition(":")
        return (host.strip("[]"), int(port)) if self.listen else None


class Settings(Section):
    """The whole file."""

    storage: StorageSettings
    mailbox: tuple[MailboxSettings, ...]
    staff: tuple[StaffMember, ...] = ()
    queues: Mapping[str, Queue] = Field(default_factory=dict)
    daemon: DaemonSettings = DaemonSettings()
    retention: RetentionSettings = RetentionSettings()
    metrics: MetricsSettings = MetricsSettings()


def section_of(annotation: Any) -> type[BaseModel] | None:
    """The table inside an annotation such as `tuple[MailboxSettings, ...]`; None for that of a plain key."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return annotation
    return next(filter(None, map(section_of, get_args(annotation))), None)
