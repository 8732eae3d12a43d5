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
from spar_data.core.records import PromptRow
from spar_data.core.tables import frame
from spar_data.models import Limits, Report, Store, cost, estimate_prompt, estimate_tokens, identify, missing, silent
from spar_data.prompts.coverage import balance
from spar_data.prompts.decontaminate import decontaminate
from spar_data.prompts.evolve_seeds import EvolvedFacts, evolve_by_model, evolve_by_rules, evolve_requests
from spar_data.prompts.filter_seeds import SeedFacts, filter_cheaply, filter_self_bleu
from spar_data.prompts.filters import CHEAP_STAGES
from spar_data.prompts.recipe import Recipe, load_recipe
from spar_data.prompts.release.write import write_release
from spar_data.prompts.run_folder import Advance, RunFolder, no_progress
from spar_data.prompts.seeds.keywords import list_file
from spar_data.prompts.taxonomy import Taxonomy
from spar_data.prompts.taxonomy_files import load_taxonomy
from spar_data.release.load import Release, load_release
from spar_data.sources.benchmarks import BenchmarkTexts, read_benchmarks
from spar_data.sources.prompts import read_batches, source_files

_STORE = "completions.sqlite"
_EXTRA_TOKENS = 60  # by which an evolved prompt is taken to be longer than its seed


class CostEstimate(NamedTuple):
    """What evolving would cost: seeds, calls without a stored answer, their tokens (about), money (None = no price known)."""

    seeds: int
    calls: int
    prompt_tokens: int
    completion_tokens: int
    usd: float | None


def build_seeds(recipe: Recipe, run: RunFolder, advance: Advance = no_progress) -> SeedFacts:
    """Runs the filters. Raises SparError if nothing is left."""
    contents = [(str(path), sha256(path)) for path in source_files(recipe.source)]
    settings = [asdict(recipe.source), *recipe.cheap_settings()]
    words = sha256(list_file(recipe.keywords))
    run.stage(
        "candidates",
        [__version__, contents, words, settings],
        CHEAP_STAGES,
        lambda: filter_cheaply(read_batches(recipe.source), recipe, run, advance),
    )
    facts = run.stage(
        "seeds",
        [asdict(recipe.self_bleu), recipe.seed],
        ("self-bleu",),
        lambda: filter_self_bleu(recipe, run, advance),
    )
    if not facts["seeds"]:
        raise SparError(f"no row of the source became a seed: `spar-data funnel {run.folder}` shows where they went")
    return facts


def estimate_cost(recipe: Recipe, run: RunFolder) -> CostEstimate:
    """The cost of evolving the seeds of a run. Tokens are estimated as characters / 4 (an unspaced script: characters)."""
    seeds = run.read("seeds")
    if recipe.evolve.teacher == "rules":
        return CostEstimate(len(seeds), 0, 0, 0, 0.0)
    requests = evolve_requests(seeds, recipe.evolve, recipe.seed, load_taxonomy(recipe.evolve.taxonomy))
    teacher = identify(recipe.evolve.teacher)
    calls = len(requests)
    if run.path(_STORE).exists():
        with Store(run.path(_STORE)) as store:
            calls = sum(1 for _ in missing(teacher, requests, store))
    share = calls / len(requests)
    prompt_tokens = round(share * sum(map(estimate_prompt, requests)))
    completion_tokens = round(share * sum(estimate_tokens(seed) + _EXTRA_TOKENS for seed in seeds["prompt"]))
    usd = cost(teacher.name, prompt_tokens, completion_tokens)
    return CostEstimate(len(seeds), calls, prompt_tokens, completion_tokens, usd)


def build_dataset(
    recipe: str | Recipe = "mini",
    *,
    source: str | Path | Sequence[str | Path] = (),
    limit: int = 0,
    teacher: str = "",
    overrides: Sequence[str] = (),
    benchmarks: Sequence[str | Path] = (),
    runs: str | Path = "runs",
    out: str | Path = "releases",
    limits: Limits = Limits(),
    advance: Advance = no_progress,
    report: Report = silent,
    say: Callable[[str], None] = lambda line: None,
) -> Release:
    """Builds a prompt set from a recipe: filters, constraints, decontamination, release.

    recipe: a shipped recipe, the path of a .toml file, or a `Recipe`. source, limit, teacher, overrides: changes of the
    recipe as in `load_recipe`. benchmarks: files or folders to decontaminate against, instead of the recipe's; where they
    are on this machine is no part of it. runs: where the run folder is kept; every stage that is done there is reused. out:
    where the release folder goes. limits, report: for a model teacher; seeds that it left unanswered are failed rows of the
    ledger, which the next build requests again. advance, say: receive progress. Raises SparError for a wrong recipe and if
    no prompt is left.

    >>> from spar_data import build_dataset
    >>> _ = open("ideas.jsonl", "w").write('{"prompt": "Write a short story about a lighthouse keeper."}')
    >>> release = build_dataset(source="ideas.jsonl", overrides=["name=stories"])
    >>> release
    Release(stories-1.0.0: 1 prompts, 1 seeds)
    >>> [constraint["leaf"] for constraint in release.to_polars()["constraints"][0]]
    ['content.symbol.title_mark', 'general.language_style.humor', 'content.sentence.include']
    """
    if isinstance(recipe, str):
        sources = [source] if isinstance(source, str | Path) else source
        recipe = load_recipe(recipe, overrides, [str(path) for path in sources], limit, teacher)
    run = RunFolder(Path(runs) / recipe.folder_name, say)
    words = load_taxonomy(recipe.evolve.taxonomy)
    by_model = recipe.evolve.teacher != "rules"
    # a wrong spec or path is an error before any work is done
    model_name = identify(recipe.evolve.teacher).name if by_model else ""
    places = [str(path) for path in benchmarks] or recipe.decontaminate.benchmarks
    texts = [] if recipe.decontaminate.off else read_benchmarks(places)
    signature = build_seeds(recipe, run, advance)["signature"]
    evolved = run.stage(
        "evolved",
        [asdict(recipe.evolve), words.digest],
        ("evolve",),
        lambda: _evolve(recipe, words, run, advance, limits, report),
    )
    cleaned = run.stage(
        "prompts",
        [asdict(recipe.decontaminate), [(benchmark.name, benchmark.files) for benchmark in texts]],
        ("decontaminate",),
        lambda: _decontaminate(recipe, run, texts),
    )
    if not cleaned["prompts"]:
        raise SparError(f"no prompt is left to release: `spar-data funnel {run.folder}` shows where they went")
    tokens = {"prompt": evolved.get("prompt_tokens", 0), "completion": evolved.get("completion_tokens", 0)}
    measured = {
        "signature": signature,
        "balance": balance(run.read("prompts"), words),
        "tokens": {**tokens, "usd": cost(model_name, tokens["prompt"], tokens["completion"])},
        "decontamination": {
            "ngram": recipe.decontaminate.ngram,
            "near_equal": recipe.decontaminate.near_equal,
            "benchmarks": [{"name": b.name, "prompts": len(b.items), "files": b.files} for b in texts],
            "matches": cleaned["matches"],
        },
    }
    return load_release(write_release(recipe, words, run, Path(out), measured))


def _evolve(
    recipe: Recipe, words: Taxonomy, run: RunFolder, advance: Advance, limits: Limits, report: Report
) -> EvolvedFacts:
    seeds = run.read("seeds")
    if recipe.evolve.teacher == "rules":
        evolution = evolve_by_rules(seeds, recipe.evolve, recipe.seed, words, advance)
    else:
        with Store(run.path(_STORE)) as store:
            evolution = evolve_by_model(seeds, recipe.evolve, recipe.seed, words, store, limits, report)
    run.ledger.write("evolve", evolution.lines)
    write_parquet(run.path("evolved.parquet"), frame(evolution.prompts, PromptRow))
    return evolution.facts


def _decontaminate(recipe: Recipe, run: RunFolder, benchmarks: Sequence[BenchmarkTexts]) -> dict[str, Any]:
    evolved = run.read("evolved")
    verdicts = decontaminate(evolved["prompt"], recipe.decontaminate, benchmarks)
    kept = run.ledger.decide("decontaminate", evolved, verdicts)
    write_parquet(run.path("prompts.parquet"), kept)
    matches = pl.concat([evolved.select("id"), verdicts], how="horizontal").filter(pl.col("reason").is_not_null())
    return {"prompts": len(kept), "matches": matches.to_dicts()}
