"""SPIN (arXiv 2401.01335): the response of an SFT set against a sample of the current model. No judge is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.core.ids import rng
from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, Side, StoredRows, by_prompt
from spar_data.selfplay.records import Sample, squeeze


@dataclass(frozen=True)
class SpinConfig(Config):
    mix: bool = setting(True, "Also use the samples of --previous, as the paper does from its second iteration on.")
    seed: int = setting(42, "Seed of the draw.", shown="the run's")


def spin(rows: StoredRows, config: SpinConfig) -> Cut:
    """Chosen is the last message of an actor's SFT dialogue, rejected a random sample of the same prompt."""
    targets = sorted((d for d in rows.sft if d.kind == "actor"), key=lambda d: (d.prompt_id, d.id))
    iterations: list[tuple[str, Sequence[Sample]]] = [("newest", rows.samples)]
    if config.mix and rows.previous:
        iterations.append(("previous", rows.previous))
    cut = Cut("spin", {"SFT rows": len(targets) * len(iterations)})
    for name, samples in iterations:
        samples_of = dict(by_prompt(samples))
        for row in targets:
            *prompt, target = row.messages
            usable = cut.usable(samples_of.get(row.prompt_id, []))
            usable = [s for s in usable if s.prompt == prompt[-1].content]  # the id may come from another file
            others = [s for s in usable if squeeze(s.response) != squeeze(target.content)]
            if not others:
                reason = "the model gave the SFT response" if usable else "no sample of its prompt"
                cut.drop("SFT row", f"{reason} ({name} iteration)")
                continue
            sample = rng(config.seed, "spin", name, row.prompt_id).choice(others)
            cut.pair(row.prompt_id, prompt, Side(target.content, None, row.id), Side(sample.response, None, sample.id))
    return cut.sorted()


RECIPE = PairRecipe(
    name="spin",
    rows="dpo_spin",
    summary="response of an SFT set against a sample of the model",
    config=SpinConfig,
    cut=spin,
    needs=("samples", "sft"),
    trains="dpo",
    by_verdict=False,
    selfplay={"samples": 1},  # one sample a prompt
)
