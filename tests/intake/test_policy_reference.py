"""The reference of the policy language: complete, and no example in it that the real loader would not take."""

import re
import tomllib
from collections.abc import Iterator
from textwrap import dedent

import pytest
from pydantic import BaseModel

from intake.policy_keys import SET_BY_INTAKE, Entry, Section, sections
from intake.policy_reference import WIDTH, example, reference
from intake.shipped import vocabularies
from rules.policy import Policy, joined, load
from rules.policy_gates import Check
from templates.render import Renderer

PAGE = reference()
FENCED = re.compile(r"^( *)```(\w*)\n(.*?)^\1```$", re.MULTILINE | re.DOTALL)


def tables(kind: object) -> Iterator[type[BaseModel]]:
    """Every type of table in an annotation, and in those tables."""
    if isinstance(kind, type) and issubclass(kind, BaseModel):
        yield kind
        for field in kind.model_fields.values():
            yield from tables(field.annotation)
    for inner in getattr(kind, "__args__", ()):
        yield from tables(inner)


def pieces() -> list[str]:
    """The examples of the page, in TOML, without the whole policy at its end."""
    return [dedent(text) for _, language, text in FENCED.findall(PAGE) if language == "toml"][:-1]


def entries() -> list[tuple[Section, Entry]]:
    return [(section, entry) for section in sections(example()) for entry in section.entries]


def test_every_field_of_every_table_has_its_entry() -> None:
    wanted = {(table.__doc__, name) for table in tables(Policy) for name in table.model_fields if table is not Check}
    wanted -= {(Policy.__doc__, name) for name in SET_BY_INTAKE}
    told = {(section.meaning, entry.name) for section, entry in entries()}
    assert told == {(" ".join((doc or "").split()), name) for doc, name in wanted}
    assert all(f"- **`{entry.name}`** (" in PAGE for _, entry in entries())


@pytest.mark.parametrize(("section", "entry"), entries(), ids=lambda each: getattr(each, "name", ""))
def test_an_entry_says_what_its_key_means_and_shows_it(section: Section, entry: Entry) -> None:
    place = " ".join(section.headers) or "the top of the file"
    assert section.meaning, f"{place}: write a docstring for its class"
    assert entry.meaning, f"{entry.name} in {place}: write a docstring under the field"
    assert entry.meaning.endswith("."), f"{entry.name} in {place}: make its docstring a sentence"
    assert entry.example, f"{entry.name} in {place}: use it in rules/reference/example.toml"
    assert entry.example in example()
    assert re.search(rf"\b{entry.name}\b", entry.example), f"{entry.name} in {place}: its example shows something else"
    tomllib.loads(entry.example)


def test_the_examples_together_are_a_policy_that_loads() -> None:
    """The real loader, with the real vocabularies and letters."""
    text = joined(example(), {file.stem: file.read_text(encoding="utf-8") for file in vocabularies()})
    policy = load(text, name="tidemark", letters=Renderer(None).letters())
    assert policy.severity_name(1, "de") == "Sturm"
    assert PAGE.endswith(f"```toml\n{example()}```\n")


def test_every_example_of_the_page_stands_in_that_policy() -> None:
    assert len(pieces()) == len(entries())
    assert [piece for piece in pieces() if piece not in example()] == []


def test_headings_show_where_a_table_stands() -> None:
    for heading in (
        "### At the top of the file",
        "### `[calendars.NAME.holidays]`",
        "### `[[severity.rules]]`",
        "### `[gates.third_party]`, `[gates.development]`, `[gates.remote_administration]`, `[gates.services]`",
        "### `[plans.PLAN.first_response.N]`, `[plans.PLAN.resolution.N]`",
        "### `[matters.LANGUAGE.NAME]`",
        "### `[gates.training.subjects.NAME]`",
    ):
        assert f"\n{heading}\n" in PAGE


def test_types_and_defaults_are_those_of_the_fields() -> None:
    told = {(section.headers[:1], entry.name): (entry.type, entry.default) for section, entry in entries()}
    assert told[(), "title"] == ("text", "required")
    assert told[(), "budgets"] == ("table", "each key has its default")
    assert told[("[budgets]",), "reopen_days"] == ("whole number", "default `14`")
    assert told[("[calendars.NAME]",), "closed"] == ("list of days", "optional")
    assert told[("[plans.PLAN]",), "first_response"] == ("table of promises", "optional")
    assert told[("[[reminders]]",), "plans"] == ("list or one", "optional")
    assert told[("[[reminders]]",), "until"] == ('"resolved"', 'default `"resolved"`')
    assert told[("[severity]",), "term"][1].startswith('default `{ en = "Severity"')
    assert told[("[gates]",), "strongest_first"][0] == "list of gates"


def test_the_page_names_the_facets_and_matters_that_vocabularies_know() -> None:
    assert re.search(r"^\| effect \| stopped \| .*\ben\b", PAGE, re.MULTILINE)
    assert re.search(r"^\| third_party \| .*\ben\b", PAGE, re.MULTILINE)


def test_how_phrases_are_written_is_said_as_the_vocabularies_say_it() -> None:
    """Every sign that `rules.patterns` knows, with a word on it."""
    (block,) = [text for _, language, text in FENCED.findall(PAGE) if not language]
    for sign in ("crash*", "the?", "(down|offline)", "{people}", "#.#", "###", "~", "^", "@"):
        assert re.search(rf"(^|  ){re.escape(sign)}( in front)?  +\S", block, re.MULTILINE), sign
    assert "SIGNS" not in PAGE


def test_no_line_is_too_long_to_read() -> None:
    assert [line for line in PAGE.splitlines() if len(line) > WIDTH + 2 and not line.startswith("|")] == []
