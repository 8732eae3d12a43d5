"""Refuses loops that cannot work, before anything is written or any model is called."""

from __future__ import annotations

from spar_data.core.errors import SparError
from spar_data.models.model_spec import RULES, parse_spec
from spar_train.loop.config import LoopConfig
from spar_train.loop.model_specs import start_model
from spar_train.loop.step_configs import TRAININGS, check_override, split_override, step_configs
from spar_train.loop.steps import loop_steps


def check_loop(config: LoopConfig) -> None:
    """Raises SparError naming the option at fault. The configs of all steps are built, which checks their values."""
    _check_models(config)
    _check_recipe(config)
    _check_constraints(config)
    for text in config.overrides:
        check_override(text)
    kinds = sorted({step.kind for step in loop_steps(config) if not step.skip})
    for text in config.overrides:
        kind, _, _ = split_override(text)
        if kind in TRAININGS:  # also those that this recipe lacks: one command line serves all recipes
            step_configs((text,), kind, {})
        elif kind not in (*kinds, "train"):
            raise SparError(f"--set {text}: this loop has no step {kind}; it has {', '.join(kinds)}")


def _check_models(config: LoopConfig) -> None:
    models = [spec for spec in config.refiners if spec != RULES]
    start_model(config.actor)
    if any(sign in config.out for sign in ",@"):
        raise SparError(f"--out {config.out}: a path without ',' and '@' is expected: it becomes part of model specs")
    if len(models) > 1 or len(config.refiners) - len(models) > 1:
        raise SparError("--refiner: one of them, or a model and rules are expected")
    for spec in (*models, *([config.judge] if config.judge not in ("", RULES) else [])):
        parse_spec(spec)
    for evaluation in config.evaluations:
        if evaluation.of_refiner and not config.refiner:
            raise SparError(
                f"--eval {evaluation.name} tests the refiner: --refiner with a model is expected, or leave it out"
            )


def _check_recipe(config: LoopConfig) -> None:
    baseline, recipe = config.baseline, config.recipe
    if baseline.search and not config.refiners:
        raise SparError(f"--pairs {recipe}: --refiner SPEC is missing: a model, rules, or both")
    if recipe == "direct" and not (config.refiners or config.judge):
        raise SparError("--pairs direct: a judge is missing: --judge rules, --judge SPEC or --refiner SPEC is expected")
    if (baseline.gold or recipe == "spin") and config.refiners:
        raise SparError(f"--pairs {recipe}: this recipe refines nothing: leave out --refiner")
    if baseline.gold and config.judge:
        raise SparError(f"--pairs {recipe}: gold answers decide: leave out --judge")
    if baseline.asks and config.judge == RULES:
        raise SparError(f"--pairs {recipe}: a model has to give scores: --judge SPEC, or leave it out (the actor)")
    if recipe == "spin" and not config.sft:
        raise SparError("--pairs spin: --sft FILE with its target dialogues is missing (`spar-data sft` makes them)")
    if config.sft and recipe != "spin":
        raise SparError(f"--sft is for --pairs spin, not {recipe}: leave it out")


def _check_constraints(config: LoopConfig) -> None:
    held_out = any(evaluation.name == "held-out" for evaluation in config.evaluations)
    if RULES in (config.judge, *config.refiners) and not config.constraints:
        raise SparError(
            f"{config.prompts}: rules need the constraints of the prompts: the prompts.parquet of a release is expected"
        )
    if held_out and config.baseline.gold:
        raise SparError(
            "--eval held-out: problems with gold answers carry no constraints: fresh:N or ifeval=FILE is expected"
        )
    if held_out and not config.constraints:
        raise SparError(
            f"--eval held-out: {config.prompts} carries no constraints: the prompts.parquet of a release is expected"
        )
