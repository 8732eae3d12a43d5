"""Divides prompts among the sets: no prompt is in two of them, and the rest is for self-play."""

from __future__ import annotations

from collections.abc import Sequence

from spar_data.core.ids import row_id, seeded_order
from spar_data.core.records import Prompt
from spar_data.sft.config import SftConfig


def split(prompts: Sequence[Prompt], config: SftConfig) -> dict[str, list[Prompt]]:
    """The prompts of `actor`, `judge`, `refine` and `rest`, each in order. Drawn by seed and ids, in whatever order they come."""
    sizes = {"actor": config.actor_prompts, "judge": config.judge_prompts, "refine": config.refine_prompts}
    total = sum(sizes.values())
    if len(prompts) < total:
        exact = {name: len(prompts) * size / total for name, size in sizes.items()}
        sizes = {name: int(share) for name, share in exact.items()}
        for name in sorted(exact, key=lambda name: sizes[name] - exact[name])[: len(prompts) - sum(sizes.values())]:
            sizes[name] += 1
    order = seeded_order([row_id(prompt.id, "sft") for prompt in prompts], config.seed).tolist()
    parts, start = {}, 0
    for name, size in {**sizes, "rest": len(prompts)}.items():
        parts[name] = [prompts[at] for at in sorted(order[start : start + size])]
        start += size
    return parts


def held_out(prompt_ids: Sequence[str], config: SftConfig) -> set[str]:
    """The ids whose refine rows are the test set."""
    ids = sorted(set(prompt_ids))
    order = seeded_order([row_id(prompt_id, "held out") for prompt_id in ids], config.seed).tolist()
    return {ids[at] for at in order[: min(config.held_out, len(ids) // 10)]}
