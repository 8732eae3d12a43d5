"""One self-contained HTML page of one loop or several: scores by iteration, training curves, rows, time.

It needs no script and no network: charts are SVG in the page, and its content security policy allows its own style only.
Everything from a loop's folder is escaped. The same folders give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape
from pathlib import Path

from spar_data.core import templates
from spar_data.core.errors import SparError
from spar_data.core.files import write_text
from spar_data.models.templates import fill
from spar_eval.report.page import csp_hash
from spar_train.report import scores, training
from spar_train.report.html import table
from spar_train.report.load import Loop, load
from spar_train.report.seeds import SeedGroup, group_by_settings, setting_text

MAX_GROUPS = 8
"""Recipes on a page: the number of colours that can be told apart."""


def page(folders: Sequence[Path], file: Path) -> None:
    """Writes the page. Raises SparError for a folder that is not a loop's, and for too many recipes."""
    write_text(file, render([load(folder) for folder in folders]))


def render(loops: Sequence[Loop]) -> str:
    """The page as text."""
    if not loops:
        raise ValueError("a page shows at least one loop")
    groups = group_by_settings(loops)
    if len(groups) > MAX_GROUPS:
        raise SparError(
            f"{len(groups)} recipes or settings: at most {MAX_GROUPS} on a page; loops of equal settings are one"
        )
    style = templates.asset_text("report.css", "spar_eval") + templates.asset_text("loop.css", "spar_train")
    text = fill(
        templates.asset_text("report.html", "spar_train"),
        title=escape(" and ".join(dict.fromkeys(group.label for group in groups))[:200]),
        style_hash=csp_hash(style),
        style=style,
        head="\n".join(_head(groups)),
        body="\n".join((*scores.sections(groups), *training.sections(groups), _settings(groups))),
    )
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no UTF-8


def _head(groups: Sequence[SeedGroup]) -> Iterator[str]:
    """The legend, then what is missing, before any number."""
    yield '<ul class="legend">'
    for colour, group in enumerate(groups):
        runs = len(group.loops)
        seeds = f"{runs} runs, seeds {group.seeds}" if runs > 1 else f"one run, seed {group.seeds}"
        yield (
            f'<li class="c{colour}"><svg viewBox="0 0 32 12" aria-hidden="true"><polyline points="0,6 32,6"/>'
            f'<circle cx="16" cy="6" r="4"/></svg>{escape(group.label)} '
            f'<small class="soft">{escape("; ".join(filter(None, (seeds, group.settings))))}</small></li>'
        )
    yield "</ul>"
    missing = [f"{_label(group, loop)}: {fact}" for group in groups for loop in group.loops for fact in loop.missing]
    for group in groups:
        seeds_used = [loop.seed for loop in group.loops]
        for seed in sorted({seed for seed in seeds_used if seeds_used.count(seed) > 1}):
            missing.append(f"{group.label}: seed {seed} is in it more than once, which is no independent run")
    missing += scores.evaluations_on_different_items(groups)
    if missing:
        items = "".join(f"<li>{escape(fact)}</li>" for fact in missing)
        yield f'<div class="note"><b>Before you read the numbers</b><ul>{items}</ul></div>'


def _label(group: SeedGroup, loop: Loop) -> str:
    return f"{group.label}, seed {loop.seed}" if len(group.loops) > 1 else group.label


def _settings(groups: Sequence[SeedGroup]) -> str:
    """The settings of each loop, and its folder."""
    loops = [loop for group in groups for loop in group.loops]
    head = ["", *(_label(group, loop) for group in groups for loop in group.loops)]
    rows = [["folder", *(loop.name for loop in loops)], ["actor at the start", *(loop.actor for loop in loops)]]
    for name in dict.fromkeys(name for loop in loops for name in loop.settings):
        rows.append([name, *(setting_text(loop.settings.get(name), 80) for loop in loops)])
    return f"<section><h2>Settings</h2>\n{table(head, rows, numbers=False)}\n</section>"
