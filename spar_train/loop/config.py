"""The config of a loop: models, recipe, iterations, evaluations."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from spar_data.core.config import Config, required, setting
from spar_data.models.model_spec import RULES
from spar_train.loop.baselines import BASELINES, BY_VERDICT, Baseline
from spar_train.loop.evaluations import Evaluation, parse_evaluations


@dataclass(frozen=True)
class LoopConfig(Config):
    """Every value that a loop depends on: one field for each option of `spar-train loop`.

    constraints: whether the prompts carry any; it is read from the prompts.
    """

    prompts: str = required("", flag=None)
    actor: str = required("Model to train: hf:PATH, vllm:PATH or smollm2.", metavar="SPEC")
    out: str = required("", flag=None)
    refiners: tuple[str, ...] = setting(
        (), "Model that judges and refines, and is trained on its successes unless it is behind an API. Use `rules` for the "
        "rule-based refiner; repeat the option to combine both.", flag="--refiner", metavar="SPEC",
    )  # fmt: skip
    judge: str = setting("", "Model that judges, or `rules`.", metavar="SPEC", shown="the refiner")
    recipe: str = setting("spar", "Recipe of the training rows.", choices=tuple(BASELINES), flag="--pairs")
    iterations: int = setting(3, "Number of iterations.", at_least=1, metavar="N")
    per_iteration: int = setting(
        0, "Prompts of an iteration.", at_least=1, metavar="N", shown="equal parts, at most 10,000"
    )
    same_prompts: bool = setting(False, "Use the same prompts in every iteration, instead of new ones.")
    limit: int = setting(0, "Use the first N prompts only.", at_least=1, metavar="N", shown="")
    refiner_start: str = setting(
        "previous", "Model that each training of the refiner starts from.", choices=("previous", "base")
    )
    refiner_rows: str = setting(
        "refiner-paper", "Recipe of the refiner's rows.", choices=("refiner-paper", "refiner-authors")
    )
    evals: tuple[str, ...] = setting(
        ("fresh:200",), "Evaluation after each iteration: fresh:N (new prompts of IFEval's kind), held-out:N (checkable ones "
        "of PROMPTS), ifeval=FILE, llmbar=PATH, refinement=FILE, or none; may be repeated.",
        flag="--eval", metavar="KIND", shown="fresh:200",
    )  # fmt: skip
    engine: str = setting("", "Engine that runs trained models.", choices=("hf", "vllm"), shown="that of the spec")
    sft: str = setting("", "Dialogues that spin takes its targets from.", metavar="FILE")
    accelerate: str = setting("", "Train through `accelerate launch` with this config file.", metavar="FILE")
    overrides: tuple[str, ...] = setting(
        (), "An option of a step's command: selfplay.samples=3, train.learning-rate=5e-6, ifeval.max-tokens=512.",
        flag="--set", metavar="STEP.OPTION=VALUE",
    )  # fmt: skip
    seed: int = setting(0, "Seed of slices, choices and training.")
    eval_seed: int = setting(0, "Seed of fresh and held-out prompts; equal in loops that are compared.")
    store: str = setting("", "File of stored answers.", metavar="FILE", shown="OUT/completions.sqlite")
    eval_store: str = setting("", "File of the stored answers of evaluations.", metavar="FILE", shown="--store")
    constraints: bool = setting(False, "", flag=None)

    @property
    def baseline(self) -> Baseline:
        return BASELINES[self.recipe]

    @property
    def folder(self) -> Path:
        return Path(self.out)

    @property
    def evaluations(self) -> tuple[Evaluation, ...]:
        return parse_evaluations(self.evals)

    @property
    def refiner(self) -> str:
        """The model that refines, "" if there is none."""
        return next((spec for spec in self.refiners if spec != RULES), "")

    @property
    def only_checkable(self) -> bool:
        """Whether only prompts that the checkers can check wholly are used: no other prompt ever gets a Yes from them."""
        judge = self.judge or self.refiner or RULES
        return self.recipe in BY_VERDICT and judge == RULES
