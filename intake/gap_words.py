"""What people are told of a gap: one sentence that says what cannot be accounted for, and one that says what to do."""

from collections.abc import Mapping

from intake.printable import printable
from storage.gaps import Gap
from storage.reconciliation import GapKind

REPORT = "nothing that Intake does leads here: look who changed the store, and report it with the log"
BACKUP = f"restore what the last backup has of it; {REPORT}"
MOVE_BACK = "move it to the folder that new mail arrives in, and it is taken in"

# kind -> what it is, and what to do; {key} names it, {about} says more
WORDS: Mapping[GapKind, tuple[str, str]] = {
    GapKind.NO_END: ("mail {key} has no end that this version knows ({about})", REPORT),
    GapKind.UNSEEN: ("mail {key} is recorded, and under no UID that it was first seen with ({about})", REPORT),
    GapKind.SEEN_TWICE: ("mail {key} is recorded as new under more than one UID ({about})", REPORT),
    GapKind.END_DIFFERS: ("mail {key} ended in two places ({about})", REPORT),
    GapKind.NO_MAIL: ("UID {key} is recorded, and its mail is not ({about})", BACKUP),
    GapKind.NO_ORIGINAL: (
        "mail {key} is recorded as a copy, and the mail that it is a copy of is not there ({about})",
        "`intake reconcile --full` shows whether that one is still in a folder; read this one with a mail client",
    ),
    GapKind.NO_BYTES: ("the bytes of mail {key} are not stored ({about})", BACKUP),
    GapKind.NO_TICKET: ("mail {key} should be on a ticket, and is on none ({about})", BACKUP),
    GapKind.NO_LETTER: (
        "mail {key} was to be answered, and there is no such letter in the outbox ({about})",
        "see `intake ticket` and answer the customer, who has heard nothing; then `intake reconcile --accept`",
    ),
    GapKind.NO_REASON: (
        "letter {key} will never be sent, and nothing says why ({about})",
        "see `intake outbox show {key}`, and write to them yourself",
    ),
    GapKind.NO_OPENING: ("ticket {key} was opened by no mail that is there ({about})", BACKUP),
    GapKind.OPENED_TWICE: ("ticket {key} was opened by more than one mail ({about})", REPORT),
    GapKind.CLAIMED: (
        "letter {key} is in the hands of a process that is gone ({about})",
        "start the daemon; it sends the letter under the same Message-ID",
    ),
    GapKind.FAILING: (
        "the mail with UID {key} failed and has not been tried again ({about})",
        "is the daemon running, and this mailbox open? See `intake status` and the log",
    ),
    GapKind.PASSED_OVER: (
        "a mail stands in the mailbox's folder and was never looked at ({about})",
        "move it to another folder and back: under its new UID it is taken in",
    ),
    GapKind.UNFILED: (
        "a mail is recorded and does not leave the mailbox's folder ({about})",
        "see the log for what the mail server says to moving it",
    ),
    GapKind.CHECKPOINT: (
        "new mail would be passed over: the mailbox was read up to {about}",
        "stop the daemon, `intake reconcile --rewind`, start it: what has no end yet is taken in. Was the mail server "
        "restored from a backup?",
    ),
    GapKind.LOST: (
        "a mail that Intake filed is not in the ledger ({about})",
        f"the store has lost it, perhaps by an older backup: {MOVE_BACK}",
    ),
    GapKind.FOREIGN: (
        "a mail that Intake never saw was put into a folder of its own ({about})",
        f"if somebody waits for an answer, {MOVE_BACK}; if not, move it away or `intake reconcile --accept`",
    ),
}


def what(gap: Gap) -> str:
    """Harmless to a terminal, and in a letter."""
    return printable(WORDS[gap.kind][0].format(key=gap.key, about=gap.about), 1_000)


def remedy(gap: Gap) -> str:
    return WORDS[gap.kind][1].format(key=gap.key)
