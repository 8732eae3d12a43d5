"""The values that an evaluation of verifiable instructions depends on."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import setting
from spar_data.models import AnyModel
from spar_eval.config import ResponseConfig

ORDERS = ("bfs", "dfs", "best-first", "best-of-n", "iterative")
"""Ways to refine a response before it is scored."""


@dataclass(frozen=True)
class InstructionConfig(ResponseConfig):
    """How responses are got, refined and scored."""

    refine: str | None = setting(
        None, "Refine each response that the refiner judges No, and score the refined text; prints both scores.",
        choices=ORDERS,
    )  # fmt: skip
    refiner: AnyModel | None = setting(
        None, "Model that judges and refines.", metavar="SPEC", shown="the model under test"
    )
    checker: str = setting(
        "official", "fixed: known defects of the official checkers are repaired; prints both scores.",
        choices=("official", "fixed"),
    )  # fmt: skip
    fixes: tuple[str, ...] = setting(
        (), "Repair this defect only, e.g. comma; docs/ifeval.md lists them.", flag="--fix", metavar="NAME"
    )
    workers: int | None = setting(None, "Processes that score.", at_least=1, metavar="N", shown="one per core")
