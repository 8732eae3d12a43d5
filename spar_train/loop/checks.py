"""What cannot work is said before anything is written or asked."""

from __future__ import annotations

from spar_data.core.errors import SparError
from spar_train.loop.config import LoopConfig
from spar_train.loop.config import check as check_settings
from spar_train.loop.programs import check_command, check_option
from spar_train.loop.steps import TRAININGS, split, steps

_BUDGETS = ("max-tokens-total", "max-cost")


def check(config: LoopConfig) -> None:
    """Raises SparError naming the option at fault; every command line is parsed by the command itself."""
    check_settings(config)
    programs = {
        "selfplay": "spar-data",
        "pairs": "spar-data",
        "gold": "spar-data",
        **dict.fromkeys(TRAININGS, "spar-train"),
    }
    for text in config.overrides:  # before the commands are made: these look their options up
        step, option, _ = split(text)
        kinds = [kind for kind in ("dpo", "sft") if kind == config.baseline.train] if step == "train" else [step]
        for kind in kinds:
            check_option(programs.get(kind, "spar-eval"), kind, option, text)
        if step in ("pairs", "gold") and option in _BUDGETS:
            raise SparError(
                f"--set {text}: `spar-data {step}` takes what it has by then for all there is, and the loop would train on "
                f"it; `spar-data {step} --dry-run` says what it asks"
            )
    plan = [step for step in steps(config) if not step.skip]
    there = {step.kind for step in plan}
    for text in config.overrides:
        step, _, _ = split(text)
        if step not in there and step not in ("train", *TRAININGS):  # trainings: one command line serves all recipes
            raise SparError(f"--set {text}: this loop has no step {step}; it has {', '.join(sorted(there))}")
    for each in plan:
        check_command(each.argv)
