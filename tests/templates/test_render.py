from pathlib import Path

import pytest

from rules.facts import Gate
from templates.render import Renderer, shipped_files
from templates.samples import BARE, FULL
from templates.sandbox import Value
from templates.shelf import LARGEST


@pytest.fixture
def own(tmp_path: Path) -> Path:
    for folder in ("en", "de", "parts"):
        (tmp_path / folder).mkdir()
    return tmp_path


def write(own: Path, name: str, content: str) -> None:
    (own / name).write_text(content, encoding="utf-8")


def faults(own: Path) -> list[str]:
    return [str(fault) for fault in Renderer(own).check()]


def test_the_shipped_letters_are_without_fault() -> None:
    assert Renderer().check() == ()


def test_every_gate_has_its_decline_and_every_queue_its_letter() -> None:
    letters = Renderer().letters()
    assert {f"declined_{gate}" for gate in Gate} <= letters
    assert {"acknowledgement", "held", "notice", "routed_services", "routed_level_0"} <= letters
    assert "_parts" not in letters
    assert "layout" not in letters


def test_a_decline_is_told_in_ten_languages_and_what_customers_are_told_in_three() -> None:
    renderer = Renderer()
    assert renderer.languages("declined_language") == {"en", "fr", "de", "es", "it", "pt", "nl", "pl", "ja", "zh"}
    for letter in ("acknowledgement", "held", "routed", "promise_changed", "hours_booked", "forwarded"):
        assert renderer.languages(letter) == {"en", "fr", "de"}
    assert renderer.languages("notice") == renderer.languages("page") == {"en"}
    assert renderer.languages("no_such_letter") == frozenset()


def test_a_language_without_the_letter_gets_it_in_english() -> None:
    assert Renderer().render("held", "sv", FULL).language == "en"
    assert Renderer().render("declined_language", "pl", FULL).language == "pl"
    assert Renderer().render("held", "../../etc", FULL).language == "en"


def test_a_letter_that_does_not_exist_is_a_bug_of_the_caller() -> None:
    with pytest.raises(KeyError):
        Renderer().render("no_such_letter", "en", FULL)


def test_an_admins_own_letter_wins_over_the_shipped_one(own: Path) -> None:
    write(own, "en/held.txt", "Subject: [{{ reference }}] ours\n\nDear {{ name }}, wait.\n")
    told = Renderer(own).render("held", "en", FULL)
    assert (told.subject, told.text, told.fallback) == ("[EX-1042] ours", "Dear Ana Ruiz, wait.\n", "")


def test_an_admins_text_without_html_goes_as_text_alone(own: Path) -> None:
    """The shipped HTML would say something else than the text beside it."""
    write(own, "en/held.txt", "Subject: x\n\ny\n")
    assert Renderer(own).render("held", "en", FULL).html is None
    write(own, "en/held.html", "<p>{{ name }}</p>")
    assert Renderer(own).render("held", "en", FULL).html == "<p>Ana Ruiz</p>\n"


def test_an_admins_layout_dresses_the_shipped_letters(own: Path) -> None:
    write(own, "parts/layout.html", "<html><body><h1>Ours</h1>{% block content %}{% endblock %}</body></html>")
    told = Renderer(own).render("held", "en", FULL)
    assert told.html is not None
    assert "<h1>Ours</h1>" in told.html
    assert "Ana Ruiz" in told.html


def test_an_admin_may_have_a_letter_for_one_gate_and_in_one_language(own: Path) -> None:
    write(own, "en/declined_role.txt", "Subject: x\n\nrole\n")
    write(own, "de/acknowledgement.txt", "Subject: x\n\nbis {{ promise | moment('de') }}\n")
    renderer = Renderer(own)
    assert renderer.render("declined_role", "en", FULL).text == "role\n"
    assert renderer.render("declined_quota", "en", FULL).text != "role\n"
    assert renderer.render("acknowledgement", "de", FULL).text == "bis Mo, 16. März 2026, 12:00 Uhr (MEZ)\n"
    assert renderer.languages("acknowledgement") == {"en", "fr", "de"}


def test_a_queue_without_a_letter_of_its_own_has_the_general_one_in_its_own_language_first(own: Path) -> None:
    write(own, "en/routed_billing.txt", "Subject: x\n\nbilling\n")
    renderer = Renderer(own)
    assert renderer.render("routed_billing", "en", FULL).text == "billing\n"
    assert renderer.render("routed_billing", "de", FULL) == Renderer().render("routed", "de", FULL)
    assert renderer.render("routed_billing", "pl", FULL).text == "billing\n"
    assert renderer.render("routed_moon", "en", FULL).text == Renderer().render("routed", "en", FULL).text


def test_a_letter_that_only_the_admin_has_can_be_named_in_a_policy(own: Path) -> None:
    write(own, "en/routed_moon.txt", "Subject: x\n\nmoon\n")
    assert "routed_moon" in Renderer(own).letters()


BROKEN = {
    "syntax": ("Subject: x\n\n{% if name %}", "en/held.txt, line 3: Unexpected end of template"),
    "unknown value": ("Subject: x\n\n{{ referense }}", "there is no value 'referense'; did you mean 'reference'?"),
    "unknown key": ("Subject: x\n\n{% for a in attachments %}\n{{ a.nom }}\n{% endfor %}", "en/held.txt, line 4:"),
    "unknown filter": ("Subject: x\n\n{{ name | center(99) }}", "No filter named 'center'"),
    "no subject": ("Hello", 'the first line must be "Subject: …"'),
    "method": ("Subject: x\n\n{{ name.upper() }}", "en/held.txt, line 3: "),
    "missing include": ('Subject: x\n\n{% include "en/nothing.txt" %}', "en/nothing.txt"),
    "endless": ("Subject: x\n\n{% macro a() %}{{ a() }}{% endmacro %}{{ a() }}", "recursion"),
    "division": ("Subject: x\n\n{{ 1 // 0 }}", "division"),
    "wrong kind": ("Subject: x\n\n{{ name | size }}", "en/held.txt, line 3:"),
    "no date": ("Subject: x\n\n{{ name | moment }}", "isoformat"),
    "too large": ("Subject: x\n\n" + "a" * LARGEST, "a template has at most 20000"),
}


@pytest.mark.parametrize("source", BROKEN)
def test_a_broken_letter_is_told_by_check_and_the_shipped_one_goes_out(own: Path, source: str) -> None:
    content, why = BROKEN[source]
    write(own, "en/held.txt", content)
    assert any(why in fault for fault in faults(own)), faults(own)
    told = Renderer(own).render("held", "en", FULL)
    shipped = Renderer().render("held", "en", FULL)
    assert (told.subject, told.text, told.html) == (shipped.subject, shipped.text, shipped.html)
    assert told.fallback


def test_a_broken_part_is_as_good_as_a_broken_letter(own: Path) -> None:
    write(own, "parts/layout.html", "{{ nonsense }}")
    told = Renderer(own).render("held", "en", FULL)
    assert told.html == Renderer().render("held", "en", FULL).html
    assert "nonsense" in told.fallback
    assert any("parts/layout.html" in fault for fault in faults(own))


def test_a_broken_letter_that_has_no_shipped_one_becomes_a_plain_receipt(own: Path) -> None:
    write(own, "en/special.txt", "Subject: x\n\n{{ nonsense }}")
    told = Renderer(own).render("special", "en", FULL)
    assert told.text == Renderer().render("held", "en", FULL).text
    assert "nonsense" in told.fallback


def test_a_letter_that_is_not_utf8_is_told(own: Path) -> None:
    (own / "en/held.txt").write_bytes(b"Subject: x\n\ngr\xfc\xdfe")
    assert faults(own)[0] == "en/held.txt: is not UTF-8 at octet 14"
    assert Renderer(own).render("held", "en", FULL).fallback


def test_html_without_text_beside_it_is_told(own: Path) -> None:
    write(own, "en/declined_role.html", "<p>x</p>")
    assert any("no en/declined_role.txt beside it" in fault for fault in faults(own))


def test_a_fault_that_only_shows_with_little_to_say_is_found_before_it_happens(own: Path) -> None:
    write(own, "en/held.txt", "Subject: x\n\n{{ (attachments | first).name }}")
    assert Renderer(own).render("held", "en", FULL).fallback == ""
    assert faults(own)


def test_no_value_can_add_a_line_or_a_header(own: Path) -> None:
    hostile = "x\r\nBcc: victim@example.com\r\n\r\nbuy\x00\x1b]0;"
    told = Renderer().render("acknowledgement", "en", {**FULL, "subject": hostile, "name": hostile})
    assert told.subject == "Re: [EX-1042] x Bcc: victim@example.com buy ]0;"
    assert not [line for line in told.text.splitlines() if line.startswith(("Bcc", "buy"))]


def test_a_value_is_text_and_never_a_template() -> None:
    told = Renderer().render("acknowledgement", "en", {**FULL, "name": "{{ 7 * 7 }}{% raw %}"})
    assert "Hello {{ 7 * 7 }}{% raw %}," in told.text


def test_files_are_those_of_the_time_when_the_renderer_was_made(own: Path) -> None:
    write(own, "en/held.txt", "Subject: x\n\nbefore\n")
    renderer = Renderer(own)
    write(own, "en/held.txt", "Subject: x\n\nafter\n")
    assert renderer.render("held", "en", FULL).text == "before\n"
    assert Renderer(own).render("held", "en", FULL).text == "after\n"


def test_copies_of_the_shipped_files_are_a_sound_start(own: Path) -> None:
    for name, content in shipped_files().items():
        (own / name).parent.mkdir(exist_ok=True)
        write(own, name, content)
    assert faults(own) == []
    for values in (FULL, BARE):
        assert Renderer(own).render("declined_role", "fr", values) == Renderer().render("declined_role", "fr", values)


def test_a_folder_that_is_not_there_leaves_the_shipped_letters(tmp_path: Path) -> None:
    assert Renderer(tmp_path / "nothing").render("held", "en", FULL).fallback == ""


class Asked(dict[str, Value]):
    """Values that know which of them were asked for."""

    names: set[str]

    def __getitem__(self, name: str) -> Value:
        self.names.add(name)
        return super().__getitem__(name)


@pytest.fixture
def values() -> Asked:
    asked = Asked(FULL)
    asked.names = set()
    return asked


def test_a_letter_asks_for_no_value_that_none_of_its_files_reads(values: Asked) -> None:
    Renderer().render("acknowledgement", "en", values)
    assert {"promise", "mailbox", "zone"} <= values.names  # its own, of a part, of a filter
    assert not values.names & {"text", "gates", "mine", "news"}


def test_a_file_that_is_named_only_while_it_is_rendered_reads_what_it_likes(own: Path, values: Asked) -> None:
    write(own, "en/held.txt", 'Subject: x\n\n{% include "en/_" ~ event ~ ".txt" %}')
    write(own, "en/_accepted.txt", "{{ draft | join }}")
    assert Renderer(own).render("held", "en", values).text == "The cache was full.Sam\n"
    assert values.names == FULL.keys()
