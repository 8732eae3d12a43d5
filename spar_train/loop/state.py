"""loop.json: the settings of a loop's folder and the state of each step. One process at a time works in a folder."""

from __future__ import annotations

import contextlib
import dataclasses
import fcntl
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import cast

from spar_data.core.config import structure
from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, sha256, write_json
from spar_data.core.ids import row_id
from spar_data.core.run_folder import Facts, claim, read_facts
from spar_data.selfplay import run_json
from spar_data.sources.prompts import as_prompts
from spar_train.loop.config import LoopConfig
from spar_train.loop.step_configs import is_harmless

LOOP_FILE = "loop.json"
_LOCK = ".lock"
# places of files, or part of the digest of the prompts
_NOT_COMPARED = ("prompts", "out", "store", "eval_store", "constraints", "limit")


@contextlib.contextmanager
def locked(out: Path) -> Iterator[int]:
    """Locks the folder of a loop. Yields the descriptor of the lock.

    The process of a step inherits it: if the loop alone was killed, its folder stays locked until that step has ended too.
    Raises SparError if another process works in the folder.
    """
    out.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(out / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            holder = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            raise SparError(
                f"{out} is in use by {holder or 'another process'}: wait until it has ended, or end it"
            ) from None
        write_holder(descriptor, f"process {os.getpid()}")
        yield descriptor
        write_holder(descriptor, "")
    finally:
        os.close(descriptor)


def write_holder(descriptor: int, holder: str) -> None:
    """Records who holds the lock, for the error message of other processes."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, holder.encode(), 0)


def in_use(out: Path) -> bool:
    """Whether a process works in the folder."""
    try:
        descriptor = os.open(out / _LOCK, os.O_RDONLY)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_SH | fcntl.LOCK_NB)
        return False
    except OSError:
        return True
    finally:
        os.close(descriptor)


def loop_settings(config: LoopConfig) -> dict[str, JsonValue]:
    """The values that decide the result: the content of files and models, not their places.

    The number of iterations is not among them if the number of prompts of each is given: it may be raised later.
    """
    settings = {name: value for name, value in dataclasses.asdict(config).items() if name not in _NOT_COMPARED}
    if config.per_iteration or config.same_prompts:
        del settings["iterations"]
    settings |= {
        "prompts": _prompts_digest(config),
        "actor": run_json.model(config.actor),
        "judge": run_json.model(config.judge) if config.judge else "",
        "refiners": [run_json.model(spec) for spec in config.refiners],
        "evals": [[text, _content_hash(text.partition("=")[2])] for text in config.evals],
        "sft": _content_hash(config.sft),
        "accelerate": _content_hash(config.accelerate),
        "overrides": list[JsonValue](sorted(text for text in config.overrides if not is_harmless(text))),
    }
    return {name: settings[name] for name in sorted(settings)}


def _prompts_digest(config: LoopConfig) -> dict[str, JsonValue]:
    if not config.baseline.gold:
        prompts = as_prompts(config.prompts)[: config.limit or None]
        return run_json.source([row_id(prompt.text) for prompt in prompts])
    from spar_data.selfplay.gold.problems import read_problems

    ids = [problem.id for problem in read_problems(config.prompts, config.limit)]
    return {"prompts": len(ids), "digest": row_id(*ids)}


def _content_hash(path: str) -> str:
    """The hash of a file, or of all files of a folder; the path itself if it is neither, e.g. a dataset of the Hub."""
    place = Path(path)
    if path and place.is_dir():
        files = (file for file in sorted(place.rglob("*")) if file.is_file())
        return row_id(*(f"{file.relative_to(place)} {sha256(file)}" for file in files))
    return sha256(place) if path and place.is_file() else path


class LoopState:
    """loop.json in memory. Every change is written at once, as a whole."""

    def __init__(self, config: LoopConfig, settings: dict[str, JsonValue]) -> None:
        """Raises SparError for a folder that was made by other settings, naming the difference."""
        self._file = config.folder / LOOP_FILE
        self._facts = claim(config.folder, LOOP_FILE, settings) or {"settings": settings}
        self._facts["config"] = dataclasses.asdict(config)
        self._steps = cast(dict[str, Facts], self._facts.setdefault("steps", {}))
        self.write("running")

    def write(self, state: str, reason: str = "") -> None:
        """state: running, finished, interrupted or stopped; for the last one with the reason."""
        self._facts |= {"state": state, "why": reason}
        write_json(self._file, self._facts)

    def begin(self, name: str, command: str) -> None:
        """Records that a step starts."""
        earlier = self._steps.get(name, {})
        self._steps[name] = {
            "state": "running",
            "command": command,
            "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "runs": cast(int, earlier.get("runs", 0)) + 1,
            "seconds": earlier.get("seconds", 0.0),
            "figure": "",
        }
        self.write("running")

    def end(self, name: str, state: str, seconds: float, figure: str = "") -> None:
        """Records that a step ended: done, interrupted or failed. The seconds of interrupted runs add up."""
        seconds += cast(float, self._steps[name]["seconds"])
        self._steps[name] |= {"state": state, "seconds": round(seconds, 1), "figure": figure}
        self.write("running")


def read_loop(out: Path) -> tuple[LoopConfig, Facts]:
    """The config of a loop's folder, as if it lay at `out`, and the content of loop.json. Raises SparError."""
    if not (out / LOOP_FILE).is_file():
        raise SparError(f"{out / LOOP_FILE} does not exist: the folder of `spar-train loop` is expected")
    facts = read_facts(out, LOOP_FILE) or {}
    try:
        values = {**cast(dict[str, object], facts["config"]), "out": str(out)}
        return structure(LoopConfig, values, LOOP_FILE), facts
    except (KeyError, TypeError, SparError):
        raise SparError(
            f"{out / LOOP_FILE} has another form than `spar-train loop` writes: run the loop again, it continues"
        ) from None
