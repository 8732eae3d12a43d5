"""A loop never trains on its evaluation prompts."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, PromptRow, decode_constraints
from spar_data.core.tables import frame
from spar_data.models import Message
from spar_data.selfplay.judge.checkers import wholly_checkable
from spar_data.selfplay.records import Dialogue
from spar_train.loop.config import LoopConfig
from spar_train.loop.prompt_slices import slice_prompts

MINI = Path("releases/spar-mini-1.0.0/data/prompts.parquet")


@pytest.fixture
def some(tmp_path: Path) -> Path:
    file = tmp_path / "prompts.parquet"
    pl.read_parquet(MINI).head(120).write_parquet(file)
    return file


def config(file: Path, tmp_path: Path, **more: object) -> LoopConfig:
    base = LoopConfig(
        str(file), "smollm2", str(tmp_path / "out"), ("rules",), iterations=2, constraints=True, evals=("none",)
    )
    return dataclasses.replace(base, **more)  # type: ignore[arg-type]


def ids(found: object) -> set[str]:
    assert isinstance(found, pl.DataFrame)
    return set(found["id"])


def test_slices_are_fresh_and_of_checkable_prompts(some: Path, tmp_path: Path) -> None:
    found = slice_prompts(config(some, tmp_path, per_iteration=10))
    first, second = (ids(rows) for rows in found.slices.values())
    assert len(first) == len(second) == 10
    assert not first & second
    played = [each for rows in found.slices.values() for each in rows["constraints"].to_list()]  # type: ignore[call-overload]
    assert all(wholly_checkable(decode_constraints(each, "slice")) for each in played)
    assert found.counts.left_out["no program can check it wholly"] > 0
    assert slice_prompts(config(some, tmp_path, per_iteration=10, seed=1)).slices.keys() == found.slices.keys()
    other = slice_prompts(config(some, tmp_path, per_iteration=10, seed=1))
    assert ids(next(iter(other.slices.values()))) != first


def test_more_iterations_leave_the_first_ones_as_they_are(some: Path, tmp_path: Path) -> None:
    two, three = (slice_prompts(config(some, tmp_path, per_iteration=10, iterations=n)).slices for n in (2, 3))
    assert [ids(three[file]) for file in two] == [ids(rows) for rows in two.values()]


def test_held_out_prompts_are_the_same_for_every_seed_and_in_no_slice(some: Path, tmp_path: Path) -> None:
    one, other = (slice_prompts(config(some, tmp_path, evals=("held-out:8",), seed=seed)) for seed in (0, 1))
    (first,), (second,) = one.evaluations.values(), other.evaluations.values()
    assert isinstance(first, pl.DataFrame) and first.equals(second)
    trained = set().union(*(ids(rows) for rows in other.slices.values()))
    assert len(trained) > 8
    assert not trained & ids(first)
    assert one.counts.left_out["a prompt of held-out"] == 8


def test_prompts_near_to_an_evaluation_are_left_out(tmp_path: Path) -> None:
    seed = "Write to the mayor about broken lamps."
    rows = [
        _prompt(
            "Describe your favourite walk through the hills. Use at most 40 words.", "Describe your favourite walk"
        ),
        _prompt(f"{seed} Use at most 40 words.", seed),  # its seed occurs in the tested prompt
        _prompt("List the five longest rivers of the world and the seas they end in please now.", "List rivers"),
        _prompt("Explain to a child how bread is baked in a village oven. Use no commas.", "Explain bread"),
    ]
    file = tmp_path / "prompts.parquet"
    frame(rows, PromptRow).write_parquet(file)
    tested = [
        f"{seed} Write in lower case only.",
        "List the five longest rivers of the world and the seas they end in now.",  # nearly equal
        rows[3].prompt,  # the same
    ]
    data = tmp_path / "ifeval.jsonl"
    lines = [
        {"key": n, "prompt": text, "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]} for n, text in enumerate(tested)
    ]  # fmt: skip
    data.write_text("\n".join(map(json.dumps, lines)))
    found = slice_prompts(config(file, tmp_path, evals=(f"ifeval={data}",), iterations=1, judge="smollm2"))
    (slice_,) = found.slices.values()
    assert ids(slice_) == {rows[0].id}
    assert sum(found.counts.left_out.values()) == 3
    assert any("3 of ifeval" in line for line in found.counts.lines())
    assert "its seed occurs in a prompt of ifeval" in found.counts.left_out


def test_too_few_prompts_is_an_error_with_the_numbers(some: Path, tmp_path: Path) -> None:
    with pytest.raises(SparError, match=r"of 120 prompts can be trained on.*2 x 100 = 200 are needed"):
        slice_prompts(config(some, tmp_path, per_iteration=100))
    with pytest.raises(SparError, match=r"held-out:500: only \d+ of 120"):
        slice_prompts(config(some, tmp_path, evals=("held-out:500",)))
    again = slice_prompts(config(some, tmp_path, per_iteration=20, iterations=9, same_prompts=True))
    assert len(again.slices) == 1


def test_plain_prompts_with_a_model_as_judge(tmp_path: Path) -> None:
    file = tmp_path / "plain.jsonl"
    file.write_text("\n".join(json.dumps({"prompt": f"Question number {n}?"}) for n in range(7)))
    found = slice_prompts(config(file, tmp_path, refiners=("smollm2",), constraints=False))
    assert [len(rows) for rows in found.slices.values()] == [3, 3]
    found.write(tmp_path / "out")
    assert pl.read_parquet(next(iter(found.slices)))["id"][0] == row_id(
        pl.read_parquet(next(iter(found.slices)))["prompt"][0]
    )


def test_fresh_prompts_are_written_in_the_format_of_ifeval(some: Path, tmp_path: Path) -> None:
    asked = config(some, tmp_path, evals=("fresh:12",))
    found = slice_prompts(asked)
    found.write(asked.folder)
    lines = (asked.folder / "eval" / "fresh.jsonl").read_text().splitlines()
    assert len(lines) == 12
    assert {"key", "prompt", "instruction_id_list", "kwargs"} == json.loads(lines[0]).keys()
    facts = json.loads((asked.folder / "prompts" / "prompts.json").read_text())
    assert facts["evaluations"] == {"fresh": 12}


def test_problems_are_sliced_without_change(tmp_path: Path) -> None:
    file = tmp_path / "gsm8k.jsonl"
    rows = [{"question": f"What is {n} + 1?", "answer": f"It is so.\n#### {n + 1}"} for n in range(9)]
    file.write_text("\n".join(map(json.dumps, [*rows, rows[0]])))
    found = slice_prompts(
        LoopConfig(str(file), "smollm2", str(tmp_path / "out"), recipe="star", iterations=3, evals=("none",))
    )
    found.write(tmp_path / "out")
    read = [[json.loads(line) for line in path.read_text().splitlines()] for path in found.slices]
    assert [len(part) for part in read] == [3, 3, 3]
    assert sorted((row for part in read for row in part), key=str) == sorted(rows, key=str)


def test_spin_plays_only_prompts_with_a_target(some: Path, tmp_path: Path) -> None:
    prompts = pl.read_parquet(some)
    known = prompts["id"].to_list()[:6]
    rows = [
        Dialogue(row_id(id), "actor", "sft", id, [Message("user", "x"), Message("assistant", "y")], "", []) for id in known
    ]  # fmt: skip
    sft = tmp_path / "sft.parquet"
    frame(rows, Dialogue).write_parquet(sft)
    found = slice_prompts(config(some, tmp_path, recipe="spin", refiners=(), sft=str(sft), iterations=1))
    (slice_,) = found.slices.values()
    assert ids(slice_) == set(known)
    assert found.counts.left_out == {"no SFT row": 114}


def _prompt(text: str, seed: str) -> PromptRow:
    wanted = [Constraint("format.punctuation.without", "no commas", "without", "whole", {})]
    return PromptRow(row_id(text), text, seed, row_id(seed), "en", "x", "x", wanted, "rules", "test", 1)
