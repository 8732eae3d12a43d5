"""Runs the steps of a loop one after another, each as its own process, so that its memory is free afterwards."""

from __future__ import annotations

import os
import shlex
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from spar_data.core.errors import SparError
from spar_train.loop import state
from spar_train.loop.config import LoopConfig
from spar_train.loop.outcomes import count_rows, no_rows_text, step_outcome
from spar_train.loop.prompt_slices import slice_prompts
from spar_train.loop.steps import Step, loop_steps

Say = Callable[[str], None]
_PATIENCE = 60.0  # seconds that a step has to end after an interruption


def run_steps(config: LoopConfig, say: Say, output: IO[str] | None = None) -> None:
    """Runs all steps that are not done yet.

    say: takes a line about the loop. output: gets what the steps print, besides their logs. Raises SparError for a step that
    fails or has no rows to train on, and for a folder that is in use or was made by other settings; KeyboardInterrupt
    after Ctrl-C. The same call continues in any case.
    """
    slices = slice_prompts(config)
    settings = state.loop_settings(config)
    with state.locked(config.folder) as lock:
        runner = _Runner(config, state.LoopState(config, settings), say, output, lock)
        slices.write(config.folder)
        try:
            runner.run_all()
        except SparError as error:
            runner.state.write("stopped", str(error))
            raise
        except (KeyboardInterrupt, SystemExit):
            runner.state.write("interrupted", "interrupted")
            raise
        runner.state.write("finished")


def current_steps(config: LoopConfig) -> list[Step]:
    """The steps as they are now: the refiner is not trained in iterations that made no row for it."""
    without_rows: frozenset[int] = frozenset()
    for t in range(1, config.iterations + 1):
        for step in loop_steps(config, without_rows):
            if step.iteration == t and step.kind == "rft" and step.rows is not None:
                pairs = config.folder / f"iteration-{t}" / "pairs" / "statistics.json"
                if pairs.is_file() and not count_rows(step.rows):
                    without_rows |= {t}
    return loop_steps(config, without_rows)


@dataclass(frozen=True)
class _Runner:
    """lock: the descriptor of the folder's lock."""

    config: LoopConfig
    state: state.LoopState
    say: Say
    output: IO[str] | None
    lock: int

    def run_all(self) -> None:
        while step := next((step for step in current_steps(self.config) if not step_outcome(step).done), None):
            if step.rows is not None and not count_rows(step.rows):
                raise SparError(no_rows_text(step, self.config.folder / f"iteration-{step.iteration}"))
            self._run(step)

    def _run(self, step: Step) -> None:
        command = shlex.join(step.argv)
        self.say(f"\n{step.name}: {command}")
        self.state.begin(step.name, command)
        state.write_holder(self.lock, f"process {os.getpid()} and its step {step.name}")
        begun, final = time.monotonic(), "failed"
        try:
            self._run_process(step, command)
            final = "done"
        except (KeyboardInterrupt, SystemExit):
            final = "interrupted"
            raise
        finally:
            seconds = time.monotonic() - begun
            figure = step_outcome(step).figure if final == "done" else ""
            self.state.end(step.name, final, seconds, figure)
        self.say(f"{step.name}: {figure or 'done'} ({seconds:,.0f} s)")

    def _run_process(self, step: Step, command: str) -> None:
        """Raises SparError if the process fails or leaves no whole result; KeyboardInterrupt if it was interrupted."""
        log = self.config.folder / "logs" / f"{step.name.replace('/', '.')}.log"
        status = _run_logged(process_command(step.argv), log, self.output, self.lock)
        if status in (130, -signal.SIGINT):
            raise KeyboardInterrupt
        if status:
            killed = " (killed; was there enough memory?)" if status == -signal.SIGKILL else ""
            raise SparError(
                f"{step.name} ended with status {status}{killed}:\n  {command}\nFinished work is kept: the same "
                f"`spar-train loop` command continues with this step"
            )
        outcome = step_outcome(step)
        if not outcome.done:
            raise SparError(
                f"{step.name} ended without its result: {outcome.reason}\n  {command}\nThe same `spar-train loop` command "
                f"continues with this step"
            )


def process_command(argv: Sequence[str]) -> list[str]:
    """The command line that runs a command with this Python."""
    program, *rest = argv
    if program == "accelerate":
        return [sys.executable, "-m", "accelerate.commands.accelerate_cli", *rest]
    code = f"import sys; sys.argv[0] = {program!r}; from {program.replace('-', '_')}.cli.main import main; main()"
    return [sys.executable, "-c", code, *rest]


def _run_logged(command: Sequence[str], log: Path, output: IO[str] | None, lock: int) -> int:
    """Runs a process and returns its status. Its stdout goes to the log and to `output`, its stderr to ours."""
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log.open("ab") as file:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, pass_fds=(lock,))
        stream = child.stdout
        assert stream is not None

        def copy() -> None:
            for line in stream:
                file.write(line)
                file.flush()
                if output is not None:
                    output.write(line.decode(errors="replace"))
                    output.flush()

        reader = threading.Thread(target=copy, daemon=True)
        reader.start()
        handler = _forward_termination(child)
        try:
            child.wait()
        except KeyboardInterrupt:
            _end_process(child)
            raise
        finally:
            reader.join(5.0)
            if handler is not None:
                signal.signal(signal.SIGTERM, handler)
        return child.returncode


def _forward_termination(child: subprocess.Popen[bytes]) -> signal.Handlers | Callable[..., object] | int | None:
    """Makes a terminated loop end its step too. Returns the earlier handler; None outside the main thread, where no handler
    can be set."""
    if threading.current_thread() is not threading.main_thread():
        return None

    def stop(number: int, frame: object) -> None:
        child.terminate()
        raise SystemExit(128 + number)

    return signal.signal(signal.SIGTERM, stop)


def _end_process(child: subprocess.Popen[bytes]) -> None:
    """Waits for a step that was interrupted together with the loop; sends signals to one that does not end."""
    for number in (None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if number is not None:
            child.send_signal(number)
        try:
            child.wait(2.0 if number is None else _PATIENCE)
            return
        except subprocess.TimeoutExpired:
            continue
        except KeyboardInterrupt:
            sys.stderr.write("The step is ending ...\n")
