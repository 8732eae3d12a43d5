"""Meta-Rewarding (arXiv 2407.19594): scores with length control, and a meta-judge that compares the model's judgements.

The wording of judge and meta-judge is ours; numbers and formulas are the paper's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations, permutations

from spar_data.core.config import setting
from spar_data.core.templates import render
from spar_data.models import Completion, Message, Request, Unparsed
from spar_data.selfplay.pairs.elo import elo
from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, Side, StoredRows
from spar_data.selfplay.pairs.recipes.self_rewarding import (
    Scored,
    SelfRewardingConfig,
    score_all,
    score_requests,
    score_task,
)
from spar_data.selfplay.records import squeeze

# a small letter counts alone only: "a tie" names none
_WINNER = re.compile(
    r"(?i:\bwinner\b(?:[\s*_:：=\[(]|[-–—](?=\s)|\bis\b|\bjudge?ment\b)*)"
    r"(?:([AB])\b(?!(?i:\s*(?:(?:or|and|tie|draw)\b|/)))|([ab])(?=[\])*_.\s]*(?:\n|\Z)))"
)
_SLACK = 1e-9  # of sums of floats


@dataclass(frozen=True)
class MetaRewardingConfig(SelfRewardingConfig):
    responses: int = setting(7, "Responses per prompt that are scored, the first ones.", at_least=2)
    scores: int = setting(11, "Sampled scores per response.", at_least=1)
    temperature: float = setting(0.8, "Sampling temperature of scores and comparisons.")
    top_p: float = setting(0.95, "Nucleus of scores and comparisons.")
    rho: float = setting(
        0.1, "How far from the best (worst) score a response may be and still win by its length; the paper varies it.",
        at_least=0, at_most=1,
    )  # fmt: skip
    judge_pairs: bool = setting(True, "Make pairs of judgements too; the paper does in two of its four iterations.")


def length_control(scored: Sequence[Scored], rho: float) -> tuple[Scored, Scored] | str:
    """(chosen, rejected), or the reason why there is none. Lengths are in characters; the first of equal ones counts.

    chosen: the shortest with a score of at least (1 - rho) max + rho min; rejected: the longest with one of at most
    (1 - rho) min + rho max.
    """
    highest, lowest = max(s.mean for s in scored), min(s.mean for s in scored)
    if highest == lowest:
        return "equal scores"
    good = [s for s in scored if s.mean >= (1 - rho) * highest + rho * lowest - _SLACK]
    bad = [s for s in scored if s.mean <= (1 - rho) * lowest + rho * highest + _SLACK]
    chosen = min(good, key=lambda s: len(s.sample.response))
    rejected = max(bad, key=lambda s: len(s.sample.response))
    if chosen.mean <= rejected.mean:
        return "length control leaves no higher score"
    return chosen, rejected


def meta_request(scored: Scored, first: str, second: str, config: MetaRewardingConfig) -> Request:
    values = {"task": score_task(scored.sample), "one": first, "other": second}
    text = render("requests/compare_judgements.txt.jinja", **values).rstrip()
    return Request((Message("user", text),), config.temperature, config.max_tokens, top_p=config.top_p)


def parse_winner(reply: str) -> bool | Unparsed:
    """True for A, False for B: what follows the last "Winner". The form's own "(A or B)" is neither."""
    matches = _WINNER.findall(reply)
    return "".join(matches[-1]).upper() == "A" if matches else Unparsed("no winner")


def position_weights(first_won: Sequence[bool]) -> tuple[float, float]:
    """Weights of a win in first and in second place: the place that wins more often counts less."""
    number, wins = len(first_won), sum(first_won)
    return ((number - wins) / number, wins / number) if number else (0.5, 0.5)


def battles(first_won: Mapping[tuple[int, int], bool], size: int, weights: tuple[float, float]) -> list[list[float]]:
    """How much each of `size` judgements won against each other one, both orders added.

    `first_won[m, n]`: whether m won when m stood first and n second. Returns `wins[m][n]`, wins of m against n.
    """
    wins = [[0.0] * size for _ in range(size)]
    for (first, second), won in first_won.items():
        if won:
            wins[first][second] += weights[0]
        else:
            wins[second][first] += weights[1]
    return wins


def meta_rewarding(rows: StoredRows, config: MetaRewardingConfig) -> Cut:
    """Pairs of responses (recipe meta-rewarding) and, with judge_pairs, of judgements (meta-rewarding-judge)."""
    cut = Cut("meta-rewarding", rows.count("prompts", "responses"))
    groups = score_all(rows, config, cut)
    for scored in groups:
        if len(scored) < 2:
            cut.drop("prompt", "fewer than two scored responses")
            continue
        sides = length_control(scored, config.rho)
        if isinstance(sides, str):
            cut.drop("prompt", sides)
        else:
            chosen, rejected = sides
            cut.pair(chosen.sample.prompt_id, rows.messages(chosen.sample.prompt), chosen.side, rejected.side)
    if config.judge_pairs:
        disputed = [max(scored, key=lambda s: s.variance) for scored in groups if scored]
        _add_judge_pairs(disputed, rows, config, cut)
    return cut.sorted()


def _add_judge_pairs(disputed: list[Scored], rows: StoredRows, config: MetaRewardingConfig, cut: Cut) -> None:
    """Adds the best against the worst judgement of each response, by Elo ratings of comparisons in both orders.

    disputed: of each prompt the response whose scores vary most.
    """
    texts = [_different_judgements(scored) for scored in disputed]
    orders = [[o for pair in combinations(range(len(replies)), 2) for o in permutations(pair)] for replies in texts]
    requests = [
        meta_request(scored, judgements[first], judgements[second], config)
        for scored, judgements, comparisons in zip(disputed, texts, orders, strict=True)
        for first, second in comparisons
    ]
    answers = iter(rows.ask("meta-judge", requests))
    outcomes: list[dict[tuple[int, int], bool]] = []
    for comparisons in orders:
        outcomes.append({})
        for first, second in comparisons:
            answer = next(answers)[0]
            first_won = parse_winner(answer.text) if isinstance(answer, Completion) else None
            if isinstance(first_won, bool):
                outcomes[-1][first, second] = first_won
            else:
                cut.drop("comparison", "failed" if first_won is None else "unparsed")
    weights = position_weights([first_won for outcome in outcomes for first_won in outcome.values()])
    for scored, judgements, outcome in zip(disputed, texts, outcomes, strict=True):
        ratings = elo(battles(outcome, len(judgements), weights))
        if len(judgements) < 2 or not outcome or max(ratings) - min(ratings) < _SLACK:
            cut.drop("response", "no judgement is better than another")
            continue
        chosen, rejected = (
            Side(judgements[at], ratings[at], f"{scored.sample.id}:judgement {at}")
            for at in (ratings.index(max(ratings)), ratings.index(min(ratings)))
        )
        prompt = [Message("user", score_task(scored.sample))]
        cut.pair(scored.sample.prompt_id, prompt, chosen, rejected, "meta-rewarding-judge")


def _different_judgements(scored: Scored) -> list[str]:
    """The judgements of a response, equal texts once."""
    return list({squeeze(reply): reply for _, reply in reversed(scored.judgements)}.values())[::-1]


RECIPE = PairRecipe(
    name="meta-rewarding",
    rows="dpo_meta_rewarding",
    summary="scores with length control, and pairs of judgements by a meta-judge",
    config=MetaRewardingConfig,
    cut=meta_rewarding,
    needs=("samples",),
    requests=score_requests,
    trains="dpo",
    by_verdict=False,
    selfplay={"samples": 7, "temperature": 0.8, "top_p": 0.95},  # section 3
)
