"""Drops prompts that are too short to ask anything, or too long."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError
from spar_data.prompts.seeds.selfbleu.settings import UNSPACED, WORDS

_WEIGHT = 3  # a character of a script without spaces says about as much as three letters
_MOST_TOKENS = 65_535  # the self-BLEU filter stores lengths in 16 bits


@dataclass(frozen=True)
class LengthConfig(Config):
    """Bounds of the length, both ends included. Tokens are those of the `words` tokenizer of self-BLEU."""

    min_chars: int = setting(16, "Minimum characters; one of a script without spaces counts as three.", at_least=0)
    max_chars: int = setting(4000, "Maximum characters.", at_least=0)
    min_tokens: int = setting(4, "Minimum tokens.", at_least=0)
    max_tokens: int = setting(512, "Maximum tokens.", at_least=0, at_most=_MOST_TOKENS)

    def __post_init__(self) -> None:
        super().__post_init__()
        for unit in ("chars", "tokens"):
            low, high = getattr(self, f"min_{unit}"), getattr(self, f"max_{unit}")
            if low > high:
                raise SparError(f"min_{unit} = {low}, max_{unit} = {high}: min_{unit} <= max_{unit} is expected")


def filter_length(rows: pl.DataFrame, config: LengthConfig) -> pl.DataFrame:
    """Verdicts: a reason or null to keep, with the measured length as score."""
    chars = pl.col("prompt").str.len_chars()
    weighed = chars + (_WEIGHT - 1) * pl.col("prompt").str.count_matches(f"[{UNSPACED}]")
    tokens = pl.col("prompt").str.to_lowercase().str.count_matches(WORDS)
    measured = rows.select(chars=chars, weighed=weighed, tokens=tokens)
    checks = (
        (pl.col("weighed") < config.min_chars, "too short (characters)", "chars"),
        (pl.col("chars") > config.max_chars, "too long (characters)", "chars"),
        (pl.col("tokens") < config.min_tokens, "too short (tokens)", "tokens"),
        (pl.col("tokens") > config.max_tokens, "too long (tokens)", "tokens"),
    )
    reason, score = pl.lit(None, dtype=pl.String), pl.lit(None, dtype=pl.Float64)
    for fails, name, column in reversed(checks):
        reason = pl.when(fails).then(pl.lit(name)).otherwise(reason)
        score = pl.when(fails).then(pl.col(column).cast(pl.Float64)).otherwise(score)
    return measured.select(reason=reason, score=score)
