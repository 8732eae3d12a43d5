"""The whole chain: source -> seeds -> complex prompts -> release. Every stage resumes from the run folder."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any, NamedTuple

import polars as pl

from spar_data import __version__
from spar_data.core.errors import SparError
from spar_data.core.files import sha256, write_parquet
from spar_data.models import Limits, Report, Store, cost, estimate_prompt, estimate_tokens, identify, missing, silent
from spar_data.prompts import taxonomy
from spar_data.prompts.coverage import balance
from spar_data.prompts.decontaminate import decontaminate
from spar_data.prompts.evolve_seeds import evolve_by_model, evolve_by_rules, requests
from spar_data.prompts.filter_seeds import CHEAP, filter_cheaply, filter_self_bleu
from spar_data.prompts.recipe import Recipe
from spar_data.prompts.release.write import release
from spar_data.prompts.run_folder import Run
from spar_data.prompts.seeds.keywords import list_file
from spar_data.sources.benchmarks import find
from spar_data.sources.prompts import files

Advance = Callable[[str, int], None]
_SILENT: Advance = lambda phase, rows: None  # noqa: E731


def seeds(recipe: Recipe, run: Run, advance: Advance = _SILENT) -> dict[str, Any]:
    """Source to seeds. Raises SparError if nothing is left."""
    contents = [(str(path), sha256(path)) for path in files(recipe.source)]
    filters = [asdict(part) for part in (recipe.source, recipe.length, recipe.keywords, recipe.language)]
    words = sha256(list_file(recipe.keywords))
    run.stage(
        "candidates", [__version__, contents, words, filters], CHEAP, lambda: filter_cheaply(recipe, run, advance)
    )
    bleu = [asdict(recipe.self_bleu), recipe.seed]
    facts = run.stage("seeds", bleu, ("self-bleu",), lambda: filter_self_bleu(recipe, run, advance))
    if not facts["seeds"]:
        raise SparError(f"no row of the source became a seed: `spar-data funnel {run.folder}` shows where they went")
    return facts


class Estimate(NamedTuple):
    """What evolving would cost: seeds, calls not yet answered, their tokens (about), money (None = no price known)."""

    seeds: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None


def estimate(recipe: Recipe, run: Run) -> Estimate:
    """For a run whose seeds exist. Tokens are estimated as characters / 4 (a letter of an unspaced script: 1); an answer is
    taken to be the seed and 60 tokens more."""
    made = run.read("seeds")
    if recipe.evolve.teacher == "rules":
        return Estimate(len(made), 0, 0, 0, 0.0)
    asked = requests(recipe, taxonomy.load(recipe.evolve.taxonomy), made)
    who = identify(recipe.evolve.teacher)
    calls = len(asked)
    store_file = run.path("completions.sqlite")
    if store_file.exists():
        with Store(store_file) as store:
            calls = sum(1 for _ in missing(who, asked, store))
    share = calls / len(asked)
    prompt = sum(map(estimate_prompt, asked))
    completion = sum(estimate_tokens(p) + 60 for p in made["prompt"])
    prompt, completion = round(prompt * share), round(completion * share)
    return Estimate(len(made), calls, prompt, completion, cost(who.name, prompt, completion))


def build(
    recipe: Recipe,
    run: Run,
    releases: Path,
    advance: Advance = _SILENT,
    benchmarks: Sequence[str] = (),
    limits: Limits = Limits(),
    report: Report = silent,
) -> Path:
    """Runs every stage that is not done yet and writes the release; returns its folder.

    A teacher that left rows unanswered is no reason to stop: they are failed rows of the ledger, and the next run asks for
    them again. benchmarks: files or folders to use instead of the recipe's; they are where this machine has them, so they
    are no part of the recipe. limits, report: for a model teacher. Raises SparError if no prompt is left.
    """
    words = taxonomy.load(recipe.evolve.taxonomy)
    rules = recipe.evolve.teacher == "rules"
    if not rules:
        identify(recipe.evolve.teacher)  # a bad spec is an error before any work is done
    checked = [] if recipe.decontaminate.off else find(benchmarks or recipe.decontaminate.benchmarks)
    signature = seeds(recipe, run, advance)["signature"]

    def evolve() -> dict[str, Any]:
        if rules:
            return evolve_by_rules(recipe, words, run, advance)
        return evolve_by_model(recipe, words, run, limits, report)

    facts = run.stage("evolved", [asdict(recipe.evolve), words.digest], ("evolve",), evolve)
    known = [(b.name, b.files) for b in checked]

    def clean() -> dict[str, Any]:
        evolved = run.read("evolved")
        verdicts = decontaminate(evolved["prompt"], recipe.decontaminate, checked)
        kept = run.ledger.decide("decontaminate", evolved, verdicts)
        write_parquet(run.path("prompts.parquet"), kept)
        matches = pl.concat([evolved.select("id"), verdicts], how="horizontal").filter(pl.col("reason").is_not_null())
        return {"prompts": len(kept), "matches": matches.to_dicts()}

    cleaned = run.stage("prompts", [asdict(recipe.decontaminate), known], ("decontaminate",), clean)
    if not cleaned["prompts"]:
        raise SparError(f"no prompt is left to release: `spar-data funnel {run.folder}` shows where they went")
    tokens = {"prompt": facts.get("prompt_tokens", 0), "completion": facts.get("completion_tokens", 0)}
    model = "" if rules else identify(recipe.evolve.teacher).name
    measured = {
        "signature": signature,
        "balance": balance(run.read("prompts"), words),
        "tokens": {**tokens, "usd": cost(model, tokens["prompt"], tokens["completion"])},
        "decontamination": {
            "ngram": recipe.decontaminate.ngram,
            "near_equal": recipe.decontaminate.near_equal,
            "benchmarks": [{"name": b.name, "prompts": len(b.items), "files": b.files} for b in checked],
            "matches": cleaned["matches"],
        },
    }
    return release(recipe, words, run, releases, measured)
