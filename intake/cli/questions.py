"""Asks a person at a terminal: each question with its default in brackets, a wrong answer told in one line.

What a flag has answered is not asked. Where nobody can be asked, the default is the answer, and a question without one
is refused by the name of its flag.
"""

import sys
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TypeVar

from intake.cli.output import Refused, say
from intake.printable import printable

T = TypeVar("T")
NONE = "-"
"""Answers that something shall be empty although the default is not."""


class Questions:
    def __init__(self, *, asking: bool, quiet: bool = False) -> None:
        """`asking`: somebody is there. `quiet`: what is told on the way is not printed."""
        self.asking, self._quiet = asking, quiet
        if asking:
            with suppress(ImportError):
                import readline  # noqa: F401 - with it, input() takes arrow keys

    def tell(self, line: str = "") -> None:
        if not self._quiet:
            say(printable(line, 2000))
            sys.stdout.flush()

    def heading(self, text: str) -> None:
        if self.asking:
            self.tell()
            self.tell(text)

    def ask(
        self,
        question: str,
        flag: str,
        read: Callable[[str], T],
        *,
        given: str | None = None,
        default: str | None = None,
    ) -> T:
        """The answer as `read` understands it, which raises ValueError with what is wrong about it.

        Raises Refused where a flag is wrong, or nobody is there to be asked what has no default.
        """
        if given is not None or not self.asking:
            answer = default if given is None else given
            if answer is None:
                raise Refused(f"{flag} is missing; add it, or run this at a terminal, where it is asked for", 2)
            try:
                return read("" if answer == NONE else answer)
            except ValueError as wrong:
                raise Refused(f"{flag} {printable(answer)}: {wrong}", 2) from None
        shown = "" if default is None else f" [{default or 'none'}]"
        while True:
            answer = self._line(f"{question}{shown}: ").strip()
            if not answer and default is None:
                self.tell("  an answer is needed here")
                continue
            try:
                return read("" if answer == NONE else answer or default or "")
            except ValueError as wrong:
                self.tell(f"  {wrong}")

    def choose(
        self, question: str, flag: str, choices: Sequence[str], *, given: str | None = None, default: str | None = None
    ) -> str:
        """One of these, by its name, its number, or a beginning that no other has."""

        def read(answer: str) -> str:
            if answer.isdigit() and 0 < int(answer) <= len(choices):
                return choices[int(answer) - 1]
            begun = [one for one in choices if one.startswith(answer.casefold())]
            if answer in choices or len(begun) == 1:
                return answer if answer in choices else begun[0]
            raise ValueError(f"answer with one of {', '.join(choices)}")

        return self.ask(question, flag, read, given=given, default=default)

    def yes(self, question: str, *, default: bool) -> bool:
        """The default where nobody is there."""

        def read(answer: str) -> bool:
            if answer.casefold() in ("y", "yes", "n", "no"):
                return answer.casefold().startswith("y")
            raise ValueError("answer yes or no")

        return self.ask(f"{question} (yes/no)", "--yes", read, default="yes" if default else "no")

    def secret(self, question: str) -> str:
        """Not shown while it is typed; "" where nothing was, or nobody is there."""
        from getpass import getpass

        if not self.asking:
            return ""
        try:
            return getpass(f"{question} (not shown): ")
        except (EOFError, KeyboardInterrupt) as end:
            raise _ended(end) from None

    def _line(self, prompt: str) -> str:
        try:
            return input(prompt)
        except (EOFError, KeyboardInterrupt) as end:
            raise _ended(end) from None
        except UnicodeDecodeError:
            return ""


def _ended(end: BaseException) -> Refused:
    say()  # what was typed stands on the line of its question
    if isinstance(end, KeyboardInterrupt):
        return Refused("interrupted; nothing was written", 130)
    return Refused("the answers ended; nothing was written")
