"""The letters in French and German: whole, typeset as their readers are used to, and with every fact of the English."""

import re
from pathlib import Path

import pytest
from jinja2 import meta

from templates.lines import columns
from templates.render import Renderer
from templates.samples import SAMPLES
from templates.sandbox import environment
from templates.shelf import SHIPPED
from tests.letters.orders import HERE, LANGUAGES, ORDERS

RENDERER = Renderer()
STAFF = frozenset({"notice", "page", "question", "transcript", "digest", "gap", "gap_page", "alarm", "alarm_page"})
TOLD = sorted(RENDERER.letters() - STAFF)
ABROAD = tuple(language for language in LANGUAGES if language != "en")
# Words that English letters cannot do without and that are words of neither of the others.
ENGLISH = re.compile(
    r"\b(the|your|you|and|with|this|that|of|from|reply|answer|letter|hello|kind|regards|severity|priority|customer"
    r"|until|now|hours|booked|left|what|which|for|by|is|are|Mon|Tue|Wed|Thu|Sun|March|bytes)\b",
    re.IGNORECASE,
)
# What a sample is about keeps its name in every language.
NAMES = re.compile(r"\S+@\S+|#escalate")


def words_of(path: Path) -> str:
    """A sample's words, without tags, styles and names."""
    told = path.read_text(encoding="utf-8")
    if path.suffix == ".html":
        told = re.sub(r"<!--.*?-->|<[^>]+>", " ", told.partition("<body")[2].partition(">")[2], flags=re.DOTALL)
    return NAMES.sub(" ", re.sub(r"\ASubject: (?:Re: )?", "", told))


def samples_in(language: str) -> list[str]:
    return [
        f"{name}.{ending}" for name, order in ORDERS.items() if order.language == language for ending in ("txt", "html")
    ]


@pytest.mark.parametrize("sample", [sample for language in ABROAD for sample in samples_in(language)])
def test_no_english_is_left_in_a_letter_of_another_language(sample: str) -> None:
    assert not ENGLISH.findall(words_of(HERE / sample))


def test_the_words_looked_for_would_be_found() -> None:
    assert all(ENGLISH.search(words_of(HERE / sample)) for sample in samples_in("en"))


def test_every_letter_has_samples_in_every_language() -> None:
    told = {
        language: {name.removesuffix(f"_{language}") for name in ORDERS if name.endswith(f"_{language}")}
        for language in LANGUAGES
    }
    assert told["fr"] == told["de"] >= told["en"] >= {"promise_severity", "booked", "forwarded_distributor"}


@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("letter", TOLD)
def test_a_letter_can_be_told_of_everything_and_of_almost_nothing(letter: str, language: str) -> None:
    """In its own language, with HTML, and in lines that a terminal shows whole."""
    for sample in SAMPLES:
        told = RENDERER.render(letter, language, sample)
        assert (told.language, told.html is not None) == (language, True)
        assert max(columns(line) for line in told.text.splitlines()) <= 74


@pytest.mark.parametrize("sample", samples_in("fr"))
def test_french_marks_stand_behind_a_space_that_no_line_ends_at(sample: str) -> None:
    told = words_of(HERE / sample)
    assert not re.findall(r"\w[ \n][;:!?»]|«[ \n]|\w[;!?»]|[a-zé]:(?!\d)", told)
    assert "'" not in told
    assert '"' not in told


@pytest.mark.parametrize("sample", samples_in("de"))
def test_german_quotes_are_low_and_high(sample: str) -> None:
    told = words_of(HERE / sample)
    assert told.count("„") == told.count("“")
    assert not set("\"'”«»") & set(told)


@pytest.mark.parametrize("language", ABROAD)
@pytest.mark.parametrize("file", sorted(path.name for path in (SHIPPED / "en").iterdir()))
def test_no_fact_that_an_english_letter_tells_is_missing(file: str, language: str) -> None:
    if file.partition(".")[0] in STAFF | {"_headlines"}:
        assert not (SHIPPED / language / file).exists()
        return
    assert values_in("en", file) <= values_in(language, file)


def values_in(language: str, file: str) -> set[str]:
    tree = environment(loader=None, html=False).parse((SHIPPED / language / file).read_text(encoding="utf-8"))  # type: ignore[arg-type]
    return meta.find_undeclared_variables(tree)


def test_a_page_says_in_three_lines_what_happened_to_whom_and_until_when() -> None:
    full, bare = (RENDERER.render("page", "en", {**sample, "event": "warning"}) for sample in SAMPLES)
    assert full.html is None
    assert full.text.splitlines() == [
        "EX-1042 Promise due soon: Severity 2 (high)",
        "Alder Security, answer by Mon 16 March 2026, 12:00 CET",
        "Search has become very slow",
    ]
    assert bare.text.splitlines() == ["EX-7 Promise due soon", "x@y.example"]


@pytest.mark.parametrize(
    ("event", "headline"),
    [
        ("warning", "Promise due soon"),
        ("promise", "Promise changed"),
        ("escalated", "Escalated by the distributor"),
        ("resumed", "Resumed"),
        ("booking", "Booked"),
        ("forwarded", "Forwarded"),
        ("undelivered", "Letter not delivered"),
        ("page_failed", "Page failed"),
    ],
)
def test_a_notice_says_first_what_happened(event: str, headline: str) -> None:
    told = RENDERER.render("notice", "en", {**SAMPLES[0], "event": event, "term": "Priority"})
    assert told.subject == f"[EX-1042] {headline}, priority 2: Search has become very slow"
    assert told.text.startswith(f"{headline}: EX-1042\n")
    assert "Priority         2 (high)" in told.text
