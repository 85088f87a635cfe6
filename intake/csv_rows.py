"""Reads one CSV file (RFC 4180, UTF-8, a byte order mark is fine) into rows whose fields are checked one by one.

Every fault has its place as a spreadsheet shows it: the header is row 1. What the columns mean is the caller's affair.
"""

import csv
import io
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

from intake.config_faults import nearest

LONGEST = 500
"""Characters of one field."""

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class RowFault:
    """`row` is None for the file as a whole, `column` empty for the row as a whole."""

    file: Path
    row: int | None
    column: str
    reason: str

    def __str__(self) -> str:
        places = [f"row {self.row}"] if self.row else []
        places += [f"column {self.column}"] if self.column else []
        return ": ".join(part for part in (str(self.file), ", ".join(places), self.reason) if part)


class Row:
    """One row. A field that cannot be read is written down as a fault and counts as its default."""

    def __init__(self, file: Path, number: int, fields: Mapping[str, str], faults: list[RowFault]) -> None:
        self.file, self.number, self.fields, self._faults = file, number, fields, faults
        self.is_good = True

    def __getitem__(self, column: str) -> str:
        return self.fields.get(column, "")

    def fault(self, column: str, reason: str) -> None:
        self.is_good = False
        self._faults.append(RowFault(self.file, self.number, column, reason))

    def read(self, column: str, reader: Callable[[str], T], default: T) -> T:
        """The field through `reader`, whose ValueError is the reason; `default` for an empty field or a fault."""
        if not self[column]:
            return default
        try:
            return reader(self[column])
        except ValueError as error:
            self.fault(column, str(error))
            return default


def rows(file: Path, columns: Mapping[str, bool], faults: list[RowFault]) -> Iterator[Row]:
    """The rows of a file. `columns` says of each whether every row must fill it; faults are added to the list."""
    lines = _lines(file, faults)
    header = next((number_and_line for number_and_line in lines), None)
    if header is None:
        if not faults:
            faults.append(RowFault(file, None, "", f"is empty; its first row names the columns: {','.join(columns)}"))
        return
    names = [name.strip().casefold() for name in header[1]]
    before = len(faults)
    faults.extend(RowFault(file, 1, name, reason) for name, reason in _header(names, columns))
    if len(faults) > before:
        return
    for number, line in lines:
        if len(line) != len(names):
            reason = f"has {len(line)} fields where the header has {len(names)}; quote a field that holds a comma"
            faults.append(RowFault(file, number, "", reason))
            continue
        row = Row(file, number, dict(zip(names, map(str.strip, line), strict=True)), faults)
        for column, must in columns.items():
            _check(row, column, must)
        yield row


def _lines(file: Path, faults: list[RowFault]) -> Iterator[tuple[int, list[str]]]:
    """Number and fields of every row that is not blank."""
    try:
        text = file.read_bytes().decode("utf-8-sig")
    except OSError as error:
        faults.append(RowFault(file, None, "", f"cannot be read ({error.strerror})"))
        return
    except UnicodeDecodeError as error:
        row = error.object[: error.start].count(b"\n") + 1
        faults.append(RowFault(file, row, "", "is not UTF-8; save the file as CSV UTF-8"))
        return
    number = 0
    try:
        for number, line in enumerate(csv.reader(io.StringIO(text, newline=""), strict=True), start=1):
            if any(field.strip() for field in line):
                yield number, line
    except csv.Error as error:
        faults.append(RowFault(file, number + 1, "", f"is not CSV ({error}); check its quotation marks"))


def _header(names: list[str], columns: Mapping[str, bool]) -> Iterator[tuple[str, str]]:
    if len(names) == 1 and ";" in names[0]:
        yield "", "the columns are separated by ; where CSV has commas"
        return
    for at, name in enumerate(names):
        if name not in columns:
            yield name, f"unknown column; {nearest(name, columns)}"
        elif name in names[:at]:
            yield name, "stands twice in the header"
    for name, must in columns.items():
        if must and name not in names:
            yield name, "is missing from the header"


def _check(row: Row, column: str, must: bool) -> None:
    value = row[column]
    if must and not value:
        row.fault(column, "is empty")
    elif len(value) > LONGEST:
        row.fault(column, f"is longer than {LONGEST} characters")
    elif not value.isprintable():
        row.fault(column, "holds a line break or a control character")
