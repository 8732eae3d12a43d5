"""`rules` as a judge: the checkers of a prompt's own constraints, instead of a model's opinion of them."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from spar_data import constraints
from spar_data.core.files import read_prompts
from spar_data.core.ids import row_id

Row = dict[str, Any]


class Exact(NamedTuple):
    """verdict: No if a checker fails, Yes if all pass and leave nothing unchecked, else unknown. judgement: the reasons,
    in the form that judges are asked for."""

    verdict: str
    judgement: str


def judge_exactly(response: str, wanted: Sequence[Mapping[str, Any]]) -> Exact:
    """Runs the checkers of the constraints (rows of a release: leaf, text, checker, covers, params)."""
    lines, verdict = [], "Yes" if wanted else "unknown"
    for constraint in wanted:
        if not constraint["checker"]:
            lines.append(f"{constraint['text']}: no program can tell")
            verdict = "unknown" if verdict == "Yes" else verdict
            continue
        found = constraints.check(constraint["checker"], response, json.loads(constraint["params"]))
        lines.append(f"{constraint['text']}: {found.reason or 'satisfied'}")
        if not found.passed:
            verdict = "No"
        elif constraint["covers"] != "whole" and verdict == "Yes":
            verdict = "unknown"
    steps = "\n".join(f"- {line}" for line in lines)
    return Exact(
        verdict,
        f"Step-by-step verification:\n{steps}\n"
        f"Final Judgement (if the Output accurately follows the Prompt): {verdict}",
    )


def wholly(constraints: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a program can check every one of the constraints wholly: only then can it say Yes."""
    return bool(constraints) and all(each["checker"] and each["covers"] == "whole" for each in constraints)


def checkable(constraints: Sequence[Mapping[str, Any]]) -> bool:
    """Whether a program can check any of the constraints, and so say No, or mend a response by it."""
    return any(each["checker"] for each in constraints)


def constraints_of(file: Path) -> dict[str, list[Row]]:
    """Prompt to constraints, from the prompts.parquet of a release. Raises SparError."""
    return dict(read_prompts(file, ["prompt", "constraints"]).iter_rows())


def constraints_by_id(source: str) -> dict[str, list[Row]]:
    """Prompt id to constraints, if the source is the prompts.parquet of a release or has its columns; else {}."""
    if not source.endswith(".parquet") or not Path(source).is_file():
        return {}
    try:
        columns = set(pl.read_parquet_schema(source))
    except (OSError, pl.exceptions.PolarsError):
        return {}  # whoever reads the prompts says what is wrong
    if not {"prompt", "constraints"} <= columns:
        return {}
    rows = read_prompts(Path(source), ["prompt", "constraints"]).iter_rows()
    return {row_id(prompt): wanted for prompt, wanted in rows if wanted}
