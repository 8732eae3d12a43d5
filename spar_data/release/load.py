"""Release folders as objects: what a release holds, read from its manifest."""

from __future__ import annotations

import json
import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeAlias

from spar_data.core.errors import SparError, nearest

if TYPE_CHECKING:
    import polars as pl

    from spar_data.core.records import Prompt

Manifest: TypeAlias = dict[str, Any]
"""The content of manifest.json: recipe, versions, funnel, checksums and measured facts of a release."""


@dataclass(frozen=True)
class Release:
    """A release folder, of prompts or of self-play.

    path      the folder; a `Release` is accepted wherever a path is.
    manifest  the content of manifest.json.
    """

    path: Path
    manifest: Manifest = field(repr=False)

    @property
    def name(self) -> str:
        """Name and version, e.g. "spar-mini-1.0.0"."""
        return f"{self.manifest['name']}-{self.manifest['version']}"

    @property
    def tables(self) -> dict[str, int]:
        """The tables with their numbers of rows, e.g. {"prompts": 1986, "seeds": 2080}; the main one first."""
        files = self.manifest["files"].items()
        return {Path(file).stem: facts["rows"] for file, facts in files if Path(file).match("data/*.parquet")}

    @property
    def prompts(self) -> list[Prompt]:
        """The prompts with their constraints. Raises SparError for a release without prompts.parquet."""
        from spar_data.sources.release_prompts import read_prompts

        return read_prompts(self.path / "data" / "prompts.parquet")

    def to_polars(self, table: str = "") -> pl.DataFrame:
        """A table as a frame; the main table if none is named. Raises SparError for an unknown name."""
        import polars as pl

        name = table or next(iter(self.tables), "")
        if name not in self.tables:
            raise SparError(f"{self.name} has no table {name!r}.{nearest(name, self.tables)}")
        return pl.read_parquet(self.path / "data" / f"{name}.parquet")

    def __fspath__(self) -> str:
        return str(self.path)

    def __repr__(self) -> str:
        rows = ", ".join(f"{count:,} {table}" for table, count in self.tables.items())
        return f"Release({self.name}: {rows})"


def load_release(path: str | os.PathLike[str]) -> Release:
    """Loads a release folder, of prompts or of self-play. Raises SparError for a folder that is not a release.

    >>> from spar_data import build_dataset, load_release
    >>> _ = open("ideas.jsonl", "w").write('{"prompt": "Name three birds that can be seen in winter."}')
    >>> folder = build_dataset(source="ideas.jsonl", overrides=["name=birds"]).path
    >>> release = load_release(folder)
    >>> release
    Release(birds-1.0.0: 1 prompts, 1 seeds)
    >>> release.to_polars("seeds")["prompt"].to_list()
    ['Name three birds that can be seen in winter.']
    >>> [constraint.checker for constraint in release.prompts[0].constraints]
    ['', 'length.words', 'character.capital_words', 'sentence.contains']
    """
    file = Path(path) / "manifest.json"
    try:
        manifest = json.loads(file.read_text(encoding="utf-8"))
    except OSError:
        raise SparError(f"{Path(path)} is not a release: it has no manifest.json. `make dataset` builds one") from None
    except ValueError as error:
        raise SparError(f"{file} is not JSON: {error}. Build the release again") from None
    if not isinstance(manifest, dict) or not {"name", "version", "files"} <= manifest.keys():
        raise SparError(f"{file} is not the manifest of a release: name, version and files are expected")
    return Release(Path(path), manifest)
