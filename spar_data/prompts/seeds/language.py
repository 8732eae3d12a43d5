"""Drops prompts in languages that the recipe does not ask for."""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from spar_data.constraints.text.language_of import LANGUAGES, detect
from spar_data.core.config import setting
from spar_data.core.errors import SparError


@dataclass(frozen=True)
class LanguageConfig:
    """Languages of the prompts to keep."""

    allow: tuple[str, ...] = setting((), "ISO 639-1 codes of the languages to keep; none = all.")

    def __post_init__(self) -> None:
        for code in self.allow:
            if code not in LANGUAGES:
                raise SparError(f"allow holds {code!r}: ISO 639-1 codes such as 'en' or 'zh' are expected")


def languages(rows: pl.DataFrame) -> pl.Series:
    """The language of each row. One that the source names is taken as it is; the others are detected."""
    codes = [code or detect(prompt) for prompt, code in rows.select("prompt", "language").iter_rows()]
    return pl.Series("language", codes, dtype=pl.String)


def filter_language(rows: pl.DataFrame, config: LanguageConfig) -> pl.DataFrame:
    """Verdicts, with the language of each row."""
    language = pl.col("language")
    wrong = ~language.is_in(config.allow) if config.allow else pl.lit(False)
    return pl.DataFrame(languages(rows)).with_columns(reason=pl.when(wrong).then("language: " + language))
