"""The sample mails: files in `mails/`, each a mail with a few `Demo-` lines on top that say what is to become of it.

The first word of a file's name is its policy, and samples of policies that are not shipped are left out, so a further
policy adds files here and rows to the CSV files beside, no code. In a mail, `{date}` and `{message_id}` are filled as
it is sent; one that answers a letter of ours (`Demo-Answers`) also has `{answered_id}` and `{answered_subject}`.
"""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from email.header import Header
from email.parser import BytesHeaderParser
from email.utils import format_datetime, parseaddr
from itertools import takewhile
from pathlib import Path

from rules.facts import End

MAILS = Path(__file__).with_name("mails")
MARK = b"Demo-"


@dataclass(frozen=True, slots=True)
class Answered:
    """The letter that a sample answers."""

    message_id: str
    subject: str


@dataclass(frozen=True, slots=True)
class Expected:
    """How a sample is to end."""

    end: End
    severity: int | None = None
    failed: str | None = None
    """The gate that names the letter."""


@dataclass(frozen=True, slots=True)
class Sample:
    name: str
    policy: str
    expected: Expected
    mail: bytes
    """As it is sent, but for what is filled then."""
    sender: str
    """The address in From."""
    subject: str
    """As the file has it: for a mail that Intake cannot read."""
    envelope_sender: str
    """"" for the null sender of RFC 5321 §4.5.5."""
    answers: str | None
    """The sample whose answer must have come first."""
    shown: bool
    """Its answer is printed in full."""

    def filled(self, message_id: str, now: datetime, answered: Answered | None) -> bytes:
        """The mail with CRLF line ends, ready for the wire."""
        said = {b"{message_id}": message_id, b"{date}": format_datetime(now)}
        if answered is not None:
            subject = Header(
                answered.subject, header_name="Subject"
            ).encode()  # as RFC 2047 has it, where it is not ASCII
            said |= {b"{answered_id}": answered.message_id, b"{answered_subject}": subject}
        mail = self.mail
        for mark, words in said.items():
            mail = mail.replace(mark, words.encode())
        return mail.replace(b"\n", b"\r\n")


def samples(policies: Collection[str], directory: Path = MAILS) -> tuple[Sample, ...]:
    """The samples of these policies, in the order in which they are sent: that of their names."""
    found = (_sample(file) for file in sorted(directory.glob("*.eml")))
    return tuple(sample for sample in found if sample.policy in policies)


def _sample(file: Path) -> Sample:
    lines = file.read_bytes().splitlines(keepends=True)
    marked = list(takewhile(lambda line: line.startswith(MARK), lines))
    notes = dict(_note(line) for line in marked)
    mail = b"".join(lines[len(marked) :])
    headers = BytesHeaderParser().parsebytes(mail)
    sender = parseaddr(str(headers["From"]))[1]
    return Sample(
        name=file.stem,
        policy=file.stem.partition("-")[0],
        expected=Expected(
            End(notes["Ends"]), int(notes["Severity"]) if "Severity" in notes else None, notes.get("Failed")
        ),
        mail=mail,
        sender=sender,
        subject=str(headers["Subject"]),
        envelope_sender=notes.get("Sender", sender).strip("<>"),
        answers=notes.get("Answers"),
        shown="Show" in notes,
    )


def _note(line: bytes) -> tuple[str, str]:
    name, _, value = line.removeprefix(MARK).decode("ascii").partition(":")
    return name, value.strip()
