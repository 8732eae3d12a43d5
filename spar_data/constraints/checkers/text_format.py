"""The form of a response as a whole: JSON, headings, lists, tables."""

from __future__ import annotations

import json
import re

from spar_data.constraints.text.markdown import list_items, outside_fences, undecorated, unwrapped
from spar_data.constraints.text.words import fold, lines, occurrences
from spar_data.constraints.text.words import paragraphs as split_paragraphs
from spar_data.constraints.verdict import Verdict, counted, judge, shortened

_HEADING = re.compile(r" {0,3}#{1,6}[ \t]+[^\s#]")
_SEPARATOR = re.compile(r":?-+:?")
_CELL_END = re.compile(r"(?<!\\)\|")


def json_document(response: str) -> Verdict:
    """The whole response is one JSON object or array, bare or in one code fence. NaN and Infinity are not JSON."""
    inside = unwrapped(response)
    try:
        value = json.loads(inside, parse_constant=_no_json, parse_int=str, parse_float=str)
    except json.JSONDecodeError as error:
        return Verdict(False, f"no JSON at line {error.lineno}, column {error.colno}: {error.msg}")
    except ValueError as error:
        return Verdict(False, str(error))
    except RecursionError:
        return Verdict(False, "JSON that is nested too deeply to read")
    if isinstance(value, dict | list):
        return Verdict(True, f"one JSON {'object' if isinstance(value, dict) else 'array'}")
    return Verdict(False, "a JSON value alone, an object or array asked")


def _no_json(constant: str) -> None:
    raise ValueError(f"no JSON: {constant}")


def markdown_headings(response: str, *, relation: str, n: int) -> Verdict:
    """Counts headings such as '## Text' outside code fences."""
    return judge(sum(bool(_HEADING.match(line)) for line in outside_fences(response)), "heading", relation, n)


def numbered_list(response: str, *, n: int) -> Verdict:
    """Exactly n items at the top level, numbered 1 to n in order; nested items and code fences do not count."""
    numbers = [item.sign for item in list_items(response) if item.sign.isdecimal() and not item.nested]
    if numbers == [str(i) for i in range(1, n + 1)]:
        return Verdict(True, f"{counted(n, 'item')} numbered in order")
    return Verdict(False, f"items numbered {', '.join(numbers[:20]) or 'none'}; 1 to {n} in order asked")


def bullets(response: str, *, n: int) -> Verdict:
    """Exactly n items at the top level that begin with '-', '*' or '•'; code fences are ignored."""
    return judge(sum(item.sign in "-*•" and not item.nested for item in list_items(response)), "bullet", "exactly", n)


def table(response: str, *, columns: int) -> Verdict:
    """A Markdown table has a header, a separator and at least one row below, each with `columns` cells.

    A table ends at the first line without '|'. An escaped '\\|' does not end a cell.
    """
    tables = _tables(outside_fences(response))
    if not tables:
        return Verdict(False, "no Markdown table with a separator line below its header")
    faults = [_table_fault(rows, columns) for rows in tables]
    if None in faults:
        return Verdict(True, f"a table with {counted(columns, 'column')}")
    return Verdict(False, faults[0] or "")


def _tables(text: list[str]) -> list[list[list[str]]]:
    """Returns the cells of each table: the header, the separator, then every line with a '|'."""
    tables: list[list[list[str]]] = []
    rows: list[list[str]] = []
    for line in text:
        if not _CELL_END.search(line):
            rows = []
            continue
        rows.append(table_cells(line))
        if len(rows) == 2 and rows[1] and all(_SEPARATOR.fullmatch(cell) for cell in rows[1]):
            tables.append(rows)
        elif len(rows) == 2:  # two lines with '|' that are not a table: the second may still be a header
            rows = rows[1:]
    return tables


def table_cells(line: str) -> list[str]:
    """Returns the cells of a row of a table."""
    cells = [cell.strip() for cell in _CELL_END.split(line.strip())]
    return cells[not cells[0] : len(cells) - (not cells[-1] and len(cells) > 1)]


def _table_fault(rows: list[list[str]], columns: int) -> str | None:
    if len(rows[0]) != columns:
        return f"a table with {counted(len(rows[0]), 'column')}, {columns} asked"
    if len(rows) < 3:
        return "a table without a row below its header"
    for number, row in enumerate(rows[1:], start=2):
        if len(row) != columns:
            return f"line {number} of the table has {counted(len(row), 'cell')}, {columns} asked"
    return None


def postscript(response: str, *, marker: str) -> Verdict:
    """A line of the last paragraph begins with the marker, e.g. 'P.S.', and text follows; case and emphasis are ignored.

    The line may stand right below the signature, without a blank line in between.
    """
    last = split_paragraphs(response)[-1:] or [""]
    for line in lines(last[0]):
        bare = fold(undecorated(line))
        if 0 in occurrences(fold(marker), bare):
            rest = last[0].partition(line)[2] + bare[len(fold(marker).strip()) :]
            has_text = any(c.isalnum() for c in rest)
            return Verdict(has_text, f"'{marker}' with{'' if has_text else 'out'} text in the last paragraph")
    return Verdict(False, f"last paragraph begins with '{shortened(last[0])}', not with '{marker}'")
