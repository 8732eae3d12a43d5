"""What is measured after every iteration, and on which prompts: `--eval`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError, nearest

_SIZED = ("fresh", "held-out")  # prompts that the loop makes or sets aside
_FILES = ("ifeval", "llmbar", "refinement")  # data given as a file
_COMMANDS = {"fresh": "ifeval", "held-out": "verifiable"}
_REFINER = ("llmbar", "refinement")


@dataclass(frozen=True)
class Evaluation:
    """source: a file, folder or name on the Hub, "" for the command's own default; size: prompts of fresh and held-out."""

    name: str
    source: str = ""
    size: int = 0

    @property
    def command(self) -> str:
        """Of `spar-eval`."""
        return _COMMANDS.get(self.name, self.name)

    @property
    def of_refiner(self) -> bool:
        return self.name in _REFINER

    @property
    def data(self) -> str:
        """The file within the loop's folder, of those that the loop makes."""
        return {"fresh": "eval/fresh.jsonl", "held-out": "eval/held-out.parquet"}.get(self.name, "")


def evaluations(texts: Sequence[str]) -> tuple[Evaluation, ...]:
    """fresh:N, held-out:N, ifeval[=FILE], llmbar[=PATH], refinement=FILE; `none` alone is none. Raises SparError."""
    if list(texts) == ["none"]:
        return ()
    found: dict[str, Evaluation] = {}
    for text in texts:
        each = _evaluation(text)
        if each.name in found:
            raise SparError(f"--eval {text}: {each.name} is given twice; one of each kind is expected")
        found[each.name] = each
    return tuple(found.values())


def _evaluation(text: str) -> Evaluation:
    name, _, size = text.partition(":")
    if name in _SIZED:
        if not size.isdecimal() or not int(size):
            raise SparError(f"--eval {text}: {name}:N with a number of prompts is expected, e.g. {name}:200")
        return Evaluation(name, size=int(size))
    name, _, source = text.partition("=")
    if name not in _FILES:
        known = "fresh:N, held-out:N, ifeval=FILE, llmbar=PATH, refinement=FILE or none is expected"
        raise SparError(f"--eval {text}: {known}.{nearest(name, (*_SIZED, *_FILES))}")
    if name == "refinement" and not source:
        raise SparError(
            "--eval refinement: refinement=FILE is expected, JSON Lines with prompt, response and judgement"
        )
    return Evaluation(name, source)
