"""From sources to seeds: the filters in their order, streaming up to self-BLEU."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np
import polars as pl

from spar_data.core.files import write_parquet
from spar_data.core.ids import seeded_order
from spar_data.core.records import Seed, schema
from spar_data.prompts.recipe import Recipe
from spar_data.prompts.run_folder import Run
from spar_data.prompts.seeds.duplicates import ExactDuplicates
from spar_data.prompts.seeds.keywords import Keywords
from spar_data.prompts.seeds.language import language
from spar_data.prompts.seeds.length import length
from spar_data.prompts.seeds.selfbleu import KEPT, UNREACHED, Tokenizer, concatenate, corpus, pairwise
from spar_data.sources.prompts import read

Advance = Callable[[str, int], None]
CHEAP = ("read", "duplicate", "length", "keyword", "language")


def filter_cheaply(recipe: Recipe, run: Run, advance: Advance) -> dict[str, Any]:
    """Reads the sources batch by batch and writes what passes to `candidates/part-NNNNN.parquet`."""
    duplicates, keywords = ExactDuplicates(), Keywords(recipe.keywords)
    folder = run.path("candidates")
    for old in folder.glob("*.parquet"):
        old.unlink()
    parts = read_rows = 0
    for batch in read(recipe.source):
        rows = batch.rows
        read_rows += len(rows) + len(batch.bad)
        run.ledger.write(
            "read",
            pl.concat(
                [
                    rows.select("id", "source", "row").with_columns(status=pl.lit("kept")),
                    batch.bad.select("id", "source", "row", "reason").with_columns(status=pl.lit("failed")),
                ],
                how="diagonal",
            ),
        )
        rows = run.ledger.decide("duplicate", rows, duplicates(rows))
        rows = run.ledger.decide("length", rows, length(rows, recipe.length))
        rows = run.ledger.decide("keyword", rows, keywords(rows))
        rows, verdicts = language(rows, recipe.language)
        rows = run.ledger.decide("language", rows, verdicts)
        write_parquet(folder / f"part-{parts:05d}.parquet", rows.select(list(schema(Seed))))
        parts += 1
        advance("read and filter", len(batch.rows) + len(batch.bad))
    return {"rows": read_rows, "parts": parts}


def filter_self_bleu(recipe: Recipe, run: Run, advance: Advance) -> dict[str, Any]:
    """Puts the candidates into the seeded order, filters them and writes `seeds.parquet` in that order."""
    config = recipe.self_bleu
    files = sorted(run.path("candidates").glob("*.parquet"))
    places = pl.concat([pl.read_parquet(file, columns=["id", "source", "row"]) for file in files])
    order = seeded_order(places["id"], recipe.seed)
    places = places[order]
    cause, score = np.full(len(order), KEPT, dtype=np.int64), np.full(len(order), np.nan)
    if config.mode != "off":
        tokenizer = Tokenizer(config)
        tokens = concatenate([tokenizer(pl.read_parquet(file, columns=["prompt"])["prompt"]) for file in files])
        decide = pairwise if config.mode == "pairwise" else corpus
        cause, score = decide(tokens, config, order, advance=advance)
    ids = places["id"]
    reason = np.select(
        [cause == UNREACHED, cause != KEPT],
        [f"not needed: {config.max_kept} seeds were kept before it", f"self-BLEU above {config.threshold:g}"],
        default="",
    )
    verdicts = pl.DataFrame(
        {
            "reason": pl.Series(reason.tolist(), dtype=pl.String),
            "score": pl.Series(score).fill_nan(None),
            "cause": pl.Series(
                [ids[int(c)] if c >= 0 and config.mode == "pairwise" else None for c in cause], dtype=pl.String
            ),
        }
    ).with_columns(pl.when(pl.col("reason") != "").then(pl.col("reason")).alias("reason"))
    kept = run.ledger.decide("self-bleu", places, verdicts)
    seeds = pl.concat([pl.read_parquet(file).join(kept.select("id"), on="id", how="semi") for file in files])
    seeds = kept.select("id").join(seeds, on="id", how="left", maintain_order="left")
    write_parquet(run.path("seeds.parquet"), seeds.select(list(schema(Seed))))
    return {"candidates": len(ids), "seeds": len(seeds), "signature": config.signature(recipe.seed)}
