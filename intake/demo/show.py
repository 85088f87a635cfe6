"""Prints what becomes of each mail, two or three lines a mail, and whole letters, on a terminal or a pipe.

Whatever a mail contributed is made harmless by `printable` and shown as text, never as markup.
"""

from collections.abc import Sequence
from email.message import EmailMessage
from textwrap import wrap
from zoneinfo import ZoneInfo

from rich import box
from rich.console import Console
from rich.panel import Panel
from rich.style import Style
from rich.text import Text

from intake.letter_values import deciding_words
from intake.printable import printable
from rules.facts import Decision, End, Verdict
from storage.arrivals import Arrived
from templates import times

# end -> the word for it, and its colour
WORDS: dict[End, tuple[str, str]] = {
    End.TICKET: ("accepted", "bold green"),
    End.FOLLOW_UP: ("follow-up", "green"),
    End.STAFF_ACTION: ("staff", "green"),
    End.DECLINED: ("declined", "bold yellow"),
    End.ROUTED: ("routed", "bold blue"),
    End.HELD: ("held", "bold magenta"),
    End.IGNORED: ("ignored", "dim"),
    End.QUARANTINED: ("quarantined", "bold red"),
    End.DUPLICATE: ("duplicate", "dim"),
    End.BEFORE_START: ("too old", "dim"),
}
INDENT = 10
MOST_LINES = 2
MOST_WORDS = 3
"""Phrases of a mail that are shown as the reason for its severity: the longest, as they say most."""
SEVERITY_COLOURS = {1: "bold red", 2: "red"}
LETTER_WIDTH = 80
SHOWN_HEADERS = ("From", "To", "Subject")


class Show:
    """Everything the demo says goes through one of these."""

    def __init__(self, zones: dict[str, ZoneInfo]) -> None:
        """`zones`: mailbox -> the zone that its policy promises in."""
        self._zones = zones
        self._console = Console(highlight=False, soft_wrap=False)

    def say(self, text: str = "", style: str = "") -> None:
        """A line or paragraph of the demo's own."""
        self._console.print(Text(text, style=style), soft_wrap=True)  # a command that is wrapped cannot be copied

    def heading(self) -> None:
        head = _columns("TIME", ("OUTCOME", ""), "TICKET", "SEV", "FROM", "SUBJECT", self._console.width)
        head.stylize("dim")
        self._console.print(head)

    def row(self, arrived: Arrived, sender: str = "", subject: str = "") -> None:
        """One mail. `sender` and `subject` stand in where the ledger has none, because it could not be read."""
        severity = arrived.severity if arrived.end is End.TICKET else None
        line = _columns(
            arrived.arrived_at.astimezone().strftime("%H:%M:%S"),
            WORDS[arrived.end],
            arrived.reference or "",
            f"S{severity}" if severity else "",
            arrived.sender or sender or "(nobody)",
            arrived.subject or subject or "(no subject)",
            self._console.width,
        )
        self._console.print(line, no_wrap=True, overflow="ellipsis")
        for told in (promise(arrived, self._zones), why(arrived)):
            for part in wrap(
                printable(told, 1000), self._console.width - INDENT, max_lines=MOST_LINES, placeholder=" …"
            ):
                self.say(" " * INDENT + part)

    def letter(self, title: str, letter: EmailMessage) -> None:
        """A letter as its reader has it: who, what, and the plain text."""
        body = letter.get_body(("plain",))
        text = body.get_content() if body else ""
        heads = "\n".join(f"{name}: {printable(str(letter[name] or ''))}" for name in SHOWN_HEADERS)
        safe = "\n".join(printable(line, 2000) for line in text.strip().splitlines())
        self._console.print()
        panel = Panel(Text(f"{heads}\n\n{safe}"), title=Text(title), title_align="left", box=box.ROUNDED)
        self._console.print(panel, width=min(LETTER_WIDTH, self._console.width))


def promise(arrived: Arrived, zones: dict[str, ZoneInfo]) -> str:
    """What was promised, with the moment in the policy's zone; "" where nothing is to be."""
    if arrived.end is not End.TICKET or arrived.decision is None:
        return ""
    due = arrived.decision.first_response_due
    zone = zones.get(arrived.mailbox)
    if due is None or zone is None:
        return "no time promised"
    return f"first answer by {times.moment(due, zone, 'en')}"


def why(arrived: Arrived) -> str:
    """Why it ended there, for somebody who reads only this line."""
    decision = arrived.decision
    if decision is None:
        return arrived.reason
    if failed := [gate.why for gate in decision.gates if gate.verdict is Verdict.FAIL]:
        return " ".join(failed)
    if arrived.end is End.TICKET:
        return arrived.reason + _words(decision)
    return arrived.reason


def _words(decision: Decision) -> str:
    said = [found.phrase for found in deciding_words(decision)]
    kept = set(sorted(said, key=len, reverse=True)[:MOST_WORDS])
    return "".join(f" “{phrase}”" for phrase in said if phrase in kept)


def _columns(
    time: str, end: tuple[str, str], ticket: str, severity: str, sender: str, subject: str, width: int
) -> Text:
    """One line in columns; the last two share what is left of the width."""
    word, style = end
    wide = max(12, min(34, (width - 35) // 2))
    cells: Sequence[tuple[str, int, str]] = (
        (time, 8, "dim"),
        (word, 11, style),
        (ticket, 8, "bold"),
        (severity, 3, SEVERITY_COLOURS.get(int(severity[1:]) if severity[1:].isdigit() else 0, "")),
        (_cut(printable(sender), wide), wide, ""),
        (printable(subject), 0, ""),
    )
    line = Text()
    for text, room, colour in cells:
        line.append(text.ljust(room) + " ", Style.parse(colour))
    line.rstrip()
    return line


def _cut(text: str, room: int) -> str:
    return text if len(text) <= room else text[: room - 1] + "…"
