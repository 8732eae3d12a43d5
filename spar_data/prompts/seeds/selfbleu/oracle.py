"""The slow truth beside the fast filters: greedy loops over sacreBLEU itself. For tests and benchmarks (extra `dev`)."""

from __future__ import annotations

import logging

import polars as pl

from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import cut


def greedy(texts: list[str], config: SelfBleuConfig) -> list[list[int]]:
    """For every text the kept texts that it is too similar to, in order; an empty list means kept.

    In mode `corpus` the list is all kept texts if the text is dropped.
    """
    from sacrebleu.metrics.bleu import BLEU

    if config.tokenizer == "words":  # not known to sacreBLEU: it gets our tokens, joined by spaces
        texts = [" ".join(tokens) for tokens in cut(pl.Series(texts, dtype=pl.String), config).to_list()]
    logging.getLogger("sacrebleu").setLevel(logging.ERROR)  # a warning per pair without effective order
    bleu = BLEU(
        lowercase=config.lowercase,
        tokenize="none" if config.tokenizer == "words" else config.tokenizer,
        smooth_method=config.smoothing,
        smooth_value=config.smooth_value,
        effective_order=config.effective_order,
    )
    kept: list[int] = []
    causes: list[list[int]] = []
    for i, text in enumerate(texts):
        limit = 100 * config.threshold
        if config.mode == "pairwise":
            found = [k for k in kept if bleu.sentence_score(text, [texts[k]]).score > limit]
        else:
            dropped = kept and bleu.sentence_score(text, [texts[k] for k in kept]).score > limit
            found = list(kept) if dropped else []
        if not found:
            kept.append(i)
        causes.append(found)
    return causes
