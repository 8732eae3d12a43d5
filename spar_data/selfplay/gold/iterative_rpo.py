"""Pairs by gold answers, as in Iterative RPO (arXiv 2404.19733): a right reply over a wrong one to the same problem."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.ids import row_id, seeded_order
from spar_data.models import estimate_tokens
from spar_data.selfplay.gold.attempts import Attempt, distinct
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.records import Message, Pair

RECIPE = "iterative-rpo"


@dataclass(frozen=True)
class PairRule:
    """The paper's values for GSM8K where it gives one.

    k              pairs a problem: 10 (GSM8K), 20 (ARC). 0 = by the kind of the problem.
    gold_winner    the data's own solution is a winner too; the paper does so for GSM8K.
    no_answer      what a reply without a readable answer is: drop (neither winner nor loser), or lose, as in the paper,
                   where its reward is 0.
    repeats        once the walk has been through all it will ever meet, it starts anew and repeats pairs up to k, as in the
                   paper; without, each pair is made once.
    longest        pairs whose prompt and longer side have more tokens (estimated) are dropped; the paper gives no number.
    cap            at most so many pairs, drawn by seed.
    """

    k: int = 0
    gold_winner: bool = False
    no_answer: str = "drop"
    repeats: bool = False
    longest: int = 2048
    cap: int = 60_000
    seed: int = 42

    def of(self, problem: Problem) -> int:
        return self.k or (10 if problem.kind == "number" else 20)


@dataclass(frozen=True)
class _Side:
    text: str
    source: str


def pairs_of(problem: Problem, some: Sequence[Attempt], rule: PairRule, counts: Counter[str]) -> list[Pair]:
    """Walks winners and losers in parallel, each from its start again at its end, until there are k pairs. None if one of
    the sets is empty. counts: why problems gave none and pairs were dropped."""
    winners = [_Side(a.text, f"{problem.id}:{a.sample}") for a in distinct(some, "right")]
    lost = ("wrong", "no answer") if rule.no_answer == "lose" else ("wrong",)
    losers = [_Side(a.text, f"{problem.id}:{a.sample}") for a in distinct(some, *lost)]
    if rule.gold_winner and problem.solution and problem.solution not in [w.text for w in winners]:
        winners.append(_Side(problem.solution, "gold"))
    if not winners or not losers:
        counts[f"problems without a {'winner' if losers else 'loser' if winners else 'winner or a loser'}"] += 1
        return []
    wanted, all_there_are = rule.of(problem), math.lcm(len(winners), len(losers))
    found = []
    for i in range(wanted if rule.repeats else min(wanted, all_there_are)):
        winner, loser = winners[i % len(winners)], losers[i % len(losers)]
        if estimate_tokens(problem.prompt) + max(map(estimate_tokens, (winner.text, loser.text))) > rule.longest:
            counts["pairs too long"] += 1
            continue
        found.append(_pair(problem, winner, loser))
    counts["problems with pairs" if found else "problems whose pairs are all too long"] += 1
    return found


def capped(pairs: list[Pair], rule: PairRule, counts: Counter[str]) -> list[Pair]:
    """At most `cap` pairs, drawn by seed, in their order."""
    if not rule.cap or len(pairs) <= rule.cap:
        return pairs
    counts["pairs over the cap"] += len(pairs) - rule.cap
    kept = seeded_order((pair.id for pair in pairs), rule.seed)[: rule.cap]
    return [pairs[i] for i in sorted(kept)]


def _pair(problem: Problem, winner: _Side, loser: _Side) -> Pair:
    identifier = row_id(RECIPE, problem.prompt, winner.text, loser.text)
    messages = [Message("user", problem.prompt)]
    return Pair(
        identifier, RECIPE, problem.id, messages, winner.text, loser.text, 1.0, 0.0, [winner.source, loser.source]
    )
