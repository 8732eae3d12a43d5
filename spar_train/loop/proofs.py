"""Whether a step is done: what its own result file says, never a marker of the loop's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from spar_data.core.errors import SparError, first_line
from spar_train.loop.steps import Step

_FILES = {
    "selfplay": "run.json", "pairs": "statistics.json", "gold": "summary.json",
    "dpo": "train.json", "sft": "train.json", "rft": "train.json",
}  # fmt: skip
RESULT = "results.json"  # of every evaluation


class Proof(NamedTuple):
    """done: the result is whole. why: what stands there if it is not. figure: the step's key figure in a few words."""

    done: bool
    why: str = ""
    figure: str = ""


def prove(step: Step) -> Proof:
    """Reads the result file of a step."""
    if step.skip:
        return Proof(True, figure=f"left out: {step.skip}")
    file = step.out / _FILES.get(step.kind, RESULT)
    if not file.is_file():
        return Proof(False, f"{file} does not exist")
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return Proof(False, f"{file} is not readable: {first_line(error)}")
    if not isinstance(facts, dict):
        return Proof(False, f"{file} holds no object")
    if step.kind == "selfplay":
        wanted = "negatives" if "--no-search" in step.argv else "finished"
        if facts.get("state") != wanted:
            return Proof(False, f"{file}: {facts.get('stopped') or facts.get('state')}")
    elif step.kind in ("dpo", "sft", "rft") and not (facts.get("finished") and (step.out / "model").is_dir()):
        return Proof(False, f"{file}: the training is not finished")
    elif unfinished := next((note for note in facts.get("notes", ()) if str(note).startswith("incomplete")), ""):
        return Proof(False, f"{file}: {unfinished}")  # an evaluation that ran out of its budget
    try:
        return Proof(True, figure=_FIGURES.get(step.kind, _scores)(facts, step))
    except (KeyError, TypeError, ValueError, AttributeError, IndexError):
        return Proof(True)  # a figure is for reading: another layout of it stops nobody


def rows_in(file: Path) -> int:
    """Rows of a parquet file, 0 where there is none: sets without rows are not written."""
    if not file.is_file():
        return 0
    try:
        return int(pl.scan_parquet(file).select(pl.len()).collect().item())
    except (OSError, pl.exceptions.PolarsError) as error:
        raise SparError(f"{file}: not a parquet file: {first_line(error)}. Remove its folder and run again") from None


def nothing(step: Step, before: Path) -> str:
    """Why there is nothing to train on, with the numbers: before is the folder of the step that made the rows."""
    lines = [f"{step.name}: no rows to train on in {step.rows}."]
    here = before.parent
    play, cut, gold = (
        _json(here / name) for name in ("selfplay/run.json", "pairs/statistics.json", "gold/summary.json")
    )
    if play:
        funnel, trees = play.get("funnel", {}), play.get("trees", {}).get("counts", {})
        lines.append(f"  responses: {_told(funnel)}")
        if trees:
            lines.append(f"  search: {_told(trees)}")
    for name, each in cut.get("recipes", {}).items():
        why = "; ".join(f"{number:,} {what}: {reason}" for what, reason, number in each["excluded"])
        lines.append(f"  {name}: {each['rows']:,} rows from {_told(each['started'])}{f'; {why}' if why else ''}")
    if gold:
        lines.append(f"  gold: {_told(gold.get('counts', {}))}; {_told(gold.get('accuracy', {}).get('verdicts', {}))}")
    more = (
        "--set gold.samples=..., gold.max-tokens=..." if gold else "--set selfplay.samples=..., selfplay.max-tokens=..."
    )
    lines.append(
        f"What was made is kept. In another --out: more prompts, more or longer responses ({more}), or "
        f"{'an actor' if gold else 'a refiner'} that succeeds more often."
    )
    return "\n".join(lines)


def _told(counts: Any) -> str:
    flat: list[str] = []
    for name, value in counts.items() if isinstance(counts, dict) else ():
        if isinstance(value, int) and value:
            flat.append(f"{value:,} {name}")
        elif isinstance(value, dict) and any(value.values()):
            flat.append(f"{name}: {_told(value)}")
    return ", ".join(flat) or "none"


def _json(file: Path) -> dict[str, Any]:
    try:
        found = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _selfplay(facts: dict[str, Any], step: Step) -> str:
    counts = facts["funnel"]
    trees = facts.get("trees", {}).get("counts", {})
    grown = f"; {', '.join(f'{number:,} {name}' for name, number in trees.items())}" if trees else ""
    judged = ", ".join(f"{number:,} {name}" for name, number in counts["verdicts"].items() if number)
    return f"{counts['samples']:,} responses, {judged or 'none judged'}{grown}"


def _pairs(facts: dict[str, Any], step: Step) -> str:
    return ", ".join(f"{each['rows']:,} {name}" for name, each in facts["recipes"].items())


def _gold(facts: dict[str, Any], step: Step) -> str:
    rates = [f"{name} {100 * rate:.1f}%" for name, rate in facts["accuracy"].items() if isinstance(rate, float)]
    return ", ".join([f"{facts['rows']:,} rows", *rates[:2]])


def _training(facts: dict[str, Any], step: Step) -> str:
    """From the last line of metrics.jsonl."""
    lines = (step.out / "metrics.jsonl").read_text(encoding="utf-8").splitlines()
    last = json.loads(lines[-1])
    told = [f"{last['step']:,} steps", f"loss {last['loss']:.3f}"]
    told += [f"{name} {last[name]:.2f}" for name in ("margin", "accuracy") if last.get(name) is not None]
    return ", ".join(told)


def _scores(facts: dict[str, Any], step: Step) -> str:
    shown = [each for each in facts["scores"] if each["value"] is not None][:2]
    return ", ".join(
        f"{each['name']} {100 * each['value']:.1f} [{100 * each['low']:.1f}, {100 * each['high']:.1f}]"
        for each in shown
    )


_FIGURES = {"selfplay": _selfplay, "pairs": _pairs, "gold": _gold, "dpo": _training, "sft": _training, "rft": _training}
