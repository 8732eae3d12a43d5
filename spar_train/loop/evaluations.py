"""The evaluations after every iteration, and their prompts: `--eval`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError, nearest

# command, and file within the loop's folder, of prompts that the loop makes or sets aside
_SIZED = {"fresh": ("ifeval", "eval/fresh.jsonl"), "held-out": ("verifiable", "eval/held-out.parquet")}
_FROM_FILES = ("ifeval", "llmbar", "refinement")
_OF_REFINER = ("llmbar", "refinement")


@dataclass(frozen=True)
class Evaluation:
    """An evaluation of the loop.

    source: a file, a folder or a name on the Hub; "" for the default of the command. size: number of fresh or held-out prompts.
    """

    name: str
    source: str = ""
    size: int = 0

    @property
    def command(self) -> str:
        """The command of `spar-eval`."""
        return _SIZED[self.name][0] if self.name in _SIZED else self.name

    @property
    def of_refiner(self) -> bool:
        """Whether it tests the refiner instead of the actor."""
        return self.name in _OF_REFINER

    @property
    def data(self) -> str:
        """The file within the loop's folder if the loop makes the prompts, else ""."""
        return _SIZED[self.name][1] if self.name in _SIZED else ""


def parse_evaluations(texts: Sequence[str]) -> tuple[Evaluation, ...]:
    """Reads fresh:N, held-out:N, ifeval[=FILE], llmbar[=PATH] and refinement=FILE; `none` alone means none.

    Raises SparError.
    """
    if list(texts) == ["none"]:
        return ()
    evaluations: dict[str, Evaluation] = {}
    for text in texts:
        evaluation = _parse(text)
        if evaluation.name in evaluations:
            raise SparError(f"--eval {text}: {evaluation.name} is given twice; one of each kind is expected")
        evaluations[evaluation.name] = evaluation
    return tuple(evaluations.values())


def _parse(text: str) -> Evaluation:
    name, _, size = text.partition(":")
    if name in _SIZED:
        if not size.isdecimal() or not int(size):
            raise SparError(f"--eval {text}: {name}:N with a number of prompts is expected, e.g. {name}:200")
        return Evaluation(name, size=int(size))
    name, _, source = text.partition("=")
    if name not in _FROM_FILES:
        forms = "fresh:N, held-out:N, ifeval=FILE, llmbar=PATH, refinement=FILE or none is expected"
        raise SparError(f"--eval {text}: {forms}.{nearest(name, (*_SIZED, *_FROM_FILES))}")
    if name == "refinement" and not source:
        raise SparError(
            "--eval refinement: refinement=FILE is expected, JSON Lines with prompt, response and judgement"
        )
    return Evaluation(name, source)
