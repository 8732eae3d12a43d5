"""The decision on one pair: the exact BLEU above the threshold, and never a wrong 0 below the bounds."""

from __future__ import annotations

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.prompts.seeds.selfbleu.bleu import bounds
from spar_data.prompts.seeds.selfbleu.pairwise import in_order
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer
from spar_data.prompts.seeds.selfbleu.verify import BleuRule, verify, workspace


def _bleu(text: str, other: str, config: SelfBleuConfig) -> float:
    """sacreBLEU's score."""
    from sacrebleu.metrics.bleu import BLEU

    bleu = BLEU(tokenize="none", smooth_method=config.smoothing, effective_order=True)
    return float(bleu.sentence_score(text, [other]).score)


@settings(max_examples=100, deadline=None)
@given(
    st.lists(st.lists(st.sampled_from("abcd"), min_size=1, max_size=16).map(" ".join), min_size=2, max_size=5),
    st.sampled_from([0.3, 0.6, 0.9]),
    st.sampled_from(["exp", "add-k"]),
)
def test_scores_above_the_threshold_are_exact(texts: list[str], threshold: float, smoothing: str) -> None:
    config = SelfBleuConfig(threshold=threshold, smoothing=smoothing)
    tokens = Tokenizer(config)(pl.Series(texts))
    longest = int(tokens.lengths().max())
    ordered, bound, work = in_order(tokens, None), bounds(config, longest), workspace(longest, 5)
    rule = BleuRule(100 * threshold, config.smoothing_code, config.value, config.effective_order)
    for text in range(len(texts)):
        order = bound.order[ordered.lengths[text]]
        if not order:
            continue
        work.serial[0] += 1  # one preparation of the text serves all candidates
        for other in range(len(texts)):
            shared = max(0, ordered.lengths[text] - 3)  # the weakest upper bound
            score = verify(text, other, order, shared, ordered, bound, rule, work)
            expected = _bleu(texts[text], texts[other], config)
            assert (score > rule.limit) == (expected > rule.limit), (texts[text], texts[other])
            assert score <= rule.limit or score == pytest.approx(expected, abs=1e-9)
