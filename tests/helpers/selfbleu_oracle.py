"""Reference implementation of the self-BLEU filters: greedy loops over sacreBLEU (extra `dev`)."""

from __future__ import annotations

import logging

import polars as pl

from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import cut


def greedy(texts: list[str], config: SelfBleuConfig) -> list[list[int]]:
    """For every text the kept texts that it is too similar to, in order; an empty list means that it is kept.

    In mode `corpus` a dropped text has the list of all kept texts.
    """
    from sacrebleu.metrics.bleu import BLEU

    if config.tokenizer == "words":  # unknown to sacreBLEU, which gets our tokens joined by spaces
        texts = [" ".join(tokens) for tokens in cut(pl.Series(texts, dtype=pl.String), config).to_list()]
    logging.getLogger("sacrebleu").setLevel(logging.ERROR)  # it warns about each pair without effective order
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
            similar = [k for k in kept if bleu.sentence_score(text, [texts[k]]).score > limit]
        else:
            dropped = kept and bleu.sentence_score(text, [texts[k] for k in kept]).score > limit
            similar = list(kept) if dropped else []
        if not similar:
            kept.append(i)
        causes.append(similar)
    return causes
