"""Responses from files."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest
from ifeval_files import run_command, write_rows

from spar_data.core.errors import SparError
from spar_data.models import Failure, FunctionModel, Request
from spar_data.models.phases import open_phases
from spar_eval.config import ResponseConfig
from spar_eval.responses import ResponseSample, ask_for_responses, read_responses
from spar_eval.run_folder import load_result


def test_missing_duplicate_empty_and_thinking_are_reported(ifeval_data: Path, tmp_path: Path) -> None:
    rows = [
        {"prompt": "Say it without commas.", "response": "<think>a, b</think>no commas"},
        {"prompt": "Say it without commas.", "response": "a second one"},
        {"prompt": "At least 3 words.", "response": "<think>never ends"},
    ]
    result = run_command(
        "ifeval", "--data", ifeval_data, "--responses", write_rows(tmp_path / "r.jsonl", *rows), "--json"
    )
    summary = json.loads(result.output)
    assert summary["counts"] == {"duplicate": 1, "missing": 1, "thinking but no answer": 1}
    assert summary["scores"][0]["value"] == pytest.approx(1 / 3)
    assert any("a second response to prompt 1" in note for note in summary["notes"])
    items = load_result(Path(summary["out"])).items
    assert items[0].detail["thinking"] == "a, b"
    assert items[2].checks[0].reason == "thinking but no answer"


def test_a_file_in_order_with_another_wording_is_matched_by_place(tmp_path: Path) -> None:
    texts = [f"prompt {i}" for i in range(20)]
    rows = [{"prompt": text if i != 7 else "older wording", "response": str(i)} for i, text in enumerate(texts)]
    prompts = {str(i): text for i, text in enumerate(texts)}
    responses = read_responses(write_rows(tmp_path / "r.jsonl", *rows), prompts)
    assert [samples[0].text for samples in responses.samples] == [str(i) for i in range(20)]
    assert responses.counts == {"matched by place": 1}
    swapped = [rows[1], rows[0], *rows[2:]]  # here the place says nothing
    shuffled = [swapped[-1], *swapped[:-1]]
    with pytest.raises(SparError, match=r"line 9: prompt 'older wording' is not in the data \(1 such lines\)"):
        read_responses(write_rows(tmp_path / "s.jsonl", *shuffled), prompts)


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("{no json", "line 2: not JSON"),
        ("[1]", "line 2: a JSON object is expected, not list"),
        ('{"key": 99, "response": "x"}', "line 2: key 99 is not in the data (1 such lines)"),
        ('{"key": 2, "response": 7}', "line 2: 'response' is 7, text is expected"),
        ('{"key": 2}', "line 2: 'response' is None, text is expected"),
        ('{"key": 2, "response": "x", "sample": -1}', "line 2: 'sample' is -1, a whole number from 0 up"),
    ],
)
def test_a_wrong_line_of_responses_is_named(ifeval_data: Path, tmp_path: Path, line: str, message: str) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text('{"key": 1, "response": "fine"}\n' + line + "\n")
    with pytest.raises(SparError) as error:
        run_command("ifeval", "--data", ifeval_data, "--responses", file, "--out", tmp_path / "out")
    assert message in str(error.value) and str(file) in str(error.value)
    assert not (tmp_path / "out").exists()


def test_texts_mappings_and_frames() -> None:
    prompts = {"a": "First?", "b": "Second?"}
    by_text = read_responses(["one", "<think>2</think>two"], prompts)
    by_id = read_responses([{"id": "b", "response": "two"}, {"id": "a", "response": "one"}], prompts)
    frame = read_responses(pl.DataFrame({"prompt": list(prompts.values()), "response": ["one", "two"]}), prompts)
    for responses in (by_text, by_id, frame):
        assert [samples[0].text for samples in responses.samples] == ["one", "two"]
    assert by_text.samples[1][0].thinking == "2"
    with pytest.raises(SparError, match="1 responses for 2 prompts: one for each is expected"):
        read_responses(["one"], prompts)
    with pytest.raises(SparError, match="row 2: an object is expected, not str"):
        read_responses([{"id": "a", "response": "one"}, "two"], prompts)  # type: ignore[list-item]
    with pytest.raises(SparError, match="0 responses for 2 prompts"):
        read_responses([], prompts)
    with pytest.raises(SparError, match="row 1: id 'c' is not in the data"):
        read_responses([{"id": "c", "response": "x"}], prompts)


def test_texts_are_for_the_scored_prompts_and_rows_may_be_for_all() -> None:
    prompts = {"a": "First?", "b": "Second?", "c": "Third?"}
    texts = read_responses(["three", "one"], prompts, ["c", "a"])
    rows = read_responses([{"id": name, "response": f"to {name}"} for name in prompts], prompts, ["c", "a"])
    assert [samples[0].text for samples in texts.samples] == ["three", "one"]
    assert [samples[0].text for samples in rows.samples] == ["to c", "to a"]
    with pytest.raises(SparError, match="3 responses for 2 prompts: one for each is expected"):
        read_responses(["one", "two", "three"], prompts, ["c", "a"])


def test_causes_of_the_model_are_responses_and_others_are_errors(tmp_path: Path) -> None:
    def reply(request: Request) -> str | Failure:
        return (
            Failure("length") if "long" in request.prompt else Failure("deadline") if "slow" in request.prompt else "ok"
        )

    model = FunctionModel(reply)
    with open_phases() as phases:
        cut_off = ask_for_responses(model, ["short", "long"], ResponseConfig(), phases)
        assert cut_off.samples == [[ResponseSample("ok")], [ResponseSample("", problem="length")]]
        with pytest.raises(
            SparError, match=r"1 of 2 responses could not be had \(1 x deadline\), so nothing is scored"
        ):
            ask_for_responses(model, ["short", "slow"], ResponseConfig(), phases)
        partial = ask_for_responses(model, ["short", "slow"], ResponseConfig(partial=True), phases)
        assert partial.samples[1][0].problem == "deadline"
