"""Tells a member of staff what came of the commands in a mail of theirs: to their own address, and nobody else's."""

from datetime import timedelta

from intake.compose import LetterKind
from intake.letter_order import Due, Reported
from intake.order_values import Transcript
from intake.staff_letters import write
from intake.staff_mail import StaffMail
from rules.commands import COMMANDS, Word
from storage import letter_counts

TEMPLATE = "transcript"
AN_HOUR = 120
"""Transcripts of a mailbox; `#help` needs no proof, and who forges an address must not fill its owner's mailbox."""


def report(mail: StaffMail, done: Transcript, *, listed: bool) -> None:
    """Write the transcript. `listed`: their open tickets were asked for."""
    if letter_counts.of_template(mail.tx, mail.desk.name, TEMPLATE, mail.now - timedelta(hours=1)) >= AN_HOUR:
        return
    mine = tuple(
        Due(one.reference, one.status, one.due_at, one.subject, one.severity, one.assigned) for one in done.mine
    )
    reported = Reported(
        done=done.done,
        lines=tuple((one.said, one.why, one.instead) for one in done.lines if not _only_asks(one.said)),
        mine=mine if listed and done.done else None,
        more=done.more,
        forms=tuple((one.shown, one.help) for one in COMMANDS) if done.helps else (),
    )
    write(mail, done.ticket, LetterKind.TRANSCRIPT, TEMPLATE, reported=reported)


def _only_asks(said: str) -> bool:
    """What follows in the transcript itself."""
    return said.strip().lower() in (f"#{Word.HELP}", f"#{Word.LIST}")
