"""From seeds to complex prompts, by rules or by a model."""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NotRequired, TypedDict

import polars as pl

from spar_data.core.files import JsonValue
from spar_data.core.ids import row_id
from spar_data.core.records import Prompt, PromptRow
from spar_data.models import (
    AnyModel,
    Completion,
    Failure,
    Limits,
    Report,
    Request,
    Store,
    complete,
    model_label,
    silent,
)
from spar_data.prompts.evolve.draw import EvolveConfig, draw
from spar_data.prompts.evolve.outcomes import Dropped, Evolved
from spar_data.prompts.evolve.parse import parse_evolved
from spar_data.prompts.evolve.rules import compose
from spar_data.prompts.evolve.template import evolve_messages
from spar_data.prompts.ledger import SCHEMA
from spar_data.prompts.results import Drop, PromptResult
from spar_data.prompts.run_folder import Advance, no_progress
from spar_data.prompts.seeds.language import languages
from spar_data.prompts.taxonomy import LeafType, Taxonomy
from spar_data.prompts.taxonomy_files import load_taxonomy
from spar_data.sources.prompts import Prompts, row_batches


class EvolvedFacts(TypedDict):
    """Counts of rows; for a model teacher also the tokens of its answers and the tally of calls."""

    seeds: int
    prompts: int
    failed: int
    prompt_tokens: NotRequired[int]
    completion_tokens: NotRequired[int]
    calls: NotRequired[dict[str, JsonValue]]


@dataclass(frozen=True)
class Evolution:
    """prompts: one for each kept seed, in order. lines: ledger lines, one for each seed."""

    prompts: list[PromptRow]
    lines: pl.DataFrame
    facts: EvolvedFacts


def evolve(
    prompts: Prompts,
    teacher: AnyModel = "rules",
    *,
    config: EvolveConfig | None = None,
    seed: int = 42,
    store: Store | None = None,
    limits: Limits = Limits(),
    report: Report = silent,
) -> PromptResult:
    """Adds constraints to prompts.

    prompts: as in `as_prompts`. teacher: "rules" composes constraints by code, which programs can verify; a model writes
    them into the prompt. config: further settings; its teacher is ignored. seed: decides what is drawn. store: where a
    model's answers are kept; None = they are thrown away. The kept prompts are the evolved ones; a prompt is dropped if no
    constraint fits it or the teacher declines, and failed if a call has no answer.

    >>> from spar_data import FunctionModel, evolve
    >>> result = evolve(["Write a short story about a lighthouse keeper.", "Solve 3x + 4 = 10 for x."])
    >>> result
    PromptResult(1 kept, 1 dropped: 1 'maths: no constraint is added, as in the paper')
    >>> [constraint.leaf for constraint in result.kept[0].constraints]
    ['content.symbol.title_mark', 'general.language_style.humor', 'content.sentence.include']
    >>> teacher = FunctionModel(lambda request: "[[start]]Name three birds in one line.[[end]]")
    >>> evolve(["Name three birds."], teacher).kept[0].text
    'Name three birds in one line.'
    """
    config = config or EvolveConfig()
    taxonomy = load_taxonomy(config.taxonomy)
    batches = list(row_batches(prompts))
    seeds = pl.concat([batch.rows for batch in batches]).unique("id", keep="first", maintain_order=True)
    seeds = seeds.with_columns(languages(seeds))
    if teacher == "rules":
        evolution = evolve_by_rules(seeds, dataclasses.replace(config, teacher="rules"), seed, taxonomy)
    else:
        with TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
            if store is None:  # an empty store is falsy
                store = stack.enter_context(Store(Path(folder) / "answers.sqlite"))
            evolution = evolve_by_model(seeds, config, seed, taxonomy, store, limits, report, teacher)
    texts = dict(seeds.select("id", "prompt").iter_rows())
    others: dict[str, list[Drop]] = {"dropped": [], "failed": []}
    for line in evolution.lines.filter(pl.col("status") != "kept").iter_rows(named=True):
        drop = Drop(texts[line["id"]], "evolve", line["reason"], cause=texts.get(line["cause"] or ""))
        others[line["status"]].append(drop)
    kept = [Prompt(row.id, row.prompt, row.constraints) for row in evolution.prompts]
    return PromptResult(kept, others["dropped"], others["failed"])


def evolve_by_rules(
    seeds: pl.DataFrame, config: EvolveConfig, seed: int, taxonomy: Taxonomy, advance: Advance = no_progress
) -> Evolution:
    """Composes constraints by code."""
    outcomes: list[Evolved | Dropped] = []
    for row in seeds.iter_rows(named=True):
        drawn = draw(row["id"], seed, taxonomy, config)
        outcomes.append(compose(row["prompt"], row["id"], row["language"], drawn, seed, taxonomy))
        advance("evolve", 1)
    return _collect(seeds, outcomes, config, seed, taxonomy)


def evolve_by_model(
    seeds: pl.DataFrame,
    config: EvolveConfig,
    seed: int,
    taxonomy: Taxonomy,
    store: Store,
    limits: Limits = Limits(),
    report: Report = silent,
    teacher: AnyModel | None = None,
) -> Evolution:
    """Asks the teacher for every seed that has no answer in the store. teacher: instead of the config's."""
    teacher = config.teacher if teacher is None else teacher
    answers, tally = complete(teacher, evolve_requests(seeds, config, seed, taxonomy), store, limits, report)
    outcomes: list[Evolved | Dropped | Failure] = []
    for row, [answer] in zip(seeds.iter_rows(named=True), answers, strict=True):
        if isinstance(answer, Failure):
            outcomes.append(answer)
            continue
        prompt = parse_evolved(answer.text, row["prompt"])
        main_type = draw(row["id"], seed, taxonomy, config).types[0]
        outcomes.append(Evolved(prompt, main_type, ()) if isinstance(prompt, str) else prompt)
    evolution = _collect(seeds, outcomes, dataclasses.replace(config, teacher=model_label(teacher)), seed, taxonomy)
    completions = [answer for [answer] in answers if isinstance(answer, Completion)]
    evolution.facts["prompt_tokens"] = sum(completion.prompt_tokens for completion in completions)
    evolution.facts["completion_tokens"] = sum(completion.completion_tokens for completion in completions)
    evolution.facts["calls"] = tally.to_dict()
    return evolution


def evolve_requests(seeds: pl.DataFrame, config: EvolveConfig, seed: int, taxonomy: Taxonomy) -> list[Request]:
    """One request for each seed. The drawn main type depends on the seed's id, so a resumed run makes equal requests."""
    groups = "\n".join(
        "\n".join([f"## {group.label}", *(f"{kind.label}:\n{_leaves_text(kind)}" for kind in group.types)])
        for group in taxonomy.groups
    )
    types = {kind.id: kind for kind in taxonomy.types}
    requests = []
    for row in seeds.iter_rows(named=True):
        main = types[draw(row["id"], seed, taxonomy, config).types[0]]
        messages = evolve_messages(
            row["prompt"], groups, main.label, _leaves_text(main), config.min_extra, config.max_extra
        )
        requests.append(Request(messages, temperature=config.temperature, max_tokens=config.max_tokens))
    return requests


def _leaves_text(kind: LeafType) -> str:
    """The leaves of a type for a model teacher, one a line."""
    return "\n".join(f"- {leaf.label}: {leaf.asks}" for leaf in kind.leaves)


def _collect(
    seeds: pl.DataFrame,
    outcomes: Sequence[Evolved | Dropped | Failure],
    config: EvolveConfig,
    seed: int,
    taxonomy: Taxonomy,
) -> Evolution:
    """Rows and ledger lines of the outcomes; the second of two equal prompts is dropped."""
    lines: list[dict[str, object]] = []
    prompts: dict[str, PromptRow] = {}
    for row, outcome in zip(seeds.iter_rows(named=True), outcomes, strict=True):
        line = {"id": row["id"], "source": row["source"], "row": row["row"], "status": "kept"}
        lines.append(line)
        if isinstance(outcome, Failure):
            line |= {"status": "failed", "reason": outcome.cause}
        elif isinstance(outcome, Dropped):
            line |= {"status": "dropped", "reason": outcome.reason}
        elif (prompt_id := row_id(outcome.prompt)) in prompts:
            first = prompts[prompt_id].seed_id
            line |= {"status": "dropped", "reason": "same prompt as another seed's", "cause": first}
        else:
            prompts[prompt_id] = PromptRow(
                id=prompt_id,
                prompt=outcome.prompt,
                original_prompt=row["prompt"],
                seed_id=row["id"],
                language=row["language"],
                drawn_type=draw(row["id"], seed, taxonomy, config).types[0],
                main_type=outcome.main_type,
                constraints=outcome.constraints,
                teacher=config.teacher,
                source=row["source"],
                row=row["row"],
            )
    failed = sum(line["status"] == "failed" for line in lines)
    facts: EvolvedFacts = {"seeds": len(seeds), "prompts": len(prompts), "failed": failed}
    return Evolution(list(prompts.values()), pl.DataFrame(lines, schema=SCHEMA), facts)
