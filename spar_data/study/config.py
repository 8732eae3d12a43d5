"""The settings of `spar-data study interference`."""

from __future__ import annotations

import re
from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError

DIFFICULTIES = ("easy", "mixed", "hard")


@dataclass(frozen=True)
class StudyConfig(Config):
    """All settings of `spar-data study interference`. Ranges are texts, "3-20" or "2"."""

    tasks: tuple[str, ...] = setting(
        ("letters", "stories"), "Task to build; may be repeated.", choices=("letters", "stories"), flag="--task",
        shown="both",
    )  # fmt: skip
    size: int = setting(2000, "Pairs in each arm of a task.", at_least=1)
    eval_size: int = setting(200, "Test prompts of a task.", at_least=1)
    seed: int = setting(42, "Seed of every draw.")
    difficulty: str = setting(
        "mixed", "hard: one letter too many or few, one word of a sentence changed.", choices=DIFFICULTIES
    )
    kinds: str = setting("2", "letters: number of different letters in a sequence.", metavar="LEAST-MOST")
    counts: str = setting("3-20", "letters: number of each letter.", metavar="LEAST-MOST")
    alphabet: str = setting("abcdefghijklmnopqrstuvwxyz", "letters: the letters to use.", shown="a to z")
    capitals: float = setting(
        1.0, "letters: share of sampled pairs whose chosen side is in capitals.", at_least=0, at_most=1
    )
    sentences: str = setting("4-8", "stories: sentences between the first and the last.", metavar="LEAST-MOST")

    def span(self, name: str) -> tuple[int, int]:
        """The range of a field, e.g. (3, 20). Raises SparError."""
        value: str = getattr(self, name)
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", value)
        if not match:
            raise SparError(f"{name} = {value!r}: LEAST-MOST is expected, as in 3-20")
        least, most = int(match[1]), int(match[2] or match[1])
        if not 1 <= least <= most:
            raise SparError(f"{name} = {value}: two numbers from 1 on are expected, the smaller one first")
        return least, most
