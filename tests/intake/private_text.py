"""Whether anything that was written for staff stands in what customers were sent: every letter, every byte of it.

Told apart here once more, and by other means than the daemon's own guard: as whole lines, in the text, in the HTML and
in every file of a letter.
"""

import sqlalchemy as sa

from intake.mail.marks import clean
from intake.mail.markup import text_of
from storage import tables
from storage.database import Database
from tests.intake.desk_work import TO_STAFF, opened, plain

SHORTEST = 18
"""Characters of a line; what is shorter may be a greeting."""


def private_text_in(store: Database) -> list[str]:
    """Lines of notices, questions, transcripts and notes that a letter to a customer repeats."""
    with store.snapshot() as tx:
        letters = tx.execute(sa.select(tables.outbox.c.kind, tables.outbox.c.raw, tables.outbox.c.message_id)).all()
        notes = tx.execute(sa.select(tables.event.c.detail).where(tables.event.c.kind == "note")).scalars().all()
    hidden = {_bare(line) for note in notes for line in str(note["text"]).splitlines()}
    seals = set()
    for kind, raw, message_id in letters:
        if kind in TO_STAFF:
            # a question shows its reader what they wrote themselves, which they may let go
            own = (">",) if kind == "notice" else (">", "|")
            hidden |= {_bare(line) for line in plain(opened(raw)).splitlines() if not line.startswith(own)}
            seals.add(message_id.partition(".")[2].partition("@")[0])
    hidden = {line for line in hidden if len(line) >= SHORTEST}
    found = []
    for kind, raw, _ in letters:
        if kind not in (*TO_STAFF, "page"):
            said = _said(bytes(raw))
            found += [f"{kind}: {line}" for line in hidden if f" {line} " in said]
            found += [f"{kind}: the seal {seal}" for seal in seals if len(seal) == 40 and seal in said]
    return found


def _said(raw: bytes) -> str:
    """Headers, text, HTML and files of a letter, word by word."""
    letter = opened(raw)
    parts = [f"{name}: {value}" for name, value in letter.items()]
    for part in letter.walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            text = payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            parts.append(clean(text_of(text)) if part.get_content_type() == "text/html" else text)
    return f" {_bare(' '.join(parts))} "


def _bare(text: str) -> str:
    return " ".join(text.replace("|", " ").split())
