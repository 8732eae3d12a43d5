"""Money, from a table of list prices that the user can replace."""

from __future__ import annotations

import os
import tomllib
from pathlib import Path

from spar_data.assets import asset
from spar_data.errors import SparError


def cost(model: str, prompt_tokens: int, completion_tokens: int) -> float | None:
    """USD at list price, or None for a model without one. The table is $SPAR_PRICES or the shipped `prices.toml`."""
    path = Path(os.environ.get("SPAR_PRICES") or asset("prices.toml"))
    try:
        table = tomllib.loads(path.read_text(encoding="utf-8"))
        price = table.get(model)
        if price is None:
            return None
        return float(prompt_tokens * price["input"] + completion_tokens * price["output"]) / 1e6
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise SparError(
            f'price table {path}: ["MODEL"] sections with input and output in USD are expected: {error!r}'
        ) from None
