"""From problems with gold answers to pairs or dialogues, by one of three recipes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, sha256, write_json, write_jsonl, write_parquet
from spar_data.models import Answer, AnyModel, Budget, Limits, Store, Tally, identify, model_label, read
from spar_data.models.phases import Phases, Reports
from spar_data.models.session import silent
from spar_data.selfplay.gold import iterative_rpo, rest_em, star
from spar_data.selfplay.gold.answers import answer_text
from spar_data.selfplay.gold.attempts import Accuracy, Attempt, attempts
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.gold_recipe import GoldRecipe
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.records import Dialogue, Pair

if TYPE_CHECKING:
    import polars as pl

GOLD_RECIPES = {recipe.name: recipe for recipe in (iterative_rpo.RECIPE, star.RECIPE, rest_em.RECIPE)}


@dataclass(frozen=True, repr=False)
class GoldRows:
    """Rows to train on, made from problems with gold answers.

    file      where the rows are.
    samples   for each problem; accuracy: of the model, by these samples.
    counts    problems and rows by outcome.
    settings  of sampling and of the recipe.
    calls     tokens and money of each phase.
    """

    recipe: GoldRecipe
    model: str
    rows: list[Pair | Dialogue]
    file: Path
    samples: int
    accuracy: Accuracy
    counts: dict[str, int]
    settings: dict[str, JsonValue]
    source: dict[str, JsonValue]
    calls: list[tuple[str, Tally]]

    def __repr__(self) -> str:
        return f"GoldRows({len(self.rows):,} rows of {self.accuracy.total:,} problems in {self.file})"

    def to_polars(self) -> pl.DataFrame:
        from spar_data.core.tables import frame

        return frame(self.rows, self.recipe.kind)

    def to_dict(self) -> dict[str, JsonValue]:
        """The content of summary.json."""
        return {
            "recipe": self.recipe.name,
            "problems": self.source,
            "model": self.model,
            "settings": self.settings,
            "rows": len(self.rows),
            "counts": {**self.counts},
            "accuracy": self.accuracy.to_dict(self.samples),
        }


def make_gold(
    problems: Sequence[Problem],
    config: GoldConfig,
    model: AnyModel,
    out: Path,
    store: Store,
    limits: Limits | Budget = Limits(),
    reports: Reports = lambda phase: silent,
    source: str = "",
) -> GoldRows:
    """Asks for answers that the store lacks, then writes pairs.parquet (or dialogues.parquet), outcomes.jsonl and summary.json.

    source: where the problems come from, for the summary. The rows depend on problems, settings and answers alone, not on
    when or in what order the answers came. Raises SparError if `out` holds rows of another kind.
    """
    recipe = GOLD_RECIPES[config.recipe]
    for other in {"pairs.parquet", "dialogues.parquet"} - {recipe.file}:
        if (out / other).exists():
            raise SparError(f"{out} holds {other} of another recipe: use another --out or remove it")
    phases = Phases(store, limits, reports)
    requests = [recipe.request(problem, config) for problem in problems]
    phases.send(recipe.phase, model, requests, sum(request.n for request in requests))
    hinted = _hinted(problems, recipe, config, model, store, phases)
    counts: Counter[str] = Counter()
    outcomes, accuracy = [], Accuracy()
    rows: list[Pair | Dialogue] = []
    for problem, answers in zip(problems, read(identify(model), requests, store), strict=True):
        samples = attempts(problem, answers)
        accuracy.add(problem, samples)
        samples += attempts(problem, hinted.get(problem.id, ()))
        outcomes.append(_outcome(problem, samples))
        rows += recipe.rows(problem, samples, config, counts)
    if recipe.finish:
        rows = recipe.finish(rows, config, counts)
    first, file = requests[0], Path(source)
    settings = {
        "samples": first.n, "temperature": first.temperature, "top_p": first.top_p, "max_tokens": first.max_tokens,
        **recipe.settings(config, problems),
    }  # fmt: skip
    gold = GoldRows(
        recipe, model_label(model), rows, out / recipe.file, first.n, accuracy, dict(sorted(counts.items())), settings,
        {"file": file.name, "sha256": sha256(file)} if file.is_file() else {"file": source}, phases.tallies,
    )  # fmt: skip
    write_parquet(gold.file, gold.to_polars())
    write_jsonl(out / "outcomes.jsonl", outcomes)
    write_json(out / "summary.json", gold.to_dict())
    return gold


def _hinted(
    problems: Sequence[Problem], recipe: GoldRecipe, config: GoldConfig, model: AnyModel, store: Store, phases: Phases
) -> dict[str, list[Answer]]:
    """The answers with a hint, by the id of the problem."""
    if recipe.hint is None:
        return {}
    requests = (recipe.request(problem, config) for problem in problems)
    again = {}
    for problem, answers in zip(problems, read(identify(model), requests, store), strict=True):
        request = recipe.hint(problem, attempts(problem, answers)[0], config)
        if request is not None:
            again[problem.id] = request
    return dict(zip(again, phases.ask(f"{recipe.phase} with the hint", model, [*again.values()]), strict=True))


def _outcome(problem: Problem, samples: Sequence[Attempt]) -> dict[str, JsonValue]:
    """The answer of each sample: shows which problems are hard and which replies were misread."""
    results: list[JsonValue] = [
        {"verdict": a.verdict, "answer" if a.answer is not None else "reason": a.detail} for a in samples
    ]
    return {"id": problem.id, "gold": answer_text(problem.gold.answer), "samples": results}
