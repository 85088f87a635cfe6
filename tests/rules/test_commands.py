"""Commands: what a mail's own words are parted into."""

from datetime import timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from rules.command_forms import COMMANDS, FORMS
from rules.commands import Spend, Value, Word, read

RIGHT: list[tuple[str, Word, Value]] = [
    ("#close", Word.CLOSE, None),
    ("  #Close \t", Word.CLOSE, None),
    ("#severity 2", Word.SEVERITY, 2),
    ("#severity\xa01", Word.SEVERITY, 1),
    ("#assign sam", Word.ASSIGN, "sam"),
    ("#assign Sam Field", Word.ASSIGN, "Sam Field"),
    ("#assign sam@example.com", Word.ASSIGN, "sam@example.com"),
    ("#queue on_call", Word.QUEUE, "on_call"),
    ("#hold 2d", Word.HOLD, timedelta(days=2)),
    ("#hold 4 h", Word.HOLD, timedelta(hours=4)),
    ("#hold 1W", Word.HOLD, timedelta(weeks=1)),
    ("#accept", Word.ACCEPT, None),
    ("#accept 3", Word.ACCEPT, 3),
    ("#decline not our product", Word.DECLINE, "not our product"),
    ("#note", Word.NOTE, None),
    ("#note rude, but right", Word.NOTE, "rude, but right"),
    ("#spend 1.5h", Word.SPEND, Spend(Decimal("1.5"))),
    ("#spend 90m call with Ana", Word.SPEND, Spend(Decimal("1.5"), "call with Ana")),
    ("#spend 2", Word.SPEND, Spend(Decimal(2))),
    ("#merge ex-1040", Word.MERGE, "EX-1040"),
    ("#ticket [EX-1042]", Word.TICKET, "EX-1042"),
    ("#new Ana@alder.example", Word.NEW, "Ana@alder.example"),
    ("#new <ana@alder.example>", Word.NEW, "ana@alder.example"),
    ("#new ana@alder.example<mailto:ana@alder.example>", Word.NEW, "ana@alder.example"),
    ("#new ana@alder.example <mailto:ana@alder.example>", Word.NEW, "ana@alder.example"),
    ("#language FR", Word.LANGUAGE, "fr"),
]

LOOKS_LIKE = [
    ("#nte he is rude", "#note he is rude"),
    ("#note: he is rude", "#note he is rude"),
    ("#close please", "#close"),
    ("#close.", "#close"),
    ("# close", "#close"),
    ("##close", "#close"),
    ("＃close", "#close"),
    ("#ｃｌｏｓｅ", "#close"),
    ("♯close", "#close"),
    ("#\ufe0f\u20e3close", "#close"),
    ("\u200b#close", "#close"),
    ("#clo\u200bse", "#close"),
    ("#сlose", "#close"),
    ("*#close*", "#close"),
    ("<b>#close</b>", "#close"),
    ("- #close", "#close"),
    ("/close", "#close"),
    ("!note he is rude", "#note he is rude"),
    ("#sevreity 2", "#severity 2"),
    ("#severity two", "#severity 2"),
    ("#severity", "#severity 2"),
    ("#hold", "#hold 2d"),
    ("#hold 0d", "#hold 2d"),
    ("#hold 2 years", "#hold 2d"),
    ("#merge 1040", "#merge EX-1040"),
    ("#spend much", "#spend 1.5h"),
    ("#spend 0", "#spend 1.5h"),
    ("#language french", "#language fr"),
    ("#decline", "#decline not covered"),
    ("#1 is the cause", "#help"),
    ("#", "#help"),
    ("#close #note", "#close"),
]


@pytest.mark.parametrize(("line", "word", "value"), RIGHT)
def test_a_right_line_is_its_command_with_a_typed_value(line: str, word: Word, value: Value) -> None:
    spoken = read(line)
    assert [(one.word, one.value) for one in spoken.commands] == [(word, value)]
    assert (spoken.rest, spoken.faults) == ("", ())


@pytest.mark.parametrize("form", COMMANDS, ids=lambda form: form.word)
def test_every_example_in_the_list_is_right(form: object) -> None:
    """What a person is told to write must work when it is written."""
    assert form in COMMANDS
    spoken = read(getattr(form, "shown", ""))
    assert [one.word for one in spoken.commands] == [getattr(form, "word", None)]
    assert not spoken.faults


def test_the_list_has_every_word_once() -> None:
    assert [form.word for form in COMMANDS] == list(Word)


@pytest.mark.parametrize(("line", "instead"), LOOKS_LIKE)
def test_what_merely_looks_like_a_command_is_a_fault_with_the_nearest_right_one(line: str, instead: str) -> None:
    spoken = read(f"{line}\n\nDear Ana,\nit is solved.")
    assert spoken.commands == ()
    assert [fault.instead for fault in spoken.faults] == [instead]
    assert spoken.rest == "Dear Ana,\nit is solved."
    assert spoken.silent
    assert not read(instead).faults


def test_commands_stand_above_the_text_with_empty_lines_between() -> None:
    spoken = read("\n#severity 2\n\n\u200b\n#wait\n\nDear Ana,\n\nplease send the log.\n\n")
    assert [one.word for one in spoken.commands] == [Word.SEVERITY, Word.WAIT]
    assert spoken.rest == "Dear Ana,\n\nplease send the log."
    assert not spoken.silent


@pytest.mark.parametrize(
    "line", ["#close", "#nte he is rude", "# close", "# note he is rude", "#Note x", "*#note* x", "＃note x", "#сlose"]
)
def test_a_command_in_the_text_is_a_fault_and_no_text(line: str) -> None:
    spoken = read(f"Dear Ana,\n{line}\nSam")
    assert spoken.commands == ()
    assert len(spoken.faults) == 1
    assert spoken.rest == "Dear Ana,\nSam"


@pytest.mark.parametrize(
    "line", ["#include <stdio.h>", "#!/bin/sh", "# list the files", "## Steps", "#1 first", "see #close", "> #close"]
)
def test_what_an_answer_may_hold_stays_in_it(line: str) -> None:
    text = f"Dear Ana,\n{line}\nSam"
    assert read(text).rest == text
    assert read(text).faults == ()


def test_a_backslash_lets_such_a_line_through() -> None:
    spoken = read("\\#1 is the cause.\n\\#close is a command of ours.")
    assert spoken.rest == "#1 is the cause.\n#close is a command of ours."
    assert not spoken.faults


def test_a_quoted_line_is_text_and_ends_the_commands() -> None:
    spoken = read("#wait\n> #close\nSee above.")
    assert [one.word for one in spoken.commands] == [Word.WAIT]
    assert spoken.rest == "> #close\nSee above."


def test_a_command_that_stands_twice_is_a_fault_and_two_notes_are_none() -> None:
    assert [fault.said for fault in read("#severity 2\n#severity 3").faults] == ["#severity 3"]
    assert not read("#note one\n#note two").faults


@pytest.mark.parametrize("line", ["#note", "#note x", "#decline no", "#spam"])
def test_after_these_nothing_of_the_text_goes_out(line: str) -> None:
    assert read(f"{line}\n\nDear Ana").silent


def test_a_ticket_is_named_once() -> None:
    assert read("#ticket ex-7\nHello").ticket == "EX-7"
    assert read("#close").ticket is None


WORDS = st.sampled_from([*FORMS, "nte", "clsoe", "include", "", "1"])
LINES = st.one_of(
    st.text(max_size=30),
    st.builds(
        "{}{}{}{}".format, st.sampled_from(["", " ", "\u200b", "*", "\xa0"]), st.just("#"), WORDS, st.text(max_size=8)
    ),
    st.builds("{}{}".format, st.sampled_from(["#", "＃", "# ", "♯", "/"]), WORDS),
)
TEXTS = st.lists(LINES, max_size=8).map("\n".join)


@given(TEXTS)
@example("x\n #close")
@example("x\x0b#close")
@example("x\u2028#close")
def test_no_command_is_ever_left_in_the_text(text: str) -> None:
    """Whatever stands before or around it: read alone, no line that is left is a command."""
    if "\\" in text:
        return
    spoken = read(text)
    for line in spoken.rest.splitlines():
        assert not read(line).commands


@given(TEXTS)
def test_text_that_was_left_is_left_again_below_other_text(text: str) -> None:
    if "\\" in text:
        return
    rest = read(text).rest
    again = read("Dear Ana,\n" + rest)
    assert again.rest == ("Dear Ana,\n" + rest).strip("\n")
    assert not again.faults


@given(TEXTS)
def test_the_same_text_is_read_the_same_and_every_remedy_is_right(text: str) -> None:
    spoken = read(text)
    assert spoken == read(text)
    assert all(fault.instead and not read(fault.instead).faults for fault in spoken.faults if len(fault.instead) < 100)


@pytest.mark.parametrize(
    "line", ["#" * 200_000, "#x\n" * 20_000, "x\n" + "#nte\n" * 20_000, " " * 200_000 + "#", "*" * 200_000]
)
def test_a_hostile_text_is_read_in_time_and_few_faults_are_told(line: str) -> None:
    assert len(read(line).faults) <= 20


def test_only_new_opens_a_ticket() -> None:
    assert read("#new ana@alder.example\n\nHello").opens
    assert not read("#ticket EX-1042\n\nHello").opens
