"""Which prompts go into which set: no prompt is in two of them, and what is left is for self-play."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id, seeded_order


@dataclass(frozen=True)
class SplitConfig:
    """Prompts of each set. 8,000 for the actor and 200 for the test of refinement are the paper's. How many it took for judge
    and refiner is not known: 43k - 8k - 3 iterations of 10k leave about 5k, half for each.

    Fewer prompts than the sum are divided in the same proportion. held_out: prompts of the refine set kept for the test, at
    most a tenth of those that have a row.
    """

    actor: int = 8000
    judge: int = 2500
    refine: int = 2500
    held_out: int = 200
    seed: int = 0

    def __post_init__(self) -> None:
        if min(self.actor, self.judge, self.refine, self.held_out) < 0:
            raise SparError("sizes of sets: 0 or more is expected")
        if not self.actor + self.judge + self.refine:
            raise SparError(
                "all sets are empty: at least one of --actor-prompts, --judge-prompts, --refine-prompts is needed"
            )


def split(ids: Sequence[str], config: SplitConfig) -> dict[str, list[int]]:
    """Positions of the prompts of `actor`, `judge`, `refine` and `rest`, each in the order of the prompts. Drawn by seed and
    ids, whatever their order."""
    sizes = {"actor": config.actor, "judge": config.judge, "refine": config.refine}
    wanted = sum(sizes.values())
    if len(ids) < wanted:
        exact = {name: len(ids) * size / wanted for name, size in sizes.items()}
        sizes = {name: int(share) for name, share in exact.items()}
        for name in sorted(exact, key=lambda name: sizes[name] - exact[name])[: len(ids) - sum(sizes.values())]:
            sizes[name] += 1
    order = seeded_order([row_id(each, "sft") for each in ids], config.seed).tolist()
    found, at = {}, 0
    for name, size in sizes.items():
        found[name] = sorted(order[at : at + size])
        at += size
    return {**found, "rest": sorted(order[at:])}


def held_out(prompt_ids: Sequence[str], config: SplitConfig) -> set[str]:
    """Of the prompts that have a refine row, those whose rows are the test."""
    ids = sorted(set(prompt_ids))
    order = seeded_order([row_id(each, "held out") for each in ids], config.seed).tolist()
    return {ids[at] for at in order[: min(config.held_out, len(ids) // 10)]}
