"""Another try for a mail in quarantine: read again, and if that succeeds decided and recorded like any other.

It is read by a worker process under the daemon's limits, because it may be there for a reason. The ledger keeps its
row: the mail gets another end, not a second entry. The copy on the server stays where it was filed.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from intake import copies, staff
from intake.desk import Desk
from intake.ruling import carry_out, rule
from intake.settings import DaemonSettings
from intake.understand import NotUnderstood, Understanding, Understood
from intake.verdicts import Impossible
from rules.facts import End
from storage import corrections, directory, ledger, listings, policies, tickets
from storage.database import Database, Transaction
from storage.listings import MailLine
from storage.tickets import Event


@dataclass(frozen=True, slots=True)
class Reread:
    """It could be read this time, and ended here."""

    end: End
    why: str
    reference: str | None


def retry(
    database: Database, desks: Mapping[str, Desk], settings: DaemonSettings, mail_id: int, *, by: str, now: datetime
) -> Reread | Impossible:
    """Read a quarantined mail again. Impossible, and nothing changed, where it still cannot be read."""
    with database.snapshot() as tx:
        line = listings.mail_line(tx, mail_id)
        raw = ledger.raw(tx, mail_id)
    if line is None or line.end is not End.QUARANTINED:
        return Impossible(f"mail {mail_id} is not in quarantine; `intake quarantine list` shows what is")
    desk = desks.get(line.mailbox)
    if desk is None:
        return Impossible(f"mail {mail_id} is of mailbox {line.mailbox}, which the configuration does not have")
    if raw is None:
        remedy = "raise max_mail_bytes and move it back from the quarantine folder to be taken in anew"
        return Impossible(f"mail {mail_id} was too large to fetch; {remedy}")
    read = _read(desk, settings, raw)
    if isinstance(read, NotUnderstood):
        return Impossible(f"mail {mail_id} still cannot be read: {read.reason}")
    with database.transaction() as tx:
        return _record(tx, desk, line, read, by, now)


def _read(desk: Desk, settings: DaemonSettings, raw: bytes) -> Understood | NotUnderstood:
    pool = Understanding(
        {desk.policy.version: desk.policy},
        workers=1,
        seconds=settings.understand_seconds,
        memory=settings.understand_bytes,
    )
    try:
        return pool.submit(raw, policy=desk.policy.version, trust=desk.trust).result()
    finally:
        pool.close()


def _record(
    tx: Transaction, desk: Desk, line: MailLine, read: Understood, by: str, now: datetime
) -> Reread | Impossible:
    current = listings.mail_line(tx, line.mail_id)
    if current is None or current.end is not End.QUARANTINED:
        return Impossible(f"mail {line.mail_id} was taken out of quarantine meanwhile")
    policies.keep(tx, desk.policy.version, desk.policy.name, desk.policy_text, now)
    mail = read.mail
    senders = [mail.sender.key] if mail.sender else []
    memberships = directory.memberships(tx, desk.policy.name, senders).get(senders[0], ()) if senders else ()
    ruling = rule(tx, desk, read, line.arrived_at, memberships, now)
    decision = ruling.decision
    corrections.identify(tx, line.mail_id, mail.message_id, decision.sender, mail.subject, copies.content_of(mail))
    ledger.settle(tx, line.mail_id, ruling.end, decision.why, decision, ruling.ticket_id)
    tickets.log(tx, Event(now, "read_again", by, {"was": line.reason}, ruling.ticket_id, line.mail_id))
    carry_out(tx, desk, ruling, line.mail_id, now)
    staff.heed(tx, desk, ruling, line.mail_id, now)
    return Reread(ruling.end, decision.why, ruling.reference)
