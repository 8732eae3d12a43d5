"""`spar-data pairs` on a run folder with the rows of `stored_rows.world`."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner, Result
from stored_rows import prompts_file, run_folder, world

from spar_data.cli.main import cli
from spar_data.core.files import sha256

RELEASED = ("spar", "direct", "rft", "refiner-paper", "refiner-authors")


def world_run(folder: Path) -> Path:
    """A run folder, with the release that its prompts come from beside it."""
    samples, nodes = world()
    file = prompts_file(folder / "prompts", sorted({s.prompt for s in samples}))
    phases = {"respond": {"prompt_tokens": 100, "completion_tokens": 300, "usd": None, "seconds": 1.5}}
    source = {"path": str(file), "sha256": sha256(file)}
    models = {"actor": "openai:x@http://h"}
    return run_folder(folder / "run", samples, nodes, source=source, phases=phases, models=models)


def pairs(run: Path, *options: str) -> Result:
    """Runs the command, which may fail."""
    return CliRunner().invoke(cli, ["pairs", str(run), *options], catch_exceptions=True)


def pairs_ok(run: Path, *options: str) -> Result:
    """Runs the command, which has to succeed."""
    result = pairs(run, *options)
    assert result.exception is None, (result.output, result.exception)
    return result


def recipe_options(*names: str) -> list[str]:
    return [part for name in names for part in ("--recipe", name)]


def make_release(run: Path, out: Path) -> Path:
    """A release with five recipes in all formats."""
    formats = [part for name in ("trl", "llama-factory", "axolotl", "jsonl") for part in ("--format", name)]
    name = ("--release", "tiny-selfplay-1.2.0", "--set", "release.repository=me/tiny")
    pairs_ok(run, *recipe_options(*RELEASED), *formats, *name, "--out", str(out))
    return out / "tiny-selfplay-1.2.0"
