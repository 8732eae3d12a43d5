"""Runs the steps of a loop one after another, each as a process of its own, so that its memory is free after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO

import click

from spar_data.core.errors import SparError
from spar_train.loop import slices, state
from spar_train.loop.config import LoopConfig
from spar_train.loop.programs import process, shown
from spar_train.loop.proofs import nothing, prove, rows_in
from spar_train.loop.steps import Step, steps

Say = Callable[[str], None]
_PATIENCE = 60.0  # seconds that a step gets to end after an interruption


def play(config: LoopConfig, say: Say, to: IO[str] | None = None) -> None:
    """Runs what is not done yet. say: a line about the loop. to: where the output of the steps goes, beside their logs.

    Raises SparError for a step that fails, for one without rows to train on, and where the folder is in use or was made by
    other settings; click.Abort after Ctrl-C. The same call goes on in any case.
    """
    found = slices.cut(config)
    wanted = state.settings(config)
    with state.locked(config.folder) as lock:
        status = state.State(config.folder, config, wanted)
        slices.write(found, config.folder)
        why = ""
        try:
            _all(config, status, say, to, lock)
            status.write("finished")
        except SparError as error:
            why = str(error)
            raise
        except (KeyboardInterrupt, click.Abort):
            why = "interrupted"
            raise click.Abort from None
        except SystemExit:
            why = "interrupted"
            raise
        finally:
            if why:
                status.write("interrupted" if why == "interrupted" else "stopped", why)


def _all(config: LoopConfig, status: state.State, say: Say, to: IO[str] | None, lock: int) -> None:
    while True:
        plan, _ = current(config)
        todo = next((step for step in plan if not prove(step).done), None)
        if todo is None:
            return
        if todo.rows is not None and not rows_in(todo.rows):
            raise SparError(nothing(todo, todo.rows.parent))
        _run(todo, config, status, say, to, lock)


def current(config: LoopConfig) -> tuple[list[Step], frozenset[int]]:
    """The steps as they are now, and the iterations that made no row for the refiner."""
    stays: frozenset[int] = frozenset()
    for t in range(1, config.iterations + 1):
        for step in steps(config, stays):
            if step.iteration == t and step.kind == "rft" and step.rows is not None:
                cut = config.folder / f"iteration-{t}" / "pairs" / "statistics.json"
                if cut.is_file() and not rows_in(step.rows):
                    stays |= {t}
    return steps(config, stays), stays


def _run(step: Step, config: LoopConfig, status: state.State, say: Say, to: IO[str] | None, lock: int) -> None:
    say(f"\n{step.name}: {shown(step.argv)}")
    status.begin(step.name, shown(step.argv))
    state.tell(lock, f"process {os.getpid()} and its step {step.name}")
    began, ended = time.monotonic(), "failed"
    try:
        log = config.folder / "logs" / f"{step.name.replace('/', '.')}.log"
        code = _process(process(step.argv), log, to, lock)
        if code in (130, -signal.SIGINT):
            ended = "interrupted"
            raise click.Abort
        if code:
            killed = " (killed; was there enough memory?)" if code == -signal.SIGKILL else ""
            raise SparError(
                f"{step.name} ended with status {code}{killed}:\n  {shown(step.argv)}\nWhat was finished is kept: the same "
                f"`spar-train loop` command goes on with this step"
            )
        proof = prove(step)
        if not proof.done:
            raise SparError(
                f"{step.name} ended without its result: {proof.why}\n  {shown(step.argv)}\nThe same `spar-train loop` "
                f"command goes on with this step"
            )
        ended = "done"
    except (KeyboardInterrupt, SystemExit):
        ended = "interrupted"
        raise
    finally:
        seconds = time.monotonic() - began
        status.end(step.name, ended, seconds, prove(step).figure if ended == "done" else "")
    say(f"{step.name}: {prove(step).figure or 'done'} ({seconds:,.0f} s)")


def _process(command: Sequence[str], log: Path, to: IO[str] | None, lock: int) -> int:
    """Its status. Its output goes to the log and, if wanted, to `to`; its progress and errors to the error stream."""
    log.parent.mkdir(parents=True, exist_ok=True)
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
    with log.open("ab") as kept:
        child = subprocess.Popen(command, stdout=subprocess.PIPE, env=environment, pass_fds=(lock,))
        stream = child.stdout
        assert stream is not None

        def copy() -> None:
            for line in stream:
                kept.write(line)
                kept.flush()
                if to is not None:
                    to.write(line.decode(errors="replace"))
                    to.flush()

        reader = threading.Thread(target=copy, daemon=True)
        reader.start()
        before = _on_terminate(child)
        try:
            child.wait()
        except KeyboardInterrupt:
            _end(child)
            raise
        finally:
            reader.join(5.0)
            if before is not None:
                signal.signal(signal.SIGTERM, before)
        return child.returncode


def _on_terminate(child: subprocess.Popen[bytes]) -> signal.Handlers | Callable[..., object] | int | None:
    """A terminated loop ends its step too. None outside the main thread, where no handler can be set."""
    if threading.current_thread() is not threading.main_thread():
        return None

    def stop(number: int, frame: object) -> None:
        child.terminate()
        raise SystemExit(128 + number)

    return signal.signal(signal.SIGTERM, stop)


def _end(child: subprocess.Popen[bytes]) -> None:
    """Waits for a step that was interrupted with the loop; one that does not know yet is told."""
    for send in (None, signal.SIGINT, signal.SIGTERM, signal.SIGKILL):
        if send is not None:
            child.send_signal(send)
        try:
            child.wait(2.0 if send is None else _PATIENCE)
            return
        except subprocess.TimeoutExpired:
            continue
        except KeyboardInterrupt:
            sys.stderr.write("The step is ending ...\n")
