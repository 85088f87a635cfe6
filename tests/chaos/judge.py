"""Looks at what a chaos run left behind and says what is wrong with it, one line a finding; no line, no fault.

It believes three witnesses and compares them: the mails that were put in, the store, and what the mail server accepted.
What the daemons say of themselves counts only where they admit a bug.
"""

import json
import os
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from email import message_from_bytes, policy
from hashlib import sha256
from pathlib import Path

import sqlalchemy as sa

from storage import tables
from storage.database import Database
from tests.chaos.mails import TEXT_OF, Sent, message_id_of
from tests.servers.sink import Taken

REQUESTS = frozenset(TEXT_OF)
"""Ends of a mail that opened a ticket."""
DUPLICATE = "duplicate"
BLAMED = ("its worker died", "not done after", "out of memory")
"""Why a sound mail may be in quarantine: its reader was killed or frozen three times."""


@dataclass(frozen=True, slots=True)
class MailRow:
    mail_id: int
    sha256: str
    message_id: str | None
    end: str
    reason: str
    ticket_id: int | None


@dataclass(frozen=True, slots=True)
class LetterRow:
    message_id: str
    kind: str
    ticket_id: int | None
    recipients: tuple[str, ...]
    state: str
    ambiguous: int
    attempts: int
    raw: bytes
    last_error: str


@dataclass(frozen=True, slots=True)
class Evidence:
    sent: Sequence[Sent]
    taken_away: frozenset[str]
    """Message-IDs of mails that a person took out of the mailbox; "" for one without."""
    mails: Sequence[MailRow]
    unfinished_sightings: int
    tickets: Mapping[int, str]
    """Id -> contact."""
    letters: Sequence[LetterRow]
    taken: Sequence[Taken]
    """Every transaction at the mail server, in order."""
    ours: frozenset[str]
    """The support addresses."""
    folders: Sequence[bytes]
    """Mails as they stand in the processed and quarantine folders."""
    logs: Sequence[str]
    reader_faults: int
    """How often a worker was killed or frozen, or made to die or hang by a mail."""

    @property
    def accepted(self) -> list[Taken]:
        return [one for one in self.taken if one.accepted]


def read_store(database: Database) -> tuple[list[MailRow], int, dict[int, str], list[LetterRow]]:
    """Mails, sightings without an end to look at, tickets, letters."""
    mail, outbox, ticket, sighting = tables.mail.c, tables.outbox.c, tables.ticket.c, tables.sighting.c
    with database.snapshot() as tx:
        columns = (mail.id, mail.sha256, mail.message_id, mail.end, mail.reason, mail.ticket_id)
        mails = [MailRow(*row) for row in tx.execute(sa.select(*columns).order_by(mail.id))]
        lost = sa.select(sa.func.count()).where(sighting.mail_id.is_(None), sighting.end != "before_start")
        unfinished = int(tx.execute(lost).scalar_one())
        tickets = {row.id: row.contact for row in tx.execute(sa.select(ticket.id, ticket.contact))}
        names = ("message_id", "kind", "ticket_id", "recipients", "state", "ambiguous", "attempts", "raw", "last_error")
        rows = tx.execute(sa.select(*(outbox[name] for name in names)).order_by(outbox.id))
        letters = [
            LetterRow(row[0], row[1], row[2], tuple(row[3]), row[4], row[5], row[6], bytes(row[7]), row[8])
            for row in rows
        ]
    return mails, unfinished, tickets, letters


def findings(evidence: Evidence) -> list[str]:
    return [line for look in LOOKS for line in look(evidence)]


def each_mail_has_one_end(evidence: Evidence) -> Iterator[str]:
    """And it is the one that it should have."""
    rows = rows_of(evidence)
    blamed = 0
    for one in originals(evidence.sent):
        found = rows[key_of(one)]
        firsts = [row for row in found if row.end != DUPLICATE]
        if not firsts and (one.message_id in evidence.taken_away or found):
            if found:
                yield f"{named(one)} is recorded as a duplicate of nothing"
        elif not firsts:
            yield f"{named(one)} has no end"
        elif len(firsts) > 1:
            yield f"{named(one)} has {len(firsts)} ends: {', '.join(row.end for row in firsts)}"
        elif firsts[0].end == "quarantined" and any(words in firsts[0].reason for words in BLAMED):
            blamed += "quarantined" not in one.ends
        elif firsts[0].end not in one.ends:
            yield f"{named(one)} ended as {firsts[0].end} ({firsts[0].reason}), not as {' or '.join(sorted(one.ends))}"
    if blamed * 3 > evidence.reader_faults:
        yield f"{blamed} sound mails are in quarantine after {evidence.reader_faults} faults of their readers"
    if evidence.unfinished_sightings:
        yield f"{evidence.unfinished_sightings} sightings name no mail"


def nothing_is_in_a_folder_that_the_ledger_lacks(evidence: Evidence) -> Iterator[str]:
    hashes = {row.sha256 for row in evidence.mails}
    claims = {row.message_id for row in evidence.mails}
    for raw in evidence.folders:
        claim = message_id_of(raw)
        # One too large to fetch is known by its place; it bears no Message-ID that the ledger would have read.
        if sha256(raw).hexdigest() not in hashes and claim not in claims and len(raw) < 1_000_000:
            yield f"a filed mail is not in the ledger: {claim or raw[:80]!r}"


def one_ticket_for_each_request(evidence: Evidence) -> Iterator[str]:
    opened = [row for row in evidence.mails if row.end in REQUESTS and row.ticket_id is not None]
    for ticket_id, count in Counter(row.ticket_id for row in opened).items():
        if count > 1:
            yield f"ticket {ticket_id} was opened by {count} mails"
    for row in evidence.mails:
        if row.end in REQUESTS and row.ticket_id not in evidence.tickets:
            yield f"mail {row.mail_id} ({row.message_id}) has no ticket"
    if orphans := evidence.tickets.keys() - {row.ticket_id for row in opened}:
        yield f"tickets without a mail that opened them: {sorted(orphans)}"


def a_quota_is_spent_once(evidence: Evidence) -> Iterator[str]:
    rows = rows_of(evidence)
    groups: dict[str, list[str]] = defaultdict(list)
    for one in originals(evidence.sent):
        if one.once and one.message_id not in evidence.taken_away:
            groups[one.once] += [row.end for row in rows[key_of(one)] if row.end not in (DUPLICATE, "quarantined")]
    for name, ends in groups.items():
        if ends and ends.count("ticket") != 1:
            yield f"contract {name} is good for one incident, and its mails ended as {', '.join(ends)}"


def each_sender_is_answered_once(evidence: Evidence) -> Iterator[str]:
    """By one letter of the kind that its end asks for, which the mail server took, or refused for good."""
    rows = rows_of(evidence)
    taken = {message_id_of(one.raw) for one in evidence.accepted}
    refused = {message_id_of(one.raw) for one in evidence.taken if one.answer.startswith("5")}
    on_ticket: dict[int | None, list[LetterRow]] = defaultdict(list)
    for letter in evidence.letters:
        if letter.kind in TEXT_OF.values():
            on_ticket[letter.ticket_id].append(letter)
    for one in originals(evidence.sent):
        first = next((row for row in rows[key_of(one)] if row.end != DUPLICATE), None)
        if first is None or first.end not in REQUESTS or not one.answered:
            continue
        letters = on_ticket[first.ticket_id]
        if [letter.kind for letter in letters] != [TEXT_OF[first.end]]:
            yield f"{named(one)} ended as {first.end} and has letters {[letter.kind for letter in letters]}"
            continue
        letter = letters[0]
        if one.draft.kind == "stranger" and letter.state == "withheld":
            continue  # so many strangers an hour, and no more
        dead = one.draft.kind == "dead"
        if letter.recipients != (one.sender,):
            yield f"the {letter.kind} for {named(one)} goes to {letter.recipients}"
        if dead != (letter.state == "refused") and letter.message_id not in refused:
            yield f"the {letter.kind} for {named(one)} is {letter.state} ({letter.last_error})"
        elif letter.state == "sent" and letter.message_id not in taken:
            yield f"the {letter.kind} for {named(one)} counts as sent, and no server has it"


def each_answer_of_staff_reaches_its_customer_once(evidence: Evidence) -> Iterator[str]:
    rows = rows_of(evidence)
    for one in evidence.sent:
        if not one.answer or one.again:
            continue
        ended = [row for row in rows[key_of(one)] if row.end == "staff_action"]
        letters = [letter for letter in evidence.letters if letter.kind == "answer" and said(letter.raw, one.answer)]
        if len(letters) != len(ended):
            yield f"{named(one)} makes {len(letters)} answers"


def nothing_goes_to_machines_or_ourselves(evidence: Evidence) -> Iterator[str]:
    silent = {one.sender for one in evidence.sent if one.silent}
    by_hand = {letter.message_id for letter in evidence.letters if letter.kind == "answer"}
    for one in evidence.accepted:
        automatic = message_id_of(one.raw) not in by_hand
        for recipient in one.recipients:
            if recipient in evidence.ours or not recipient or (recipient in silent and automatic):
                yield f"a letter went to {recipient or '<>'}: {message_id_of(one.raw)}"


def the_server_has_what_the_outbox_says(evidence: Evidence) -> Iterator[str]:
    """The same bytes under one Message-ID; more often than once only after an end that nobody could know."""
    rows = {letter.message_id: letter for letter in evidence.letters}
    last_of = {one.connection: one for one in evidence.taken}
    took: dict[tuple[str, str], list[Taken]] = defaultdict(list)
    for one in evidence.accepted:
        claim = message_id_of(one.raw)
        letter = rows.get(claim)
        if letter is None:
            yield f"the server took a letter that the outbox does not know: {claim}"
        elif plain(letter.raw) != plain(one.raw):
            yield f"the server took other bytes than the outbox holds: {claim}"
        for recipient in one.recipients:
            took[claim, recipient].append(one)
    for (claim, recipient), copies in took.items():
        ambiguous = rows[claim].ambiguous if claim in rows else 0
        if len(copies) > 1 + ambiguous:
            yield f"{recipient} got {claim} {len(copies)} times, and {ambiguous} ends were ambiguous"
        for early in copies[:-1]:
            if early.confirmed and last_of[early.connection] is not early:
                yield f"{recipient} got {claim} again though its sender went on after the 250"


def every_letter_has_an_end(evidence: Evidence) -> Iterator[str]:
    refused = {message_id_of(one.raw) for one in evidence.taken if one.answer.startswith("5")}
    for letter in evidence.letters:
        if letter.state in ("waiting", "claimed"):
            yield f"letter {letter.message_id} ({letter.kind}) is still {letter.state}: {letter.last_error}"
        to_the_dead = any(one.startswith("dead") for one in letter.recipients)
        if letter.state == "refused" and letter.message_id not in refused and not to_the_dead:
            yield f"letter {letter.message_id} is refused, and no server refused it: {letter.last_error}"


def the_log_admits_no_bug(evidence: Evidence) -> Iterator[str]:
    """The same one is told once, with how often it was seen."""
    seen: Counter[str] = Counter()
    for log in evidence.logs:
        lines = log.splitlines()
        over = False
        for number, line in enumerate(lines):
            if line.startswith("intake: ") or '"event": "stopped"' in line:
                over = True
            elif line.startswith("Traceback ("):
                seen["\n      ".join([line, *_traceback(lines[number + 1 : number + 60])])] += 1
            elif '"event": "bug_in' in line:
                told = json.loads(line)
                seen[f"{told['event']}: {told.get('exception', '')[-1500:]}".replace("\n", "\n      ")] += 1
            elif "Warning: " not in line:
                over = False
            elif not (over and "ResourceWarning: " in line):  # what is open at a daemon's end goes with it
                seen[line] += 1
    for words, times in seen.items():
        yield f"log, {times} times: {words}"


def _traceback(lines: Sequence[str]) -> Iterator[str]:
    """Up to the line that names the exception."""
    for line in lines:
        yield line
        if not line.startswith(" "):
            return


LOOKS = (
    each_mail_has_one_end,
    nothing_is_in_a_folder_that_the_ledger_lacks,
    one_ticket_for_each_request,
    a_quota_is_spent_once,
    each_sender_is_answered_once,
    each_answer_of_staff_reaches_its_customer_once,
    nothing_goes_to_machines_or_ourselves,
    the_server_has_what_the_outbox_says,
    every_letter_has_an_end,
    the_log_admits_no_bug,
)


def originals(sent: Iterable[Sent]) -> list[Sent]:
    return [one for one in sent if not one.again]


def key_of(one: Sent) -> str:
    """By which a mail is found in the ledger: servers on the way change its bytes."""
    if one.draft.kind == "large":
        return f"from {one.sender}:"
    return one.message_id or sha256(one.raw).hexdigest()


def rows_of(evidence: Evidence) -> Mapping[str, list[MailRow]]:
    found: dict[str, list[MailRow]] = defaultdict(list)
    claims = {key_of(one) for one in evidence.sent}
    unread = {sha256(one.raw).hexdigest(): key_of(one) for one in evidence.sent}
    # A server on the way put a header before it: then its Message-ID stands in the folder alone.
    filed = {sha256(raw).hexdigest(): message_id_of(raw) or _by_last_line(evidence, raw) for raw in evidence.folders}
    large = [key_of(one) for one in evidence.sent if one.draft.kind == "large"]
    for row in evidence.mails:
        # Of a mail that could not be read the ledger knows no Message-ID.
        key = row.message_id if row.message_id in claims else unread.get(row.sha256, row.sha256)
        if key not in claims:
            key = filed.get(row.sha256, key)
        for words in large:
            if words in row.reason:
                key = words
        found[key or ""].append(row)
    return found


def _by_last_line(evidence: Evidence, raw: bytes) -> str:
    last = raw.rstrip().rpartition(b"\n")[2].decode("ascii", errors="replace")
    return next((key_of(one) for one in evidence.sent if one.last_line and one.last_line == last), "")


def named(one: Sent) -> str:
    return f"mail {one.draft.number} ({one.draft.kind}, {one.sender})"


def plain(raw: bytes) -> bytes:
    return raw.replace(b"\r\n", b"\n").rstrip(b"\n")


def said(raw: bytes, words: str) -> bool:
    part = message_from_bytes(raw, policy=policy.default).get_body(("plain",))
    return part is not None and words in " ".join(part.get_content().split())


def still_alive(processes: Iterable[int]) -> list[str]:
    return [f"a process of the daemon is left alive: {pid}, {_command(pid)}" for pid in processes if pid != os.getpid()]


def _command(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_bytes().replace(b"\0", b" ").decode(errors="replace")[:200]
    except OSError:
        return "gone meanwhile"
