"""The models, or rules, that refine, guide and judge."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.models import AnyModel, identify, model_label
from spar_data.models.model_spec import RULES
from spar_data.selfplay.judge.judges import Judge, judge_of
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.refine.refiners import ModelRefiner
from spar_eval.benchmarks.refinement.config import RefinementConfig

SELF = "self"


@dataclass(frozen=True)
class Roles:
    """judges: by their names in the report. guide: decides while decoding; guide_label: `self`, `rules` or its model."""

    refiner: ModelRefiner
    judges: dict[str, Judge]
    guide: Judge
    guide_label: str

    def uses_rules(self, config: RefinementConfig) -> bool:
        judges = (*self.judges.values(), *([self.guide] if config.guided else []))
        return any(judge.model is None for judge in judges)

    def needs_fresh_votes(self, judge: Judge, config: RefinementConfig) -> bool:
        """Whether the judge is the guide, too: a text that was chosen for its votes has to be scored by other votes."""
        if not config.guided or judge.model is None or self.guide.model is None:
            return False
        return identify(judge.model) == identify(self.guide.model)


def assign_roles(model: AnyModel, judges: Sequence[AnyModel], guide: AnyModel, config: RefinementConfig) -> Roles:
    """judges, guide: `self` (the refiner), `rules` or a model; equal judges count once. Raises SparError for a wrong spec."""

    def judge(spec: AnyModel) -> Judge:
        judging = model if spec == SELF else spec
        return judge_of(judging, VoteRule(config.votes), config.judge_temperature, config.judge_max_tokens)

    if not judges:
        raise SparError("no judge: one or more are expected")
    refiner = ModelRefiner(model, config.refiner_temperature, config.top_p, config.max_tokens)
    identify(model)
    by_name: dict[str, Judge] = {}
    identities = set()
    for spec in judges:
        if (identity := _identity(judge(spec))) in identities:
            continue
        identities.add(identity)
        short = spec if isinstance(spec, str) and spec in (SELF, RULES) else identify(spec).name
        names = (short, model_label(spec), f"{short} {len(identities)}")
        by_name[next(name for name in names if name not in by_name)] = judge(spec)
    if config.guided:
        _identity(judge(guide))
    return Roles(refiner, by_name, judge(guide), model_label(guide))


def _identity(judge: Judge) -> str:
    return RULES if judge.model is None else identify(judge.model).key
