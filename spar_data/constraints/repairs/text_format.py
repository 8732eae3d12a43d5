"""Gives a response its form: JSON, headings, tables, postscripts. `lists` holds the repairs of lists."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from spar_data.constraints.checkers.text_format import table_cells
from spar_data.constraints.repairs.edit import above, append_block, excess, spans, spread
from spar_data.constraints.repairs.lists import bullets, numbered_list
from spar_data.constraints.repairs.phrases import like, phrases_for
from spar_data.constraints.text.markdown import outside_fences, undecorated
from spar_data.constraints.text.words import fold, occurrences

__all__ = ["bullets", "json_document", "markdown_headings", "numbered_list", "postscript", "table"]

_HEADING = re.compile(r"( {0,3}#{1,6}[ \t]+)(?=[^\s#])")
_SEPARATOR = re.compile(r"[ \t]*\|?[ \t]*:?-+:?[ \t]*(?:\|[ \t]*:?-+:?[ \t]*)*\|?[ \t]*")


def json_document(response: str) -> Iterator[str]:
    """Extracts JSON from the response and mends common faults; otherwise wraps the text in an object."""
    body = response.strip()
    if start := re.search(r"[{\[]", body):
        inside = body[start.start() : max(body.rfind("}"), body.rfind("]")) + 1]
        if len(inside) * 2 > len(body):
            yield inside
            for draft in (inside, inside.translate(str.maketrans("“”", '""')), inside.replace("'", '"')):
                yield re.sub(r",(?=\s*[}\]])", "", draft)
    parts = [part.strip() for part in re.split(r"\n[ \t]*\n", body) if part.strip()]
    value = {"text": parts[0]} if len(parts) == 1 else {"paragraphs": parts}
    yield json.dumps(value, ensure_ascii=False, indent=2)


def markdown_headings(response: str, *, relation: str, n: int) -> Iterator[str]:
    """Turns surplus headings into bold lines; turns bold lines into missing headings, or adds new ones."""
    lines = response.split("\n")
    outside = set(outside_fences(response))
    places = [i for i, line in enumerate(lines) if line in outside and _HEADING.match(line)]
    surplus, lacking = excess(places, relation, n)
    for chosen in surplus:
        draft = list(lines)
        for at in chosen:
            bare = _HEADING.sub("", draft[at]).rstrip("# \t").strip("*")
            draft[at] = f"**{bare}**"
        yield "\n".join(draft)
        for at in chosen:
            draft[at] = draft[at].strip("*")
        yield "\n".join(draft)
    if lacking:
        yield from _headings(response, lines, lacking)


def _headings(response: str, lines: list[str], lacking: int) -> Iterator[str]:
    phrases = phrases_for(response)
    outside = set(outside_fences(response))
    bold = [i for i, line in enumerate(lines) if line in outside and re.fullmatch(r"\*\*[^*\n]+\*\*:?[ \t]*", line)]
    if len(bold) >= lacking:
        draft = list(lines)
        for at in bold[:lacking]:
            draft[at] = "## " + draft[at].rstrip().rstrip(":").strip("*").rstrip(":")
        yield "\n".join(draft)
    names = [name for name in phrases.heading if f"# {name}" not in response]
    names += [f"{phrases.heading[0]} {i}" for i in range(2, lacking + 2)]
    heads = [f"## {like(response, name)}" for name in names[:lacking]]
    body = response.strip()
    breaks = [m.end() for m in re.finditer(r"\n[ \t]*\n\s*", body)]
    starts = [span.start for span in spans(body) if span.prose]
    for pool in ([0, *breaks], breaks, starts, starts[1:]):
        usable = [at for at in pool if body[at : at + 1] not in ("#", "")]
        if len(usable) >= lacking:
            draft_text = above(body, spread(usable, lacking), [f"{head}\n\n" for head in heads])
            yield draft_text
            yield draft_text.replace("\n\n\n", "\n\n")
    tight = body  # without a blank line, where paragraphs are counted
    usable = [0, *breaks] if len(breaks) + 1 >= lacking else starts
    if len(usable) >= lacking:
        for head, at in zip(reversed(heads), reversed(spread(usable, lacking)), strict=True):
            before = tight[:at] if not tight[:at].strip() or tight[:at].endswith("\n") else tight[:at].rstrip() + "\n"
            tight = f"{before}{head}\n{tight[at:]}"
        yield tight
    yield body + "".join(f"\n\n{h}\n\n{phrases.fill[i % len(phrases.fill)]}" for i, h in enumerate(heads))


def table(response: str, *, columns: int) -> Iterator[str]:
    """Gives the first table the right number of cells; otherwise makes a table of the sentences, or adds one."""
    lines = response.split("\n")
    at = next((i for i, line in enumerate(lines) if "|" in line and _SEPARATOR.fullmatch(line) and "-" in line), 0)
    if at and "|" in lines[at - 1]:
        end = at + 1
        while end < len(lines) and "|" in lines[end]:
            end += 1
        rows = [_fitted(line, columns) for line in lines[at - 1 : end]]
        rows[1] = _row(["---"] * columns, columns)
        if len(rows) < 3:
            rows.append(_row([], columns))
        yield "\n".join([*lines[: at - 1], *rows, *lines[end:]])
    phrases = phrases_for(response)
    names = [*phrases.column, *(f"{phrases.column[0]} {i}" for i in range(2, columns + 2))][:columns]
    head = [_row([like(response, name) for name in names], columns), _row(["---"] * columns, columns)]
    body = response.strip()
    prose = [span for span in spans(body) if span.prose]
    cells = [" ".join(body[s.start : s.end].split()).replace("|", "\\|") for s in prose]
    if cells and not any("\\\\|" in cell for cell in cells):
        rows = [_row(cells[i : i + columns], columns) for i in range(0, len(cells), columns)]
        first, last = prose[0].start, prose[-1].end
        if len(" ".join(cells)) * 5 > (last - first) * 4:
            before, behind = body[:first].rstrip(), body[last:].strip()
            yield "\n\n".join(part for part in (before, "\n".join([*head, *rows]), behind) if part)
    extra = [like(response, sentence) for sentence in phrases.fill[:columns]]
    block = "\n".join([*head, _row(extra, columns)])
    yield from append_block(body, block)
    yield f"{block}\n\n{body}"


def _row(cells: list[str], columns: int) -> str:
    return "| " + " | ".join([*cells, *["–"] * (columns - len(cells))]) + " |"


def _fitted(line: str, columns: int) -> str:
    cells = table_cells(line)
    if len(cells) > columns:
        cells = [*cells[: columns - 1], ", ".join(filter(None, cells[columns - 1 :]))]
    return _row(cells, columns)


def postscript(response: str, *, marker: str) -> Iterator[str]:
    """Moves a postscript to the end; otherwise adds a short one."""
    phrases, name = phrases_for(response), marker.strip()
    parts = re.split(r"\n[ \t]*\n", response.strip())
    for at, part in enumerate(parts[:-1]):
        if 0 in occurrences(fold(name), fold(undecorated(part.split("\n")[0]))):
            yield "\n\n".join([*parts[:at], *parts[at + 1 :], part])
    body = response.rstrip()
    colon = "：" if phrases.language == "zh" and not name.endswith(("：", ":")) else ""
    gap = "" if colon else " "
    for remark in phrases.remark:
        yield f"{body}\n\n{name}{colon}{gap}{like(response, remark)}"
    for span in spans(body)[-1:]:  # the last sentence becomes the postscript
        yield f"{body[: span.start].rstrip()}\n\n{name}{colon}{gap}{body[span.start :]}"
    yield f"{body}\n{name}{colon}{gap}{like(response, phrases.remark[0])}"
