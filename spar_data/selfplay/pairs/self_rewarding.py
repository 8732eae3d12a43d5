"""Self-Rewarding (arXiv 2401.10020): the model scores its own responses from 0 to 5, the highest against the lowest.

Method of the paper: an additive rubric, three samples, their mean. The wording is ours.
"""

from __future__ import annotations

import re
import statistics
from collections.abc import Sequence
from dataclasses import dataclass, field

from spar_data.core.errors import SparError
from spar_data.models import Completion, Message, Request, Unparsed, fill
from spar_data.models.phases import Rounds
from spar_data.selfplay.pairs.pair_set import Cut, Rows, Side, by_prompt, distinct
from spar_data.selfplay.records import Sample

_TEMPLATE = """\
Grade a Response to a user's Prompt by adding up points. Begin with 0 and add one point for each of these that holds:
- It is about what the Prompt asks for and tells the user something of use, even if much is missing.
- It deals with a good part of the Prompt, though not with all of it.
- It answers the essentials of the Prompt in a way that the user can work with.
- It answers the whole Prompt directly, is well organised, and is written as a helpful assistant would write it.
- It could hardly be better: made for this very Prompt, expert, without a superfluous word.

Prompt: “{prompt}”

Response: “{response}”

Reply in this form, in at most 100 words before the score:
Reasons: which points you gave, and why
Score: (the sum, a whole number from 0 to 5)"""

_SCORE = re.compile(
    r"\bscore\b(?:[ \t*_]*\([^()\n]*\)(?=[ \t*_]*[:：]))?(?:[\s*_:：=\[(]|[-–—](?=\s)|\bis\b)*"
    r"(?:\d(?:\s*\+\s*\d)+\s*=[\s*_]*)?(-?\d+(?:[.,]\d+)?)(?![.,\w]?\d)(?!\s*(?:to|or|[-–—+])\s*\d)"
    r"(?:[\s*_\])]*(?:/|out of)[\s*_]*(\d+))?",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class SelfRewardingConfig:
    """responses: a prompt (the first ones); scores: samples of the judgement; valid: how many of them have to hold a
    score (0: more than half), which the paper does not say. Temperature and top_p are the paper's."""

    responses: int = 4
    scores: int = 3
    temperature: float = 0.7
    top_p: float = 0.9
    max_tokens: int = 2048
    valid: int = 0

    def __post_init__(self) -> None:
        if self.responses < 2 or self.scores < 1:
            raise SparError(f"responses = {self.responses}, scores = {self.scores}: at least 2 and 1 are expected")
        if not 0 <= self.valid <= self.scores:
            raise SparError(f"valid = {self.valid}: from 0 to scores = {self.scores} is expected")


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


def score_request(prompt: str, response: str, n: int, temperature: float, top_p: float, max_tokens: int) -> Request:
    """Prompt and response may hold braces and template words."""
    text = fill(_TEMPLATE, prompt=prompt, response=response)
    return Request((Message("user", text),), temperature, max_tokens, top_p=top_p, n=n)


def parse_score(reply: str) -> int | Unparsed:
    """The whole number from 0 to 5 after the last "Score": of "1 + 1 + 0 = 2" the 2. "0 to 5" is the form, not a score;
    "8/10" and 4.5 are none."""
    found = list(_SCORE.finditer(reply))
    if not found:
        return Unparsed("no score")
    number, of = found[-1].groups()
    if of not in (None, "5") or number not in ("0", "1", "2", "3", "4", "5"):
        return Unparsed("the score is no whole number from 0 to 5")
    return int(number)


def score_requests(samples: Sequence[Sample], config: SelfRewardingConfig) -> list[Request]:
    return [
        score_request(s.prompt, s.response, config.scores, config.temperature, config.top_p, config.max_tokens)
        for s in samples
    ]


def requests(rows: Rows, config: SelfRewardingConfig) -> list[Request]:
    """All that is asked for scores."""
    groups = candidates(rows, config, Cut("", {}))
    return score_requests([sample for group in groups for sample in group], config)


def candidates(rows: Rows, config: SelfRewardingConfig, cut: Cut) -> list[list[Sample]]:
    """The responses to score, a list a prompt: the first ones of different text."""
    found = []
    for _, samples in by_prompt(rows.samples):
        some = distinct(cut.usable(samples[: config.responses]))
        if len(some) < 2:
            cut.drop("prompt", "fewer than two different responses")
        else:
            found.append(some)
    return found


def score_all(
    groups: Sequence[Sequence[Sample]], config: SelfRewardingConfig, cut: Cut, spec: str, rounds: Rounds
) -> list[list[Scored]]:
    """The responses that got enough valid scores, all asked for in one round."""
    samples = [sample for group in groups for sample in group]
    answers = iter(rounds.ask("score", spec, score_requests(samples, config)))
    least = config.valid or config.scores // 2 + 1
    scored = []
    for group in groups:
        kept = []
        for sample in group:
            judgements = []
            for answer in next(answers):
                if not isinstance(answer, Completion):
                    cut.drop("judgement", "failed")
                elif isinstance(score := parse_score(answer.text), Unparsed):
                    cut.drop("judgement", "unparsed")
                else:
                    judgements.append((score, answer.text))
            if len(judgements) < least:
                cut.drop("response", f"fewer than {least} valid scores")
            else:
                kept.append(Scored(sample, judgements))
        scored.append(kept)
    return scored


def self_rewarding(rows: Rows, config: SelfRewardingConfig, spec: str, rounds: Rounds) -> Cut:
    """Chosen has the highest mean, rejected the lowest, of equal ones the first; equal scores make no pair."""
    cut = Cut("self-rewarding", {"prompts": len({s.prompt_id for s in rows.samples}), "responses": len(rows.samples)})
    for scored in score_all(candidates(rows, config, cut), config, cut, spec, rounds):
        if len(scored) < 2:
            cut.drop("prompt", "fewer than two scored responses")
            continue
        best, worst = max(scored, key=lambda s: s.mean), min(scored, key=lambda s: s.mean)
        if best.mean == worst.mean:
            cut.drop("prompt", "equal scores")
            continue
        cut.pair(best.sample.prompt_id, rows.asked(best.sample.prompt), best.side, worst.side)
    return cut.done()
