"""Responses to prompts, in memory and as a file."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import polars as pl

from spar_data import Completion, Failure, FunctionModel, Limits, Request, Responses, Store, respond
from spar_data.core.records import Prompt
from spar_data.models.respond import write_responses
from spar_data.models.sampling import Sampling


def _answer(request: Request) -> Completion | Failure | str:
    if request.prompt == "bad":
        return Failure("empty", "no text")
    if request.prompt == "hard":
        return Completion("done", thinking="hm")
    return f"{request.prompt}: {request.temperature:g}, {request.max_tokens}, {request.messages[0].role}"


def test_rows_in_the_order_of_prompts_and_samples() -> None:
    responses = respond(["a", Prompt("own", "b"), "bad"], FunctionModel(_answer, "m"), 2, 0.5, max_tokens=7, system="s")
    assert [(row.prompt, row.sample) for row in responses] == [(p, i) for p in ("a", "b", "bad") for i in (0, 1)]
    assert responses.texts == ["a: 0.5, 7, system"] * 2 + ["b: 0.5, 7, system"] * 2 + ["", ""]
    assert responses.rows[2].id == "own" and len(responses) == 6
    assert [row.failure for row in responses.failures] == ["empty: no text"] * 2
    assert repr(responses) == "Responses(4 of m, 2 failed)"
    frame = responses.to_polars()
    assert frame.columns == ["id", "prompt", "sample", "response", "thinking", "failure", "model"]
    assert frame["response"].to_list() == responses.texts and frame.schema["sample"] == pl.Int64


def test_a_store_keeps_the_answers(tmp_path: Path) -> None:
    model, file = FunctionModel(_answer, "m"), tmp_path / "store.sqlite"
    assert respond(["a"], model, store=file).tally.done == 1
    assert respond(["a", "b"], model, store=str(file)).tally.cached == 1
    with Store(file) as store:
        stopped = respond(["a", "c"], model, store=store, limits=Limits(max_tokens_total=10))
    assert stopped.tally.cached == 1 and stopped.failures[0].failure.startswith("budget: ")


def test_the_file_leaves_out_what_is_empty(store: Store, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    tally = write_responses(
        [Prompt(name, name) for name in ("hard", "bad")], FunctionModel(_answer, "m"), out, store, Sampling()
    )
    assert (tally.done, tally.failed.total()) == (1, 1)
    line = {"id": "hard", "prompt": "hard", "sample": 0, "response": "done", "thinking": "hm", "model": "m"}
    assert [json.loads(text) for text in out.read_text().splitlines()] == [line]
    failed = {"id": "bad", "prompt": "bad", "sample": 0, "failure": "empty: no text", "model": "m"}
    assert json.loads((tmp_path / "out.failed.jsonl").read_text()) == failed


def test_inside_a_running_event_loop() -> None:
    async def cell() -> Responses:
        return respond(["a"], FunctionModel(_answer, "m"))

    assert len(asyncio.run(cell())) == 1
