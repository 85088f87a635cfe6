"""The letters word for word, against the samples under tests/letters (see orders.py there for how to renew them)."""

import pytest

from intake.compose import compose
from intake.mail.attributions import marker
from rules.facts import Gate
from templates.render import MARKER, MARKERS, Renderer
from tests.letters.orders import ACKNOWLEDGEMENT, HERE, ORDERS, parts_of

RENDERER = Renderer()


@pytest.mark.parametrize("name", ORDERS)
@pytest.mark.parametrize("ending", ["txt", "html"])
def test_a_letter_reads_as_its_sample_does(name: str, ending: str) -> None:
    sample = (HERE / f"{name}.{ending}").read_text(encoding="utf-8")
    assert parts_of(compose(ORDERS[name], RENDERER))[ending] == sample


def test_the_bytes_of_an_acknowledgement_stay_as_they_are() -> None:
    assert compose(ACKNOWLEDGEMENT, RENDERER).raw == (HERE / "acknowledgement.eml").read_bytes()


def test_every_sample_file_is_compared() -> None:
    compared = {f"{name}.{ending}" for name in ORDERS for ending in ("txt", "html")} | {"acknowledgement.eml"}
    assert {path.name for path in HERE.iterdir() if path.suffix in {".txt", ".html", ".eml"}} == compared


def test_no_line_of_a_text_letter_is_too_wide_to_read() -> None:
    from templates.lines import columns

    wide = [
        line
        for path in HERE.glob("*.txt")
        for line in path.read_text(encoding="utf-8").splitlines()
        if columns(line) > 76 and not line.startswith(("Subject:", "mailto:"))
    ]
    assert not wide


@pytest.mark.parametrize("told", [MARKER, *MARKERS.values()])
def test_the_marker_of_every_language_is_known_when_it_comes_back(told: str) -> None:
    assert marker(f"> --- {told} ---")


def test_letters_that_customers_answer_carry_the_marker_and_notices_do_not() -> None:
    for name in ORDERS:
        for ending in ("txt", "html"):
            told = (HERE / f"{name}.{ending}").read_text(encoding="utf-8")
            marked = any(marker in told for marker in (MARKER, *MARKERS.values()))
            assert marked == (not name.startswith(("notice", "question", "transcript", "digest", "gap", "alarm"))), (
                f"{name}.{ending}"
            )


@pytest.mark.parametrize("gate", Gate)
def test_a_decline_says_of_every_gate_why_and_what_would_change_it(gate: Gate) -> None:
    from tests.letters.orders import declined

    told = parts_of(compose(declined(gate), RENDERER))
    body = told["txt"].partition("what would change it.\n\n")[2].partition("\nIf you think")[0]
    why, _, change = body.replace("\n", " ").partition("What would change it: ")
    assert len(why) > 40
    assert len(change) > 40
    assert why.strip()[:30] in told["html"].replace("\n", " ")


def test_a_stranger_is_not_called_by_the_name_he_gives_himself() -> None:
    told = (HERE / "declined_contact.txt").read_text(encoding="utf-8")
    assert "Hello,\n" in told
    assert "Ana" not in told


def test_both_languages_stand_in_a_decline_for_language() -> None:
    for language, words in {
        "ja": "機械翻訳",
        "zh": "机器翻译",
        "pl": "tłumaczenie",
    }.items():
        told = (HERE / f"declined_language_{language}.txt").read_text(encoding="utf-8")
        assert told.index(words) < told.index("machine translation")
