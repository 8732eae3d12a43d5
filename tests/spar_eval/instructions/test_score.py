"""Strict and loose scoring."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st
from ifeval_files import run_command, write_responses

from spar_data.constraints import ifeval
from spar_data.constraints.verdict import Verdict
from spar_eval.benchmarks.ifeval.benchmark import IFEVAL
from spar_eval.instructions.prompts import BenchmarkPrompt
from spar_eval.instructions.score import score, variants
from spar_eval.responses import ResponseSample
from spar_eval.run_folder import load_result


@given(st.text(alphabet="ab*, \n", max_size=40))
def test_variants_are_the_eight_of_the_paper(text: str) -> None:
    """Against the list as the paper has it, with repeats and blanks, under a checker that tells them apart."""
    lines = text.split("\n")
    cut = [text, "\n".join(lines[1:]).strip(), "\n".join(lines[:-1]).strip(), "\n".join(lines[1:-1]).strip()]
    eight = [*cut, *(part.replace("*", "") for part in cut)]
    assert {text, *variants(text)} == {text, *(part for part in eight if part.strip())}
    assert len(list(variants(text))) == len(set(variants(text)) - {text})


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    prompts = [BenchmarkPrompt(str(i), f"p{i}", (("length_constraints:number_words", {"num_words": 3, "relation": "at least"}),))
               for i in range(900)]  # fmt: skip
    responses = [[ResponseSample("word " * (i % 6))] for i in range(900)]
    counts: list[int] = []
    one = score(prompts, responses, IFEVAL.checkers(tuple(ifeval.FIXES)))
    two = score(
        prompts, responses, IFEVAL.checkers(tuple(ifeval.FIXES)), workers=2, progress=lambda phase, n: counts.append(n)
    )
    assert one == two and sum(counts) == 900


def test_a_checker_is_not_asked_twice_for_the_same_text() -> None:
    texts: list[str] = []

    def check(name: str, text: str, kwargs: Any) -> Verdict:
        texts.append(text)
        return Verdict(False, "no")

    score([BenchmarkPrompt("1", "a", (("x", {}),))], [[ResponseSample("one\n*two*\nthree")]], {"": check})
    assert len(texts) == len(set(texts)) == 8
    texts.clear()
    score([BenchmarkPrompt("1", "a", (("x", {}),))], [[ResponseSample("one")]], {"": check})
    assert texts == ["one"]


def test_loose_is_met_by_a_variant(ifeval_data: Path, tmp_path: Path) -> None:
    file = write_responses(tmp_path, "Sure, here:\nno commas", "```\n<<a>> {\n```", "*one* two")
    run_command("ifeval", "--data", ifeval_data, "--responses", file, "--out", tmp_path / "out")
    first, second, third = load_result(tmp_path / "out").items
    assert first.checks[0].verdicts == {"strict": False, "loose": True}
    assert [c.verdicts for c in second.checks] == [{"strict": True, "loose": True}, {"strict": False, "loose": False}]
    assert third.checks[0].verdicts == {"strict": False, "loose": False}
