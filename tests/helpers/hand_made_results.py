"""Results of evaluations made by hand, with the metric "strict"."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from spar_data.core.intervals import Estimate, wilson
from spar_eval.results import Check, Item, Result, Table
from spar_eval.statistics.shares import clustered

Verdicts = Sequence[tuple[str, bool | None]]
"""Kind and verdict of each check of an item."""
Rows = list[tuple[str, Verdicts]]


def checked_result(rows: Rows, model: str = "a-model", task: str = "ifeval", **more: Any) -> Result:
    """rows: id and checks of each item. Scores and tables are those of the evaluators."""
    items = tuple(
        Item(name, f"prompt {name}", f"response {name}", tuple(Check(k, {"strict": v}, f"{k}: {v}") for k, v in checks))
        for name, checks in rows
    )
    flat = [(name, [(k, v is True) for k, v in checks]) for name, checks in rows]
    kinds = sorted({kind for _, checks in flat for kind, _ in checks})

    def share(name: str, part: str) -> Estimate:
        groups = [[v for k, v in checks if k.startswith(part)] for _, checks in flat]
        return clustered(name, [(sum(group), len(group)) for group in groups])

    scores = (
        wilson("prompt-strict", sum(all(v for _, v in checks) for _, checks in flat), len(flat)),
        share("instruction-strict", ""),
    )
    table = Table("instruction-strict, by type", tuple(share(kind, kind) for kind in kinds))
    return Result(task, model, f"{task}|model:{model}", scores, items, (table,), **more)


ROWS_A: Rows = [
    ("1", [("case:lower", True), ("words:count", True)]),
    ("2", [("case:lower", False)]),
    ("3", [("words:count", True)]),
    ("4", [("words:count", False), ("case:lower", True)]),
]
ROWS_B: Rows = [
    ("1", [("case:lower", True), ("words:count", False)]),
    ("2", [("case:lower", True)]),
    ("3", [("words:count", True)]),
    ("4", [("words:count", True), ("case:lower", True)]),
]


def strict_item(name: str, checks: Verdicts, sample: int = 0, prompt: str = "") -> Item:
    checks_made = tuple(Check(kind, {"strict": passed}, f"{kind} was {passed}") for kind, passed in checks)
    return Item(name, prompt or f"prompt {name}", f"response {name}", checks_made, sample)


def strict_run(*items: Item, model: str = "m", signature: str = "t|prompts:9|strict") -> Result:
    score = Estimate("share", 0.5, 2, 0.1, 0.9, 0.2, "Wilson")
    return Result("t", model, signature, (score,), tuple(items))


def single_checks(passed: Sequence[bool | None], **more: str) -> Result:
    return strict_run(*(strict_item(f"i{at}", [("k", each)]) for at, each in enumerate(passed)), **more)
