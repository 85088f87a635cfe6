"""The list of commands: each word that staff can say, how it is written, what it does in one line for `#help`.

`COMMANDS` is all of it, in the order in which it is told. What a word's argument reads as is its form's to say; how a
mail is parted into commands and text is `rules.commands`'.
"""

import re
import unicodedata
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from enum import StrEnum

from rules import bookings


class Word(StrEnum):
    """In the order in which `#help` tells them."""

    NOTE = "note"
    CLOSE = "close"
    REOPEN = "reopen"
    WAIT = "wait"
    SEVERITY = "severity"
    TAKE = "take"
    ASSIGN = "assign"
    QUEUE = "queue"
    HOLD = "hold"
    ACCEPT = "accept"
    DECLINE = "decline"
    SPEND = "spend"
    LANGUAGE = "language"
    ESCALATE = "escalate"
    MERGE = "merge"
    SPLIT = "split"
    SPAM = "spam"
    TICKET = "ticket"
    NEW = "new"
    LIST = "list"
    HELP = "help"


@dataclass(frozen=True, slots=True)
class Spend:
    """What `#spend` books."""

    amount: Decimal
    note: str = ""


Value = str | int | timedelta | Spend | None


SILENT = frozenset({Word.NOTE, Word.DECLINE, Word.SPAM})
"""Words after which the text is for staff: a note, a reason."""


@dataclass(frozen=True, slots=True)
class Form:
    """How a command is written."""

    word: Word
    shown: str
    """An example, which is a right command itself."""
    help: str
    reads: Callable[[str], Value] | None = None
    """Its argument; None for a word that stands alone. Raises ValueError with what to write."""
    bare: bool = False
    """Whether a word with an argument can go without."""


LONGEST_TEXT = 2_000
"""Characters of a reason or a note that stand beside their command."""


def _text(argument: str) -> str:
    seen = "".join(one for one in argument if unicodedata.category(one) not in ("Cc", "Cf"))
    return seen[:LONGEST_TEXT]


def _severity(argument: str) -> int:
    if not re.fullmatch(r"[0-9]", argument):
        raise ValueError("a severity is a number, 1 the most urgent")
    return int(argument)


def _reference(argument: str) -> str:
    found = re.fullmatch(r"\[?([A-Z][A-Z0-9]{0,15}-[0-9]{1,12})\]?", argument, re.ASCII | re.IGNORECASE)
    if not found:
        raise ValueError("a ticket is named by its reference")
    return found[1].upper()


def _span(argument: str) -> timedelta:
    found = re.fullmatch(r"([0-9]{1,3}) ?([hdw])", argument, re.ASCII | re.IGNORECASE)
    span = int(found[1]) * UNITS[found[2].lower()] if found else timedelta(0)
    if not timedelta(0) < span <= timedelta(days=366):
        raise ValueError("a time is written like 4h, 2d or 1w, up to a year")
    return span


UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def _name(argument: str) -> str:
    if not re.fullmatch(r"[\w.@+' -]{1,100}", argument):
        raise ValueError("a name stands after it and nothing else")
    return argument


def _contact(argument: str) -> str:
    """Mail programs make a link of an address, which as text is "ana@x.example <mailto:ana@x.example>"."""
    found = re.fullmatch(r"<?(?:mailto:)?([^\s<>@,;:]{1,64}@[^\s<>@,;:]{1,255})>?(?: ?<mailto:[^\s<>]+>)?", argument)
    if not found:
        raise ValueError("one address of a contact stands after it and nothing else")
    return found[1]


def _language(argument: str) -> str:
    if not re.fullmatch(r"[a-z]{2}", argument, re.ASCII | re.IGNORECASE):
        raise ValueError("a language is named by two letters")
    return argument.lower()


def _spend(argument: str) -> Spend:
    found = re.match(r"([0-9.,]+ ?(?:h|hours?|m|min|minutes?)?)(?: +|$)", argument, re.ASCII | re.IGNORECASE)
    if not found:
        raise ValueError("an amount is written like 1.5h, 90m or 2")
    return Spend(bookings.amount(found[1]), _text(argument[found.end() :].strip()))


COMMANDS: tuple[Form, ...] = (
    Form(Word.NOTE, "#note", "Keep the text with the ticket, for us alone; nothing is sent.", _text, bare=True),
    Form(Word.CLOSE, "#close", "The matter is settled. The customer's next mail opens it again."),
    Form(Word.REOPEN, "#reopen", "Go on with what is closed, or waits for the customer."),
    Form(Word.WAIT, "#wait", "We wait for the customer; what is promised stands still until they write."),
    Form(Word.SEVERITY, "#severity 2", "Another severity, 1 the most urgent. Promises follow.", _severity),
    Form(Word.TAKE, "#take", "The ticket is mine: its notices come to me."),
    Form(
        Word.ASSIGN, "#assign sam", "It is a colleague's: they get its notices, or the queue while they are off.", _name
    ),
    Form(Word.QUEUE, "#queue senior", "Another queue has it from now on.", _name),
    Form(Word.HOLD, "#hold 2d", "Remind nobody for that long (4h, 2d, 1w); then a notice comes.", _span),
    Form(Word.ACCEPT, "#accept", "Make a ticket of what was held or declined; a severity may follow.", _severity, True),
    Form(Word.DECLINE, "#decline not covered", "Decline what was held. The reason is for us alone.", _text),
    Form(Word.SPEND, "#spend 1.5h", "Book hours on the contract; what follows is told to its contacts.", _spend),
    Form(Word.LANGUAGE, "#language fr", "Write to this customer in that language.", _language),
    Form(Word.ESCALATE, "#escalate", "Tell those who are told of promises at risk; take back what is with others."),
    Form(Word.MERGE, "#merge EX-1040", "Put this ticket into another one of the same contract.", _reference),
    Form(Word.SPLIT, "#split", "Make the customer's last mail a ticket of its own."),
    Form(Word.SPAM, "#spam", "Close it, send nothing, and answer that address no more for a while."),
    Form(Word.TICKET, "#ticket EX-1042", "What follows is about that ticket.", _reference),
    Form(
        Word.NEW, "#new ana@customer.example", "Open a ticket for this contact; the text is our first letter.", _contact
    ),
    Form(Word.LIST, "#list", "My open tickets, with the time left."),
    Form(Word.HELP, "#help", "This list."),
)
"""All there are, in the order in which they are told."""
FORMS = {form.word.value: form for form in COMMANDS}
