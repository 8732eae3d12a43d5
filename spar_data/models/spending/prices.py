"""Costs, from a table of list prices that the user can replace."""

from __future__ import annotations

import os
import tomllib
from functools import lru_cache
from pathlib import Path

from spar_data.core.assets import asset
from spar_data.core.errors import SparError


def cost(model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
    """USD at list price; None for a model without a price. The table is $SPAR_PRICES or the shipped `prices.toml`."""
    prices = price(model)
    return None if prices is None else usd(prices, prompt_tokens, completion_tokens)


def usd(prices: tuple[float, float], prompt_tokens: float, completion_tokens: float) -> float:
    """The cost at prices per million tokens of prompt and of completion."""
    return (prompt_tokens * prices[0] + completion_tokens * prices[1]) / 1e6


def price(model: str) -> tuple[float, float] | None:
    """USD per million tokens of prompt and of completion, or None. Raises SparError for an unreadable table."""
    path = Path(os.environ.get("SPAR_PRICES") or asset("prices.toml"))
    try:
        return _table(path, path.stat().st_mtime_ns).get(model)
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError, ValueError) as error:
        raise SparError(
            f'price table {path}: ["MODEL"] sections with input and output in USD are expected: {error!r}'
        ) from None


@lru_cache(maxsize=4)
def _table(path: Path, changed: int) -> dict[str, tuple[float, float]]:
    table = tomllib.loads(path.read_text(encoding="utf-8"))
    return {model: (float(row["input"]), float(row["output"])) for model, row in table.items()}
