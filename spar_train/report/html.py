"""Pieces of a page, with all text escaped."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from html import escape


def table(head: Sequence[str], rows: Iterable[Sequence[str]], numbers: bool = True) -> str:
    """A table that scrolls where it is too wide. numbers: every column but the first holds numbers."""
    kind = ' class="num"' if numbers else ""
    out = ['<div class="wide"><table><thead><tr>']
    out += (f"<th{kind if i else ''}>{escape(title)}</th>" for i, title in enumerate(head))
    out.append("</tr></thead><tbody>")
    for row in rows:
        cells = (f"<td{kind}>{escape(cell)}</td>" for cell in row[1:])
        out.append(f"<tr><th>{escape(row[0])}</th>{''.join(cells)}</tr>")
    return "".join(out) + "</tbody></table></div>"


def figure(caption: str, markup: str) -> str:
    """markup: of a chart."""
    return f"<figure><figcaption>{escape(caption)}</figcaption>{markup}</figure>"
