"""Pairs of Iterative RPO (arXiv 2404.19733): a right reply over a wrong one to the same problem."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from spar_data.core.files import JsonValue
from spar_data.core.ids import seeded_order
from spar_data.models import Message, estimate_tokens
from spar_data.selfplay.gold.attempts import Attempt
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.gold_recipe import GoldRecipe
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.records import Dialogue, Pair, distinct

NAME = "iterative-rpo"


def pairs_of(problem: Problem, samples: Sequence[Attempt], config: GoldConfig, counts: Counter[str]) -> list[Pair]:
    """Walks winners and losers in parallel, each from its start again at its end, until there are K pairs.

    There is no pair if one of the sets is empty. counts: gets the reasons for problems without pairs and dropped pairs.
    """

    def texts(*verdicts: str) -> list[tuple[str, str]]:
        different = distinct((a for a in samples if a.verdict in verdicts), lambda a: a.text)
        return [(a.text, f"{problem.id}:{a.sample}") for a in different]

    winners = texts("right")
    losers = texts("wrong", "no answer") if config.no_answer == "lose" else texts("wrong")
    if config.gold_winner and problem.solution and problem.solution not in [text for text, _ in winners]:
        winners.append((problem.solution, "gold"))
    if not winners or not losers:
        counts[f"problems without a {'winner' if losers else 'loser' if winners else 'winner or a loser'}"] += 1
        return []
    number, different = pairs_per_problem(problem, config), math.lcm(len(winners), len(losers))
    pairs = []
    for i in range(number if config.repeats else min(number, different)):
        winner, loser = winners[i % len(winners)], losers[i % len(losers)]
        if estimate_tokens(problem.prompt) + max(estimate_tokens(text) for text, _ in (winner, loser)) > config.longest:
            counts["pairs too long"] += 1
            continue
        prompt, source = [Message("user", problem.prompt)], [winner[1], loser[1]]
        pairs.append(Pair.of(NAME, problem.id, prompt, winner[0], loser[0], 1.0, 0.0, source))
    counts["problems with pairs" if pairs else "problems whose pairs are all too long"] += 1
    return pairs


def pairs_per_problem(problem: Problem, config: GoldConfig) -> int:
    """The paper's K for GSM8K and ARC, unless the config names one."""
    return config.pairs or (20 if problem.gold.options else 10)


def capped(pairs: list[Pair | Dialogue], config: GoldConfig, counts: Counter[str]) -> list[Pair | Dialogue]:
    """At most `cap` pairs, drawn by seed, in their order."""
    if not config.cap or len(pairs) <= config.cap:
        return pairs
    counts["pairs over the cap"] += len(pairs) - config.cap
    drawn = seeded_order((pair.id for pair in pairs), config.seed)[: config.cap]
    return [pairs[i] for i in sorted(drawn)]


def _settings(config: GoldConfig, problems: Sequence[Problem]) -> dict[str, JsonValue]:
    numbers: list[JsonValue] = [*sorted({pairs_per_problem(problem, config) for problem in problems})]
    names = ("gold_winner", "no_answer", "repeats", "longest", "cap", "seed")
    return {"pairs": {"k": numbers, **{name: getattr(config, name) for name in names}}}


RECIPE = GoldRecipe(
    name=NAME,
    kind=Pair,
    samples=30,
    temperature=0.8,
    rows=pairs_of,
    finish=capped,
    settings=_settings,
)
