"""SPIN (arXiv 2401.01335): the response of the SFT set against a sample of the current model. No judge is needed."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.ids import rng
from spar_data.selfplay.pairs.pair_set import Cut, Rows, Side, by_prompt, fold
from spar_data.selfplay.records import Sample


@dataclass(frozen=True)
class SpinConfig:
    """mix: from the second iteration on the pairs of the previous one are used too, as in the paper (50k + 50k); it takes
    effect where samples of a previous run are given."""

    mix: bool = True
    seed: int = 42


def spin(rows: Rows, config: SpinConfig) -> Cut:
    """Chosen is the last message of an actor's SFT dialogue, rejected one sample of the same prompt, by chance."""
    targets = sorted((d for d in rows.sft if d.kind == "actor"), key=lambda d: (d.prompt_id, d.id))
    iterations: list[tuple[str, Sequence[Sample]]] = [("newest", rows.samples)]
    if config.mix and rows.previous:
        iterations.append(("previous", rows.previous))
    cut = Cut("spin", {"SFT rows": len(targets) * len(iterations)})
    for name, samples in iterations:
        answers = dict(by_prompt(samples))
        for row in targets:
            target = row.messages[-1].content
            asked = row.messages[-2].content  # an id may be another file's
            usable = [s for s in cut.usable(answers.get(row.prompt_id, [])) if s.prompt == asked]
            others = [s for s in usable if fold(s.response) != fold(target)]
            if not others:
                which = "the model gave the SFT response" if usable else "no sample of its prompt"
                cut.drop("SFT row", f"{which} ({name} iteration)")
                continue
            sample = rng(config.seed, "spin", name, row.prompt_id).choice(others)
            chosen, rejected = Side(target, None, row.id), Side(sample.response, None, sample.id)
            cut.pair(row.prompt_id, row.messages[:-1], chosen, rejected)
    return cut.done()
