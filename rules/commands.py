"""Commands: what staff tell Intake in a mail, one a line, above the first line of text.

`read` parts a mail's own words into commands, the text for the customer, and what is neither: a line that merely looks
like a command is a fault with the nearest right one, wherever it stands, and is never part of the text. Whoever means
such a line for the customer writes it with a backslash before the sign. A quoted line (">") is text and no command.
What the words do is `intake.orders`'; whether the writer may say them is asked before.
"""

import re
import unicodedata
from dataclasses import dataclass
from difflib import get_close_matches
from functools import lru_cache

from rules.command_forms import COMMANDS, FORMS, SILENT, Form, Spend, Value, Word

__all__ = ["COMMANDS", "Command", "Fault", "Form", "Spend", "Spoken", "Value", "Word", "read"]


@dataclass(frozen=True, slots=True)
class Command:
    word: Word
    value: Value = None
    """What the word's form makes of its argument: a severity, a length of time, a reference in upper case, a text."""
    said: str = ""
    """The line as it was written."""


@dataclass(frozen=True, slots=True)
class Fault:
    """A line that looks like a command and is none."""

    said: str
    why: str
    instead: str
    """The nearest right command, as it would be written."""


@dataclass(frozen=True, slots=True)
class Spoken:
    """A mail's own words, parted."""

    commands: tuple[Command, ...]
    rest: str
    """The text, without empty lines around it; no line of it looks like a command."""
    faults: tuple[Fault, ...] = ()

    @property
    def silent(self) -> bool:
        """Whether nothing of the text may reach the customer, whatever it says."""
        return bool(self.faults) or any(one.word in SILENT for one in self.commands)

    @property
    def opens(self) -> bool:
        """Whether `#new` opens a ticket, which the text is about."""
        return any(one.word is Word.NEW for one in self.commands)

    @property
    def ticket(self) -> str | None:
        """The ticket that `#ticket` names."""
        return next((str(one.value) for one in self.commands if one.word is Word.TICKET), None)


def read(text: str) -> Spoken:
    """Commands, text and faults of what a person wrote, quotes and signature cut. Linear in the length of `text`."""
    commands: list[Command] = []
    faults: list[Fault] = []
    rest: list[str] = []
    for line in text.splitlines():
        if EMPTY.fullmatch(line):
            rest += [""] if rest else []
            continue
        found = _command(line) if not rest else _stray(line)
        match found:
            case Command():
                commands.append(found)
            case Fault():
                faults += [found] if len(faults) < MOST else []
            case _:
                rest.append(_unescaped(line))
    faults += _twice(commands)[: MOST - len(faults)]
    return Spoken(tuple(commands), "\n".join(rest).strip("\n"), tuple(faults))


MOST = 20
"""Faults that are told; the others are no text either."""
LONGEST = 200
"""Characters of a line that are looked at for what it resembles."""

WRITTEN = re.compile(r"#([a-z]+)(?:\s+(\S.*))?", re.ASCII | re.IGNORECASE)
BETWEEN = re.compile(r"[ \t\xa0\u202f]+")
EMPTY = re.compile(r"[\s\u00ad\u200b-\u200f\u2060\ufeff]*")
"""A line without a visible character: editors of HTML leave some."""
QUOTED = re.compile(r"[\s\u200b-\u200f\u2060\ufeff]*>")
# What programs and people put before a word to set it off: "*#close*" is what is left of bold letters.
DECORATION = re.compile(r"(?:[\s*_~`\"'“”‘’«»(\[{\-–—•·|:;,.+=^]|</?\w{1,10}>)*")
# Beside those that NFKC makes one: the sharp of music, the square of a viewdata terminal, a letter of Tifinagh.
SIGNS = str.maketrans("♯⌗ⵌ", "###")
BLANK = str.maketrans("\u2800\u3164\u115f\u1160", "    ")
ALIKE = re.compile(r"#[\s#]*([^\W\d_]{1,40})?(.*)")
OTHER_SIGN = re.compile(r"[/!@$§]([a-z]{2,40})\b(.*)", re.IGNORECASE)


def _command(line: str) -> Command | Fault | None:
    """A line above the first text: whatever looks like a command is one, or a fault."""
    found = WRITTEN.fullmatch(BETWEEN.sub(" ", line).strip())
    if found and found[1].lower() in FORMS:
        return _argued(FORMS[found[1].lower()], found[2] or "", line.strip())
    plain = _plain(line)
    alike = ALIKE.match(plain)
    if alike:
        return _fault(line, alike[1] or "", alike[2])
    other = OTHER_SIGN.match(plain)
    if other and other[1].lower() in FORMS:
        return _fault(line, other[1], other[2])
    return None


def _stray(line: str) -> Fault | None:
    """A line in the text: "#include" and "# see below" may stand there, a command and what is nearly one may not."""
    alike = ALIKE.match(_plain(line))
    if not alike or not alike[1]:
        return None
    word, rest = alike[1].lower(), alike[2].strip()
    if not alike[0].startswith("#" + alike[1]) and not _would_be(word, rest):
        return None
    if not _nearly(word):
        return None
    fault = _fault(line, word, rest)
    return Fault(fault.said, "commands stand above the first line of text", fault.instead)


def _would_be(word: str, rest: str) -> bool:
    """Whether "# word rest" is a command but for the space; a comment in some program's language mostly is not."""
    if word not in FORMS:
        return False
    return Word(word) in SILENT or isinstance(_argued(FORMS[word], rest, ""), Command)


def _argued(form: Form, argument: str, said: str) -> Command | Fault:
    argument = argument.strip()
    if form.reads is None:
        if argument:
            return Fault(_short(said), f"#{form.word} stands alone on its line", f"#{form.word}")
        return Command(form.word, None, _short(said))
    if not argument:
        if form.bare:
            return Command(form.word, None, _short(said))
        return Fault(_short(said), f"#{form.word} needs a word after it", form.shown)
    try:
        return Command(form.word, form.reads(argument), _short(said))
    except ValueError as why:
        return Fault(_short(said), str(why), form.shown)


def _fault(line: str, word: str, rest: str) -> Fault:
    """What the line may have meant."""
    near = _nearest(word.lower())
    said, word = _short(line.strip()), word.lower()
    if not near:
        return Fault(said, "there is no such command; text that begins with # is written \\#", "#help")
    meant = _argued(FORMS[near[0]], rest.strip(DECORATES), "")
    instead = f"#{near[0]} {rest.strip(DECORATES)}".strip() if isinstance(meant, Command) else FORMS[near[0]].shown
    why = f"there is no command #{word}" if word not in FORMS else "a command is written plainly: # and its word"
    return Fault(said, why, _short(instead))


@lru_cache(maxsize=512)
def _nearest(word: str) -> list[str]:
    return get_close_matches(word, FORMS, 1, 0.5)


@lru_cache(maxsize=512)
def _nearly(word: str) -> bool:
    """Whether it is a word of a command, or one slip of the finger away from one."""
    return word in FORMS or (len(word) > 2 and any(_one_apart(word, known) for known in FORMS))


DECORATES = " \t\xa0*_~`\"'“”‘’«»()[]{}:;,.=<>"


def _twice(commands: list[Command]) -> list[Fault]:
    seen: set[Word] = set()
    faults = []
    for one in commands:
        if one.word in seen and one.word is not Word.NOTE:
            faults.append(Fault(one.said, f"#{one.word} stands there twice", one.said))
        seen.add(one.word)
    return faults


def _plain(line: str) -> str:
    """The beginning of a line as an eye sees it: no invisible characters, one width, no decoration; "" if quoted."""
    if QUOTED.match(line):
        return ""
    folded = unicodedata.normalize("NFKC", line[:LONGEST]).translate(SIGNS).translate(BLANK)
    seen = "".join(one for one in folded if one == "\t" or unicodedata.category(one) not in UNSEEN)
    return DECORATION.sub("", seen, count=1)


UNSEEN = frozenset({"Cc", "Cf", "Cn", "Co", "Cs", "Me", "Mn"})
"""Categories of characters that draw nothing of their own."""


def _unescaped(line: str) -> str:
    return line.replace("\\#", "#", 1) if line.lstrip().startswith("\\#") else line


def _one_apart(one: str, other: str) -> bool:
    """Whether one letter was left out, put in, changed, or exchanged with its neighbour."""
    if abs(len(one) - len(other)) > 1 or one == other:
        return False
    at = next(
        (index for index, (a, b) in enumerate(zip(one, other, strict=False)) if a != b), min(len(one), len(other))
    )
    a, b = one[at:], other[at:]
    return a[1:] == b[1:] or a[1:] == b or a == b[1:] or (a[:2] == b[1::-1] and a[2:] == b[2:])


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"
