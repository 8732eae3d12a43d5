"""A plan as lines of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spar_train.planning.devices import GIB

if TYPE_CHECKING:
    from spar_train.planning.estimate import Generation, Plan
    from spar_train.planning.smallest_change import Change


def text(plan: Plan) -> str:
    """Memory part by part, then time."""
    devices, work = plan.devices, plan.work
    way = ", sharded (ZeRO-3, FSDP)" if devices.sharded else ", each with the whole model (DDP)"
    trained = "" if plan.trained == plan.parameters else f", {plan.trained:,} trained (LoRA)"
    machines = f"{devices.count} x " if devices.count > 1 else ""
    lines = [
        f"{work.stage.upper()} of {plan.model}: {plan.parameters:,} parameters{trained}",
        f"{machines}{devices.name}, {size(devices.memory)}{' each' + way if devices.count > 1 else ''}; "
        f"at most {plan.micro_batch:,} tokens at once",
        "",
    ]
    width = max(len(part.name) for part in plan.parts)
    for passing, note in ((False, ""), (True, "  from the forward to the backward pass")):
        lines += [f"  {p.name:<{width}}  {size(p.bytes):>11}{note}" for p in plan.parts if p.passing == passing]
    if work.stage == "dpo":
        lines.append(f"  {'reference model':<{width}}  {'none':>11}  its log-probs are computed first and kept")
    verdict = "fits" if plan.fits else f"does NOT fit: {size(plan.bytes - devices.usable)} too much"
    lines.append(f"  {'at the peak':<{width}}  {size(plan.bytes):>11}  of {size(devices.usable)} usable: {verdict}")
    rows = f"{work.rows:,} {'pairs' if work.stage == 'dpo' else 'rows'}"
    lines += [
        "",
        f"{rows}, {plan.steps:,} steps, {plan.tokens:,.0f} tokens: {duration(plan.seconds)} if "
        f"{plan.utilisation:.0%} of the peak is reached ({plan.tokens / max(plan.seconds, 1e-9):,.0f} tokens/s, "
        f"{plan.flops:.2g} FLOPs)",
    ]
    return "\n".join(lines)


def advice(found: Change | None, plan: Plan) -> str:
    """What to do about a plan that does not fit."""
    if found is None:
        return "Nothing makes it fit: not LoRA with checkpointing and one row at a time, nor 1,024 devices."
    other = " (trains adapters instead of the model)" if found.lora else ""
    return (
        f"It fits with {' '.join(found.options)}{other}: {size(found.plan.bytes)} of {size(found.plan.devices.usable)}, "
        f"{duration(found.plan.seconds)}"
    )


def generating(found: Generation, length: int, backend: str) -> str:
    """A line about sampling."""
    if not found.at_once:
        return f"sampling does NOT fit: weights of {size(found.weights)} and a cache of {size(found.cache)} a sequence"
    return (
        f"sampling ({backend}, {length:,} tokens a sequence): weights {size(found.weights)}, cache {size(found.cache)} a sequence, "
        f"{found.at_once:,} at once, at most {found.tokens_per_second:,.0f} tokens/s"
    )


def size(number: float) -> str:
    """Bytes: '12.3 GiB', '310 MiB'."""
    return f"{number / GIB:,.1f} GiB" if number >= GIB else f"{number / 2**20:,.1f} MiB"


def duration(seconds: float) -> str:
    """'2 h 5 min', '3 min 20 s'."""
    if seconds >= 48 * 3600:
        return f"{seconds / 86400:,.1f} days"
    seconds = round(seconds)
    hours, minutes = seconds // 3600, seconds % 3600 // 60
    return f"{hours} h {minutes} min" if hours else f"{minutes} min {seconds % 60} s" if minutes else f"{seconds} s"
