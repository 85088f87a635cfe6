"""The sample mails as files: read, left out, filled."""

from datetime import UTC, datetime
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from intake.demo.samples import MAILS, Answered, Sample, samples
from intake.shipped import shipped
from rules.facts import End, Gate

NOON = datetime(2026, 3, 14, 12, 0, tzinfo=UTC)


def _only(directory: Path, text: bytes) -> Sample:
    (directory / "irex-01-one.eml").write_bytes(text)
    (sample,) = samples(["irex"], directory)
    return sample


def test_the_lines_on_top_say_how_a_sample_ends_and_are_not_sent(tmp_path: Path) -> None:
    sample = _only(
        tmp_path, b"Demo-Ends: declined\nDemo-Failed: contact\nFrom: A <a@x.example>\nSubject: S\n\nDemo-Ends: stays\n"
    )
    assert (sample.expected.end, sample.expected.failed) == (End.DECLINED, "contact")
    assert (sample.sender, sample.envelope_sender, sample.subject) == ("a@x.example", "a@x.example", "S")
    assert (
        sample.filled("<1@x.example>", NOON, None) == b"From: A <a@x.example>\r\nSubject: S\r\n\r\nDemo-Ends: stays\r\n"
    )


def test_a_sample_is_filled_as_it_is_sent(tmp_path: Path) -> None:
    sample = _only(
        tmp_path,
        b"Demo-Ends: follow_up\nDemo-Sender: <>\nDate: {date}\nMessage-ID: {message_id}\n"
        b"In-Reply-To: {answered_id}\nSubject: Re: {answered_subject}\n\n",
    )
    assert sample.envelope_sender == ""
    mail = message_from_bytes(sample.filled("<1@x.example>", NOON, Answered("<ack@y.example>", "[FH-1] Help")))
    assert mail["Date"] == "Sat, 14 Mar 2026 12:00:00 +0000"
    assert (mail["Message-ID"], mail["In-Reply-To"]) == ("<1@x.example>", "<ack@y.example>")
    assert mail["Subject"] == "Re: [FH-1] Help"


def test_an_answered_subject_beyond_ascii_is_encoded(tmp_path: Path) -> None:
    sample = _only(tmp_path, b"Demo-Ends: follow_up\nSubject: {answered_subject}\n\n")
    raw = sample.filled("<1@x.example>", NOON, Answered("<2@x.example>", "Re: [FH-1] Certificat refusé"))
    assert raw.isascii()
    assert message_from_bytes(raw, policy=default)["Subject"] == "Re: [FH-1] Certificat refusé"


def test_samples_of_a_policy_that_is_not_shipped_are_left_out(tmp_path: Path) -> None:
    for policy in ("irex", "marble"):
        (tmp_path / f"{policy}-01-one.eml").write_bytes(b"Demo-Ends: ticket\nFrom: a@x.example\n\n")
    assert [sample.policy for sample in samples(["irex"], tmp_path)] == ["irex"]


@pytest.mark.parametrize("policy", shipped())
def test_every_shipped_policy_has_samples_that_end_well_and_ill(policy: str) -> None:
    ends = {sample.expected.end for sample in samples([policy])}
    assert {End.TICKET, End.DECLINED} <= ends


@pytest.mark.parametrize("sample", samples(shipped()), ids=lambda sample: sample.name)
def test_a_sample_is_complete(sample: Sample) -> None:
    """Nothing is left to fill, gates exist, and what it answers comes before it."""
    mail = sample.filled("<1@x.example>", NOON, Answered("<2@x.example>", "S") if sample.answers else None)
    assert not any(mark in mail for mark in (b"{date}", b"{message_id}", b"{answered"))
    assert b"Message-ID: <1@x.example>" in mail
    assert sample.expected.failed is None or sample.expected.failed in set(Gate)
    assert sample.sender.endswith(".example")
    if sample.answers:
        assert sample.answers < sample.name
        assert (MAILS / f"{sample.answers}.eml").is_file()


def test_irex_shows_a_decline_for_each_of_its_gates() -> None:
    failed = {sample.expected.failed for sample in samples(["irex"])} - {None}
    assert failed == set(Gate) - {Gate.PAYMENT, Gate.TOPIC, Gate.TRAINING, Gate.EXPERT_HOURS, Gate.QUOTA}
