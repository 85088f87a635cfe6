"""What Jinja's own sandbox lets through, and ours does not."""

from datetime import date
from typing import cast

import pytest
from jinja2 import DictLoader, TemplateError, UndefinedError
from jinja2.exceptions import SecurityError

from templates.samples import BARE, FULL
from templates.sandbox import Value, environment, plain


def render(source: str, *, html: bool = False, **values: object) -> str:
    return environment(DictLoader({"t": source}), html=html).get_template("t").render(**values)


@pytest.mark.parametrize(
    "source",
    [
        '{{ "a" * 10**9 }}',
        '{{ 10**9 * "a" }}',
        "{{ [1] * 10**9 }}",
        "{{ 2 ** 30 }}",
        '{{ "%999999999d" % 1 }}',
        '{{ "a".center(10**9) }}',
        '{{ "a".zfill(999999999) }}',
        '{{ "a".upper() }}',
        '{{ "{0.__class__}".format(1) }}',
        "{{ text.append(1) }}",
        "{{ word.__class__ }}",
        "{{ number.bit_length() }}",
    ],
)
def test_an_expression_that_costs_or_escapes_is_refused(source: str) -> None:
    with pytest.raises(SecurityError):
        render(source, text=["a"], word="w", number=3)


@pytest.mark.parametrize(
    "source",
    [
        "{% for a in range(99999) %}x{% endfor %}",
        '{{ "a" | center(999999999) }}',
        '{{ "a" | attr("upper") }}',
        "{{ cycler }}",
        "{{ lipsum() }}",
        "{{ namespace() }}",
        "{{ dict(a=1) }}",
        "{{ missing }}",
        "{{ value.missing }}",
        '{{ value["missing"] }}',
    ],
)
def test_a_name_that_is_not_on_the_list_does_not_exist(source: str) -> None:
    with pytest.raises(TemplateError):
        render(source, value={"there": 1})


def test_a_key_is_found_under_a_dot_and_a_missing_one_is_no_empty_text() -> None:
    assert render("{{ value.there }}", value={"there": "yes"}) == "yes"
    with pytest.raises(UndefinedError):
        render("{% if value.missing %}a{% endif %}", value={})


@pytest.mark.parametrize(
    "source", ["{{ value.clear }}", "{{ value.__class__ }}", "{{ m.__dict__ }}", "{{ m._body_stream }}"]
)
def test_a_key_opens_nothing_that_a_dict_or_a_file_has_by_itself(source: str) -> None:
    files = {"t": '{% import "m" as m %}' + source, "m": "{% macro _hidden() %}x{% endmacro %}"}
    made = environment(DictLoader(files), html=False)
    with pytest.raises(SecurityError):
        made.get_template("t").render(value={"clear": 1, "__class__": 2})


@pytest.mark.parametrize(("html", "said"), [(False, "<a & b>"), (True, "<a &amp; b>")])
def test_a_macro_of_another_file_says_its_own_marks_and_escapes_what_it_is_given(html: bool, said: str) -> None:
    files = {
        "t": '{% import "m" as m %}{% call m.around() %}{{ m.inner("a ") }}{{ m.inner(value) }} b{% endcall %}',
        "m": "{% macro around() %}<{{ caller() }}>{% endmacro %}{% macro inner(said) %}{{ said }}{% endmacro %}",
    }
    assert environment(DictLoader(files), html=html).get_template("t").render(value="&") == said


def test_html_escapes_every_value_and_text_none() -> None:
    hostile = "<script>alert('x')</script> & \"y\""
    assert render("{{ a }}", html=True, a=hostile) == (
        "&lt;script&gt;alert(&#39;x&#39;)&lt;/script&gt; &amp; &#34;y&#34;"
    )
    assert render("{{ a }}", a=hostile) == hostile
    assert "<" not in render("{{ a | truncate(20) | upper | default('x') }}", html=True, a=hostile)


def test_values_of_a_mail_are_on_one_line_however_deep_they_lie() -> None:
    assert plain({"a": [{"b": "one\r\ntwo"}], "c": ("x\x1b[2J",)}) == {"a": [{"b": "one two"}], "c": ["x [2J"]}


@pytest.mark.parametrize("value", [date(2026, 1, 1), 1.5, {1}, b"x", object()])
def test_only_plain_values_get_into_a_template(value: object) -> None:
    with pytest.raises(TypeError, match="plain values"):
        plain({"a": cast("Value", value)})


def test_both_samples_have_every_name_and_the_same_kinds() -> None:
    assert FULL.keys() == BARE.keys()
    assert {name: type(value) for name, value in FULL.items()} == {name: type(value) for name, value in BARE.items()}
