"""What makes a training fit that does not: the smallest change, tried out, not guessed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import combinations
from typing import TYPE_CHECKING

from spar_train.planning.devices import Devices
from spar_train.planning.estimate import Plan, Work, estimate
from spar_train.planning.shape import Shape

if TYPE_CHECKING:
    from spar_train.config import TrainingConfig

LORA = 16
"""Rank of the adapters that are proposed."""
_MOST = 1024  # devices


@dataclasses.dataclass(frozen=True)
class Change:
    """options: what to add to the command. plan: what comes of it. lora: another training, not only another way of the same."""

    options: tuple[str, ...]
    plan: Plan
    lora: bool = False


def change(model: Shape, config: TrainingConfig, devices: Devices, work: Work, plan: Plan) -> Change | None:
    """The first that fits of: smaller micro-batches, checkpointing, sharding (all of which leave the result as it is), two
    of them, all; then the same with LoRA; then more devices with everything but LoRA. None if nothing does."""
    for lora in (False, True):
        if lora and config.lora:
            break
        base = dataclasses.replace(config, lora=LORA) if lora else config
        for found in _ways(model, base, devices, work, plan):
            return dataclasses.replace(found, lora=True, options=(f"--lora {LORA}", *found.options)) if lora else found
    count = max(2, devices.count)
    leanest = dataclasses.replace(config, gradient_checkpointing=True, tokens_per_batch=_row(config, work))
    while not devices.cpu and count <= _MOST:
        many = dataclasses.replace(devices, count=count, sharded=True)
        fitting = estimate(model, leanest, many, work, plan.model, plan.utilisation)
        if fitting.fits:
            options = (f"--gpus {count}", "--sharded", "--gradient-checkpointing", _tokens(leanest))
            return Change(options, fitting)
        count *= 2
    return None


def _ways(model: Shape, base: TrainingConfig, devices: Devices, work: Work, plan: Plan) -> Iterator[Change]:
    """Those that fit, fewest changes first."""
    possible = ["tokens"] if base.tokens_per_batch > _row(base, work) else []
    possible += [] if base.gradient_checkpointing else ["checkpointing"]
    possible += ["sharded"] if devices.count > 1 and not devices.sharded else []
    for number in range(len(possible) + 1):
        for chosen in combinations(possible, number):
            here = dataclasses.replace(devices, sharded=devices.sharded or "sharded" in chosen)
            with_it = dataclasses.replace(
                base, gradient_checkpointing=base.gradient_checkpointing or "checkpointing" in chosen
            )
            options = ["--sharded"] * ("sharded" in chosen) + ["--gradient-checkpointing"] * ("checkpointing" in chosen)
            for config in _smaller(with_it, work) if "tokens" in chosen else (with_it,):
                found = estimate(model, config, here, work, plan.model, plan.utilisation)
                if found.fits:
                    yield Change((*options, *([_tokens(config)] if "tokens" in chosen else [])), found)
                    break


def _smaller(config: TrainingConfig, work: Work) -> Iterator[TrainingConfig]:
    """Half the tokens of a micro-batch, a quarter, ...; at last those of one row, which is never cut."""
    tokens = config.tokens_per_batch // 2
    while tokens > _row(config, work):
        yield dataclasses.replace(config, tokens_per_batch=tokens)
        tokens //= 2
    yield dataclasses.replace(config, tokens_per_batch=_row(config, work))


def _row(config: TrainingConfig, work: Work) -> int:
    return work.sequences * (work.longest or config.max_length)


def _tokens(config: TrainingConfig) -> str:
    return f"--tokens-per-batch {config.tokens_per_batch}"
