"""The reference implementation on cases that can be checked by hand."""

from __future__ import annotations

from selfbleu_oracle import greedy

from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig

TEXTS = ["one two three four five", "one two three four six", "ten eleven twelve thirteen", "One two three four five"]


def test_pairwise_names_all_causes() -> None:
    assert greedy(TEXTS, SelfBleuConfig(threshold=0.9)) == [[], [], [], [0]]
    assert greedy(TEXTS, SelfBleuConfig(threshold=0.5)) == [[], [0], [], [0]]
    assert greedy(TEXTS, SelfBleuConfig(threshold=0.9, lowercase=False)) == [[], [], [], []]


def test_corpus_mode_names_all_kept_texts() -> None:
    assert greedy(TEXTS, SelfBleuConfig(mode="corpus", threshold=0.9)) == [[], [], [], [0, 1, 2]]
