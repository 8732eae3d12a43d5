"""IFBench (Pyatkin et al. 2025, arXiv 2507.02833): 300 prompts with 58 types of instructions that code can verify."""

from __future__ import annotations

from collections.abc import Sequence

from spar_data.constraints import ifbench
from spar_data.constraints.ifbench import tagger
from spar_data.constraints.text import nltk as nltk_text
from spar_eval.instructions.benchmark import Benchmark
from spar_eval.instructions.score import Prompt

CHECKER = "ifbench-2026.11"
"""Changes with every change of a verdict."""

TEST = "0ef4cbcf"
"""`following.digest` of the test set of 300 prompts."""

_VERB = "words:start_verb"

OTHERWISE = {
    "ratio:overlap": "compares trigrams of characters, not of words",
    "ratio:sentence_words": "does not look at whether the words differ",
    "repeat:repeat_span": "takes the numbers of words for numbers of characters",
}
"""Instructions whose official checker does something else than their prompt asks."""


def versions() -> str:
    """What verdicts depend on: "ifbench-2026.11 (official db69a6f),nltk 3.10.4,emoji 2.16.0,syllapy 0.8.0"."""
    return ",".join((f"{CHECKER} (official {ifbench.OFFICIAL})", nltk_text.versions(), *ifbench.versions()))


def _notes(prompts: Sequence[Prompt]) -> list[str]:
    asked = [name for prompt in prompts for name, _ in prompt.instructions]
    notes = [
        f"{asked.count(name)} of {name}: the official checker {what}; kept, so that scores compare"
        for name, what in OTHERWISE.items()
        if name in asked
    ]
    if _VERB in asked and not tagger.installed():
        notes.append(
            f"{asked.count(_VERB)} of {_VERB} could not be checked and count as failed: they need NLTK's tagger, "
            f"which no package brings: python -m nltk.downloader {tagger.NAME}"
        )
    return notes


IFBENCH = Benchmark(
    task="ifbench",
    hub="allenai/IFBench_test",
    split="train",
    files=("IFBench_test.jsonl",),
    validate=ifbench.validate,
    check=ifbench.check,
    versions=versions,
    notes=_notes,
    digests={TEST: "test set"},
)
