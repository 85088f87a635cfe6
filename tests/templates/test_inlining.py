"""A template with its macros inlined says what it says without."""

from collections.abc import Mapping

import pytest
from jinja2 import DictLoader, TemplateError

from templates.inlining import shared_files
from templates.render import Renderer
from templates.samples import SAMPLES
from templates.sandbox import environment, plain
from templates.shelf import SHIPPED, is_letter, read_files

FILES, _ = read_files(SHIPPED)
LETTERS = sorted(name for name in FILES if is_letter(name))


def said(files: dict[str, str], name: str, values: Mapping[str, object], *, html: bool, inlined: bool) -> str:
    made = environment(DictLoader(files), html=html, files=files if inlined else None)
    try:
        return made.get_template(name).render(values)
    except (TemplateError, TypeError, LookupError) as fault:
        return f"{type(fault).__name__}: {fault}"


@pytest.mark.parametrize("name", LETTERS)
def test_every_letter_says_what_it_says_by_calling_its_macros(name: str) -> None:
    given = {"language": name.partition("/")[0], "letter": "x", "marker": "---"}
    beside = name.removesuffix(".txt") + ".html"
    for sample in SAMPLES:
        values = {one: plain(value) for one, value in sample.items()} | given
        for file in (name, beside) if beside in FILES else (name,):
            html = file == beside
            plainly = said(FILES, file, values, html=html, inlined=False)
            assert said(FILES, file, values, html=html, inlined=True) == plainly
            assert "Error:" not in plainly


def test_an_acknowledgement_calls_no_macro() -> None:
    for shelf, name in ((Renderer()._shipped.text, "text"), (Renderer()._shipped.html, "html")):
        file = f"en/acknowledgement.{name.replace('text', 'txt')}"
        assert "environment.call(" not in str(shelf.compile(FILES[file], file, raw=True))


MACROS = """{% macro shows() %}<{{ value }}>{% endmacro %}
{% macro chooses(one) %}{% if one %}{{ one }}&{% elif value %}-{% else %}nothing{% endif %}{% endmacro %}
{% macro around(one) %}[{{ one }}|{{ caller() }}]{% endmacro %}
{% macro maybe() %}{% if value %}({{ caller() }}){% endif %}{% endmacro %}
{% macro twice() %}{{ caller() }}{{ caller() }}{% endmacro %}
{% macro never() %}x{% endmacro %}
{% macro defaults(one="d") %}{{ one }}{% endmacro %}
{% macro loops() %}{% for one in many %}{{ one }}{{ loop.index }}{% endfor %}{% endmacro %}
{% macro sets() %}{% set inner = value %}{{ inner }}{% endmacro %}
{% macro calls() %}{{ shows() }}{% endmacro %}
{% macro gives() %}{{ caller("x") }}{% endmacro %}
{% macro passes() %}{{ [caller()] | first }}{% endmacro %}
{% macro filters() %}{{ "2026-03-13T16:05:00+00:00" | moment }}{% endmacro %}
{% macro wraps() %}{% filter upper %}{{ value }}{% endfilter %}{% endmacro %}
{% macro known() %}{{ own }}{% endmacro %}
{% macro rest() %}{{ varargs | length }}{% endmacro %}
{% macro plain() %}<b>{{ "a & b" }}</b>{% endmacro %}
{% set own = "of the file" %}
"""
BODIES = [
    "{{ m.shows() }} and {{ m.shows() }}",
    "{{ m.chooses('') }}{{ m.chooses('<') }}{{ m.chooses(value) }}{{ m.chooses(m.shows()) }}",
    "{{ m.chooses() }}",
    "{{ m.chooses(one=1) }}",
    "{{ m.nobody() }}",
    "{% call m.around('a & b') %}{{ value }}{% call m.around(value) %}in{% endcall %}{% endcall %}",
    "{% call m.maybe() %}{{ m.shows() }}{% endcall %}",
    "{% call m.twice() %}{{ value }}{% endcall %}",
    "{% call m.never() %}{{ value }}{% endcall %}",
    "{% call(one) m.gives() %}{{ one }}{% endcall %}",
    "{% call(value=1) m.around(2) %}{{ value }}{% endcall %}",
    "{% call m.passes() %}{{ value }}{% endcall %}",
    "{{ m.passes() }}",
    "{% call m.around(1) %}{% set value = 2 %}{{ value }}{% endcall %}{{ value }}",
    "{{ m.around(1) }}",
    "{{ m.defaults() }}{{ m.defaults('e') }}",
    "{{ m.loops() }}",
    "{{ m.sets() }}{{ inner | default('none') }}",
    "{{ m.calls() }}{{ m.plain() }}",
    "{{ m.filters() }}",
    "{{ m.known() }}",
    "{{ m.wraps() }}",
    "{{ m.rest() }}",
    "{{ m.plain() }}{{ m.plain(1) }}",
    "{{ m.plain(one=1) }}",
    "{{ m.plain(*many) }}",
    "{% set own = 1 %}{{ m.known() }}",
    "{% for value in many %}{{ m.shows() }}{{ value }}{% endfor %}",
    "{% for one in many %}{% call m.around(loop.index) %}{{ loop.index }}{{ one }}{% endcall %}{% endfor %}",
    "{% set value = 'mine' %}{{ m.shows() }}",
    "{% macro mine(value) %}{{ m.shows() }}{% endmacro %}{{ mine('x') }}",
    "{{ m.shows() | upper }}{{ m.shows() ~ '!' }}{{ m['shows']() }}{{ m['sho' ~ 'ws']() }}",
    "{% if m.shows() %}{{ m.shows() }}{% endif %}",
    "{% import 'other' as m with context %}{{ m.plain() }}",
    "{{ m.plain() }}{% import 'other' as m with context %}{{ m.plain() }}",
    "{% set m = value %}{{ m }}",
    "{% include 'part' %}",
    "{% block a %}{{ m.shows() }}{% endblock %}",
]


@pytest.mark.parametrize("context", ["with context", ""])
@pytest.mark.parametrize("html", [False, True])
@pytest.mark.parametrize("body", BODIES)
def test_a_macro_that_would_say_something_else_in_its_place_stays_called(body: str, html: bool, context: str) -> None:
    files = {
        "m": MACROS,
        "other": "{% macro plain() %}of another{% endmacro %}",
        "part": "{{ m.plain() }}",
        "letter": (letter := "{% import 'm' as m " + context + " %}" + body),
        "parent": letter,
        "child": "{% extends 'parent' %}{% block a %}{{ super() }}{{ m.plain() }}{% endblock %}",
    }
    values: dict[str, object] = {"value": "<v>", "many": ["p", "q"], "at": "2026-03-13T16:05:00+00:00", "zone": "UTC"}
    for name in ("letter", "child"):
        called = said(files, name, values, html=html, inlined=False)
        assert said(files, name, values, html=html, inlined=True) == called


@pytest.mark.parametrize(
    ("text", "shared"),
    [
        ('{% extends "a" %}', {"a"}),
        ("{%- include 'a' ignore missing -%}{% include \"b\" without context %}", {"a", "b"}),
        ("{% extends 'a' if x else 'b' %}", {"a", "b", "c"}),
        ("{% include ['a', 'b'] %}", {"a", "b", "c"}),
        ("{% extends 'a' ~ x %}", {"a", "b", "c"}),
        ("{% import 'a' as a %}", set()),
    ],
)
def test_a_file_that_others_extend_or_include_is_known(text: str, shared: set[str]) -> None:
    assert shared_files({"a": "", "b": "", "c": text}) == shared
