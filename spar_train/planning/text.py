"""Plans as lines of text."""

from __future__ import annotations

from spar_train.planning.devices import GIB
from spar_train.planning.memory_plan import MemoryPlan
from spar_train.planning.sampling_plan import SamplingPlan
from spar_train.planning.smallest_change import PlanChange


def memory_text(plan: MemoryPlan) -> str:
    """Memory part by part, then time."""
    devices, work = plan.devices, plan.work
    way = ", sharded (ZeRO-3, FSDP)" if devices.sharded else ", each with the whole model (DDP)"
    trained = "" if plan.trained == plan.parameters else f", {plan.trained:,} trained (LoRA)"
    machines = f"{devices.count} x " if devices.count > 1 else ""
    lines = [
        f"{work.stage.upper()} of {plan.model}: {plan.parameters:,} parameters{trained}",
        f"{machines}{devices.name}, {format_bytes(devices.memory)}{' each' + way if devices.count > 1 else ''}; "
        f"at most {plan.micro_batch:,} tokens at once",
        "",
    ]
    width = max(len(part.name) for part in plan.parts)
    for passing, note in ((False, ""), (True, "  from the forward to the backward pass")):
        lines += [f"  {p.name:<{width}}  {format_bytes(p.bytes):>11}{note}" for p in plan.parts if p.passing == passing]
    if work.stage == "dpo":
        lines.append(f"  {'reference model':<{width}}  {'none':>11}  its log-probs are computed first and kept")
    verdict = "fits" if plan.fits else f"does NOT fit: {format_bytes(plan.bytes - devices.usable)} too much"
    usable = format_bytes(devices.usable)
    lines.append(f"  {'at the peak':<{width}}  {format_bytes(plan.bytes):>11}  of {usable} usable: {verdict}")
    rows = f"{work.rows:,} {'pairs' if work.stage == 'dpo' else 'rows'}"
    lines += [
        "",
        f"{rows}, {plan.steps:,} steps, {plan.tokens:,.0f} tokens: {format_duration(plan.seconds)} at "
        f"{plan.utilisation:.0%} of the peak speed ({plan.tokens / max(plan.seconds, 1e-9):,.0f} tokens/s, "
        f"{plan.flops:.2g} FLOPs)",
    ]
    return "\n".join(lines)


def change_text(change: PlanChange | None) -> str:
    """The advice for a plan that does not fit."""
    if change is None:
        return "Nothing makes it fit: not LoRA with checkpointing and one row at a time, nor 1,024 devices."
    other = " (trains adapters instead of the model)" if change.lora else ""
    memory, usable = format_bytes(change.plan.bytes), format_bytes(change.plan.devices.usable)
    return (
        f"It fits with {' '.join(change.options)}{other}: {memory} of {usable}, {format_duration(change.plan.seconds)}"
    )


def sampling_text(plan: SamplingPlan, length: int, backend: str) -> str:
    """A line about sampling sequences of this length."""
    weights, cache = format_bytes(plan.weights), format_bytes(plan.cache)
    if not plan.at_once:
        return f"sampling does NOT fit: weights of {weights} and a cache of {cache} a sequence"
    return (
        f"sampling ({backend}, {length:,} tokens a sequence): weights {weights}, cache {cache} a sequence, "
        f"{plan.at_once:,} at once, at most {plan.tokens_per_second:,.0f} tokens/s"
    )


def format_bytes(number: float) -> str:
    """'12.3 GiB', '310.0 MiB'."""
    return f"{number / GIB:,.1f} GiB" if number >= GIB else f"{number / 2**20:,.1f} MiB"


def format_duration(seconds: float) -> str:
    """'2 h 5 min', '3 min 20 s', '2.5 days'."""
    if seconds >= 48 * 3600:
        return f"{seconds / 86400:,.1f} days"
    seconds = round(seconds)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
