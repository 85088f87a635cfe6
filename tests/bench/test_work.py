"""The benchmark's work is what it says: of its shapes and languages, never twice the same, and known in its outcome."""

from collections import Counter
from datetime import UTC, datetime
from itertools import islice

from intake.mail.parse import parse
from intake.shipped import read_policy
from rules.facts import Tongue
from rules.reading import read
from templates.render import Renderer
from tests.bench.work import Work

WORK = Work(240, "support@example.test", datetime(2026, 3, 10, 9, tzinfo=UTC))


def test_the_seed_decides_and_no_two_mails_are_alike() -> None:
    mails = list(WORK)
    assert mails == list(WORK)
    assert mails != list(Work(240, WORK.to, WORK.at, seed=2))
    assert len({mail.message_id for mail in mails}) == len({parse(mail.raw).text for mail in mails}) == 240


def test_half_is_english_and_a_tenth_brings_files() -> None:
    mails = [(mail, parse(mail.raw)) for mail in WORK]
    languages = Counter(mail.language for mail, _ in mails)
    assert languages["en"] == 120
    assert len(languages) == 7
    assert sum(bool(read.attachments) for _, read in mails) == 24
    assert all(800 < len(mail.raw) < 25_000 for mail, read in mails if not read.attachments)


def test_everybody_who_writes_is_a_contact() -> None:
    assert {mail.sender for mail in WORK} <= {person.email for person in WORK.people()}
    assert {person.contract for person in WORK.people()} == {one.contract for one in WORK.contracts()}


def test_the_policy_reads_the_languages_that_were_written() -> None:
    policy = read_policy("irex", Renderer(None).letters()).policy
    for mail in islice(WORK, 60):
        wanted = Tongue.ACCEPTED if mail.accepted else Tongue.OTHER
        assert read(parse(mail.raw), policy).language.tongue is wanted
