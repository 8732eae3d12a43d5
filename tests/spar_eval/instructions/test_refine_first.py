"""Refinement before scoring."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from ifeval_files import GOOD, run_command, write_responses
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_eval.run_folder import load_result


@pytest.mark.parametrize("order", ["bfs", "dfs", "best-first", "best-of-n", "iterative"])
def test_responses_that_are_judged_no_are_refined(
    order: str, ifeval_data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    """One is right and stays, one is mended, one is judged Yes although it is wrong, so nobody refines it."""

    def answer(messages: str, nth: int) -> Reply | str:
        if "Reflection on how" in messages:
            return Reply(texts=("no form", f"[[start]]{GOOD[1]}[[end]]"))
        if "Step-by-step verification" in messages:
            bad = "no json" in messages
            return Reply(texts=tuple(f"Final Judgement: {'No' if bad and i else 'Yes'}" for i in range(10)))
        return GOOD[0] if "commas" in messages else "no json" if "JSON" in messages else "one"

    server = serve(answer, whole=True)
    model = f"openai:m@{server.url}"
    expected = 1 / 3 if order == "iterative" else 2 / 3  # iterative has one sample, which is not in form
    ask = ("ifeval", "--data", ifeval_data, "--model", model, "--refine", order, "--out", tmp_path / "out")
    assert "Refining is not in that" in run_command(*ask, "--dry-run").output and not server.calls
    printed = run_command(*ask).output
    result = load_result(tmp_path / "out")
    assert result.score("prompt-strict").value == pytest.approx(expected)
    assert result.tables[0].title == "before refinement" and result.tables[0].rows[0].value == pytest.approx(1 / 3)
    assert any("said No to 1 of 3 responses" in note for note in result.notes)
    assert result.signature.endswith(f"|refine:{order},m,votes:5,T:0.7") and "respond: " in printed
    calls = server.calls.total()
    run_command(*ask)
    assert server.calls.total() == calls
    if order == "bfs":
        run_command("ifeval", "--data", ifeval_data, "--responses", write_responses(tmp_path, *GOOD[:1], "no json", "one"), "--refine", "bfs",
             "--refiner", model, "--out", tmp_path / "from-file")  # fmt: skip
        assert load_result(tmp_path / "from-file").score("prompt-strict").value == pytest.approx(2 / 3)
        assert server.calls.total() == calls, "the same questions"
        with pytest.raises(SparError, match="openai:MODEL@URL"):
            run_command(*ask, "--refiner", "gpt-4")
        with pytest.raises(SparError, match="--refine with --responses needs --refiner"):
            run_command("ifeval", "--data", ifeval_data, "--responses", tmp_path / "responses.jsonl", "--refine", "bfs")
