"""The path of a staff mail: whose word it is, which ticket it is about, what it commands, what goes to the customer.

A mail from a member of staff's address is that person's word only where `rules.staff_proof` says so; any other is kept
as a draft, and they are asked. Nothing is done by halves: where the text cannot go, no command is carried out either.
Everything happens on the caller's transaction.
"""

from dataclasses import replace
from datetime import datetime

from intake import answering, crowding, loops, orders
from intake.answering import Obstacle, Ready, Saying
from intake.compose import LetterKind
from intake.desk import Desk
from intake.drafts import ask_and_keep
from intake.mail.machine import SUBJECTS
from intake.mail.reply import reply_of
from intake.private import answered_between
from intake.release import released, taken
from intake.ruling import Ruling
from intake.staff_mail import Said, StaffMail, claim, note
from intake.threads import answered
from intake.transcripts import report
from rules import commands, staff_proof
from rules.commands import Spoken, Word
from rules.facts import MailKind
from rules.loops import QUIET
from rules.staff_proof import Proof
from storage import answers, ledger, outbox, tickets
from storage.answers import AnswerState
from storage.database import Transaction
from storage.tickets import Ticket

ENCRYPTED = "encrypted: "
"""What the reader notes of a mail that nobody here can read."""
TO_WRITER = (LetterKind.QUESTION, LetterKind.TRANSCRIPT)
"""Letters about a mail of the person's own; a text that they write anew below one goes to the customer."""
FEW_WORDS = 8
ASKING = frozenset({Word.HELP, Word.LIST})
"""Commands that do nothing, and are answered to the person's own address alone."""


def heed(tx: Transaction, desk: Desk, ruling: Ruling, mail_id: int, now: datetime) -> None:
    """Do what a staff mail says, as far as it is proven to be that person's; of any other mail nothing."""
    sender = ruling.mail.sender
    person = desk.member(sender.key) if sender and ruling.decision.kind is MailKind.STAFF else None
    if person is None:
        return
    mail = StaffMail(tx, desk, ruling.mail, ruling.decision, mail_id, ruling.pointed, person, now)
    reply = reply_of(mail.mail)
    if _is_automatic(mail):
        note(mail, ruling.pointed, "Its subject is an automatic reply's.")
        return
    if released(reply.text):
        _release(mail, reply.text)
        return
    said = Said(reply.text, _signature(mail, reply.signature))
    spoken = commands.read(said.text)
    proof = staff_proof.judge(claim(mail, spoken))
    ticket = _ticket(mail, proof)
    if not said.text and not mail.mail.attachments:
        note(mail, ticket, "It says nothing of its own.")
    elif proof.proven or _only_asks(spoken, proof):
        _act(mail, ticket, said, spoken)
    else:
        lacks = [Obstacle(why, releasable=True) for why in proof.missing]
        why = tuple(filter(None, [*lacks, _ticketless(spoken, ticket), _sealed(mail)]))
        ask_and_keep(mail, ticket, said, why, opens=spoken.opens)


def _act(mail: StaffMail, ticket: Ticket | None, said: Said, spoken: Spoken) -> None:
    """Carry out a mail that is its writer's word: its commands, then its text."""
    ready = None if spoken.opens else _prepared(mail, ticket, said, spoken)
    if isinstance(ready, Obstacle):
        _put_off(mail, ticket, said, ready)
        return
    savepoint = mail.tx.begin_nested()
    done = orders.carry_out(mail.tx, mail.desk, ticket, mail.person, spoken, mail.now, mail_id=mail.mail_id)
    goes = done.ticket if done.done and done.answers else None
    if goes is not None and (ticket is None or ready is None or goes.ticket_id != ticket.ticket_id):
        ready = _prepared(mail, goes, said, spoken)  # a command named another ticket, or made one
        if not isinstance(ready, Ready):
            savepoint.rollback()
            _put_off(mail, ticket, said, ready or Obstacle("It has no text."))
            return
    savepoint.commit()
    if spoken.commands or spoken.faults:
        report(mail, done, listed=any(one.word is Word.LIST for one in spoken.commands))
    if goes is not None and isinstance(ready, Ready):
        answering.send(mail.tx, _saying(mail, goes, said, spoken), ready, said.draft)
    elif said.draft is not None:
        answers.settle(mail.tx, said.draft, AnswerState.REFUSED, mail.now)


def _prepared(mail: StaffMail, ticket: Ticket | None, said: Said, spoken: Spoken) -> Ready | Obstacle | None:
    """The letter, what speaks against it, or None where there is nothing for the customer."""
    if spoken.silent:
        return None
    if not spoken.rest:
        bare = mail.mail.attachments and not spoken.commands
        return Obstacle("It has files and no text of its own; write a line to go with them.") if bare else None
    if ticket is None:
        return None
    if not answered_between(mail.tx, ticket, spoken.rest):
        return Obstacle("It says nothing beside what it quotes.")
    return (
        _sealed(mail) or _to_us(mail, said, spoken) or answering.prepare(mail.tx, _saying(mail, ticket, said, spoken))
    )


def _to_us(mail: StaffMail, said: Said, spoken: Spoken) -> Obstacle | None:
    """A few words below what we asked or told the writer ("Yes, send it", "Thanks!") are mostly meant for us."""
    if said.draft is not None or len(spoken.rest.split()) > FEW_WORDS:
        return None
    parent = answered(mail.mail)[:1]
    if any(outbox.is_of_kind(mail.tx, parent, kind) for kind in TO_WRITER):
        return Obstacle("It answers what we wrote to you. Should these words go to the customer?", releasable=True)
    return None


def _saying(mail: StaffMail, ticket: Ticket, said: Said, spoken: Spoken) -> Saying:
    below = commands.read(said.signature).rest  # no line of it that looks like a command
    said_between = answered_between(mail.tx, ticket, spoken.rest)
    text = f"{said_between}\n\n{below}" if below else said_between
    return Saying(mail.desk, ticket, mail.person, text, mail.mail_id, mail.now, confirmed=said.draft is not None)


def _put_off(mail: StaffMail, ticket: Ticket | None, said: Said, why: Obstacle) -> None:
    if said.draft is not None:  # the new draft takes its place
        answers.settle(mail.tx, said.draft, AnswerState.REFUSED, mail.now)
    asks = not why.machine or ticket is None or _is_news(mail, ticket, why)
    ask_and_keep(mail, ticket, said, (why,), opens=commands.read(said.text).opens, asks=asks)


def _is_news(mail: StaffMail, ticket: Ticket, why: Obstacle) -> bool:
    """Whether its writer is asked about what looks like a machine's: the question is answered like everything else.
    Of machines that answer each other a person hears at once."""
    if why.why != answering.PING_PONG:
        return answers.drafts_of(mail.tx, ticket.ticket_id, mail.by, why.why, mail.now - QUIET) == 0
    news = loops.halt(mail.tx, ticket, mail.now)
    if news:
        crowding.tell_of_pair(mail.tx, mail.desk, ticket, mail.now)
    return news


def _release(mail: StaffMail, text: str) -> None:
    """Send a draft after all, with its commands."""
    draft = taken(mail, text)
    ticket = tickets.by_id(mail.tx, draft.ticket_id) if draft and draft.ticket_id is not None else None
    if draft is None or draft.mail_id is None:
        return
    spoken = commands.read(draft.text)
    if ticket is None and not spoken.opens:
        return
    written = replace(mail, mail_id=draft.mail_id, mail=replace(mail.mail, attachments=(), defects=()))
    _act(written, ticket, Said(draft.text, draft.signature, draft.answer_id), spoken)


def _ticket(mail: StaffMail, proof: Proof) -> Ticket | None:
    """The ticket that the mail is about; the ledger has the mail on it, however it named it."""
    found = tickets.by_id(mail.tx, proof.ticket_id) if proof.ticket_id is not None else None
    if found is None or found.mailbox not in mail.desk.doors:
        return None
    if mail.pointed is None or mail.pointed.ticket_id != found.ticket_id:
        ledger.put_on(mail.tx, mail.mail_id, found.ticket_id)
    return found


def _only_asks(spoken: Spoken, proof: Proof) -> bool:
    """`#help` and `#list` need no notice to answer."""
    words = {one.word for one in spoken.commands}
    return bool(words) and words <= ASKING and not spoken.rest and not spoken.faults and not proof.denied


def _ticketless(spoken: Spoken, ticket: Ticket | None) -> Obstacle | None:
    if ticket is not None or spoken.opens:
        return None
    named = (
        f"There is no ticket {spoken.ticket} here." if spoken.ticket else "It does not say which ticket it is about."
    )
    return Obstacle(named)


def _sealed(mail: StaffMail) -> Obstacle | None:
    if any(one.startswith(ENCRYPTED) for one in mail.mail.defects):
        return Obstacle("It is encrypted, and cannot be read here.")
    return None


def _is_automatic(mail: StaffMail) -> bool:
    """A careless responder marks its replies by their subject alone: of a customer's mail that is too little to go by,
    but what answers a notice would go on to a customer. Nobody is asked: the question would be answered the same way.
    """
    return mail.mail.subject.casefold().lstrip("[(* ").startswith(SUBJECTS)


def _signature(mail: StaffMail, theirs: str) -> str:
    """What stands below an answer: the person's own, or what the mailbox has for all."""
    lines = mail.desk.mailbox.answer_signature
    return "\n".join(line.replace("{name}", mail.person.name) for line in lines) if lines else theirs
