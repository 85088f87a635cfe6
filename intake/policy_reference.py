"""Writes the reference of the policy language: prose, every key with type, default, meaning and example, a whole file.

Keys, types and defaults are those of the typed policy, meanings the docstrings under its fields (see `policy_keys`),
examples are pieces of one policy that uses every key (`rules/reference/example.toml`). So the page cannot drift from
the code; a key that lacks a meaning or an example fails a test.
"""

import textwrap
import tomllib
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from intake.policy_keys import sections
from intake.shipped import vocabularies

WIDTH = 120
NOTE = """What is by language is written `{ en = "Care", de = "Pflege" }`; English is the one to fall back on. A *list
or one* may be written without brackets where it holds one thing."""

MEMBERS = 4
"""Of a group, to show what it is about."""


def reference() -> str:
    """The page, in Markdown."""
    whole = [
        "## A policy with every key",
        "",
        "The examples above in their places. It loads as it stands; none needs all of it.",
    ]
    parts = [
        _text("prose.md").rstrip().replace("SIGNS", "\n".join(["```", *_signs(), "```"])),
        "",
        *_keys(),
        "",
        *_known(),
        "",
        *whole,
        "",
        "```toml",
        example().rstrip(),
        "```",
    ]
    return "\n".join(parts) + "\n"


def example() -> str:
    """A policy that uses every key there is."""
    return _text("example.toml")


def _signs() -> Iterator[str]:
    """How phrases are written, as the vocabularies themselves say it."""
    (english,) = (file for file in vocabularies() if file.stem == "en")
    for line in english.read_text(encoding="utf-8").splitlines():
        if line.startswith("#   "):
            yield line.removeprefix("#   ")


def _keys() -> Iterator[str]:
    yield "## Every key"
    yield ""
    yield from textwrap.wrap(NOTE, WIDTH)
    for section in sections(example()):
        yield ""
        yield "### " + (", ".join(f"`{header}`" for header in section.headers) or "At the top of the file")
        yield ""
        yield from textwrap.wrap(section.meaning, WIDTH)
        for entry in section.entries:
            told = f"- **`{entry.name}`** ({entry.type}; {entry.default}): {entry.meaning}"
            yield ""
            yield from textwrap.wrap(
                told, WIDTH, subsequent_indent="  ", break_long_words=False, break_on_hyphens=False
            )
            yield ""
            yield from ("  ```toml", *(f"  {line}".rstrip() for line in entry.example.splitlines()), "  ```")


def _known() -> Iterator[str]:
    """What a policy can use by naming it: the facets and matters that the shipped vocabularies have phrases for."""
    facets: dict[tuple[str, str], list[str]] = {}
    matters: dict[str, list[str]] = {}
    groups: dict[tuple[str, str], list[str]] = {}
    for file in vocabularies():
        said = tomllib.loads(file.read_text(encoding="utf-8"))
        for language, of_language in said.get("phrases", {}).items():
            for facet, values in of_language.items():
                for value in values:
                    facets.setdefault((facet, value), []).append(language)
        for language, names in said.get("matters", {}).items():
            for name in names:
                matters.setdefault(name, []).append(language)
        for language, words in said.get("words", {}).items():
            groups |= {(name, language): members for name, members in words.get("groups", {}).items()}
    yield "## What the vocabularies know"
    yield ""
    yield "Name these, and their phrases come along, in the languages beside them; `shipped/vocabulary` has them."
    yield ""
    yield from ("| facet | value | languages |", "|---|---|---|")
    yield from (f"| {facet} | {value} | {', '.join(spoken)} |" for (facet, value), spoken in sorted(facets.items()))
    yield ""
    yield from ("| matter | languages |", "|---|---|")
    yield from (f"| {name} | {', '.join(spoken)} |" for name, spoken in sorted(matters.items()))
    yield ""
    yield from ("| group | language | such as |", "|---|---|---|")
    for (name, language), members in sorted(groups.items()):
        yield f"| {name} | {language} | {', '.join(members[:MEMBERS])}{' …' if len(members) > MEMBERS else ''} |"


def _text(name: str) -> str:
    return (Path(str(files("rules"))) / "reference" / name).read_text(encoding="utf-8")
