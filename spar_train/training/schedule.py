"""The learning rate of a step, as transformers' schedules of the same names."""

from __future__ import annotations

import math

from spar_train.training.settings import Settings


def learning_rate(settings: Settings, step: int, total: int) -> float:
    """Of step 1 .. total. The warm-up rises from 0 in the first step to the full rate, over warmup_ratio of the steps; then
    it stays (constant_with_warmup), falls to 0 along a line (linear) or half a cosine (cosine). constant: no warm-up."""
    done = step - 1
    warmup = 0 if settings.schedule == "constant" else math.ceil(settings.warmup_ratio * total)
    if done < warmup:
        return settings.learning_rate * done / warmup
    part = (done - warmup) / max(1, total - warmup)
    if settings.schedule == "linear":
        return settings.learning_rate * (1 - part)
    if settings.schedule == "cosine":
        return settings.learning_rate * 0.5 * (1 + math.cos(math.pi * part))
    return settings.learning_rate
