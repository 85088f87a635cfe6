"""A table on a pipe or a terminal: as rich lays it out, which need not be loaded for it."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from intake.cli.columns import fold, laid_out

WORDS = st.sampled_from(
    ["is", "–", "été", "“no”", "漢字の件名", "ruiz@alder.example", "a-word-without-a-space" * 3, "it’s"]
)
CELLS = st.lists(WORDS, min_size=1, max_size=8).map(" ".join)


def by_rich(columns: list[str], rows: list[list[str]], most: int) -> list[str]:
    screen = io.StringIO()
    shown = Table(box=box.SIMPLE_HEAD, pad_edge=False, show_edge=False)
    for column in columns:
        shown.add_column(column, overflow="fold")
    for row in rows:
        shown.add_row(*map(Text, row))
    Console(file=screen, width=most, highlight=False).print(shown)
    return screen.getvalue().splitlines()


@given(
    st.integers(1, 6).flatmap(lambda many: st.lists(st.lists(CELLS, min_size=many, max_size=many), min_size=2)),
    st.integers(60, 160),
)
def test_a_table_is_laid_out_as_rich_does_it(cells: list[list[str]], most: int) -> None:
    columns, *rows = cells
    heading, rule, body = laid_out(columns, rows, most)
    assert [*heading, "─" * rule, *body] == by_rich(columns, rows, most)


@pytest.mark.parametrize(
    ("text", "lines"),
    [
        ("a few words", ["a few ", "words"]),
        ("ana.ruiz@alder.example wrote", ["ana.rui", "z@alder", ".exampl", "e wrote"]),
        ("漢字の件名", ["漢字の", "件名"]),
    ],
)
def test_a_cell_is_folded_between_words_and_a_long_word_is_cut(text: str, lines: list[str]) -> None:
    assert fold(text, 7) == lines
