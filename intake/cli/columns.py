"""Lays a table out in lines: columns side by side, as wide as what is in them, and folded where that is too wide.

It is what rich makes of `Table(box=SIMPLE_HEAD, show_edge=False)`, without rich: to load that took longer than to ask
the store for what is in the table. Cells are plain text on one line that is safe to show.
"""

import re
from collections.abc import Iterator, Sequence

GAP = "   "
WORD = re.compile(r"\s*\S+\s*")
BEYOND = re.compile(r"[^\x20-\x7e\xa1-\xac\xae-\u02ff\u0370-\u0482\u048a-\u0557\u2010-\u2027]")
"""A sign that may take two places on a terminal, or none."""


def width(text: str) -> int:
    """In places of a terminal."""
    if BEYOND.search(text) is None:
        return len(text)
    from rich.cells import cell_len

    return cell_len(text)


def filled(text: str, places: int) -> str:
    return text + " " * (places - width(text))


def natural(columns: Sequence[str], rows: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column would be."""
    return [max(map(width, column)) for column in zip(columns, *rows, strict=True)]


def laid_out(columns: Sequence[str], rows: Sequence[Sequence[str]], most: int) -> tuple[list[str], int, Iterator[str]]:
    """The lines of the heading, how wide all of it is, and the lines of the rows.

    None is wider than `most`, unless there are more columns than places.
    """
    widths = narrowed(natural(columns, rows), most)
    body = (line for row in rows for line in _row(row, widths))
    return [*_row(columns, widths, at_foot=True)], sum(widths) + len(GAP) * (len(widths) - 1), body


def _row(cells: Sequence[str], widths: Sequence[int], *, at_foot: bool = False) -> Iterator[str]:
    folded = [fold(cell, places) for cell, places in zip(cells, widths, strict=True)]
    height = max(map(len, folded))
    for lines in folded:
        lines[:] = [*[""] * (height - len(lines)), *lines] if at_foot else [*lines, *[""] * (height - len(lines))]
    yield from (GAP.join(map(filled, pieces, widths)) for pieces in zip(*folded, strict=True))


def narrowed(widths: Sequence[int], most: int) -> list[int]:
    """The widest columns give way first, together, down to the next widest, until all fit."""
    if len(widths) == 1:
        return [min(widths[0], most)]
    # each has the place to its neighbours as its own, and the outer ones have half of it
    beside = [1, *[2] * (len(widths) - 2), 1]
    most -= len(widths) - 1
    now = [min(places + more, most) for places, more in zip(widths, beside, strict=True)]
    while (over := sum(now) - most) > 0:
        widest = max(now)
        among = [number for number, places in enumerate(now) if places == widest]
        step = min(over, widest - max((places for places in now if places != widest), default=0))
        left = over
        for rank, number in enumerate(among):
            taken = min(step, round(left / (len(among) - rank)))
            now[number] -= taken
            left -= taken
    return [max(1, places - more) for places, more in zip(now, beside, strict=True)]


def fold(text: str, places: int) -> list[str]:
    """Lines of at most so many places, broken between words; a longer word begins a line and is cut."""
    if width(text) <= places:
        return [text]
    lines, line, there = list[str](), "", 0
    for found in WORD.finditer(text):
        word = found[0]
        needed = width(word.rstrip())
        if there + needed > places:
            if line:
                lines.append(line)
            *whole, word = _cut(word, places) if needed > places else [word]
            lines += whole
            line, there = "", 0
        line, there = line + word, there + width(word)
    return [one.rstrip() if width(one) > places else one for one in (*lines, line)]


def _cut(word: str, places: int) -> list[str]:
    pieces, there = [""], 0
    for sign in word:
        if there + width(sign) > places:
            pieces.append("")
            there = 0
        pieces[-1] += sign
        there += width(sign)
    return pieces
