"""From sources to seeds: the filters in their order, streaming up to self-BLEU."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TypedDict

import numpy as np
import polars as pl

from spar_data.core.files import write_parquet
from spar_data.core.ids import row_id, seeded_order
from spar_data.core.records import Seed
from spar_data.core.tables import schema
from spar_data.prompts.filters import CHEAP_FILTERS, STAGES, FilterConfig
from spar_data.prompts.results import Drop, PromptResult
from spar_data.prompts.run_folder import Advance, RunFolder, no_progress
from spar_data.prompts.seeds.language import LanguageConfig
from spar_data.prompts.seeds.selfbleu.corpus import corpus
from spar_data.prompts.seeds.selfbleu.pairwise import KEPT, UNREACHED, Decisions, pairwise
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer, concatenate
from spar_data.sources.prompts import Prompts, RowBatch, as_prompts, reusable, row_batches


class SeedFacts(TypedDict):
    """signature: the settings of self-BLEU."""

    candidates: int
    seeds: int
    signature: str


def filter_prompts(
    prompts: Prompts,
    threshold: float = 0.5,
    *,
    languages: Sequence[str] = (),
    max_kept: int = 0,
    seed: int = 42,
    config: FilterConfig | None = None,
) -> PromptResult:
    """Drops duplicates, unusable prompts and prompts that are too similar to a kept one.

    prompts: as in `as_prompts`. threshold: BLEU on 0-1 with one kept prompt above which a prompt is dropped. languages: ISO
    639-1 codes to keep; none = all. max_kept: stop when so many are kept; 0 = no limit. seed: decides the order in which
    prompts are compared. config: the settings of every filter, instead of the other arguments. Kept prompts stand in the
    given order. Raises SparError for a row without a usable prompt.

    >>> from spar_data import filter_prompts
    >>> result = filter_prompts(
    ...     ["Write a poem about the autumn sea.", "write a poem about the autumn sea", "Ok", "Plan a week of dinners."]
    ... )
    >>> result
    PromptResult(2 kept, 2 dropped: 1 'duplicate', 1 'too short (characters)')
    >>> result.dropped[0].cause
    'Write a poem about the autumn sea.'
    """
    config = config or FilterConfig(
        language=LanguageConfig(tuple(languages)),
        self_bleu=SelfBleuConfig(threshold=threshold, max_kept=max_kept),
        seed=seed,
    )
    prompts = reusable(prompts)
    batches = list(row_batches(prompts))
    with TemporaryDirectory() as folder:
        run = RunFolder(Path(folder))
        filter_cheaply(batches, config, run, no_progress)
        signature = filter_self_bleu(config, run, no_progress)["signature"]
        kept = set(run.read("seeds")["id"])
        lines = pl.concat([run.ledger.lines(stage).with_columns(stage=pl.lit(stage)) for stage in STAGES]).collect()
    texts = dict(pl.concat([batch.rows for batch in batches]).select("id", "prompt").iter_rows())
    drops = [
        Drop(texts[line["id"]], line["stage"], line["reason"], line["score"], texts.get(line["cause"] or ""))
        for line in lines.filter(pl.col("status") == "dropped").iter_rows(named=True)
    ]
    return PromptResult([prompt for prompt in as_prompts(prompts) if row_id(prompt.text) in kept], drops, [], signature)


def filter_cheaply(
    batches: Iterable[RowBatch], config: FilterConfig, run: RunFolder, advance: Advance
) -> dict[str, int]:
    """Applies the cheap filters and writes `candidates/part-NNNNN.parquet`.

    Returns the numbers of source rows, bad ones included, and of candidate files.
    """
    filters = [(cheap.stage, cheap.prepare(config)) for cheap in CHEAP_FILTERS]
    folder = run.path("candidates")
    for old in folder.glob("*.parquet"):
        old.unlink()
    parts = read_rows = 0
    for batch in batches:
        rows = batch.rows
        read_rows += len(rows) + len(batch.bad)
        good_lines = rows.select("id", "source", "row").with_columns(status=pl.lit("kept"))
        bad_lines = batch.bad.select("id", "source", "row", "reason").with_columns(status=pl.lit("failed"))
        run.ledger.write("read", pl.concat([good_lines, bad_lines], how="diagonal"))
        for stage, judge in filters:
            rows = run.ledger.decide(stage, rows, judge(rows))
        write_parquet(folder / f"part-{parts:05d}.parquet", rows.select(list(schema(Seed))))
        parts += 1
        advance("read and filter", len(batch.rows) + len(batch.bad))
    return {"rows": read_rows, "parts": parts}


def filter_self_bleu(config: FilterConfig, run: RunFolder, advance: Advance) -> SeedFacts:
    """Filters the candidates in the seeded order and writes `seeds.parquet` in that order."""
    files = sorted(run.path("candidates").glob("*.parquet"))
    places = pl.concat([pl.read_parquet(file, columns=["id", "source", "row"]) for file in files])
    order = seeded_order(places["id"], config.seed)
    places = places[order]
    decisions = Decisions(np.full(len(order), KEPT, dtype=np.int64), np.full(len(order), np.nan))
    if config.self_bleu.mode != "off":
        tokenizer = Tokenizer(config.self_bleu)
        tokens = concatenate([tokenizer(pl.read_parquet(file, columns=["prompt"])["prompt"]) for file in files])
        decide = pairwise if config.self_bleu.mode == "pairwise" else corpus
        decisions = decide(tokens, config.self_bleu, order, advance=advance)
    kept = run.ledger.decide("self-bleu", places, _verdicts(places["id"], decisions, config.self_bleu))
    seeds = pl.concat([pl.read_parquet(file).join(kept.select("id"), on="id", how="semi") for file in files])
    seeds = kept.select("id").join(seeds, on="id", how="left", maintain_order="left")
    write_parquet(run.path("seeds.parquet"), seeds.select(list(schema(Seed))))
    return {"candidates": len(places), "seeds": len(seeds), "signature": config.self_bleu.signature(config.seed)}


def _verdicts(ids: pl.Series, decisions: Decisions, config: SelfBleuConfig) -> pl.DataFrame:
    """Decisions as ledger columns; in mode `corpus` no single prompt is the cause of a drop."""
    cause = pl.col("cause")
    named = (cause >= 0) & (config.mode == "pairwise")
    unreached = pl.lit(f"not needed: {config.max_kept} seeds were kept before it")
    similar = pl.lit(f"self-BLEU above {config.threshold:g}")
    return pl.DataFrame({"cause": decisions.cause, "score": decisions.score}).select(
        reason=pl.when(cause == UNREACHED).then(unreached).when(cause != KEPT).then(similar),
        score=pl.col("score").fill_nan(None),
        cause=pl.when(named).then(pl.lit(ids).gather(cause.clip(0))),
    )
