"""Drops prompts that a text-only set cannot use, by patterns from `_assets/keywords.toml` or a file of the user's."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import polars as pl

from spar_data.core.assets import asset
from spar_data.core.config import read_toml, setting
from spar_data.core.errors import SparError, nearest


@dataclass(frozen=True)
class KeywordConfig:
    """The list of patterns and the groups of it that do not apply."""

    list: str = setting("", "Path of a list of your own.", shown="the shipped one")
    off: tuple[str, ...] = setting((), "Ids of groups that are not applied.")


def list_file(config: KeywordConfig) -> Path:
    """The file that is in force. Raises SparError if it does not exist."""
    path = Path(config.list) if config.list else asset("keywords.toml")
    if not path.is_file():
        raise SparError(f"keywords.list = {config.list!r}: no such file")
    return path


class KeywordFilter:
    """Compiled once; call it with batches. The first group that matches, in the order of the file, is the reason."""

    def __init__(self, config: KeywordConfig) -> None:
        path = list_file(config)
        groups = _load_groups(path)
        for name in config.off:
            if name not in groups:
                raise SparError(f"keywords.off holds {name!r}, which is no group of {path}.{nearest(name, groups)}")
        self._groups = {name: pattern for name, pattern in groups.items() if name not in config.off}

    def __call__(self, rows: pl.DataFrame) -> pl.DataFrame:
        reason = pl.lit(None, dtype=pl.String)
        for name, pattern in reversed(self._groups.items()):
            reason = pl.when(pl.col("prompt").str.contains(pattern)).then(pl.lit(f"keyword: {name}")).otherwise(reason)
        return rows.select(reason=reason)


def _load_groups(path: Path) -> dict[str, str]:
    """Maps each group's id to one pattern. Raises SparError naming file, group and pattern."""
    groups: dict[str, str] = {}
    for group in read_toml(path).get("groups", []):
        name = group.get("id")
        if not name or not group.get("reason") or not group.get("patterns"):
            raise SparError(f"keyword list {path}: group {name!r} needs id, reason and patterns")
        for pattern in group["patterns"]:
            try:
                pl.Series([""]).str.contains(pattern)
            except pl.exceptions.PolarsError as error:
                raise SparError(f"keyword list {path}: group {name!r}: {pattern!r} is no pattern: {error}") from None
        groups[name] = "(?i)" + "|".join(f"(?:{pattern})" for pattern in group["patterns"])
    if not groups:
        raise SparError(f"keyword list {path}: no [[groups]] in it")
    return groups
