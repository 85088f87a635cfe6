"""A mail's own words: folded, split, and marked with sentence and clause."""

import sys
import time

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules import spelling
from rules.spelling import fold, split
from rules.words import LONGEST, Words, _Reader, is_machine_line, read_words

BREAKS = frozenset({"but", "and"})


def read(body: str, subject: str = "") -> Words:
    return read_words(subject, body, BREAKS)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("can't", ["can", "not"]),
        ("cannot", ["can", "not"]),
        ("won’t", ["will", "not"]),
        ("isn't", ["is", "not"]),
        ("it's", ["it", "is"]),
        ("server's", ["server"]),
        ("we've they're i'll he'd", ["we", "have", "they", "are", "i", "will", "he", "would"]),
        ("l'accès n'arrive", ["l", "acces", "n", "arrive"]),
        ("plug-in", ["plug", "in"]),
        ("p1 v3.2 70 %", ["p", "1", "v", "3.2", "70", "percent"]),
        ("10,000 8:30", ["10,000", "8:30"]),
        ("don't'", ["do", "not"]),
        ("cant", ["can", "not"]),
        ("doesnt", ["does", "not"]),
        ("want", ["want"]),
        ("?!. ", []),
    ],
)
def test_words_are_split_the_way_phrases_are(text: str, words: list[str]) -> None:
    assert split(fold(text)) == words


def test_sentences_end_at_stops_and_clauses_at_pauses_and_breaks() -> None:
    words = read("It works, we think. But no sound and no picture! Why?")
    assert words.sentence == [1, 1, 1, 1, 2, 2, 2, 2, 2, 2, 3]
    assert words.clause[:4] == [1, 1, 2, 2]
    assert len({words.clause[at] for at in range(4, 10)}) == 2
    assert words.questions == {3}


@pytest.mark.parametrize("text", ["approx. half of it", "e.g. this one", "version 9.0.2 of it", "see example.org now"])
def test_a_point_within_a_word_or_an_abbreviation_ends_no_sentence(text: str) -> None:
    assert set(read(text).sentence) == {1}


def test_a_line_that_a_mail_client_wrapped_is_one_sentence_and_a_list_is_many() -> None:
    wrapped = "this line goes on and on until the mail client thinks\nthat it is long enough for one"
    assert set(read(wrapped).sentence) == {1}
    assert len(set(read("Scope: everything\nSince: noon\nHelp: none").sentence)) == 3
    assert len(set(read("what we see after the update of last night on it:\n- one thing\n* another").sentence)) == 3
    assert len(set(read("a first line that is long enough to have been wrapped\n\nsecond").sentence)) == 2
    assert len(set(read("a first line that is long enough to have been wrapped\nState: down").sentence)) == 2


@pytest.mark.parametrize(
    "line",
    [
        "> the server is down",
        "  | quoted",
        "2026-03-11 10:00:00 FATAL server down",
        "[2026-03-11T10:00:00Z] error",
        "Apr 17 21:40:32 hv02 db[1733]: FATAL: page",
        "10:00:00.123 service stopped",
        "ERROR  ImportTask - fatal: unreadable",
        "[WARN] disk",
        "    at org.example.Reader.next(Reader.java:302)",
        "Caused by: java.io.IOException",
        "... 12 more",
        "Traceback (most recent call last):",
        '  File "/opt/x.py", line 3, in <module>',
        "org.example.dicom.DirException: unexpected tag",
        "MSI (s) (B2:44) Note: 1: 1729",
        "0040a3f0: 48 65 6c 6c 6f 20",
    ],
)
def test_what_a_program_or_somebody_else_wrote_is_left_out(line: str) -> None:
    assert is_machine_line(line)
    assert read(f"Hello\n{line}\nBye").word == ["hello", "bye"]


@pytest.mark.parametrize(
    "line",
    [
        "error when saving",
        "Error: we cannot save anything any more",
        "At noon the server stopped",
        "Information about the fault is attached",
        "2026-03-11 all cameras were lost",
        "May 14 was fine",
    ],
)
def test_what_a_person_wrote_about_it_stays(line: str) -> None:
    assert not is_machine_line(line)


@given(st.text("ab'’.,:;!?-–%12()é ", max_size=60))
def test_a_line_read_blank_by_blank_gives_the_same_as_its_tokens(line: str) -> None:
    first, second = (Words(line), Words(line))
    chunks, tokens = _Reader(first, frozenset({"a"})), _Reader(second, frozenset({"a"}))
    chunks.chunks(chunks.folded, 0)
    tokens.tokens(tokens.folded, 0)
    assert first == second
    assert (chunks.sentence, chunks.clause) == (tokens.sentence, tokens.clause)


@pytest.mark.parametrize(("dash", "clauses"), [("-", 2), ("---", 2), ("----", 1), ("a-b", 1), ("–", 2)])
def test_a_dash_between_blanks_parts_clauses_and_one_at_the_edge_of_a_line_does_not(dash: str, clauses: int) -> None:
    assert len(set(read(f"so {dash} so").clause)) == clauses
    assert len(set(read(f"{dash} so").clause)) == 1


def test_few_chunks_are_kept_in_mind_and_no_long_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(spelling, "KEPT_CHUNKS", 10)
    chunks = spelling.chunks_of(BREAKS)
    chunks.clear()
    text = " ".join(f"word{number} {'x' * 41}" for number in range(30))
    assert len(read(text).word) == 90
    assert 0 < len(chunks) <= 10
    assert max(map(len, chunks)) <= 40


def test_words_in_quotation_marks_are_not_the_writers() -> None:
    assert read('It says "server is down" and “all lost”, no more').word == ["it", "says", "and", "no", "more"]
    assert read("at 70 % now").word == ["at", "70", "percent", "now"]
    assert read('a 19" rack is full').word == ["a", "19", "rack", "is", "full"]


def test_an_excerpt_keeps_the_mails_own_spelling() -> None:
    words = read("The SERVER   isn’t up", subject="Down")
    assert words.word == ["down", "the", "server", "is", "not", "up"]
    assert words.excerpt(1, 5) == "The SERVER isn’t up"
    assert words.where == ["subject"] + ["body"] * 5


def test_a_letter_that_grows_when_folded_shifts_nothing() -> None:
    words = read("İstanbul SERVER")
    assert words.excerpt(1, 1) == "SERVER"


@given(st.text(max_size=300), st.text(max_size=600))
def test_any_text_gives_words_with_their_places(subject: str, body: str) -> None:
    words = read(body, subject)
    assert (
        len({len(each) for each in (words.word, words.where, words.starts, words.ends, words.sentence, words.clause)})
        == 1
    )
    assert all(0 <= start < end <= len(words.text) for start, end in zip(words.starts, words.ends, strict=True))
    assert words.sentence == sorted(words.sentence)
    assert words.clause == sorted(words.clause)


@pytest.mark.skipif(sys.gettrace() is not None, reason="a tracer counts the time as well")
@pytest.mark.parametrize("piece", ['"', "!?", " -", "x\n", "a'", "1.", "a@", "(", "“", "\t ", "-"])
def test_hostile_text_of_a_megabyte_is_split_in_time_that_grows_with_its_length(piece: str) -> None:
    text = piece * (1_000_000 // len(piece))
    took = []
    for _ in range(3):
        began = time.process_time()
        words = read(text)
        took.append(time.process_time() - began)
    assert min(took) < 0.2
    assert len(words.word) <= LONGEST


@pytest.mark.parametrize(
    ("subject", "counts"),
    [("Server down", True), ("RE: server down", False), ("[EX-1] Re: server down", False), ("Recorder down", True)],
)
def test_the_subject_of_a_reply_is_an_earlier_mails(subject: str, counts: bool) -> None:
    assert ("down" in read_words(subject, "It hangs.", frozenset()).word) is counts
    assert "down" in read_words(subject, " ", frozenset()).word
