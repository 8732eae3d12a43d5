"""Steps one after another: none twice, each until it is done, and only by the settings of the folder."""

from __future__ import annotations

import dataclasses
import io
import json
import os
import signal
import subprocess
import sys
import textwrap
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import click
import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_train.loop import driver, progress, state
from spar_train.loop.config import LoopConfig
from spar_train.loop.proofs import prove
from spar_train.loop.steps import steps

SCRIPT = Path(__file__).parents[2] / "helpers" / "scripted_steps.py"
MINI = Path("releases/spar-mini-1.0.0/data/prompts.parquet")
ALL = [
    "iteration-0/eval/fresh",
    *(f"iteration-{t}/{name}" for t in (1, 2) for name in ("selfplay", "pairs", "actor", "refiner", "eval/fresh")),
]


@pytest.fixture
def config(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[LoopConfig]:
    monkeypatch.setattr(driver, "process", lambda argv: [sys.executable, str(SCRIPT), *argv])
    model = tmp_path / "model"
    model.mkdir()
    (model / "config.json").write_text("{}")
    pl.read_parquet(MINI).head(60).write_parquet(tmp_path / "prompts.parquet")
    pl.DataFrame({"id": ["a", "b"]}).write_parquet(tmp_path / "rows.parquet")
    pl.DataFrame({"id": []}).write_parquet(tmp_path / "empty.parquet")
    plan(tmp_path)
    spec = f"hf:{model},dtype=float32"
    yield LoopConfig(
        str(tmp_path / "prompts.parquet"), spec, str(tmp_path / "out"), (spec,), "rules", iterations=2, per_iteration=4,
        evals=("fresh:2",), constraints=True,
    )  # fmt: skip


def plan(folder: Path, **wrong: str) -> None:
    (folder / "plan.json").write_text(
        json.dumps({name.replace("__", "/").replace("_", "-"): how for name, how in wrong.items()})
    )


def play(config: LoopConfig) -> list[str]:
    """Runs the loop; what it says."""
    said: list[str] = []
    driver.play(config, said.append)
    return said


def starts(config: LoopConfig) -> list[str]:
    file = config.folder.parent / "starts"
    found = file.read_text().split() if file.exists() else []
    file.unlink(missing_ok=True)
    return found


def test_every_step_once_in_order_and_none_again(config: LoopConfig) -> None:
    said = play(config)
    assert starts(config) == ALL
    assert any("iteration-1/selfplay: 7 responses, 2 Yes, 5 No; 3 trees, 2 succeeded" in line for line in said)
    assert any("iteration-2/actor: 9 steps, loss 0.500, margin 0.25, accuracy 0.75" in line for line in said)
    play(config)
    assert starts(config) == []
    facts = json.loads((config.folder / "loop.json").read_text())
    assert facts["state"] == "finished"
    assert facts["steps"]["iteration-1/actor"]["runs"] == 1
    assert "this is iteration-1/actor" in (config.folder / "logs" / "iteration-1.actor.log").read_text()


def test_output_of_the_steps_where_it_is_wanted(config: LoopConfig) -> None:
    to = io.StringIO()
    driver.play(config, lambda line: None, to)
    assert to.getvalue().split("\n")[0] == "this is iteration-0/eval/fresh"


def test_a_failing_step_is_named_with_its_command_and_run_again(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__actor="fail")
    with pytest.raises(
        SparError, match=r"iteration-1/actor ended with status 2:\n  spar-train dpo .*dpo\.parquet"
    ) as caught:
        play(config)
    assert "goes on with this step" in str(caught.value)
    assert starts(config) == ALL[:4]
    rows = {row["step"]: row["state"] for row in progress.table(config)}
    assert (rows["iteration-1/pairs"], rows["iteration-1/actor"], rows["iteration-1/refiner"]) == (
        "done",
        "stopped",
        "waiting",
    )
    assert "iteration-1/actor ended with status 2" in progress.heading(*state.read(config.folder))
    plan(tmp_path)
    play(config)
    assert starts(config) == ALL[3:]
    assert json.loads((config.folder / "loop.json").read_text())["steps"]["iteration-1/actor"]["runs"] == 2


@pytest.mark.parametrize(
    ("step", "why"),
    [
        ("iteration_1__selfplay", "token budget"),
        ("iteration_1__actor", "not finished"),
        ("iteration_1__eval__fresh", "incomplete: stopped by the budget"),
    ],
)
def test_a_step_that_ends_without_its_result_is_not_done(
    config: LoopConfig, tmp_path: Path, step: str, why: str
) -> None:
    plan(tmp_path, **{step: "unfinished"})
    with pytest.raises(SparError, match=f"ended without its result.*{why}"):
        play(config)


def test_the_result_file_counts_not_what_loop_json_says(config: LoopConfig) -> None:
    play(config)
    starts(config)
    (config.folder / "iteration-2" / "actor" / "train.json").write_text('{"finished": false}')
    play(config)
    assert starts(config) == ["iteration-2/actor"]


def test_no_pairs_is_told_with_numbers_and_keeps_the_state(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__pairs="empty")
    with pytest.raises(SparError) as caught:
        play(config)
    text = str(caught.value)
    assert "no rows to train on" in text
    assert "7 samples, verdicts: 2 Yes, 5 No, 3 negatives" in text
    assert "3 trees, 2 succeeded" in text
    assert "2 tree: no refinement that could be used" in text
    assert starts(config) == ALL[:3]


def test_without_rows_for_it_the_refiner_stays(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__pairs="no rft")
    play(config)
    assert "iteration-1/refiner" not in starts(config)
    facts = json.loads((config.folder / "loop.json").read_text())
    assert f"--refiner {config.refiner}" in facts["steps"]["iteration-2/selfplay"]["command"].replace("'", "")
    assert f"--model {config.folder.parent / 'model'} --out" in facts["steps"]["iteration-2/refiner"]["command"]


@pytest.mark.parametrize(
    ("change", "named"),
    [
        ({"seed": 1}, "seed is 0 there and 1 here"),
        ({"recipe": "direct"}, 'recipe is "spar" there and "direct" here'),
        ({"per_iteration": 5}, "per_iteration is 4 there and 5 here"),
        ({"overrides": ("selfplay.samples=3",)}, r'overrides is \[\] there and \["selfplay.samples=3"\] here'),
    ],
)
def test_other_settings_are_refused_by_name(config: LoopConfig, change: dict[str, Any], named: str) -> None:
    play(config)
    with pytest.raises(SparError, match=named):
        play(dataclasses.replace(config, **change))


def test_what_cannot_change_the_result_may_change(config: LoopConfig, tmp_path: Path) -> None:
    play(config)
    starts(config)
    moved = tmp_path / "elsewhere.parquet"
    moved.write_bytes(Path(config.prompts).read_bytes())
    more = dataclasses.replace(config, prompts=str(moved), iterations=3, overrides=("selfplay.concurrency=8",))
    play(more)
    assert starts(config) == [name.replace("iteration-2", "iteration-3") for name in ALL[6:]]


def test_a_second_run_in_the_folder_is_refused(config: LoopConfig) -> None:
    with state.locked(config.folder), pytest.raises(SparError, match=f"in use by process {os.getpid()}"):
        play(config)
    assert not state.in_use(config.folder)


def test_a_folder_of_something_else_is_refused(config: LoopConfig) -> None:
    config.folder.mkdir()
    (config.folder / "thesis.tex").touch()
    with pytest.raises(SparError, match=r"holds other files and no loop\.json"):
        play(config)


_LOOP = """
    import sys
    from spar_train.loop import driver, state
    driver.process = lambda argv: [sys.executable, {script!r}, *argv]
    from pathlib import Path
    from spar_train.loop.config import LoopConfig
    import json
    from spar_data.cli.exit_codes import entry
    import click
    @click.command()
    def main():
        driver.play(LoopConfig.of(json.loads({config!r})), lambda line: None)
    entry(main)()
"""


def begun(config: LoopConfig) -> subprocess.Popen[bytes]:
    """A loop in a process of its own, which has come to the step that hangs."""
    code = textwrap.dedent(_LOOP).format(script=str(SCRIPT), config=json.dumps(config.to_dict()))
    child = subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, start_new_session=True)
    until(lambda: (config.folder.parent / "hangs").exists())
    return child


def until(condition: Callable[[], bool]) -> None:
    end = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < end, "waited in vain"
        time.sleep(0.02)


def test_ctrl_c_ends_the_step_and_the_loop_with_130(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__actor="hang")
    loop = begun(config)
    os.killpg(loop.pid, signal.SIGINT)
    _, said = loop.communicate(timeout=30)
    assert loop.returncode == 130
    assert b"Interrupted" in said
    assert json.loads((config.folder / "loop.json").read_text())["state"] == "interrupted"
    until(lambda: not state.in_use(config.folder))
    starts(config)
    plan(tmp_path)
    play(config)
    assert starts(config) == ALL[3:]


def test_a_terminated_loop_takes_its_step_along(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__actor="hang")
    loop = begun(config)
    os.kill(loop.pid, signal.SIGTERM)
    loop.communicate(timeout=30)
    assert loop.returncode == 128 + signal.SIGTERM
    until(lambda: not state.in_use(config.folder))


def test_a_killed_loop_leaves_its_folder_locked_until_its_step_has_ended(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__actor="hang")
    loop = begun(config)
    assert progress.heading(*state.read(config.folder)).endswith("running")
    loop.kill()
    loop.wait()  # its step, which is still there, keeps the pipe open
    with pytest.raises(SparError, match=r"its step iteration-1/actor: wait until it has ended"):
        play(config)
    os.kill(int((tmp_path / "hangs").read_text()), signal.SIGKILL)
    until(lambda: not state.in_use(config.folder))
    assert "killed" in progress.heading(*state.read(config.folder))
    plan(tmp_path)
    starts(config)
    play(config)
    assert starts(config) == ALL[3:]


def test_an_interrupted_step_ends_the_loop_as_interrupted(config: LoopConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(driver, "process", lambda argv: [sys.executable, "-c", "import sys; sys.exit(130)"])
    with pytest.raises(click.Abort):
        play(config)


def test_a_proof_that_cannot_be_read_is_none(config: LoopConfig) -> None:
    play(config)
    step = next(each for each in steps(config) if each.name == "iteration-1/pairs")
    assert prove(step).done
    (step.out / "statistics.json").write_text("{")
    assert "not readable" in prove(step).why
    (step.out / "statistics.json").write_text("[]")
    assert not prove(step).done


def test_status_of_what_is_no_loop(tmp_path: Path) -> None:
    with pytest.raises(SparError, match="folder of `spar-train loop` is expected"):
        state.read(tmp_path)
    (tmp_path / "loop.json").write_text("{}")
    with pytest.raises(SparError, match="not as `spar-train loop` writes it"):
        state.read(tmp_path)
