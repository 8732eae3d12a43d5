"""Meta-Rewarding (arXiv 2407.19594): scores with control of length for the actor, and the model judging its own judgements.

Judge and meta-judge are worded by us; numbers and formulas are the paper's.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from spar_data.core.errors import SparError
from spar_data.models import Completion, Message, Request, Unparsed, fill
from spar_data.models.phases import Rounds
from spar_data.selfplay.pairs.elo import elo
from spar_data.selfplay.pairs.pair_set import Cut, Rows, Side, fold
from spar_data.selfplay.pairs.self_rewarding import Scored, SelfRewardingConfig, candidates, score_all, score_request
from spar_data.selfplay.records import Message as Turn

_TEMPLATE = """\
Two judges graded the same Response to a Prompt, each by this task:

{task}

Judgement A: “{one}”

Judgement B: “{other}”

Which judgement is the better one: more accurate about the Response, truer to the list of points, with a score that
follows from its reasons? Neither the order nor the length of the judgements says anything about that.

Reply in this form:
Comparison: what each judgement gets right and wrong
Winner: (A or B)"""
# a small letter counts alone only: "a tie" names none
_WINNER = re.compile(
    r"(?i:\bwinner\b(?:[\s*_:：=\[(]|[-–—](?=\s)|\bis\b|\bjudge?ment\b)*)"
    r"(?:([AB])\b(?!(?i:\s*(?:(?:or|and|tie|draw)\b|/)))|([ab])(?=[\])*_.\s]*(?:\n|\Z)))"
)
_SLACK = 1e-9  # of sums of floats


@dataclass(frozen=True)
class MetaRewardingConfig(SelfRewardingConfig):
    """rho: how far below the best (above the worst) score a response may be to be chosen (rejected) for its length; the
    paper changes it between iterations, 0.1 is ours. judge_pairs: in the first two of its four iterations."""

    responses: int = 7
    scores: int = 11
    temperature: float = 0.8
    top_p: float = 0.95
    rho: float = 0.1
    judge_pairs: bool = True

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0 <= self.rho <= 1:
            raise SparError(f"rho = {self.rho}: a number from 0 to 1 is expected")


def length_control(scored: Sequence[Scored], rho: float) -> tuple[Scored, Scored] | str:
    """(chosen, rejected), or why there is none. Lengths are in characters; of equal ones the first.

    chosen: the shortest with a score of at least (1 - rho) max + rho min; rejected: the longest with one of at most
    (1 - rho) min + rho max.
    """
    most, least = max(s.mean for s in scored), min(s.mean for s in scored)
    if most == least:
        return "equal scores"
    high = [s for s in scored if s.mean >= (1 - rho) * most + rho * least - _SLACK]
    low = [s for s in scored if s.mean <= (1 - rho) * least + rho * most + _SLACK]
    chosen = min(high, key=lambda s: len(s.sample.response))
    rejected = max(low, key=lambda s: len(s.sample.response))
    if chosen.mean <= rejected.mean:
        return "length control leaves no higher score"
    return chosen, rejected


def meta_request(scored: Scored, one: str, other: str, config: MetaRewardingConfig) -> Request:
    task = score_request(scored.sample.prompt, scored.sample.response, 1, 0.0, 1.0, 1).messages[0].content
    text = fill(_TEMPLATE, task=task, one=one, other=other)
    return Request((Message("user", text),), config.temperature, config.max_tokens, top_p=config.top_p)


def parse_winner(reply: str) -> bool | Unparsed:
    """True for A, False for B: what follows the last "Winner". The form's own "(A or B)" is neither."""
    found = _WINNER.findall(reply)
    return "".join(found[-1]).upper() == "A" if found else Unparsed("no winner")


def position_weights(results: Sequence[bool]) -> tuple[float, float]:
    """What a win in the first and in the second place counts: a place that wins more often counts less."""
    first = sum(results)
    return ((len(results) - first) / len(results), first / len(results)) if results else (0.5, 0.5)


def battles(results: Mapping[tuple[int, int], bool], size: int, weights: tuple[float, float]) -> list[list[float]]:
    """`results[m, n]`: m stood first, n second, and m won. Gives how much m won against n, both orders together."""
    wins = [[0.0] * size for _ in range(size)]
    for (first, second), won in results.items():
        if won:
            wins[first][second] += weights[0]
        else:
            wins[second][first] += weights[1]
    return wins


def meta_rewarding(rows: Rows, config: MetaRewardingConfig, spec: str, rounds: Rounds) -> Cut:
    """Pairs of responses (recipe meta-rewarding) and, with judge_pairs, of judgements (meta-rewarding-judge)."""
    cut = Cut("meta-rewarding", {"prompts": len({s.prompt_id for s in rows.samples}), "responses": len(rows.samples)})
    groups = score_all(candidates(rows, config, cut), config, cut, spec, rounds)
    for scored in groups:
        if len(scored) < 2:
            cut.drop("prompt", "fewer than two scored responses")
            continue
        found = length_control(scored, config.rho)
        if isinstance(found, str):
            cut.drop("prompt", found)
        else:
            chosen, rejected = found
            cut.pair(chosen.sample.prompt_id, rows.asked(chosen.sample.prompt), chosen.side, rejected.side)
    if config.judge_pairs:
        _judge_pairs([max(some, key=lambda s: s.variance) for some in groups if some], config, cut, spec, rounds)
    return cut.done()


def _judge_pairs(items: list[Scored], config: MetaRewardingConfig, cut: Cut, spec: str, rounds: Rounds) -> None:
    """The best against the worst judgement of the response about which the judgements differ most."""
    texts = [list({fold(reply): reply for _, reply in reversed(item.judgements)}.values())[::-1] for item in items]
    orders = [[p for m, n in combinations(range(len(some)), 2) for p in ((m, n), (n, m))] for some in texts]
    requests = [
        meta_request(item, some[m], some[n], config)
        for item, some, each in zip(items, texts, orders, strict=True)
        for m, n in each
    ]
    answers = iter(rounds.ask("meta-judge", spec, requests))
    results: list[dict[tuple[int, int], bool]] = []
    for each in orders:
        results.append({})
        for order in each:
            answer = next(answers)[0]
            won = parse_winner(answer.text) if isinstance(answer, Completion) else None
            if isinstance(won, bool):
                results[-1][order] = won
            else:
                cut.drop("comparison", "failed" if won is None else "unparsed")
    weights = position_weights([won for each in results for won in each.values()])
    for item, some, outcome in zip(items, texts, results, strict=True):
        ratings = elo(battles(outcome, len(some), weights))
        if len(some) < 2 or not outcome or max(ratings) - min(ratings) < _SLACK:
            cut.drop("response", "no judgement is better than another")
            continue
        best, worst = ratings.index(max(ratings)), ratings.index(min(ratings))
        request = score_request(item.sample.prompt, item.sample.response, 1, 0.0, 1.0, 1)
        prompt = [Turn(m.role, m.content) for m in request.messages]
        sides = [Side(some[k], ratings[k], f"{item.sample.id}:judgement {k}") for k in (best, worst)]
        cut.pair(item.sample.prompt_id, prompt, sides[0], sides[1], "meta-rewarding-judge")
