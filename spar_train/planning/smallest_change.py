"""The smallest change that makes a training fit into memory; every candidate is planned, none is guessed."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator
from itertools import combinations

from spar_train.config import TrainingConfig
from spar_train.planning.devices import Devices
from spar_train.planning.memory_plan import MemoryPlan, Workload, plan_memory
from spar_train.planning.shape import Shape

LORA_RANK = 16
"""Rank of the adapters that are proposed."""
_MOST_DEVICES = 1024


@dataclasses.dataclass(frozen=True)
class PlanChange:
    """A change of the command that makes the training fit.

    options: to add to the command. plan: with them. lora: whether it trains adapters, which is another training and not only
    another way to compute the same one.
    """

    options: tuple[str, ...]
    plan: MemoryPlan
    lora: bool = False


def smallest_change(
    shape: Shape, config: TrainingConfig, devices: Devices, work: Workload, plan: MemoryPlan
) -> PlanChange | None:
    """The first change that fits, None if none does.

    Tried in this order: smaller micro-batches, checkpointing, sharding (all of which leave the result as it is), two of them,
    all three; then the same with LoRA; then more devices with everything but LoRA.
    """
    for lora in (False, True):
        if lora and config.lora:
            break
        base = dataclasses.replace(config, lora=LORA_RANK) if lora else config
        for change in _combinations(shape, base, devices, work, plan):
            options = (f"--lora {LORA_RANK}", *change.options) if lora else change.options
            return dataclasses.replace(change, options=options, lora=lora)
    count = max(2, devices.count)
    leanest = dataclasses.replace(config, gradient_checkpointing=True, tokens_per_batch=work.longest_row(config))
    while not devices.cpu and count <= _MOST_DEVICES:
        cluster = dataclasses.replace(devices, count=count, sharded=True)
        candidate = plan_memory(shape, leanest, cluster, work, plan.model, plan.utilisation)
        if candidate.fits:
            options = (f"--gpus {count}", "--sharded", "--gradient-checkpointing", _tokens_option(leanest))
            return PlanChange(options, candidate)
        count *= 2
    return None


def _combinations(
    shape: Shape, base: TrainingConfig, devices: Devices, work: Workload, plan: MemoryPlan
) -> Iterator[PlanChange]:
    """The combinations that fit, fewest changes first."""
    possible = ["tokens"] if base.tokens_per_batch > work.longest_row(base) else []
    possible += [] if base.gradient_checkpointing else ["checkpointing"]
    possible += ["sharded"] if devices.count > 1 and not devices.sharded else []
    for number in range(len(possible) + 1):
        for chosen in combinations(possible, number):
            changed_devices = dataclasses.replace(devices, sharded=devices.sharded or "sharded" in chosen)
            checkpointing = base.gradient_checkpointing or "checkpointing" in chosen
            changed = dataclasses.replace(base, gradient_checkpointing=checkpointing)
            options = ["--sharded"] * ("sharded" in chosen) + ["--gradient-checkpointing"] * ("checkpointing" in chosen)
            for config in _smaller_batches(changed, work) if "tokens" in chosen else (changed,):
                candidate = plan_memory(shape, config, changed_devices, work, plan.model, plan.utilisation)
                if candidate.fits:
                    options += [_tokens_option(config)] if "tokens" in chosen else []
                    yield PlanChange(tuple(options), candidate)
                    break


def _smaller_batches(config: TrainingConfig, work: Workload) -> Iterator[TrainingConfig]:
    """Half the tokens of a micro-batch, a quarter, ...; in the end those of one row, which is never cut."""
    row, tokens = work.longest_row(config), config.tokens_per_batch // 2
    while tokens > row:
        yield dataclasses.replace(config, tokens_per_batch=tokens)
        tokens //= 2
    yield dataclasses.replace(config, tokens_per_batch=row)


def _tokens_option(config: TrainingConfig) -> str:
    return f"--tokens-per-batch {config.tokens_per_batch}"
