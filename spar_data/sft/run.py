"""`build_sft`: from prompts to a folder of sets for supervised fine-tuning, and the plan of its calls."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import polars as pl

from spar_data.core import run_folder
from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, write_parquet
from spar_data.core.records import Prompt
from spar_data.models import AnyModel, Budget, Limits, Store, Tally, model_label
from spar_data.models.phases import Phases, Reports
from spar_data.models.session import silent
from spar_data.selfplay import run_json
from spar_data.selfplay.estimate import Asked, PhasePlan, existing_store, plan_phase
from spar_data.selfplay.judge.judges import Question
from spar_data.selfplay.refine.refiners import Case
from spar_data.sft.build import build_sets
from spar_data.sft.config import SftConfig
from spar_data.sft.sets import SftSets
from spar_data.sft.split import split
from spar_data.sft.teacher import judgement_request, refinement_request, teacher_of
from spar_data.sources.prompts import Prompts, as_prompts

FACTS_FILE = "sft.json"


@dataclass(frozen=True)
class SftRun:
    """The sets, the content of sft.json without its settings, and tokens and money of each phase."""

    sets: SftSets
    facts: dict[str, JsonValue]
    calls: list[tuple[str, Tally]]


def build_sft(
    source: Prompts,
    teacher: AnyModel,
    actor: AnyModel,
    out: Path,
    store: Store,
    config: SftConfig,
    limit: int = 0,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
) -> SftRun:
    """Builds the sets, writes them to `out`, and records the run in sft.json.

    source    prompts in any form that `as_prompts` takes; if they have constraints, their checkers are gates.
    teacher   a model, or "rules".
    actor     the model whose responses are judged and refined; without one ("") only the actor's set is made.

    Raises SparError if `out` holds a run with other settings.
    """
    chosen_teacher = teacher_of(teacher, actor, config)
    prompts = as_prompts(source)[: limit or None]
    path = str(source) if isinstance(source, str | Path) else ""
    if chosen_teacher.needs_constraints and not any(prompt.constraints for prompt in prompts):
        raise SparError("rules need the constraints of the prompts: the prompts.parquet of a release is expected")
    settings: dict[str, JsonValue] = {
        **run_json.source([prompt.id for prompt in prompts]),
        "teacher": {**run_json.model(teacher), "temperature": config.temperature, "max_tokens": config.max_tokens},
        "actor": {**run_json.model(actor)} if actor else None,
        **config.settings(),
    }
    run_folder.claim(out, FACTS_FILE, settings, ("actor",))
    phases = Phases(store, limits, reports)
    sets = build_sets(prompts, chosen_teacher, actor, config, phases)
    sets.write(out)
    _write_rest(path, sets.parts["rest"], out / "rest.parquet")
    facts: dict[str, JsonValue] = {
        "state": "stopped" if phases.stopped else "finished" if actor else "actor",
        "source": run_json.place(path),
        "models": {"teacher": model_label(teacher), "actor": model_label(actor) or None},
        **sets.to_dict(),
        "phases": {name: tally.to_dict() for name, tally in phases.tallies},
        "stopped": phases.stopped,
    }
    run_folder.finish(out, FACTS_FILE, settings, facts, ("actor",))
    return SftRun(sets, facts, phases.tallies)


def plan_sft(
    source: str, teacher: str, actor: str, store_file: Path, config: SftConfig, limit: int = 0
) -> list[PhasePlan]:
    """The calls of each phase: exact where the requests are known, at most where they depend on answers."""
    chosen_teacher = teacher_of(teacher, actor, config)
    parts = split(as_prompts(source)[: limit or None], config)
    texts = {name: [prompt.text for prompt in part] for name, part in parts.items()}
    to_judge, sampling = [*texts["judge"], *texts["refine"]], config.sampling
    with existing_store(store_file) as store:
        responses = (Asked(chosen_teacher.response_request(text)) for text in texts["actor"])
        phases = [plan_phase("respond", chosen_teacher.responder, responses, store)]
        if actor:
            phases.append(plan_phase("actor", actor, (Asked(sampling.request(text)) for text in to_judge), store))
    if actor:
        judgement_tokens = sampling.max_tokens + config.max_tokens
        judgements = (
            Asked(judgement_request(Question(text, ""), config), sampling.max_tokens, config.samples)
            for text in to_judge
        )
        refinements = (
            Asked(refinement_request(Case(text, "", ""), config), judgement_tokens) for text in texts["refine"]
        )
        phases.append(plan_phase("judge", chosen_teacher.model, judgements, None, True))
        phases.append(plan_phase("refine", chosen_teacher.model, refinements, None, True))
    return phases


def _write_rest(path: str, rest: Sequence[Prompt], file: Path) -> None:
    """Writes the prompts of no set, with all columns if they come from a parquet file of prompts."""
    ids = [prompt.id for prompt in rest]
    if path.endswith(".parquet") and {"id", "prompt"} <= set(pl.read_parquet_schema(path)):
        rows = pl.read_parquet(path).filter(pl.col("id").is_in(ids)).unique("id", keep="first", maintain_order=True)
        if len(rows) == len(ids):
            write_parquet(file, rows)
            return
    texts = [prompt.text for prompt in rest]
    write_parquet(file, pl.DataFrame({"id": ids, "prompt": texts}, schema={"id": pl.String, "prompt": pl.String}))
