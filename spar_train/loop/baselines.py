"""The recipes that the loop knows: SPaR, and its baselines, as what each iteration asks, cuts and trains."""

from __future__ import annotations

from dataclasses import dataclass

Options = dict[str, str]


@dataclass(frozen=True)
class Baseline:
    """cut: the recipe of `spar-data pairs` (or of `spar-data gold` where gold is set). rows: the file that the actor
    trains on. train: dpo or sft. search: trees are grown and the refiner is trained. asks: a model scores the responses.
    from_base: every iteration trains the first actor anew. sampling: options of `spar-data selfplay` where the paper
    names other values than SPaR's."""

    cut: str
    rows: str
    train: str = "dpo"
    search: bool = False
    gold: bool = False
    asks: bool = False
    from_base: bool = False
    sampling: tuple[tuple[str, str], ...] = ()


BASELINES = {
    "spar": Baseline("spar", "dpo.parquet", search=True),  # arXiv 2412.11605
    "expert-iteration": Baseline(  # arXiv 1705.08439: SFT on what the search found
        "expert-iteration", "actor_expert.parquet", "sft", search=True
    ),
    "direct": Baseline("direct", "dpo_direct.parquet"),  # its Figure 1: the same responses, no refinement
    "self-rewarding": Baseline(  # arXiv 2401.10020, section 3.2
        "self-rewarding",
        "dpo_self_rewarding.parquet",
        asks=True,
        sampling=(("samples", "4"), ("temperature", "0.7"), ("top-p", "0.9")),
    ),
    "meta-rewarding": Baseline(  # arXiv 2407.19594, section 3
        "meta-rewarding",
        "dpo_meta_rewarding.parquet",
        asks=True,
        sampling=(("samples", "7"), ("temperature", "0.8"), ("top-p", "0.95")),
    ),
    "spin": Baseline("spin", "dpo_spin.parquet", sampling=(("samples", "1"),)),  # arXiv 2401.01335: one sample a prompt
    "iterative-rpo": Baseline("iterative-rpo", "pairs.parquet", gold=True),  # arXiv 2404.19733
    "star": Baseline("star", "dialogues.parquet", "sft", gold=True, from_base=True),  # arXiv 2203.14465
    "rest-em": Baseline("rest-em", "dialogues.parquet", "sft", gold=True, from_base=True),  # arXiv 2312.06585
}
JUDGE_PAIRS_UNTIL = 2  # iterations of Meta-Rewarding that train on pairs of judgements too: the first two of its four
BY_VERDICT = ("spar", "expert-iteration", "direct")  # recipes that go by the judge's verdicts
