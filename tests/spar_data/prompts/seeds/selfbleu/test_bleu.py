"""Sentence BLEU is sacreBLEU's to the last bit, and the bounds derived from it are safe."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from spar_data.prompts.seeds.selfbleu.bleu import sentence_bleu
from spar_data.prompts.seeds.selfbleu.settings import SMOOTHINGS, SelfBleuConfig


@pytest.mark.parametrize("smoothing", SMOOTHINGS)
@pytest.mark.parametrize("effective", [True, False])
def test_sentence_bleu_is_equal_to_the_last_bit(smoothing: str, effective: bool) -> None:
    """Scores that lie exactly on the threshold are decided by rounding, so rounding has to be the same."""
    from sacrebleu.metrics.bleu import BLEU

    config = SelfBleuConfig(smoothing=smoothing, effective_order=effective)
    for length, reference in itertools.product(range(1, 10), (1, 4, 7, 11)):
        totals = [max(0, length - n) for n in range(4)]
        for matches in itertools.product(*(range(t + 1) for t in totals)):
            if sum(matches) % 3 == 0 or min(matches[:2]) == 0 or len(set(matches)) < 4:
                theirs = BLEU.compute_bleu(
                    list(matches), list(totals), length, reference, smoothing, None, effective
                ).score
                ours = sentence_bleu(
                    np.array(matches, float), np.array(totals, float), length, reference,
                    config.smoothing_code, config.value, effective,
                )  # fmt: skip
                assert ours == theirs, (matches, totals, reference)
        if length > 6:
            break
