"""Pieces of a page: everything from outside is escaped here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = True) -> str:
    """A table of text that scrolls in itself where it is too wide. numbers: every column but the first is of numbers."""
    kind = ' class="num"' if numbers else ""
    out = ['<div class="wide"><table><thead><tr>']
    out += (f"<th{kind if i else ''}>{escape(each)}</th>" for i, each in enumerate(head))
    out.append("</tr></thead><tbody>")
    for row in rows:
        cells = (f"<td{kind}>{escape(each)}</td>" for each in row[1:])
        out.append(f"<tr><th>{escape(row[0])}</th>{''.join(cells)}</tr>")
    return "".join(out) + "</tbody></table></div>"


def figure(caption: str, drawn: str) -> str:
    """drawn: the markup of a chart."""
    return f"<figure><figcaption>{escape(caption)}</figcaption>{drawn}</figure>"
