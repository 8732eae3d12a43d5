"""Self-Rewarding (arXiv 2401.10020): the model scores its own responses from 0 to 5, the highest against the lowest.

The method is the paper's: an additive rubric, several samples of the score, their mean. The wording is ours.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError
from spar_data.core.templates import render
from spar_data.models import Completion, Message, Request, Unparsed
from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, Side, StoredRows, by_prompt
from spar_data.selfplay.records import Sample, distinct

_SCORE = re.compile(
    r"\bscore\b(?:[ \t*_]*\([^()\n]*\)(?=[ \t*_]*[:：]))?(?:[\s*_:：=\[(]|[-–—](?=\s)|\bis\b)*"
    r"(?:\d(?:\s*\+\s*\d)+\s*=[\s*_]*)?(-?\d+(?:[.,]\d+)?)(?![.,\w]?\d)(?!\s*(?:to|or|[-–—+])\s*\d)"
    r"(?:[\s*_\])]*(?:/|out of)[\s*_]*(\d+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SelfRewardingConfig(Config):
    responses: int = setting(4, "Responses per prompt that are scored, the first ones.", at_least=2)
    scores: int = setting(3, "Sampled scores per response.", at_least=1)
    temperature: float = setting(0.7, "Sampling temperature of the scores.")
    top_p: float = setting(0.9, "Nucleus of the scores.")
    max_tokens: int = setting(2048, "Tokens of a judgement at most.")
    valid: int = setting(0, "Replies per response that have to hold a score; 0 = more than half.", at_least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.valid > self.scores:
            raise SparError(f"valid = {self.valid}: a number from 0 to scores = {self.scores} is expected")


@dataclass(frozen=True)
class Scored:
    """A response with its valid judgements: (score, reply)."""

    sample: Sample
    judgements: list[tuple[int, str]] = field(default_factory=list)

    @property
    def mean(self) -> float:
        return statistics.fmean(score for score, _ in self.judgements)

    @property
    def variance(self) -> float:
        return statistics.pvariance([score for score, _ in self.judgements])

    @property
    def side(self) -> Side:
        return Side(self.sample.response, self.mean, self.sample.id)


def score_task(sample: Sample) -> str:
    """The text that asks for a score. Prompt and response may hold braces and template words."""
    return render("requests/score.txt.jinja", prompt=sample.prompt, response=sample.response).rstrip()


def parse_score(reply: str) -> int | Unparsed:
    """The whole number from 0 to 5 after the last "Score:".

    Of "1 + 1 + 0 = 2" it is the 2. "0 to 5" repeats the form and is no score; neither are "8/10" and 4.5.
    """
    matches = list(_SCORE.finditer(reply))
    if not matches:
        return Unparsed("no score")
    number, denominator = matches[-1].groups()
    if denominator not in (None, "5") or number not in ("0", "1", "2", "3", "4", "5"):
        return Unparsed("the score is no whole number from 0 to 5")
    return int(number)


def score_requests(rows: StoredRows, config: SelfRewardingConfig) -> list[Request]:
    """All requests for scores."""
    return _requests(candidates(rows, config, Cut("", {})), config)


def _requests(groups: Sequence[Sequence[Sample]], config: SelfRewardingConfig) -> list[Request]:
    return [
        Request(
            (Message("user", score_task(sample)),), config.temperature, config.max_tokens,
            top_p=config.top_p, n=config.scores,
        )
        for group in groups
        for sample in group
    ]  # fmt: skip


def candidates(rows: StoredRows, config: SelfRewardingConfig, cut: Cut) -> list[list[Sample]]:
    """The responses to score, a list for each prompt: the first ones with different texts."""
    groups = []
    for _, samples in by_prompt(rows.samples):
        group = distinct(cut.usable(samples[: config.responses]), lambda s: s.response)
        if len(group) < 2:
            cut.drop("prompt", "fewer than two different responses")
        else:
            groups.append(group)
    return groups


def score_all(rows: StoredRows, config: SelfRewardingConfig, cut: Cut) -> list[list[Scored]]:
    """The responses with enough valid scores, a list for each prompt; all are asked for in one phase."""
    groups = candidates(rows, config, cut)
    answers = iter(rows.ask("score", _requests(groups, config)))
    least = config.valid or config.scores // 2 + 1
    scored_groups: list[list[Scored]] = []
    for group in groups:
        scored_groups.append([])
        for sample in group:
            scored = Scored(sample)
            for answer in next(answers):
                if not isinstance(answer, Completion):
                    cut.drop("judgement", "failed")
                elif isinstance(score := parse_score(answer.text), Unparsed):
                    cut.drop("judgement", "unparsed")
                else:
                    scored.judgements.append((score, answer.text))
            if len(scored.judgements) < least:
                cut.drop("response", f"fewer than {least} valid scores")
            else:
                scored_groups[-1].append(scored)
    return scored_groups


def self_rewarding(rows: StoredRows, config: SelfRewardingConfig) -> Cut:
    """Chosen has the highest mean, rejected the lowest, each the first of equal ones; equal scores make no pair."""
    cut = Cut("self-rewarding", rows.count("prompts", "responses"))
    for scored in score_all(rows, config, cut):
        if len(scored) < 2:
            cut.drop("prompt", "fewer than two scored responses")
            continue
        best, worst = max(scored, key=lambda s: s.mean), min(scored, key=lambda s: s.mean)
        if best.mean == worst.mean:
            cut.drop("prompt", "equal scores")
            continue
        cut.pair(best.sample.prompt_id, rows.messages(best.sample.prompt), best.side, worst.side)
    return cut.sorted()


RECIPE = PairRecipe(
    name="self-rewarding",
    rows="dpo_self_rewarding",
    summary="highest against lowest score that the model gave its own responses",
    config=SelfRewardingConfig,
    cut=self_rewarding,
    needs=("samples",),
    requests=score_requests,
    trains="dpo",
    by_verdict=False,
    selfplay={"samples": 4, "temperature": 0.7, "top_p": 0.9},  # section 3.2
)
