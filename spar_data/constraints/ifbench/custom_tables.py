"""custom:csv_* of IFBench: tables as Python's csv module reads them.

Where the module raises (over a field of more than 131,072 characters, or a foreign line break within a line), the official
code crashes and these checks fail.
"""

from __future__ import annotations

import csv
import io
import re
from itertools import islice

from spar_data.constraints.verdict import Verdict, counted, shortened


def csv_city(response: str) -> Verdict:
    """The header and seven rows of five fields; a blank line is a row without fields."""
    rows = _read(response, 7)
    if isinstance(rows, Verdict):
        return rows
    if rows[0] != ["ID", "Country", "City", "Year", "Count"]:
        return Verdict(False, f"header '{shortened(','.join(rows[0]))}', ID,Country,City,Year,Count asked")
    return _fault(rows) or Verdict(True, "7 rows of 5 fields")


def csv_special_character(response: str) -> Verdict:
    """The header, 14 rows, and a field in quotes with a special character; rows up to that one have five fields.

    Everything except letters, digits, `_` and white space is special, quotes within the quotes included.
    """
    if fault := _header(response, ("ProductID", "Category", "Brand", "Price", "Stock"), ",[ \t]*"):
        return fault
    rows = _read(response.replace('"', '"""'), 14)
    if isinstance(rows, Verdict):
        return rows
    for number, row in enumerate(rows[1:], start=1):
        if fault := _fault([rows[0], row], number):
            return fault
        if any(map(_special, row)):
            return Verdict(True, "14 rows, and a special character in quotes")
    return Verdict(False, "no field in double quotes has a special character")


def _special(field: str) -> bool:
    r"""Whether `".*[^\d\w\s].*"` matches at the start of the field."""
    line = field.partition("\n")[0]
    return line[:1] == '"' and re.search(r"[^\w\s]", line[1 : max(1, line.rfind('"'))]) is not None


def csv_quotes(response: str) -> Verdict:
    """The header and three rows, separated by tabs; every field, including the header, is in double quotes."""
    if fault := _header(response, ("StudentID", "Subject", "Grade", "Semester", "Score"), "\t *"):
        return fault
    rows = _read(response.replace('"', '"""'), 3, "\t")
    if isinstance(rows, Verdict):
        return rows
    for number, row in enumerate(rows):
        if fault := _fault([rows[0], row], number):
            return fault
        for field in map(str.strip, row):
            if not (field[:1] == field[-1:] == '"'):
                return Verdict(False, f"'{shortened(field)}' is not in double quotes")
    return Verdict(True, "3 rows of 5 fields in double quotes")


def _read(text: str, rows: int, delimiter: str = ",") -> list[list[str]] | Verdict:
    """Reads the header and exactly this number of rows, or returns the verdict that says why not."""
    try:
        table = list(islice(csv.reader(io.StringIO(text), delimiter=delimiter), rows + 2))
    except csv.Error as error:
        return Verdict(False, f"not readable as CSV: {error}")
    if len(table) == rows + 1:
        return table
    prefix = "more than " if len(table) > rows + 1 else ""
    return Verdict(False, f"{prefix}{counted(min(len(table) - 1, rows), 'row')} below the header, exactly {rows} asked")


def _header(text: str, names: tuple[str, ...], separator: str) -> Verdict | None:
    line = text.split("\n", 1)[0].strip()
    if re.fullmatch(separator.join(f'(?:{name}|"{name}")' for name in names), line):
        return None
    return Verdict(False, f"header '{shortened(line)}', {', '.join(names)} asked")


def _fault(rows: list[list[str]], first: int = 1) -> Verdict | None:
    for number, row in enumerate(rows[1:], start=first):
        if len(row) != 5:
            return Verdict(False, f"row {number} has {counted(len(row), 'field')}, 5 asked")
    return None
