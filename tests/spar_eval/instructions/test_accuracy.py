"""Accuracies of items with several checks each."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ifeval_files import GOOD, run_command, write_rows
from server import ScriptedServer

from spar_eval.benchmarks.ifeval.benchmark import IFEVAL
from spar_eval.instructions import accuracy
from spar_eval.instructions.prompts import BenchmarkPrompt
from spar_eval.instructions.score import score
from spar_eval.responses import ResponseSample
from spar_eval.run_folder import load_result


def test_instruction_level_is_not_the_mean_over_prompts() -> None:
    """The macro average over prompts, which some harnesses print as instruction level, is another number."""
    prompts = [
        BenchmarkPrompt("1", "a", (("punctuation:no_comma", {}),)),
        BenchmarkPrompt("2", "b", (("punctuation:no_comma", {}),) * 3),
    ]
    items = score(prompts, [[ResponseSample("x")], [ResponseSample("a,b")]], IFEVAL.checkers())
    assert accuracy.by_instruction("x", items, "strict").value == pytest.approx(1 / 4)  # the macro average is 1/2


def test_samples_give_the_mean_and_pass_at_k(
    ifeval_data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    rows = [{"key": key, "sample": i, "response": text} for key, texts in
            ((1, ["ok", "a,b", "a,b", "a,b"]), (2, [GOOD[1]] * 4), (3, ["no"] * 4)) for i, text in enumerate(texts)]  # fmt: skip
    run_command(
        "ifeval",
        "--data",
        ifeval_data,
        "--responses",
        write_rows(tmp_path / "r.jsonl", *rows),
        "--out",
        tmp_path / "out",
    )
    result = load_result(tmp_path / "out")
    assert result.score("prompt-strict").value == pytest.approx(5 / 12)
    assert result.score("prompt-strict").method == "clustered by prompt"
    table = {row.name: row.value for row in result.tables[0].rows}
    # prompt 1 has 1 of 4 right: pass@2 = 1 - C(3,2)/C(4,2) = 1/2; prompt 2 all, prompt 3 none
    assert table == pytest.approx({"pass@1": 5 / 12, "pass@2": (1 / 2 + 1) / 3, "pass@4": 2 / 3})
    server = serve(lambda prompt, nth: GOOD[0])
    run_command(
        "ifeval",
        "--data",
        ifeval_data,
        "--model",
        f"openai:m@{server.url}",
        "--samples",
        3,
        "--temperature",
        0.5,
        "--limit",
        1,
    )
    assert {body["n"] for body in server.requests} == {3}
