"""The run folder of a prompt set: what every stage left there, and whether it can be reused."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeAlias, TypeVar, cast

import polars as pl

from spar_data.core.files import write_json
from spar_data.core.ids import row_id
from spar_data.prompts.ledger import Ledger

Facts = TypeVar("Facts", bound=Mapping[str, object])
Advance: TypeAlias = Callable[[str, int], None]
"""Receives progress: the phase, and the number of rows that are done since the last call."""


def no_progress(phase: str, rows: int) -> None:
    """Ignores progress."""


class RunFolder:
    """Stages write `NAME.parquet` and, last, `NAME.json`: a marker with the fingerprint of all inputs so far.

    A stage whose marker has the present fingerprint does not run again. Changed settings are not refused as in other run
    folders; they make the stage and all later ones run again.
    """

    def __init__(self, folder: Path, say: Callable[[str], None] = lambda line: None) -> None:
        self.folder = folder
        self.ledger = Ledger(folder)
        self.say = say
        self._fingerprint = ""

    def path(self, name: str) -> Path:
        return self.folder / name

    def stage(self, name: str, inputs: object, ledger_stages: tuple[str, ...], build: Callable[[], Facts]) -> Facts:
        """Runs `build` unless an equal run of it is on disk; returns its facts (a JSON object).

        inputs: everything that decides the result besides the earlier stages, as JSON. `build` writes the parquet file and
        the ledger lines of `ledger_stages`, and returns facts, with the number of failures under 'failed' if it had any:
        such a stage runs again next time (answers in the completion store are not requested again).
        """
        self._fingerprint = row_id(self._fingerprint, name, json.dumps(inputs, sort_keys=True, default=str))
        marker = self.path(f"{name}.json")
        if marker.is_file():
            previous = json.loads(marker.read_text(encoding="utf-8"))
            if previous["fingerprint"] == self._fingerprint and not previous["facts"].get("failed"):
                self.say(f"{name}: reused from an earlier run")
                return cast(Facts, previous["facts"])
        marker.unlink(missing_ok=True)
        self.ledger.clear(*ledger_stages)
        facts = build()
        write_json(marker, {"fingerprint": self._fingerprint, "facts": facts})
        return facts

    def read(self, name: str) -> pl.DataFrame:
        """The parquet file that a stage wrote."""
        return pl.read_parquet(self.path(f"{name}.parquet"))
