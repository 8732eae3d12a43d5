"""Prompts that are too short to ask anything, or too long."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from spar_data.core.errors import SparError
from spar_data.prompts.seeds.selfbleu.tokenize import UNSPACED, WORDS

_WEIGHT = 3  # a character of a script without spaces says about as much as three letters


@dataclass(frozen=True)
class LengthConfig:
    """Bounds in characters and in tokens (those of the `words` tokenizer of self-BLEU), both ends included.

    For `min_chars` a character of a script written without spaces counts as three.
    """

    min_chars: int = 16
    max_chars: int = 4000
    min_tokens: int = 4
    max_tokens: int = 512

    def __post_init__(self) -> None:
        for unit in ("chars", "tokens"):
            low, high = getattr(self, f"min_{unit}"), getattr(self, f"max_{unit}")
            if not 0 <= low <= high:
                raise SparError(f"length.min_{unit} = {low}, length.max_{unit} = {high}: 0 <= min <= max is expected")
        if self.max_tokens > 65_535:
            raise SparError(f"length.max_tokens = {self.max_tokens}: at most 65535, which the self-BLEU filter takes")


def filter_length(rows: pl.DataFrame, config: LengthConfig) -> pl.DataFrame:
    """Keep or a reason, with the measured length as score."""
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
    return measured.select(reason=reason, score=score, cause=pl.lit(None, dtype=pl.String))
