"""Whether anything that was written for staff stands in what customers were sent: every letter, every byte of it.

Told apart here once more, and by other means than the daemon's own guard: as whole lines, in the text, in the HTML and
in every file of a letter.
"""

import re

import sqlalchemy as sa

from intake.mail.marks import clean
from intake.mail.markup import text_of
from storage import tables
from storage.database import Database
from tests.intake.desk_work import TO_STAFF, opened, plain

SHORTEST = 18
"""Characters of a line; what is shorter may be a greeting."""
TOLD = re.compile(r"\w+ \d \(\w+\)|--- .* ---")
"""A line that both are told: "Severity 1 (urgent)"."""
HANDED_ON = ("routed", "forward")
"""Letters that name who has a mail, by their address."""
BY_STAFF = ("note", "accepted", "declined")
"""Events whose detail holds what a person wrote for us alone."""


def private_text_in(store: Database) -> list[str]:
    """Lines of notices, questions, transcripts, notes and reasons that a letter to a customer repeats, and lines that
    another contract's people wrote."""
    with store.snapshot() as tx:
        whose = sa.func.coalesce(tables.ticket.c.contract, tables.ticket.c.contact)
        columns = (tables.outbox.c.kind, tables.outbox.c.raw, tables.outbox.c.message_id, whose)
        of_ticket = tables.outbox.c.ticket_id == tables.ticket.c.id
        letters = tx.execute(sa.select(*columns).select_from(tables.outbox).outerjoin(tables.ticket, of_ticket)).all()
        written = tx.execute(sa.select(tables.event.c.detail).where(tables.event.c.kind.in_(BY_STAFF))).scalars().all()
    hidden = {_bare(line) for one in written for said in one.values() for line in str(said).splitlines()}
    seals = set()
    theirs: dict[str | None, set[str]] = {}
    for kind, raw, message_id, customer in letters:
        if kind in TO_STAFF:
            # a question shows its reader what they wrote themselves, which they may let go
            own = (">",) if kind == "notice" else (">", "|")
            lines = plain(opened(raw)).splitlines()
            hidden |= {_bare(line) for line in lines if not line.startswith(own)}
            theirs.setdefault(customer, set()).update(_bare(line[1:]) for line in lines if line.startswith(">"))
            seals.add(message_id.partition(".")[2].partition("@")[0])
    found = []
    for kind, raw, _, customer in letters:
        if kind not in (*TO_STAFF, "page"):
            said = _said(bytes(raw))
            others = set().union(*(lines for of, lines in theirs.items() if of != customer))
            private = {line for line in hidden | (others - theirs.get(customer, set())) if len(line) >= SHORTEST}
            private -= {line for line in private if TOLD.fullmatch(line) or (kind in HANDED_ON and "@" in line)}
            found += [f"{kind}: {line}" for line in sorted(private) if f" {line} " in said]
            found += [f"{kind}: the seal {seal}" for seal in seals if len(seal) == 40 and seal in said]
    return found


def _said(raw: bytes) -> str:
    """Headers, text, HTML and files of a letter, word by word."""
    letter = opened(raw)
    parts = [f"{name}: {value}" for name, value in letter.items()]
    for part in letter.walk():
        if not part.is_multipart():
            payload = part.get_payload(decode=True)
            text = payload.replace(b"\0", b"").decode("utf-8", "replace") if isinstance(payload, bytes) else ""
            parts.append(clean(text_of(text)) if part.get_content_type() == "text/html" else text)
    return f" {_bare(' '.join(parts))} "


def _bare(text: str) -> str:
    return " ".join(text.replace("|", " ").split())
