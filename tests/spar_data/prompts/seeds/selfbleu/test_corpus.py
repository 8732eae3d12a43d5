"""The mode `corpus` decides as sacreBLEU does with all kept texts as references."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st
from selfbleu_oracle import greedy

from spar_data.prompts.seeds.selfbleu.corpus import corpus
from spar_data.prompts.seeds.selfbleu.pairwise import KEPT
from spar_data.prompts.seeds.selfbleu.settings import SMOOTHINGS, SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer

# Few words and short texts: repeated n-grams, exact ties with the threshold and texts under four tokens are common.
_TEXTS = st.lists(
    st.lists(st.sampled_from(["a", "b", "c", "d", "the", "of"]), max_size=14).map(" ".join), min_size=1, max_size=25
)


@settings(max_examples=40, deadline=None)
@given(_TEXTS, st.sampled_from([0.3, 0.6]), st.sampled_from(SMOOTHINGS))
def test_corpus_mode_decides_as_sacrebleu(texts: list[str], threshold: float, smoothing: str) -> None:
    config = SelfBleuConfig(mode="corpus", threshold=threshold, smoothing=smoothing)
    decisions = corpus(Tokenizer(config)(pl.Series(texts, dtype=pl.String)), config)
    assert [c == KEPT for c in decisions.cause] == [not causes for causes in greedy(texts, config)]
