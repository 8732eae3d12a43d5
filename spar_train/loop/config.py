"""The settings of a loop: who plays, by which recipe, how many iterations, measured on what."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.models.model_spec import RULES, parse_spec
from spar_train.loop.baselines import BASELINES, BY_VERDICT, Baseline
from spar_train.loop.evaluations import Evaluation, evaluations

_LOCAL = ("hf", "vllm", "smollm2")
_ENGINE_OPTIONS = {  # of a model spec, that go on to the trained model
    "hf": ("dtype", "device", "batch"),
    "vllm": ("tp", "max_len", "dtype", "memory"),
}


@dataclass(frozen=True)
class LoopConfig:
    """refiners: a model, `rules`, or both. judge: "" = the refiner. per_iteration: prompts of an iteration; 0 = equal
    parts. same_prompts: every iteration has the same ones. refiner_start: what each RFT starts from, previous or base.
    refiner_rows: recipe of the refiner's rows. engine: what runs trained models; "" = as the spec says. sft: dialogues that
    spin takes its targets from. accelerate: a config file; training runs through `accelerate launch` then. overrides:
    STEP.OPTION=VALUE. store, eval_store: where answers are kept, "" = in the loop's folder. constraints: whether the
    prompts carry any. eval_seed: of fresh and held-out prompts, the same in loops that are compared."""

    prompts: str
    actor: str
    out: str
    refiners: tuple[str, ...] = ()
    judge: str = ""
    recipe: str = "spar"
    iterations: int = 3
    per_iteration: int = 0
    same_prompts: bool = False
    limit: int = 0
    refiner_start: str = "previous"
    refiner_rows: str = "refiner-paper"
    evals: tuple[str, ...] = ("fresh:200",)
    engine: str = ""
    sft: str = ""
    accelerate: str = ""
    overrides: tuple[str, ...] = ()
    seed: int = 0
    eval_seed: int = 0
    store: str = ""
    eval_store: str = ""
    constraints: bool = False

    @property
    def baseline(self) -> Baseline:
        return BASELINES[self.recipe]

    @property
    def folder(self) -> Path:
        return Path(self.out)

    @property
    def evaluations(self) -> tuple[Evaluation, ...]:
        return evaluations(self.evals)

    @property
    def refiner(self) -> str:
        """The model that refines, "" if none does."""
        return next((spec for spec in self.refiners if spec != RULES), "")

    @property
    def only_checkable(self) -> bool:
        """With the checkers as the only judge a prompt that they cannot check wholly never gets a Yes."""
        judge = self.judge or self.refiner or RULES
        return self.recipe in BY_VERDICT and judge == RULES

    def to_dict(self) -> dict[str, Any]:
        return dataclasses.asdict(self)

    @classmethod
    def of(cls, plain: dict[str, Any]) -> LoopConfig:
        """The inverse of to_dict, after JSON."""
        values: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in plain.items()}
        return cls(**values)


def check(config: LoopConfig) -> None:
    """Raises SparError for what cannot work, before anything is written."""
    baseline, models = config.baseline, [spec for spec in config.refiners if spec != RULES]
    start(config.actor, "--actor")
    if any(sign in config.out for sign in ",@"):
        raise SparError(f"--out {config.out}: a path without ',' and '@' is expected: it becomes part of model specs")
    if len(models) > 1 or len(config.refiners) - len(models) > 1:
        raise SparError("--refiner: one of them, or a model and rules are expected")
    if models:
        parse_spec(models[0])
    if config.judge and config.judge != RULES:
        parse_spec(config.judge)
    if baseline.search and not config.refiners:
        raise SparError(f"--pairs {config.recipe}: --refiner SPEC is missing: a model, rules, or both")
    if config.recipe == "direct" and not (config.refiners or config.judge):
        raise SparError("--pairs direct: who judges? --judge rules, --judge SPEC or --refiner SPEC is expected")
    if (baseline.gold or config.recipe == "spin") and config.refiners:
        raise SparError(f"--pairs {config.recipe}: nobody refines in it: leave out --refiner")
    if baseline.gold and config.judge:
        raise SparError(f"--pairs {config.recipe}: gold answers decide: leave out --judge")
    if baseline.asks and config.judge == RULES:
        raise SparError(
            f"--pairs {config.recipe}: scores are asked of a model: --judge SPEC, or leave it out (the actor)"
        )
    if (config.recipe == "spin") != bool(config.sft):
        raise SparError(
            "--pairs spin: --sft FILE is missing, the dialogues it takes its targets from (`spar-data sft` makes them)"
            if config.recipe == "spin"
            else f"--sft is for --pairs spin, not {config.recipe}: leave it out"
        )
    if RULES in (config.judge, *config.refiners) and not config.constraints:
        raise SparError(
            f"{config.prompts}: rules need the constraints of the prompts: the prompts.parquet of a release is expected"
        )
    if baseline.gold and any(each.name == "held-out" for each in config.evaluations):
        raise SparError(
            "--eval held-out: problems with gold answers carry no constraints: fresh:N or ifeval=FILE is expected"
        )
    if any(each.name == "held-out" for each in config.evaluations) and not config.constraints:
        raise SparError(
            f"--eval held-out: {config.prompts} carries no constraints: the prompts.parquet of a release is expected"
        )
    for each in config.evaluations:
        if each.of_refiner and not config.refiner:
            raise SparError(
                f"--eval {each.name} tests the refiner: --refiner with a model is expected, or leave it out"
            )


def start(spec: str, option: str = "--actor") -> str:
    """What the trainer takes for a model spec: a folder, a name on the Hub, or smollm2. Raises SparError."""
    found = parse_spec(spec)
    if found.kind not in _LOCAL:
        raise SparError(
            f"{option} {spec}: a model behind an API cannot be trained: hf:PATH, vllm:PATH or smollm2 is expected"
        )
    for name in ("lora", "template"):
        if name in found.options:
            what = (
                "an adapter: merge it into the model first"
                if name == "lora"
                else "a template: put it into the model's folder"
            )
            raise SparError(f"{option} {spec}: the trainer does not take {what}")
    return "smollm2" if found.kind == "smollm2" else found.target


def trainable(spec: str) -> bool:
    """Whether a refiner of this spec is trained; one behind an API stays as it is."""
    return spec not in ("", RULES) and parse_spec(spec).kind in _LOCAL


def trained(folder: Path, spec: str, engine: str = "") -> str:
    """The spec of a model that was trained into folder/model from one of `spec`."""
    found = parse_spec(spec)
    engine = engine or ("hf" if found.kind == "smollm2" else found.kind)
    options = [f"{name}={found.options[name]}" for name in _ENGINE_OPTIONS[engine] if name in found.options]
    return ",".join([f"{engine}:{folder / 'model'}", *options])
