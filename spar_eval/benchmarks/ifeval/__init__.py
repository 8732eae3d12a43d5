"""IFEval (Zhou et al. 2023, arXiv 2311.07911): 541 prompts with 25 types of instructions that code can verify."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import partial

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval import detect
from spar_data.constraints.text import nltk as nltk_text
from spar_eval.instructions.benchmark import Benchmark
from spar_eval.instructions.score import Checker, Prompt

FINAL = "9e4c9479"
"""`following.digest` of the final release (June 2024)."""


def _versions() -> str:
    return f"ifeval-2024.06,{nltk_text.versions()},{detect.versions()}"


def _notes(prompts: Sequence[Prompt]) -> list[str]:
    """Where the official code would not give the same number twice."""
    names = [(p.id, name, kwargs) for p in prompts for name, kwargs in p.instructions]
    letters = [
        key for key, name, kwargs in names if "letter" in kwargs and not re.match("[a-z]", kwargs["letter"], re.I)
    ]
    asked = sum(name in _LANGDETECT for _, name, _ in names)
    notes = []
    if letters:
        notes.append(
            f"the official code counts a random letter instead of the sign asked for in {', '.join(letters)}; here the sign"
        )
    if asked:
        notes.append(f"langdetect decides {asked} instructions: seed 0 here, unseeded in the official code")
    return notes


IFEVAL = Benchmark(
    task="ifeval",
    hub="google/IFEval",
    split="train",
    files=("input_data.jsonl",),
    validate=ifeval.validate,
    check=ifeval.check,
    versions=_versions,
    notes=_notes,
    digests={FINAL: "final release"},
)

_LANGDETECT = ("language:response_language", "change_case:english_capital", "change_case:english_lowercase")

FIXED = " (fixed)"
"""The suffix of the repaired checkers' metrics."""


def checkers(repaired: Sequence[str] = ()) -> dict[str, Checker]:
    """The official checkers, and beside them those with these of `ifeval.FIXES` if any are named."""
    return {"": ifeval.check, **({FIXED: partial(ifeval.check, repaired=tuple(repaired))} if repaired else {})}
