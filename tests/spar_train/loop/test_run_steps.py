"""Steps one after another: none twice, each until it is done, through failures and signals."""

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
from collections.abc import Callable
from pathlib import Path

import pytest
from scripted_loop import ALL, SCRIPT, plan, play, starts

from spar_data.core.errors import SparError
from spar_train.loop import progress, run_steps, state
from spar_train.loop.config import LoopConfig


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


def test_output_of_the_steps_is_copied(config: LoopConfig) -> None:
    to = io.StringIO()
    run_steps.run_steps(config, lambda line: None, to)
    assert to.getvalue().split("\n")[0] == "this is iteration-0/eval/fresh"


def test_a_failing_step_is_named_with_its_command_and_run_again(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__actor="fail")
    with pytest.raises(
        SparError, match=r"iteration-1/actor ended with status 2:\n  spar-train dpo .*dpo\.parquet"
    ) as caught:
        play(config)
    assert "continues with this step" in str(caught.value)
    assert starts(config) == ALL[:4]
    rows = {row.step: row.state for row in progress.step_states(config)}
    assert (rows["iteration-1/pairs"], rows["iteration-1/actor"], rows["iteration-1/refiner"]) == (
        "done",
        "stopped",
        "waiting",
    )
    assert "iteration-1/actor ended with status 2" in progress.loop_state(*state.read_loop(config.folder))
    plan(tmp_path)
    play(config)
    assert starts(config) == ALL[3:]
    assert json.loads((config.folder / "loop.json").read_text())["steps"]["iteration-1/actor"]["runs"] == 2


def test_result_files_decide_not_loop_json(config: LoopConfig) -> None:
    play(config)
    starts(config)
    (config.folder / "iteration-2" / "actor" / "train.json").write_text('{"finished": false}')
    play(config)
    assert starts(config) == ["iteration-2/actor"]


def test_the_refiner_stays_if_it_has_no_rows(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__pairs="no rft")
    play(config)
    assert "iteration-1/refiner" not in starts(config)
    facts = json.loads((config.folder / "loop.json").read_text())
    assert f"--refiner {config.refiner}" in facts["steps"]["iteration-2/selfplay"]["command"].replace("'", "")
    assert (
        f"--model {config.folder.parent / 'model'} --seed 0 --out" in facts["steps"]["iteration-2/refiner"]["command"]
    )


_LOOP = """
    import sys
    from spar_train.loop import run_steps
    run_steps.process_command = lambda argv: [sys.executable, {script!r}, *argv]
    from pathlib import Path
    from spar_data.core.config import structure
    from spar_train.loop.config import LoopConfig
    import json
    from spar_data.cli.exit_codes import entry
    import click
    @click.command()
    def main():
        run_steps.run_steps(structure(LoopConfig, json.loads({config!r}), ""), lambda line: None)
    entry(main)()
"""


def begun(config: LoopConfig) -> subprocess.Popen[bytes]:
    """A loop in a process of its own, which has come to the step that hangs."""
    code = textwrap.dedent(_LOOP).format(script=str(SCRIPT), config=json.dumps(dataclasses.asdict(config)))
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


def test_a_terminated_loop_ends_its_step_too(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__actor="hang")
    loop = begun(config)
    os.kill(loop.pid, signal.SIGTERM)
    loop.communicate(timeout=30)
    assert loop.returncode == 128 + signal.SIGTERM
    until(lambda: not state.in_use(config.folder))


def test_a_killed_loop_leaves_its_folder_locked_until_its_step_has_ended(config: LoopConfig, tmp_path: Path) -> None:
    plan(tmp_path, iteration_1__actor="hang")
    loop = begun(config)
    assert progress.loop_state(*state.read_loop(config.folder)).endswith("running")
    loop.kill()
    loop.wait()  # its step, which is still there, keeps the pipe open
    with pytest.raises(SparError, match=r"its step iteration-1/actor: wait until it has ended"):
        play(config)
    os.kill(int((tmp_path / "hangs").read_text()), signal.SIGKILL)
    until(lambda: not state.in_use(config.folder))
    assert "killed" in progress.loop_state(*state.read_loop(config.folder))
    plan(tmp_path)
    starts(config)
    play(config)
    assert starts(config) == ALL[3:]


def test_an_interrupted_step_ends_the_loop_as_interrupted(config: LoopConfig, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run_steps, "process_command", lambda argv: [sys.executable, "-c", "import sys; sys.exit(130)"])
    with pytest.raises(KeyboardInterrupt):
        play(config)


def test_commands_run_with_this_python() -> None:
    command = run_steps.process_command(["spar-data", "--version"])
    assert command[0] == sys.executable
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert done.stdout.startswith("spar-data, version")
    assert run_steps.process_command(["accelerate", "launch", "x"])[1:3] == ["-m", "accelerate.commands.accelerate_cli"]
