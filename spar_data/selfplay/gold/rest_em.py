"""SFT rows of ReST-EM (arXiv 2312.06585): the right ones of many samples, at most ten for each problem."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spar_data.core.ids import rng
from spar_data.selfplay.gold.attempts import Attempt
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.gold_recipe import GoldRecipe
from spar_data.selfplay.gold.problems import Problem, solved_dialogue
from spar_data.selfplay.records import Dialogue, distinct

NAME = "rest-em"


def dialogues_of(
    problem: Problem, samples: Sequence[Attempt], config: GoldConfig, counts: Counter[str]
) -> list[Dialogue]:
    """Right replies, each text once, at most `most` of them, drawn by seed, in sample order."""
    right = distinct((a for a in samples if a.verdict == "right"), lambda a: a.text)
    counts["right samples that repeat another"] += sum(a.verdict == "right" for a in samples) - len(right)
    counts["right samples over the most of a problem"] += max(0, len(right) - config.most)
    counts["problems with rows" if right else "problems without a right sample"] += 1
    if len(right) > config.most:
        drawn = rng(config.seed, NAME, problem.id).sample(range(len(right)), config.most)
        right = [right[i] for i in sorted(drawn)]
    return [solved_dialogue(NAME, problem, a.text, [f"{problem.id}:{a.sample}"]) for a in right]


RECIPE = GoldRecipe(
    name=NAME,
    kind=Dialogue,
    samples=32,
    temperature=0.7,
    rows=dialogues_of,
    settings=lambda config, problems: {"most": config.most, "seed": config.seed},
    from_base=True,
)
