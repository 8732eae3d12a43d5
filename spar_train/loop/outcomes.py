"""Decides whether a step is done: by its own result file, never by a marker of the loop."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from spar_data.core.errors import SparError, first_line
from spar_data.core.templates import render
from spar_train.loop.step_configs import TRAININGS
from spar_train.loop.steps import Step
from spar_train.training.metrics import read_metrics

Facts = Mapping[str, Any]  # any JSON object

_FILES = {
    "selfplay": "run.json", "pairs": "statistics.json", "gold": "summary.json",
    "dpo": "train.json", "sft": "train.json", "rft": "train.json",
}  # fmt: skip
RESULT = "results.json"
"""The result file of every evaluation."""


class Outcome(NamedTuple):
    """What a step left. reason: why it is not done. figure: its key figure in a few words."""

    done: bool
    reason: str = ""
    figure: str = ""


def step_outcome(step: Step) -> Outcome:
    """Reads the result file of a step."""
    if step.skip:
        return Outcome(True, figure=f"left out: {step.skip}")
    file = step.out / _FILES.get(step.kind, RESULT)
    if not file.is_file():
        return Outcome(False, f"{file} does not exist")
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Outcome(False, f"{file} is not readable: {first_line(error)}")
    if not isinstance(facts, dict):
        return Outcome(False, f"{file} is not a JSON object")
    if reason := _unfinished(facts, step):
        return Outcome(False, f"{file}: {reason}")
    try:
        return Outcome(True, figure=_FIGURES.get(step.kind, _score_figure)(facts, step))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return Outcome(True)  # a figure is only for reading: a file in another form does not stop the loop


def _unfinished(facts: Facts, step: Step) -> str:
    """The reason why a result is not whole, "" if it is."""
    if step.kind == "selfplay":
        final = "negatives" if "--no-search" in step.argv else "finished"
        return "" if facts.get("state") == final else str(facts.get("stopped") or facts.get("state"))
    if step.kind in TRAININGS:
        return "" if facts.get("finished") and (step.out / "model").is_dir() else "the training is not finished"
    notes = map(str, facts.get("notes", ()))
    return next((note for note in notes if note.startswith("incomplete")), "")  # the evaluation ran out of its budget


def count_rows(file: Path) -> int:
    """Rows of a parquet file; 0 if it does not exist, because sets without rows are not written. Raises SparError."""
    if not file.is_file():
        return 0
    try:
        return int(pl.scan_parquet(file).select(pl.len()).collect().item())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: not a parquet file: {first_line(error)}. Remove its folder and run again") from None


def no_rows_text(step: Step, folder: Path) -> str:
    """Explains with numbers why there is nothing to train on. folder: of the iteration."""
    files = {"play": "selfplay/run.json", "pairs": "pairs/statistics.json", "gold": "gold/summary.json"}
    facts = {name: _read_json(folder / file) for name, file in files.items()}
    return render("no_rows.txt.jinja", "spar_train", step=step, counts=_counts_text, **facts)


def _counts_text(counts: object) -> str:
    parts: list[str] = []
    for name, value in counts.items() if isinstance(counts, dict) else ():
        if isinstance(value, int) and value:
            parts.append(f"{value:,} {name}")
        elif isinstance(value, dict) and any(value.values()):
            parts.append(f"{name}: {_counts_text(value)}")
    return ", ".join(parts) or "none"


def _read_json(file: Path) -> Facts:
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return facts if isinstance(facts, dict) else {}


def _play_figure(facts: Facts, step: Step) -> str:
    counts, trees = facts["funnel"], facts.get("trees", {}).get("counts", {})
    judged = ", ".join(f"{number:,} {name}" for name, number in counts["verdicts"].items() if number)
    searched = f"; {', '.join(f'{number:,} {name}' for name, number in trees.items())}" if trees else ""
    return f"{counts['samples']:,} responses, {judged or 'none judged'}{searched}"


def _pairs_figure(facts: Facts, step: Step) -> str:
    return ", ".join(f"{cut['rows']:,} {name}" for name, cut in facts["recipes"].items())


def _gold_figure(facts: Facts, step: Step) -> str:
    rates = [f"{name} {100 * rate:.1f}%" for name, rate in facts["accuracy"].items() if isinstance(rate, float)]
    return ", ".join([f"{facts['rows']:,} rows", *rates[:2]])


def _training_figure(facts: Facts, step: Step) -> str:
    last = read_metrics(step.out / "metrics.jsonl")[-1]
    parts = [f"{last['step']:,} steps", f"loss {last['loss']:.3f}"]
    parts += [f"{name} {last[name]:.2f}" for name in ("margin", "accuracy") if last.get(name) is not None]
    return ", ".join(parts)


def _score_figure(facts: Facts, step: Step) -> str:
    scores = [score for score in facts["scores"] if score["value"] is not None][:2]
    return ", ".join(
        f"{score['name']} {100 * score['value']:.1f} [{100 * score['low']:.1f}, {100 * score['high']:.1f}]"
        for score in scores
    )


_FIGURES: dict[str, Callable[[Facts, Step], str]] = {
    "selfplay": _play_figure, "pairs": _pairs_figure, "gold": _gold_figure, **dict.fromkeys(TRAININGS, _training_figure),
}  # fmt: skip
