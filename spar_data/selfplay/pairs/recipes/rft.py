"""Rejection-sampling fine-tuning of the actor (RFT, RAFT): generate, filter, fine-tune."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.core.ids import rng
from spar_data.models import Message
from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, StoredRows, by_prompt
from spar_data.selfplay.records import distinct


@dataclass(frozen=True)
class RftConfig(Config):
    per_prompt: int = setting(0, "Responses per prompt, those with the most Yes votes; 0 = all.", at_least=0)
    seed: int = setting(42, "Seed that orders responses with equal votes.", shown="the run's")


def rft(rows: StoredRows, config: RftConfig) -> Cut:
    """The responses that were judged to follow their prompts."""
    cut = Cut("rft", rows.count("prompts", "responses"))
    for prompt_id, samples in by_prompt(rows.samples):
        passing = distinct(cut.judged(samples, "Yes"), lambda s: s.response)
        if not passing:
            cut.drop("prompt", "no Yes")
        random = rng(config.seed, "rft", prompt_id)
        ranked = sorted(passing, key=lambda s: (-(s.votes.value or 0.0), random.random()))
        for sample in ranked[: config.per_prompt or None]:
            messages = [*rows.messages(sample.prompt), Message("assistant", sample.response)]
            cut.dialogue("actor", prompt_id, messages, "Yes", [sample.id])
    return cut.sorted()


RECIPE = PairRecipe(
    name="rft",
    rows="actor_rft",
    summary="responses judged Yes, as SFT rows of the actor",
    config=RftConfig,
    cut=rft,
    needs=("samples",),
)
