"""A release folder: data/*.parquet, README.md (dataset card), overview.png and, last, manifest.json."""

from __future__ import annotations

import importlib.metadata
import shutil
from collections.abc import Mapping
from pathlib import Path

import polars as pl

import spar_data
from spar_data.core.files import sha256, write_json, write_parquet, write_text
from spar_data.core.records import PromptRow, Seed
from spar_data.core.tables import schema
from spar_data.prompts.ledger import funnel
from spar_data.prompts.recipe import Recipe
from spar_data.prompts.release.picture import overview
from spar_data.prompts.run_folder import RunFolder
from spar_data.prompts.taxonomy import Taxonomy
from spar_data.release.card import card
from spar_data.release.load import Manifest
from spar_data.sources.prompts import source_files

# Libraries whose version can change a row
_LIBRARIES = ("numba", "numpy", "polars", "py3langid")


def write_release(
    recipe: Recipe, taxonomy: Taxonomy, run: RunFolder, parent: Path, facts: Mapping[str, object]
) -> Path:
    """Writes `parent/NAME-VERSION` from a finished run; an older folder of that name is replaced as a whole.

    facts: balance, decontamination, tokens and signature of the run. Nothing in the folder depends on the clock or the
    machine: an equal recipe with equal libraries gives equal bytes.
    """
    target = parent / recipe.folder_name
    work = parent / f".{target.name}.tmp"
    shutil.rmtree(work, ignore_errors=True)
    tables = {
        "prompts": run.read("prompts").select(list(schema(PromptRow))),
        "seeds": run.read("seeds").select(list(schema(Seed))),
    }
    manifest: Manifest = {
        "name": recipe.name,
        "version": recipe.version,
        "suite": spar_data.__version__,
        "libraries": {name: importlib.metadata.version(name) for name in _LIBRARIES},
        "fingerprint": recipe.fingerprint,
        "recipe": recipe.to_dict(),
        "taxonomy": {"name": taxonomy.name, "version": taxonomy.version, "digest": taxonomy.digest},
        "source": [
            {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}
            for path in source_files(recipe.source)
        ],
        "funnel": [step._asdict() for step in funnel(run.folder)],
        **facts,
        "files": {f"data/{name}.parquet": _write_table(work, name, frame) for name, frame in tables.items()},
    }
    overview(manifest, taxonomy, work / "overview.png")
    examples, types = _examples(tables["prompts"]), [kind.id for kind in taxonomy.types]
    write_text(work / "README.md", card("prompts", manifest, len(tables["prompts"]), types=types, examples=examples))
    write_json(work / "manifest.json", manifest)
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    return target


def _write_table(folder: Path, name: str, frame: pl.DataFrame) -> dict[str, int | str]:
    """Writes a table and returns its line of the manifest."""
    file = folder / "data" / f"{name}.parquet"
    write_parquet(file, frame)
    return {"rows": len(frame), "bytes": file.stat().st_size, "sha256": sha256(file)}


def _examples(prompts: pl.DataFrame, count: int = 3) -> list[Manifest]:
    """The first short English prompts of different main types. Ids are hashes, so their order is arbitrary."""
    short = prompts.filter(pl.col("prompt").str.len_chars() < 420).sort(
        pl.col("language") != "en", "id", maintain_order=True
    )
    return short.unique("main_type", keep="first", maintain_order=True).head(count).to_dicts()
