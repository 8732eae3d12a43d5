"""The index finds a kept text that is too similar, and only among the texts that it is asked about."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import polars as pl

from spar_data.prompts.seeds.selfbleu.bleu import bounds
from spar_data.prompts.seeds.selfbleu.grams import element_sets
from spar_data.prompts.seeds.selfbleu.index import candidates, empty_index, insert, probe
from spar_data.prompts.seeds.selfbleu.pairwise import in_order
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer
from spar_data.prompts.seeds.selfbleu.verify import BleuRule, workspace

TEXTS = [
    "write a short poem about the autumn sea",
    "plan a week of dinners for two people",
    "write a short poem about the winter sea",
    "plan a week of dinners for three people",
    "hi",
    "write a short poem about the winter sea",
]


def test_probes_of_inserted_texts() -> None:
    config = SelfBleuConfig(threshold=0.5)
    tokens = Tokenizer(config)(pl.Series(TEXTS))
    longest = int(tokens.lengths().max())
    texts, bound = in_order(tokens, None), bounds(config, longest)
    with ThreadPoolExecutor(1) as pool:
        sets = element_sets(texts, bound, pool, lambda phase, rows: None)
    index = empty_index(texts, sets, bound)
    rule = BleuRule(50.0, config.smoothing_code, config.value, config.effective_order)
    scratch, work = candidates(len(TEXTS), longest), workspace(longest, int(tokens.ids.max()) + 1)

    def found(text: int, since: int = 0) -> int:
        match, bleu = probe(text, since, texts, sets, bound, index, rule, scratch, work)
        assert (bleu > rule.limit) == (match >= 0)
        return int(match)

    assert found(2) == -1, "the index is empty"
    for text in (0, 1):
        insert(text, texts, sets, bound, index)
    assert [found(text) for text in (2, 3, 4)] == [0, 1, -1]
    assert found(2, since=1) == -1, "text 0 is not asked about"
    insert(2, texts, sets, bound, index)
    assert found(5, since=1) == 2 and probe(5, 1, texts, sets, bound, index, rule, scratch, work)[1] > 99.9
