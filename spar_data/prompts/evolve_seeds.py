"""Seeds to complex prompts, by rules or by a model."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import polars as pl

from spar_data.core.files import write_parquet
from spar_data.core.ids import row_id
from spar_data.core.records import Prompt, frame
from spar_data.models import Completion, Failure, Limits, Report, Request, Store, complete, silent
from spar_data.prompts.evolve.draw import draw
from spar_data.prompts.evolve.parse import Dropped as NotParsed
from spar_data.prompts.evolve.parse import parse_evolved
from spar_data.prompts.evolve.rules import Composed, Dropped, compose
from spar_data.prompts.evolve.template import evolve_messages
from spar_data.prompts.recipe import Recipe
from spar_data.prompts.run_folder import Run
from spar_data.prompts.taxonomy import Taxonomy, Type

Advance = Callable[[str, int], None]


def evolve_by_rules(recipe: Recipe, taxonomy: Taxonomy, run: Run, advance: Advance) -> dict[str, Any]:
    """Composes constraints by code; writes `evolved.parquet`."""
    results: list[Composed | Dropped] = []
    seeds = run.read("seeds")
    for seed in seeds.iter_rows(named=True):
        drawn = draw(seed["id"], recipe.seed, taxonomy, recipe.evolve)
        results.append(compose(seed["prompt"], seed["id"], seed["language"], drawn, recipe.seed, taxonomy))
        advance("evolve", 1)
    return _write(recipe, taxonomy, run, seeds, results, "rules")


def requests(recipe: Recipe, taxonomy: Taxonomy, seeds: pl.DataFrame) -> list[Request]:
    """One request per seed; the drawn main type depends on the seed's id, so a resumed run asks the same again."""
    described = taxonomy_text(taxonomy)
    types = {t.id: t for t in taxonomy.types}
    made = []
    for seed in seeds.iter_rows(named=True):
        main = types[draw(seed["id"], recipe.seed, taxonomy, recipe.evolve).types[0]]
        config = recipe.evolve
        messages = evolve_messages(
            seed["prompt"], described, main.label, type_text(main), config.min_extra, config.max_extra
        )
        made.append(Request(messages, temperature=config.temperature, max_tokens=config.max_tokens))
    return made


def evolve_by_model(
    recipe: Recipe, taxonomy: Taxonomy, run: Run, limits: Limits = Limits(), report: Report = silent
) -> dict[str, Any]:
    """Asks the teacher for every seed that has no answer in the run's store; writes `evolved.parquet`."""
    seeds = run.read("seeds")
    with Store(run.path("completions.sqlite")) as store:
        answers, tally = complete(recipe.evolve.teacher, requests(recipe, taxonomy, seeds), store, limits, report)
    results: list[Composed | Dropped | Failure] = []
    for seed, [answer] in zip(seeds.iter_rows(named=True), answers, strict=True):
        if isinstance(answer, Failure):
            results.append(answer)
            continue
        parsed = parse_evolved(answer.text, seed["prompt"])
        if isinstance(parsed, NotParsed):
            results.append(Dropped(parsed.reason))
        else:
            drawn = draw(seed["id"], recipe.seed, taxonomy, recipe.evolve)
            results.append(Composed(parsed.prompt, drawn.types[0], []))
    facts = _write(recipe, taxonomy, run, seeds, results, recipe.evolve.teacher)
    answered = [a for [a] in answers if isinstance(a, Completion)]
    facts["prompt_tokens"] = sum(a.prompt_tokens for a in answered)
    facts["completion_tokens"] = sum(a.completion_tokens for a in answered)
    facts["calls"] = tally.to_dict()
    return facts


def type_text(kind: Type) -> str:
    """One type with what its leaves ask, for a model teacher."""
    return "\n".join(f"- {leaf.label}: {leaf.asks}" for leaf in kind.leaves)


def taxonomy_text(taxonomy: Taxonomy) -> str:
    """The whole taxonomy for a model teacher."""
    lines = []
    for group in taxonomy.groups:
        lines.append(f"## {group.label}")
        for kind in group.types:
            lines += [f"{kind.label}:", type_text(kind)]
    return "\n".join(lines)


def _write(
    recipe: Recipe, taxonomy: Taxonomy, run: Run, seeds: pl.DataFrame, results: list[Any], teacher: str
) -> dict[str, Any]:
    lines, prompts = [], []
    seen: dict[str, str] = {}
    for seed, result in zip(seeds.iter_rows(named=True), results, strict=True):
        line = {"id": seed["id"], "source": seed["source"], "row": seed["row"], "status": "kept"}
        if isinstance(result, Composed):
            prompt_id = row_id(result.prompt)
            if prompt_id in seen:
                line |= {"status": "dropped", "reason": "same prompt as another seed's", "cause": seen[prompt_id]}
            else:
                seen[prompt_id] = seed["id"]
                prompts.append(
                    Prompt(
                        id=prompt_id,
                        prompt=result.prompt,
                        original_prompt=seed["prompt"],
                        seed_id=seed["id"],
                        language=seed["language"],
                        drawn_type=draw(seed["id"], recipe.seed, taxonomy, recipe.evolve).types[0],
                        main_type=result.main_type,
                        constraints=result.constraints,
                        teacher=teacher,
                        source=seed["source"],
                        row=seed["row"],
                    )
                )
        elif isinstance(result, Dropped):
            line |= {"status": "dropped", "reason": result.reason}
        else:
            line |= {"status": "failed", "reason": result.cause}
        lines.append(line)
    schema = {
        "id": pl.String,
        "source": pl.String,
        "row": pl.Int64,
        "status": pl.String,
        "reason": pl.String,
        "cause": pl.String,
    }
    run.ledger.write("evolve", pl.DataFrame(lines, schema=schema))
    write_parquet(run.path("evolved.parquet"), frame(prompts, Prompt))
    failed = sum(line["status"] == "failed" for line in lines)
    return {"seeds": len(seeds), "prompts": len(prompts), "failed": failed}
