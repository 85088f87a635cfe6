"""Finds in a text for a customer what was written for staff alone: in notices about the ticket, in internal notes.

What is compared, and how, is `rules.private_text`'s. Public is what the customer wrote, as notices show it (behind
"> "; what anybody else wrote stands there behind "| "), and every letter that the customer was sent.
"""

import email
import re
from email.message import Message

from intake.desk import Desk
from rules.facts import address_key
from rules.private_text import QUOTES, leaked, without_foreign_quotes
from storage import directory, private, tickets
from storage.database import Transaction
from storage.outbox import FORWARD, PAGE, TO_STAFF
from storage.tickets import Ticket

NOTICE, DIGEST = "notice", "digest"
LATEST = 10
"""Digests that are compared."""
QUOTED = re.compile(rf"^\s*[{''.join(QUOTES)}]", re.MULTILINE)
ADDRESS = re.compile(r"[\w.+'-]{1,64}@[\w-]{1,63}(?:\.[\w-]{1,63}){1,8}")
IDENTIFIER = re.compile(r"(?<![\w@.-])[^\W\d_]\w{0,30}(?:-\w{1,30}){1,4}(?![\w@-])")
"""What references and the numbers of most contracts look like: words and a hyphen between."""
LONGEST_TEXT, MOST_NAMES = 100_000, 40
"""Characters that are looked through for names, and names of either kind that are looked up."""
CUSTOMERS, OTHERS = ">", "|"
"""What stands before each line of a mail in a notice: whose it is."""


def leaks(tx: Transaction, ticket: Ticket, text: str) -> tuple[str, ...]:
    """The lines of `text` that must not go to the ticket's customer."""
    if not text.strip():
        return ()
    notices = _notices(tx, ticket)
    questions = [_text(raw) for raw in private.letters(tx, ticket.ticket_id, [*(set(TO_STAFF) - {NOTICE})])]
    digests = private.letters(tx, None, [DIGEST], limit=LATEST)  # which tell of other customers
    questions += map(_text, digests)
    hidden = [_own(one) for one in (*notices, *questions)] + [_quoted(one, OTHERS) for one in notices]
    return leaked(text, [*hidden, *private.notes(tx, ticket.ticket_id)], _public(tx, ticket, notices))


def of_another(tx: Transaction, ticket: Ticket, text: str) -> tuple[str, ...]:
    """The lines of `text` that repeat anything written about this ticket, for somebody who is not on it.

    What a question or a transcript repeats is its reader's own text, and may be this very one.
    """
    others = [*(set(TO_STAFF) - {NOTICE}), PAGE]
    written = [_text(raw) for raw in private.letters(tx, ticket.ticket_id, others, but=True)]
    unquoted = [
        *map(_own, written),
        *(_quoted(one, CUSTOMERS) for one in written),
        *(_quoted(one, OTHERS) for one in written),
    ]
    return leaked(text, [*unquoted, *private.notes(tx, ticket.ticket_id), ticket.subject], ())


def names_of_others(tx: Transaction, desk: Desk, ticket: Ticket, text: str) -> tuple[str, ...]:
    """What a text names of other contracts: their tickets, themselves, and addresses of their contacts.

    Not what is the customer's too, or stands in what they wrote or were sent.
    """
    said = text[:LONGEST_TEXT]
    addresses = {address_key(one): one for one in ADDRESS.findall(said)[:MOST_NAMES]}
    known = directory.memberships(tx, desk.policy.name, [*addresses, ticket.contact])
    theirs = {ticket.contract, *(one.contract.contract for one in known[ticket.contact])}
    found = [
        addresses[key] for key in addresses if known[key] and not theirs & {one.contract.contract for one in known[key]}
    ]
    for word in list(dict.fromkeys(IDENTIFIER.findall(said)))[:MOST_NAMES]:
        other = tickets.by_reference(tx, word.upper())
        contract = directory.contract_of(tx, word)
        if (other and other.mailbox in desk.doors and other.contract not in theirs) or (
            contract and contract.policy == desk.policy.name and word not in theirs
        ):
            found.append(word)
    if not found:
        return ()
    public = "\n".join(_public(tx, ticket, _notices(tx, ticket))).casefold()
    return tuple(one for one in found if one.casefold() not in public)


def answered_between(tx: Transaction, ticket: Ticket, text: str) -> str:
    """`text` with the customer's words that it quotes between its lines, and nobody else's."""
    return without_foreign_quotes(text, _public(tx, ticket, _notices(tx, ticket))) if QUOTED.search(text) else text


def _public(tx: Transaction, ticket: Ticket, notices: list[str]) -> list[str]:
    letters = [_text(raw) for raw in private.letters(tx, ticket.ticket_id, [*TO_STAFF, PAGE, FORWARD], but=True)]
    return [*(_quoted(one, CUSTOMERS) for one in notices), *letters, ticket.subject]


def _notices(tx: Transaction, ticket: Ticket) -> list[str]:
    return [_text(raw) for raw in private.letters(tx, ticket.ticket_id, [NOTICE])]


def _text(raw: bytes) -> str:
    """The text of a letter of ours, which is its first part, whatever follows."""
    for part in email.message_from_bytes(raw).walk():
        if part.get_content_type() == "text/plain":
            return _decoded(part)
    return ""


def _decoded(part: Message) -> str:
    payload = part.get_payload(decode=True)
    return payload.decode("utf-8", "replace") if isinstance(payload, bytes) else ""


def _quoted(text: str, sign: str) -> str:
    return "\n".join(line[1:] for line in text.splitlines() if line.startswith(sign))


def _own(text: str) -> str:
    return "\n".join(line for line in text.splitlines() if not line.startswith((CUSTOMERS, OTHERS)))
