"""One self-contained HTML page of one loop or several: scores by iteration, training curves, rows, time.

It needs no script and no network: charts are SVG in the page, and its content security policy allows its own style only.
Everything from a loop's folder is escaped. The same folders give the same bytes.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from spar_data.core import templates
from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.core.files import write_text
from spar_eval.report.page import csp_hash
from spar_train.report import scores, training
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
    sheets = (asset("report.css", "spar_eval"), asset("loop.css", "spar_train"))
    style = "".join(sheet.read_text(encoding="utf-8") for sheet in sheets)
    text = templates.render(
        "report.html",
        "spar_train",
        title=" and ".join(dict.fromkeys(group.label for group in groups))[:200],
        style=style,
        style_hash=csp_hash(style),
        legend=[(group.label, "; ".join(filter(None, (group.runs, group.settings)))) for group in groups],
        missing=[*_missing(groups), *scores.evaluations_on_different_items(groups)],
        several_runs=any(len(group.loops) > 1 for group in groups),
        evaluations=list(scores.evaluations(groups)),
        trainings=list(training.curves(groups)),
        row_counts=training.row_counts(groups),
        times=training.times(groups),
        settings=list(_settings(groups)),
    )
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair is no UTF-8


def _missing(groups: Sequence[SeedGroup]) -> Iterator[str]:
    for group in groups:
        for loop in group.loops:
            yield from (f"{group.name_of(loop)}: {fact}" for fact in loop.missing)
    for group in groups:
        seeds = [loop.seed for loop in group.loops]
        for seed in sorted({seed for seed in seeds if seeds.count(seed) > 1}):
            yield f"{group.label}: seed {seed} is in it more than once, which is no independent run"


def _settings(groups: Sequence[SeedGroup]) -> Iterator[list[str]]:
    """A table: the folder and the settings of each loop."""
    loops = [loop for group in groups for loop in group.loops]
    yield ["", *(group.name_of(loop) for group in groups for loop in group.loops)]
    yield ["folder", *(loop.folder.resolve().name for loop in loops)]
    yield ["actor at the start", *(loop.actor for loop in loops)]
    for name in dict.fromkeys(name for loop in loops for name in loop.settings):
        yield [name, *(setting_text(loop.settings.get(name), 80) for loop in loops)]
