"""Cutting: headers are told apart and repaired, large bodies taken out, what has no bound refused."""

import re

import pytest

from intake.mail import header_block
from intake.mail.cut import LARGE, cut
from intake.mail.header_block import FIELDS, TRACES
from rules.facts import Unreadable


def named(raw: bytes) -> list[tuple[str, bytes]]:
    return [(field.name, field.value) for field in cut(raw).fields]


def test_headers_keep_their_order_their_repetition_and_their_folds() -> None:
    raw = b"Received: one\r\nX-A: 1\r\nReceived: two\r\n\tfolded\r\n\r\nbody"
    assert named(raw) == [("received", b" one"), ("x-a", b" 1"), ("received", b" two\n\tfolded")]


@pytest.mark.parametrize(
    ("raw", "defect"),
    [
        (b"\r\n\r\nSubject: a\r\n\r\nbody", ""),
        (b"From joe Fri Mar 13 12:00:00 2026\nSubject: a\n\nbody", ""),
        (b"hello there\nSubject: a\n\nbody", "text before the first header"),
        (b"Subject: a\nbody", "no empty line after the headers"),
    ],
)
def test_what_stands_before_and_after_the_headers_is_no_header(raw: bytes, defect: str) -> None:
    result = cut(raw)
    assert [field.name for field in result.fields] == ["subject"]
    assert result.data.endswith(b"\n\nbody")
    assert defect == "" or defect in result.defects


def test_a_line_that_lost_its_fold_does_not_end_the_headers() -> None:
    assert named(b"Subject: one\ntwo three\nFrom: a@b.cc\n\nbody") == [
        ("subject", b" one\n two three"),
        ("from", b" a@b.cc"),
    ]


def test_a_bare_cr_starts_no_header() -> None:
    result = cut(b"Subject: hi\rBcc: victim@example.com\r\n\r\nbody")
    assert named(b"Subject: hi\rBcc: victim@example.com\r\n\r\nbody") == [("subject", b" hi Bcc: victim@example.com")]
    assert b"\r" not in result.data.partition(b"\n\n")[0]


def test_a_header_that_never_ends_is_shortened_between_two_addresses() -> None:
    raw = b"Cc: " + b", ".join(b"user%d@example.com" % number for number in range(10_000)) + b"\r\n\r\nbody"
    result = cut(raw)
    assert len(result.fields[0].value) <= 64 * 1024
    assert result.fields[0].value.endswith(b"@example.com")
    assert result.defects == ("header cc was cut",)


def test_only_the_newest_traces_and_a_bounded_number_of_headers_are_kept() -> None:
    result = cut(b"Received: x\r\n" * 10_000 + b"X-Y: z\r\n" * 10_000 + b"\r\nbody")
    assert len(result.fields) == FIELDS
    assert sum(field.name == "received" for field in result.fields) == TRACES


def test_a_large_part_is_replaced_and_found_again() -> None:
    large = b"QUJD\r\n" * LARGE
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\n\r\nsmall\r\n--b\r\nX: y\r\n\r\n"
        + large
        + b"--b--\r\n"
    )
    result = cut(raw)
    ((token, (start, end)),) = result.bodies.items()
    assert token.encode() in result.data
    assert len(result.data) < 400
    assert raw[start:end].strip() == large.strip()


def test_a_message_within_is_taken_out_whole_however_small() -> None:
    inner = b"Subject: inner\r\nContent-Type: multipart/mixed; boundary=c\r\n\r\n--c\r\n\r\nx\r\n--c--\r\n"
    raw = (
        b"Content-Type: multipart/mixed; boundary=b\r\n\r\n--b\r\nContent-Type: message/rfc822\r\n\r\n"
        + inner
        + b"--b--"
    )
    result = cut(raw)
    ((start, end),) = result.bodies.values()
    assert raw[start:end].strip() == inner.strip()
    assert b"inner" not in result.data


def nested(depth: int) -> bytes:
    parts = [b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (n, n) for n in range(depth)]
    return b"".join(parts)


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (nested(2000), "more than 100 nested parts"),
        (nested(90) + (b"--b89\r\n\r\n" + b"line\r\n" * 2000) * 30, "too many lines in too deeply nested parts"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n" * 15_000, "more than 12000 parts"),
        (b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--c\r\n" * 30_000, "more than 20000 parts"),
        (b"".join(b"X-%d: %s\r\n" % (n, b"a" * 60_000) for n in range(6)) + b"\r\n", "header block has more"),
        (b"X: " + b"a" * 9_000_000, "header block has more"),
    ],
)
def test_what_has_no_bound_is_refused_with_its_reason(raw: bytes, reason: str) -> None:
    with pytest.raises(Unreadable, match=reason):
        cut(raw)


@pytest.mark.parametrize(
    "raw",
    [
        b"Subject: a;\n  \nlost\nFrom: b\n\nc",
        b"Subject: " + b"a" * 9_000 + b"\n b\n c\nFrom: b\n\nc",
        b"Subject: a\n" + b" b\n" * 5_000 + b"From: b\n\nc",
        b"Subject: a\n" + (b" " + b"b" * 70 + b"\n") * 1_000 + b"From: b\n\nc",
        b"From: b\nSubject: a\n b",
        b"From: b\r\r\n\r\nc",
        b"From\t : b\rc\r\n\td\r\nto:e\r\n\r\nc",
        b"From: b\n--x\nc",
        b" folded first\nFrom: b\n\nc",
    ],
)
def test_headers_read_whole_are_those_read_line_by_line(raw: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    whole_defects, line_defects = list[str](), list[str]()
    whole = header_block.fields_from(raw, 0, whole_defects)
    monkeypatch.setattr(header_block, "FIELD", re.compile(rb"(?!)"))
    assert header_block.fields_from(raw, 0, line_defects) == whole
    assert line_defects == whole_defects


@pytest.mark.parametrize("line", [b"a: b\n", b"a:\n b\n", b"a: " + b"b" * 10_000 + b"\n"])
def test_a_header_block_without_end_is_refused(line: bytes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(header_block, "HEADER_SCAN", 20_000)
    with pytest.raises(Unreadable, match="the header block has more than 20000 octets"):
        header_block.fields_from(line * (20_000 // len(line) + 1) + b"\nbody", 0, [])


def test_what_a_parser_is_given_tells_where_the_headers_end() -> None:
    result = cut(b"From: a@b.cc\r\nX-A: b\r\nSubject: c\r\n\r\nbody\r\n")
    assert result.data[: result.body] == b"from: a@b.cc\nsubject: c\n\n"
    assert result.data[result.body :] == b"body\r\n"
