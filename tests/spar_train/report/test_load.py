"""A loop's folder as it is read: what is missing is listed."""

from __future__ import annotations

import json
from pathlib import Path

import loop_folders as folders
import pytest

from spar_data.core.errors import SparError
from spar_train.report.load import load


def test_missing_files_are_reported(tmp_path: Path) -> None:
    """A loop that was stopped, a training that was killed within a line, a lost result, numbers that are none."""
    here = folders.loop(tmp_path / "a", iterations=2)
    facts = json.loads((here / "loop.json").read_text(encoding="utf-8"))
    facts["state"], facts["config"]["iterations"] = "stopped", 3
    facts["why"] = f"no rows in {here}/iteration-3/pairs\nand more"
    folders.put(here / "loop.json", facts)
    metrics = here / "iteration-2/actor/metrics.jsonl"
    lines = metrics.read_text(encoding="utf-8").splitlines()
    whole = '{"step": 6, "loss": NaN, "margin": 1e999}'
    metrics.write_text("\n".join([*lines[:5], whole, lines[7][:40]]), encoding="utf-8")
    (here / "iteration-2/actor/train.json").unlink()
    (here / "iteration-1/eval/fresh/results.json").unlink()
    loop = load(here)
    assert loop.missing == [
        "the loop is not finished (stopped: no rows in iteration-3/pairs)",
        "iteration 1, fresh: eval/fresh/results.json does not exist: the folder of a finished spar-eval run is expected",
        "iteration 2: training of the actor is not finished (stopped at step 6)",
        "iteration 3 of 3 was not begun",
    ]
    assert [line["step"] for line in loop.training["actor"][2]] == [1, 2, 3, 4, 5, 6]
    assert loop.training["actor"][2][-1] == {"step": 6}


@pytest.mark.parametrize(
    ("content", "problem"), [(None, "does not exist"), ("{", "not JSON"), ("{}", "'settings' is missing")]
)
def test_a_folder_that_is_no_loop(content: str | None, problem: str, tmp_path: Path) -> None:
    if content:
        (tmp_path / "loop.json").write_text(content, encoding="utf-8")
    with pytest.raises(SparError, match=problem):
        load(tmp_path)


def test_rows_are_counted_in_the_order_of_the_steps(tmp_path: Path) -> None:
    loop = load(folders.loop(tmp_path / "a", iterations=1))
    assert list(loop.counts[1].items()) == [
        ("prompts", 200), ("responses", 600), ("judged", 590), ("judged Yes", 320), ("judged No", 270),
        ("failing responses to refine", 140), ("trees: trees", 150), ("rows: spar", 85),
    ]  # fmt: skip
    assert loop.seconds[1]["selfplay"] == 800.0 and [i for _, i in loop.results] == [0, 1]
