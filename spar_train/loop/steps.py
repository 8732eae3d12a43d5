"""A loop as the ordered list of its commands: a pure function of its config."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spar_data.models.model_spec import RULES
from spar_train.config import DPO_WEIGHTS
from spar_train.loop.baselines import BY_VERDICT, JUDGE_PAIRS_UNTIL
from spar_train.loop.config import LoopConfig
from spar_train.loop.evaluations import Evaluation
from spar_train.loop.model_specs import is_trainable, start_model, trained_model
from spar_train.loop.step_configs import StepConfigs, step_configs

PROGRAMS = {
    **dict.fromkeys(("selfplay", "pairs", "gold"), "spar-data"),
    **dict.fromkeys(("dpo", "sft", "rft"), "spar-train"),
    **dict.fromkeys(("ifeval", "verifiable", "llmbar", "refinement"), "spar-eval"),
}


@dataclass(frozen=True)
class Step:
    """A command of the loop.

    name      e.g. "iteration-1/selfplay"; also its folder within the loop's.
    kind      the command, which also decides the file that proves the step done.
    command   program, command and inputs.
    configs   the values of the command.
    places    the options --out and --store.
    rows      the file that it trains on; without rows there is nothing to do.
    skip      the reason why the step is left out, "" if it is not.
    """

    name: str
    kind: str
    out: Path
    command: tuple[str, ...] = ()
    configs: StepConfigs = field(default_factory=StepConfigs)
    places: tuple[str, ...] = ()
    rows: Path | None = None
    skip: str = ""

    @property
    def argv(self) -> tuple[str, ...]:
        """The command line; empty if the step is left out."""
        return (*self.command, *self.configs.words(), *self.places)

    @property
    def iteration(self) -> int:
        return int(self.name.split("/")[0].removeprefix("iteration-"))


def loop_steps(config: LoopConfig, without_rows: frozenset[int] = frozenset()) -> list[Step]:
    """All steps in order. without_rows: iterations without a row for the refiner, which then stays as it is."""
    actor, refiner = config.actor, config.refiner
    steps = _evaluation_steps(config, 0, actor, refiner, "")
    for t in range(1, config.iterations + 1):
        steps += _row_steps(config, t, actor, refiner)
        steps.append(_actor_step(config, t, config.actor if config.baseline.from_base else actor))
        unchanged = _refiner_unchanged(config, t, without_rows)
        if config.baseline.search:
            steps.append(_refiner_step(config, t, refiner, unchanged))
        actor = trained_model(_folder(config, t) / "actor", config.actor, config.engine)
        if config.baseline.search and not unchanged:
            refiner = trained_model(_folder(config, t) / "refiner", config.refiner, config.engine)
        unchanged = unchanged or ("" if config.baseline.search else "it is not trained")
        steps += _evaluation_steps(config, t, actor, refiner, unchanged)
    return steps


def slice_file(config: LoopConfig, t: int) -> Path:
    """The prompts of an iteration."""
    suffix = "jsonl" if config.baseline.gold else "parquet"
    return config.folder / "prompts" / f"iteration-{1 if config.same_prompts else t}.{suffix}"


def _folder(config: LoopConfig, t: int) -> Path:
    return config.folder / f"iteration-{t}"


def _row_steps(config: LoopConfig, t: int, actor: str, refiner: str) -> list[Step]:
    """The steps that make training rows: self-play, then pairs; or gold answers alone."""
    baseline, folder = config.baseline, _folder(config, t)
    values: dict[str, object] = {"seed": config.seed}
    if baseline.gold:
        values |= {"recipe": baseline.cut, "model": actor}
        return [_step(config, t, "gold", "gold", slice_file(config, t), values)]
    values |= {"actor": actor, **_judges(config, actor, refiner), "no_search": not baseline.search, **baseline.sampling}
    play = _step(config, t, "selfplay", "selfplay", slice_file(config, t), values)
    trains_refiner = baseline.search and is_trainable(config.refiner)
    options: dict[str, object] = {"recipe": (baseline.cut, config.refiner_rows) if trains_refiner else baseline.cut}
    if baseline.asks:
        options["judge"] = config.judge or actor
    if config.recipe == "meta-rewarding" and t > JUDGE_PAIRS_UNTIL:
        options["set"] = ("meta-rewarding.judge_pairs=false",)
    if config.recipe == "spin":
        options["add"] = (f"sft={config.sft}",)
        if t > 1:
            options["previous"] = str(_folder(config, t - 1) / "selfplay")
    return [play, _step(config, t, "pairs", "pairs", folder / "selfplay", options)]


def _judges(config: LoopConfig, actor: str, refiner: str) -> dict[str, object]:
    """The values for judge and refiner.

    `spar-data selfplay` always judges. If the recipe does not use the verdicts, the checkers judge, which costs nothing, or
    the actor gives a single vote.
    """
    if config.recipe in BY_VERDICT:
        refiners = tuple(refiner if spec == config.refiner else spec for spec in config.refiners)
        return {"refiner": refiners or (config.judge,), **({"judge": config.judge} if config.judge else {})}
    if config.constraints:
        return {"refiner": (RULES,)}
    return {"refiner": (actor,), "votes": 1}


def _actor_step(config: LoopConfig, t: int, model: str) -> Step:
    baseline = config.baseline
    rows = _folder(config, t) / ("gold" if baseline.gold else "pairs") / baseline.rows
    values: dict[str, object] = {"model": start_model(model), "seed": config.seed}
    if baseline.train == "dpo":
        values |= {"recipe": config.recipe, **DPO_WEIGHTS[config.recipe]._asdict()}
    return _step(config, t, "actor", baseline.train, rows, values, rows)


def _refiner_step(config: LoopConfig, t: int, refiner: str, unchanged: str) -> Step:
    folder = _folder(config, t)
    if unchanged:
        return Step(f"{folder.name}/refiner", "rft", folder / "refiner", skip=unchanged)
    rows = folder / "pairs" / ("rft.parquet" if config.refiner_rows == "refiner-paper" else "rft_authors.parquet")
    model = start_model(config.refiner if config.refiner_start == "base" else refiner, "--refiner")
    return _step(config, t, "refiner", "rft", rows, {"model": model, "seed": config.seed}, rows)


def _refiner_unchanged(config: LoopConfig, t: int, without_rows: frozenset[int]) -> str:
    """The reason why the refiner is not trained, "" if it is."""
    if not config.refiner:
        return "rules refine alone: nothing to train"
    if not is_trainable(config.refiner):
        return "the refiner is behind an API and stays as it is"
    return "no rows to train it on: the refiner stays as it is" if t in without_rows else ""


def _evaluation_steps(config: LoopConfig, t: int, actor: str, refiner: str, unchanged: str) -> list[Step]:
    """unchanged: the reason why the refiner is the previous one, so that there is nothing new to evaluate."""
    steps = []
    for evaluation in config.evaluations:
        if evaluation.of_refiner and unchanged:
            name = f"iteration-{t}/eval/{evaluation.name}"
            steps.append(Step(name, evaluation.command, Path(), skip=unchanged))
        else:
            steps.append(_evaluation_step(config, t, evaluation, refiner if evaluation.of_refiner else actor))
    return steps


def _evaluation_step(config: LoopConfig, t: int, evaluation: Evaluation, model: str) -> Step:
    data = str(config.folder / evaluation.data) if evaluation.data else evaluation.source
    values: dict[str, object] = {"judge" if evaluation.name == "llmbar" else "model": model}
    if evaluation.name == "refinement":
        values["judge"] = config.judge or "self"
        if config.judge == RULES:
            values["prompts"] = config.prompts  # for rows without constraints of their own
    if evaluation.name == "held-out":
        return _step(config, t, f"eval/{evaluation.name}", evaluation.command, data, values)
    return _step(config, t, f"eval/{evaluation.name}", evaluation.command, "", {**values, "data": data})


def _step(
    config: LoopConfig, t: int, name: str, kind: str, source: str | Path, values: Mapping[str, object],
    rows: Path | None = None,
) -> Step:  # fmt: skip
    """source: the command's argument, "" if it has none. values: of the fields of its configs."""
    program, out = PROGRAMS[kind], _folder(config, t) / name
    places: tuple[str, ...] = ("--out", str(out))
    if program != "spar-train":
        store = config.store or str(config.folder / "completions.sqlite")
        places += ("--store", (config.eval_store if program == "spar-eval" else "") or store)
    launcher: tuple[str, ...] = (program,)
    if program == "spar-train" and config.accelerate:
        launcher = ("accelerate", "launch", "--config_file", config.accelerate, "-m", "spar_train.cli.main")
    command = (*launcher, kind, str(source)) if source else (*launcher, kind)
    return Step(f"iteration-{t}/{name}", kind, out, command, step_configs(config.overrides, kind, values), places, rows)
