"""A loop as the ordered list of its commands: a pure function of its settings."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spar_data.core.errors import SparError
from spar_data.models.model_spec import RULES
from spar_train.loop.baselines import BY_VERDICT, JUDGE_PAIRS_UNTIL
from spar_train.loop.config import LoopConfig, start, trainable, trained
from spar_train.loop.evaluations import Evaluation

GROUPS = ("selfplay", "pairs", "gold", "dpo", "sft", "rft", "train", "ifeval", "verifiable", "llmbar", "refinement")
TRAININGS = ("dpo", "sft", "rft")
Values = dict[str, str | bool | tuple[str, ...]]


@dataclass(frozen=True)
class Step:
    """name: "iteration-1/selfplay", also its folder. argv: the command; empty where the step is left out, and `skip` says
    why. rows: the file it trains on: without rows there is nothing to do. kind: command, and which result file proves it."""

    name: str
    kind: str
    argv: tuple[str, ...]
    out: Path
    rows: Path | None = None
    skip: str = ""

    @property
    def iteration(self) -> int:
        return int(self.name.split("/")[0].removeprefix("iteration-"))


def steps(config: LoopConfig, stays: frozenset[int] = frozenset()) -> list[Step]:
    """All commands in order. stays: iterations without a single row for the refiner, which then stays as it is."""
    actor, refiner = config.actor, config.refiner
    found = _evaluations(config, 0, actor, refiner, "")
    for t in range(1, config.iterations + 1):
        found += _play(config, t, actor, refiner)
        learner = start(config.actor) if config.baseline.from_base else start(actor)
        found.append(_train(config, t, learner))
        why = _refiner_stays(config, t, stays)
        if config.baseline.search:
            found.append(_rft(config, t, refiner, why))
        actor = trained(_out(config, t) / "actor", config.actor, config.engine)
        if config.baseline.search and not why:
            refiner = trained(_out(config, t) / "refiner", config.refiner, config.engine)
        found += _evaluations(config, t, actor, refiner, why or ("" if config.baseline.search else "it is not trained"))
    return found


def overridden(config: LoopConfig, program: str, kind: str, values: Values) -> Values:
    """values with the --set of this step; those of `train` go to dpo, sft and rft. An option that may be repeated keeps all
    of its values, the loop's own included. Raises SparError."""
    from spar_train.loop.programs import flag, repeats

    for text in config.overrides:
        step, option, value = split(text)
        if step == kind or (step == "train" and kind in TRAININGS):
            known = values.get(option)
            if repeats(program, kind, option):
                values[option] = (*(known if isinstance(known, tuple) else ()), value)
            else:
                values[option] = flag(program, kind, option, value)
    return values


def split(text: str) -> tuple[str, str, str]:
    """(step, option, value) of STEP.OPTION=VALUE. Raises SparError."""
    left, equals, value = text.partition("=")
    step, dot, option = left.partition(".")
    if not (equals and dot and option) or step not in GROUPS:
        raise SparError(
            f"--set {text}: STEP.OPTION=VALUE is expected, e.g. selfplay.samples=3; steps: {', '.join(GROUPS)}"
        )
    return step, option.replace("_", "-"), value


def _out(config: LoopConfig, t: int) -> Path:
    return config.folder / f"iteration-{t}"


def slice_file(config: LoopConfig, t: int) -> Path:
    """The prompts of an iteration."""
    suffix = "jsonl" if config.baseline.gold else "parquet"
    return config.folder / "prompts" / f"iteration-{1 if config.same_prompts else t}.{suffix}"


def store(config: LoopConfig) -> str:
    return config.store or str(config.folder / "completions.sqlite")


def _play(config: LoopConfig, t: int, actor: str, refiner: str) -> list[Step]:
    """What is trained on: responses, votes and trees, then pairs; or gold answers alone."""
    baseline, here = config.baseline, _out(config, t)
    source = str(slice_file(config, t))
    if baseline.gold:
        values: Values = {"recipe": baseline.cut, "model": actor, "out": str(here / "gold"), "seed": str(config.seed)}
        return [_step(config, t, "gold", "gold", "spar-data", [source], values)]
    values = {"actor": actor, **_judges(config, actor, refiner), "out": str(here / "selfplay")}
    values |= {"seed": str(config.seed), **dict(baseline.sampling)}
    if not baseline.search:
        values["no-search"] = True
    play = _step(config, t, "selfplay", "selfplay", "spar-data", [source], values)
    cuts = (baseline.cut, config.refiner_rows) if baseline.search and trainable(config.refiner) else (baseline.cut,)
    values = {"recipe": cuts, "out": str(here / "pairs")}
    if baseline.asks:
        values["judge"] = config.judge or actor
    if config.recipe == "meta-rewarding" and t > JUDGE_PAIRS_UNTIL:
        values["set"] = ("meta-rewarding.judge_pairs=false",)
    if config.recipe == "spin":
        values["add"] = (f"sft={config.sft}",)
        if t > 1:
            values["previous"] = str(_out(config, t - 1) / "selfplay")
    return [play, _step(config, t, "pairs", "pairs", "spar-data", [str(here / "selfplay")], values)]


def _judges(config: LoopConfig, actor: str, refiner: str) -> Values:
    """Who judges and refines. Where the recipe looks at no verdict the checkers judge, which costs nothing, or the actor
    itself gives one vote: `spar-data selfplay` judges always."""
    if config.recipe in BY_VERDICT:
        refiners = tuple(refiner if spec == config.refiner else spec for spec in config.refiners)
        values: Values = {"refiner": refiners or (config.judge,)}
        return {**values, "judge": config.judge} if config.judge else values
    if config.constraints:
        return {"refiner": (RULES,)}
    return {"refiner": (actor,), "votes": "1"}


def _train(config: LoopConfig, t: int, learner: str) -> Step:
    baseline, here = config.baseline, _out(config, t)
    rows = here / ("gold" if baseline.gold else "pairs") / baseline.rows
    values: Values = {"model": learner, "out": str(here / "actor"), "seed": str(config.seed)}
    if baseline.train == "dpo":
        values = {"recipe": config.recipe, **values}
    return _step(config, t, "actor", baseline.train, "spar-train", [str(rows)], values, rows)


def _rft(config: LoopConfig, t: int, refiner: str, why: str) -> Step:
    here = _out(config, t)
    if why:
        return Step(f"{here.name}/refiner", "rft", (), here / "refiner", skip=why)
    rows = here / "pairs" / ("rft.parquet" if config.refiner_rows == "refiner-paper" else "rft_authors.parquet")
    model = start(config.refiner if config.refiner_start == "base" else refiner, "--refiner")
    values: Values = {"model": model, "out": str(here / "refiner"), "seed": str(config.seed)}
    return _step(config, t, "refiner", "rft", "spar-train", [str(rows)], values, rows)


def _refiner_stays(config: LoopConfig, t: int, stays: frozenset[int]) -> str:
    if not config.refiner:
        return "rules refine alone: nothing to train"
    if not trainable(config.refiner):
        return "the refiner is behind an API and stays as it is"
    return "no rows to train it on: the refiner stays as it is" if t in stays else ""


def _evaluations(config: LoopConfig, t: int, actor: str, refiner: str, why: str) -> list[Step]:
    """why: why the refiner is the one from before, so that there is nothing new to measure."""
    found = []
    for each in config.evaluations:
        if each.of_refiner and why:
            found.append(Step(f"iteration-{t}/eval/{each.name}", each.command, (), Path(), skip=why))
        else:
            found.append(_evaluate(config, t, each, refiner if each.of_refiner else actor))
    return found


def _evaluate(config: LoopConfig, t: int, each: Evaluation, model: str) -> Step:
    data = str(config.folder / each.data) if each.data else each.source
    values: Values = {"judge" if each.name == "llmbar" else "model": model}
    if each.name == "refinement":
        values["judge"] = (config.judge or "self",)
        if config.judge == RULES:
            values["prompts"] = config.prompts  # for rows that carry no constraints of their own
    if data and each.name != "held-out":
        values["data"] = data
    values["out"] = str(_out(config, t) / "eval" / each.name)
    where = [data] if each.name == "held-out" else []
    return _step(config, t, f"eval/{each.name}", each.command, "spar-eval", where, values)


def _step(
    config: LoopConfig, t: int, name: str, kind: str, program: str, where: list[str], values: Values, rows: Path | None = None
) -> Step:  # fmt: skip
    out = _out(config, t) / name
    if program != "spar-train":
        values["store"] = (config.eval_store if program == "spar-eval" else "") or store(config)
    command: tuple[str, ...] = (program,)
    if program == "spar-train" and config.accelerate:
        command = ("accelerate", "launch", "--config_file", config.accelerate, "-m", "spar_train.cli.main")
    options = _render(overridden(config, program, kind, values))
    return Step(f"iteration-{t}/{name}", kind, (*command, kind, *where, *options), out, rows)


def _render(values: Values) -> list[str]:
    found: list[str] = []
    for name, value in values.items():
        if isinstance(value, bool):
            found += [f"--{name}"] if value else []
        else:
            for each in (value,) if isinstance(value, str) else value:
                found += [f"--{name}", each]
    return found
