"""From a model or responses to a result."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable
from pathlib import Path

import pytest
from ifeval_files import GOOD, ROWS, run_command, write_responses
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.models import Completion, FunctionModel, Limits, Report
from spar_eval.benchmarks.ifeval.benchmark import ifeval
from spar_eval.run_folder import load_result


def test_a_model_is_asked_once_and_what_failed_again(
    ifeval_data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    down = True

    def answer(prompt: str, nth: int) -> Reply | str | int:
        if prompt.startswith("At least"):
            return Reply("one", finish_reason="length") if down else "one two three"
        return GOOD[0] if "commas" in prompt else GOOD[1]

    server = serve(answer)
    ask = ("ifeval", "--data", ifeval_data, "--model", f"openai:m@{server.url}", "--out", tmp_path / "out", "--json")
    first = json.loads(run_command(*ask).output)
    assert first["counts"] == {"length": 1}
    assert first["scores"][0]["value"] == pytest.approx(2 / 3)
    assert any("counts as failed" in note for note in first["notes"])
    assert {body["temperature"] for body in server.requests} == {0}
    assert {body["max_tokens"] for body in server.requests} == {2048}
    down = False
    second = json.loads(run_command(*ask).output)
    assert second["counts"] == {} and second["scores"][0]["value"] == 1
    assert sorted(server.calls.values()) == [1, 1, 2]


def test_a_server_that_is_down_gives_no_score(
    ifeval_data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    down = True
    server = serve(lambda prompt, nth: 500 if down and prompt.startswith("At least") else GOOD[0])
    ask = (
        "ifeval",
        "--data",
        ifeval_data,
        "--model",
        f"openai:m@{server.url}",
        "--out",
        tmp_path / "out",
        "--attempts",
        1,
    )
    with pytest.raises(SparError, match=r"1 of 3 responses could not be had \(1 x status 500\), so nothing is scored"):
        run_command(*ask)
    assert not (tmp_path / "out").exists()
    assert json.loads(run_command(*ask, "--partial", "--json").output)["counts"] == {"status 500": 1}
    down = False
    assert json.loads(run_command(*ask, "--json").output)["counts"] == {}
    assert [n for prompt, n in server.calls.items() if not prompt.startswith("At least")] == [1, 1]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "one of --model SPEC"),
        (("--model", "smollm2", "--responses", "x.jsonl"), "one of --model SPEC"),
        (("--model", "smollm2", "--samples", "3"), "--samples 3 at temperature 0 gives the same response 3 times"),
    ],
)
def test_options_that_do_not_go_together(ifeval_data: Path, arguments: tuple[str, ...], message: str) -> None:
    with pytest.raises(SparError, match=message):
        run_command("ifeval", "--data", ifeval_data, *arguments)


def test_a_wrong_spec_is_an_error_before_anything_is_written(ifeval_data: Path, tmp_path: Path) -> None:
    with pytest.raises(SparError, match="openai:MODEL@URL"):
        run_command("ifeval", "--data", ifeval_data, "--model", "gpt-4")
    assert list(tmp_path.iterdir()) == [ifeval_data]


def test_responses_of_a_run_can_be_scored_again(ifeval_data: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    run_command("ifeval", "--data", ifeval_data, "--responses", write_responses(tmp_path, *GOOD), "--out", first)
    run_command("ifeval", "--data", ifeval_data, "--responses", first / "responses.jsonl", "--out", tmp_path / "second")
    assert load_result(tmp_path / "second").scores == load_result(first).scores


def test_in_python_with_a_model_object(ifeval_data: Path, tmp_path: Path) -> None:
    answers = dict(zip((str(row["prompt"]) for row in ROWS), GOOD, strict=True))
    model = FunctionModel(lambda request: answers[request.prompt], name="good")
    phases: list[str] = []

    def reports(phase: str) -> Report:
        phases.append(phase)
        return lambda tally: None

    result = ifeval(model, data=ifeval_data, store=tmp_path / "store.sqlite", reports=reports, limit=2, max_tokens=20)
    assert result.model == "good" and "|n:2/3|" in result.signature and "greedy, max_tokens 20" in result.signature
    assert result.score("prompt-strict").value == 1 and phases == ["respond"]
    [(phase, tally)] = result.calls
    assert (phase, tally.done) == ("respond", 2)
    again = ifeval(model, data=ROWS, store=tmp_path / "store.sqlite", limit=2, max_tokens=20)
    assert again == dataclasses.replace(result, settings={**result.settings, "data": "given in memory"})
    assert again.calls[0][1].done == 0 and again.calls[0][1].cached == 2


def test_responses_without_a_model_open_no_store(ifeval_data: Path, tmp_path: Path) -> None:
    result = ifeval(responses=list(GOOD), data=ifeval_data, store=tmp_path / "store.sqlite")
    assert result.calls == () and result.model == "responses" and not (tmp_path / "store.sqlite").exists()
    with pytest.raises(SparError, match=r"--fix coma: no such repair\. Did you mean 'comma'"):
        ifeval(responses=list(GOOD), data=ifeval_data, fixes=("coma",))


def test_a_limit_takes_one_text_for_each_of_its_prompts(ifeval_data: Path) -> None:
    for responses in (GOOD[:2], [{"key": row["key"], "response": text} for row, text in zip(ROWS, GOOD, strict=True)]):
        result = ifeval(responses=responses, data=ifeval_data, limit=2)
        assert [item.response for item in result.items] == list(GOOD[:2])
    with pytest.raises(SparError, match="3 responses for 2 prompts: one for each is expected"):
        ifeval(responses=list(GOOD), data=ifeval_data, limit=2)


def test_a_budget_that_ends_a_refinement_gives_no_score_unless_partial(ifeval_data: Path) -> None:
    judge = FunctionModel(lambda request: Completion("Final Judgement: No", prompt_tokens=50, completion_tokens=50))
    texts = [GOOD[0], "no json", GOOD[2]]
    options = {"responses": texts, "data": ROWS, "refine": "bfs", "refiner": judge}
    limits = Limits(max_tokens_total=11_500, concurrency=1)
    with pytest.raises(SparError, match="not every response that fails is refined, so nothing is scored"):
        ifeval(**options, limits=limits)  # type: ignore[arg-type]
    result = ifeval(**options, limits=limits, partial=True)  # type: ignore[arg-type]
    assert any(note.startswith("incomplete: stopped by the budget") for note in result.notes)
    assert result.settings["refine"] == {"order": "bfs", "spec": "function", "votes": 5, "temperature": 0.7}
