"""loop.json: by which settings a folder was made, and what became of each step. One process at a time works in a folder."""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from spar_data.core import run_folder
from spar_data.core.errors import SparError
from spar_data.core.files import sha256, write_json
from spar_data.core.ids import row_id
from spar_data.selfplay import run_json as folder
from spar_data.sources.prompts import as_prompts
from spar_train.loop.config import LoopConfig
from spar_train.loop.programs import HARMLESS
from spar_train.loop.steps import split

FILE = "loop.json"
_LOCK = ".lock"
_NO_SETTING = ("prompts", "out", "store", "eval_store", "constraints", "limit")  # where things are, or in the digest


@contextlib.contextmanager
def locked(out: Path) -> Iterator[int]:
    """Yields the descriptor of the lock. A step's process inherits it: where the loop alone was killed, its folder stays
    locked until that step has ended too. Raises SparError where another process works in the folder."""
    out.mkdir(parents=True, exist_ok=True)
    descriptor = os.open(out / _LOCK, os.O_RDWR | os.O_CREAT, 0o644)
    try:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError:
            said = os.pread(descriptor, 200, 0).decode(errors="replace").strip()
            raise SparError(
                f"{out} is in use by {said or 'another process'}: wait until it has ended, or end it"
            ) from None
        tell(descriptor, f"process {os.getpid()}")
        yield descriptor
        tell(descriptor, "")
    finally:
        os.close(descriptor)


def tell(descriptor: int, who: str) -> None:
    """Who holds the lock, for whoever finds it taken."""
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, who.encode(), 0)


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


def settings(config: LoopConfig) -> dict[str, Any]:
    """What decides the result: contents of files and models, not where they are. More iterations may be asked for later
    where the number of prompts of each is given."""
    plain = {name: value for name, value in config.to_dict().items() if name not in _NO_SETTING}
    if config.per_iteration or config.same_prompts:
        del plain["iterations"]
    plain["prompts"] = _digest(config)
    for name in ("actor", "judge"):
        plain[name] = folder.model(plain[name]) if plain[name] else ""
    plain["refiners"] = [folder.model(spec) for spec in config.refiners]
    plain["evals"] = [[text, _content(text.partition("=")[2])] for text in config.evals]
    plain["sft"] = _content(config.sft)
    plain["accelerate"] = _content(config.accelerate)
    plain["overrides"] = sorted(text for text in config.overrides if split(text)[1] not in HARMLESS)
    return {name: plain[name] for name in sorted(plain)}


def _digest(config: LoopConfig) -> dict[str, Any]:
    if not config.baseline.gold:
        prompts = as_prompts(config.prompts)[: config.limit or None]
        return folder.source([row_id(prompt.text) for prompt in prompts])
    from spar_data.selfplay.gold.problems import read_problems

    ids = [problem.id for problem in read_problems(config.prompts, config.limit)]
    return {"prompts": len(ids), "digest": row_id(*ids)}


def _content(path: str) -> str:
    """The hash of a file, of all files of a folder, or the name of what is none (a dataset of the Hub)."""
    place = Path(path)
    if path and place.is_dir():
        return row_id(
            *(f"{each.relative_to(place)} {sha256(each)}" for each in sorted(place.rglob("*")) if each.is_file())
        )
    return sha256(place) if path and place.is_file() else path


class State:
    """loop.json in memory; every change is written, as a whole, at once."""

    def __init__(self, out: Path, config: LoopConfig, wanted: dict[str, Any]) -> None:
        """Raises SparError for a folder that was made by other settings, naming the difference."""
        self._file = out / FILE
        self._facts: dict[str, Any] = run_folder.claim(out, FILE, wanted) or {"settings": wanted}
        self._facts["config"] = config.to_dict()
        self._facts.setdefault("steps", {})
        self.write("running")

    def write(self, state: str, why: str = "") -> None:
        """state: running, finished, interrupted or stopped."""
        self._facts |= {"state": state, "why": why}
        write_json(self._file, json.loads(json.dumps(self._facts)))

    def begin(self, name: str, command: str) -> None:
        known = self._facts["steps"].get(name, {})
        self._facts["steps"][name] = {
            "state": "running",
            "command": command,
            "begun": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()),
            "runs": known.get("runs", 0) + 1,
            "seconds": known.get("seconds", 0.0),
            "figure": "",
        }
        self.write("running")

    def end(self, name: str, state: str, seconds: float, figure: str = "") -> None:
        """state: done, interrupted or failed. seconds add up over the runs of a step that was interrupted."""
        each = self._facts["steps"][name]
        each |= {"state": state, "seconds": round(each["seconds"] + seconds, 1), "figure": figure}
        self.write("running")


def read(out: Path) -> tuple[LoopConfig, dict[str, Any]]:
    """The settings of a loop's folder, as if it lay at `out`, and all that loop.json says. Raises SparError."""
    file = out / FILE
    try:
        facts = json.loads(file.read_text(encoding="utf-8"))
        return LoopConfig.of({**facts["config"], "out": str(out)}), facts
    except OSError:
        raise SparError(f"{file} does not exist: the folder of `spar-train loop` is expected") from None
    except (ValueError, KeyError, TypeError, AttributeError):
        raise SparError(f"{file} is not as `spar-train loop` writes it: run the loop again, it goes on") from None
