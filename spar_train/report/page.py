"""One self-contained HTML page of one loop or several: scores by iteration, training curves, rows, time.

No script and no network: charts are SVG in the page, and its content security policy allows its own style only. Everything
that comes out of a loop's folder is escaped. The same folders give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from importlib import resources
from pathlib import Path

from spar_data.core.errors import SparError
from spar_data.core.files import write_text
from spar_data.models.templates import fill
from spar_eval.report.page import asset, csp_hash
from spar_train.report import scores as report_scores
from spar_train.report import training as report_training
from spar_train.report.html import table
from spar_train.report.load import Loop, load
from spar_train.report.seeds import Group, groups, told

MOST = 8
"""Recipes on a page: so many colours can be told apart."""


def page(folders: Sequence[Path], file: Path) -> None:
    """Writes the page. Raises SparError for a folder that is no loop's, and for too many recipes."""
    write_text(file, render([load(folder) for folder in folders]))


def render(loops: Sequence[Loop]) -> str:
    """The page as text."""
    if not loops:
        raise ValueError("a page shows at least one loop")
    found = groups(loops)
    if len(found) > MOST:
        raise SparError(f"{len(found)} recipes or settings: at most {MOST} on a page; loops of equal settings are one")
    style = asset("report.css") + _asset("loop.css")
    text = fill(
        _asset("report.html"),
        title=escape(" and ".join(dict.fromkeys(group.label for group in found))[:200]),
        style_hash=csp_hash(style),
        style=style,
        head="\n".join(_head(found)),
        body="\n".join((*report_scores.sections(found), *report_training.sections(found), *_about(found))),
    )
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no UTF-8


def _head(found: Sequence[Group]) -> Iterator[str]:
    """The legend, then what is missing: before any number."""
    yield '<ul class="legend">'
    for colour, group in enumerate(found):
        runs = len(group.loops)
        who = f"{runs} runs, seeds {group.seeds}" if runs > 1 else f"one run, seed {group.seeds}"
        yield (
            f'<li class="c{colour}"><svg viewBox="0 0 32 12" aria-hidden="true"><polyline points="0,6 32,6"/>'
            f'<circle cx="16" cy="6" r="4"/></svg>{escape(group.label)} '
            f'<small class="soft">{escape("; ".join(filter(None, (who, group.apart))))}</small></li>'
        )
    yield "</ul>"
    missing = [f"{label(group, loop)}: {each}" for group in found for loop in group.loops for each in loop.missing]
    for group in found:
        seeds = [loop.seed for loop in group.loops]
        twice = sorted({seed for seed in seeds if seeds.count(seed) > 1})
        missing += [
            f"{group.label}: seed {seed} is in it more than once, which is no independent run" for seed in twice
        ]
    missing += report_scores.unlike(found)
    if missing:
        items = "".join(f"<li>{escape(each)}</li>" for each in missing)
        yield f'<div class="note"><b>Before you read the numbers</b><ul>{items}</ul></div>'


def label(group: Group, loop: Loop) -> str:
    return f"{group.label}, seed {loop.seed}" if len(group.loops) > 1 else group.label


def _about(found: Sequence[Group]) -> Iterator[str]:
    """Settings of each loop, and where it came from."""
    yield "<section><h2>Settings</h2>"
    names = list(dict.fromkeys(name for group in found for loop in group.loops for name in loop.settings))
    loops = [(label(group, loop), loop) for group in found for loop in group.loops]
    rows = [["folder", *(loop.name for _, loop in loops)], ["actor at the start", *(loop.actor for _, loop in loops)]]
    for name in names:
        rows.append([name, *(told(loop.settings.get(name), 80) for _, loop in loops)])
    yield table(["", *(name for name, _ in loops)], rows, numbers=False)
    yield "</section>"


def _asset(name: str) -> str:
    return (resources.files("spar_train") / "assets" / name).read_text(encoding="utf-8")
