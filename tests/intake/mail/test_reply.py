"""A reply's own words and its signature, as different programs write them."""

import pytest

from intake.mail.parse import parse
from intake.mail.reply import Reply, reply_of
from rules.facts import Mail

HEAD = "From: Sam Field <sam@example.com>\r\nTo: support@example.com\r\nSubject: Re: [EX-1] New ticket\r\n"
GMAIL = "On Fri, 13 Mar 2026 at 10:30, Example Support <support@example.com> wrote:\n\n"
QUOTE = "> New ticket: EX-1\n>\n> Contract         IR-STD, Alder Security, standard\n"
OUTLOOK = (
    "From: Example Support <support@example.com>\nSent: Friday, March 13, 2026 10:30 AM\nTo: Sam Field\n"
    "Subject: [EX-1] New ticket\n\nNew ticket: EX-1\n"
)


def read(text: str) -> Mail:
    return parse((HEAD + "Content-Type: text/plain; charset=utf-8\r\n\r\n" + text.replace("\n", "\r\n")).encode())


@pytest.mark.parametrize(
    ("text", "reply"),
    [
        (f"It is 30 s.\n\n{GMAIL}{QUOTE}", Reply("It is 30 s.", "")),
        (f"It is 30 s.\n\n-- \nSam Field\n{GMAIL}{QUOTE}", Reply("It is 30 s.", "-- \nSam Field")),
        (f"It is 30 s.\n\nKind regards\nSam\n\n{GMAIL}{QUOTE}", Reply("It is 30 s.", "Kind regards\nSam")),
        (f"It is 30 s.\n\nBest regards,\nSam Field\n\n{OUTLOOK}", Reply("It is 30 s.", "Best regards,\nSam Field")),
        (f"{GMAIL}{QUOTE}\nIt is 30 s.\n\n-- \nSam", Reply("It is 30 s.", "-- \nSam")),
        (f"#close\n\nIt is 30 s.\n\n{GMAIL}{QUOTE}", Reply("#close\n\nIt is 30 s.", "")),
        (f"It is 30 s.\n\n{GMAIL}{QUOTE}\n-- \nSam Field", Reply("It is 30 s.", "-- \nSam Field")),
        (f"It is 30 s.\n\n{GMAIL}{QUOTE}\n-- \n{QUOTE}", Reply("It is 30 s.", "")),
        (f"{GMAIL}{QUOTE}", Reply("", "")),
        (QUOTE, Reply("", "")),
        ("\n\n", Reply("", "")),
        ("It is 30 s.", Reply("It is 30 s.", "")),
    ],
)
def test_words_and_signature_are_told_apart_and_quotes_are_neither(text: str, reply: Reply) -> None:
    assert reply_of(read(text)) == reply


def test_a_signature_as_long_as_a_letter_is_none() -> None:
    text = "It is 30 s.\n\n-- \n" + "\n".join(f"line {number} of a poem" for number in range(40))
    assert reply_of(read(text)).signature == ""
