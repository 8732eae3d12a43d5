"""Our IFBench checkers beside the official code, on the cases and on mutations of them.

Runs where the package `ifbench` (github.com/allenai/IFBench, commit db69a6f) and NLTK's data (punkt_tab, stopwords,
averaged_perceptron_tagger_eng) are installed; both are too much for every run of the tests.
"""

from __future__ import annotations

import csv
import importlib.util
import random
from typing import Any

import pytest
from ifbench_cases import CASES

from spar_data.constraints import ifbench

_NEEDED = ("tokenizers/punkt_tab", "corpora/stopwords", "taggers/averaged_perceptron_tagger_eng")
_PIECES = (
    *"aeioubdtz .,!?;:'\"()[]{}*-_/\n\t0137٣é“’—茶カ🙂\u200b\u00a0\x1f\r‽İſß", "\n\n", ". ", "? ", "**", "* ", "- ", "<i>", "</em>",
    "?!", "Mr. ", " and ", "Question 2:", '"""', "tea", "\n \n",
)  # fmt: skip


@pytest.fixture(scope="module")
def official() -> Any:
    if not importlib.util.find_spec("ifbench"):
        pytest.skip("the official package ifbench is not installed")
    import nltk

    for name in _NEEDED:
        try:
            nltk.data.find(name)
        except LookupError:
            pytest.skip(f"NLTK's data {name} is not installed, and the official package would download it")
    from ifbench import instructions_registry

    def verdict(name: str, kwargs: dict[str, object], response: str) -> bool:
        instruction = instructions_registry.INSTRUCTION_DICT[name](name)
        instruction.build_description(**kwargs)
        return bool(response.strip() and instruction.check_following(response))

    return verdict


def _mutation(text: str, draw: random.Random) -> str:
    characters = list(text)
    for _ in range(draw.choice((1, 1, 2, 4))):
        at = draw.randrange(len(characters) + 1)
        cut = draw.choice((0, 0, 1, 1, 5))
        characters[at : at + cut] = [draw.choice(_PIECES)] if draw.random() < 0.7 else []
    return "".join(characters)


@pytest.mark.parametrize("name", ifbench.INSTRUCTIONS)
def test_same_verdicts(name: str, official: Any) -> None:
    draw = random.Random(name)
    seen = set()
    for case in (case for case in CASES if case.name == name):
        for text in (*case.passes.values(), *case.fails.values()):
            for response in (text, *(_mutation(text, draw) for _ in range(60))):
                try:
                    expected = official(name, case.kwargs, response)
                except (csv.Error, IndexError):  # the official code crashes: docs/ifbench.md
                    expected = False
                verdict = ifbench.check(name, response, case.kwargs)
                assert verdict.passed is expected, (response, verdict.reason)
                seen.add(expected)
    assert seen == {True, False}
