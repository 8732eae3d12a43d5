"""From problems with gold answers to pairs or dialogues, by one of three recipes."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.files import sha256, write_json, write_jsonl, write_parquet
from spar_data.core.records import frame
from spar_data.models import Answer, Limits, Message, Request, Store, Tally, ask_all, identify, read
from spar_data.models.phases import Reports, Rounds
from spar_data.selfplay.gold import iterative_rpo, rest_em, star
from spar_data.selfplay.gold.attempts import Accuracy, Attempt, attempts
from spar_data.selfplay.gold.iterative_rpo import PairRule
from spar_data.selfplay.gold.problems import Problem
from spar_data.selfplay.records import Dialogue, Pair

RECIPES = (iterative_rpo.RECIPE, star.RECIPE, rest_em.RECIPE)
_SAMPLES = {iterative_rpo.RECIPE: 30, star.RECIPE: 1, rest_em.RECIPE: 32}
_TEMPERATURES = {iterative_rpo.RECIPE: 0.8, star.RECIPE: 0.0, rest_em.RECIPE: 0.7}


@dataclass(frozen=True)
class GoldConfig:
    """samples, temperature: None = the paper's (star: one, greedy, always). ReST-EM's top-K of 40 cannot be asked of every
    model and is left out. most: right samples a problem (rest-em)."""

    recipe: str
    samples: int | None = None
    temperature: float | None = None
    top_p: float = 1.0
    max_tokens: int = 1024
    most: int = 10
    pairs: PairRule = field(default_factory=PairRule)

    @property
    def n(self) -> int:
        return self.samples or _SAMPLES[self.recipe]

    def request(self, problem: Problem) -> Request:
        """The first one: star's hints depend on its answers."""
        if self.recipe == star.RECIPE:
            return star.direct(problem, self.max_tokens)
        temperature = _TEMPERATURES[self.recipe] if self.temperature is None else self.temperature
        return Request((Message("user", problem.prompt),), temperature, self.max_tokens, self.top_p, self.n)


@dataclass(frozen=True)
class Made:
    """rows: how many; file: where. summary: what summary.json holds. tallies: of each round of calls."""

    rows: int
    file: Path
    summary: dict[str, Any]
    tallies: list[tuple[str, Tally]]


def make(
    found: Sequence[Problem],
    config: GoldConfig,
    model: str,
    out: Path,
    store: Store,
    limits: Limits,
    reports: Reports,
    source: str = "",
) -> Made:
    """Asks for what the store lacks, then writes pairs.parquet (or dialogues.parquet), outcomes.jsonl and summary.json.

    Rows depend on problems, settings and answers alone, not on when or in what order the answers came.
    """
    other = "dialogues" if config.recipe == iterative_rpo.RECIPE else "pairs"
    if (out / f"{other}.parquet").exists():
        raise SparError(f"{out} holds {other}.parquet of another recipe: use another --out or remove it")
    counts: Counter[str] = Counter()
    outcomes: list[dict[str, Any]] = []
    accuracy = Accuracy()
    rows: list[Any] = []
    if config.recipe == star.RECIPE:
        tallies = _star(found, config, model, Rounds(store, limits, reports), rows, counts, accuracy, outcomes)
    else:
        requests = (config.request(problem) for problem in found)
        total = config.n * len(found)
        tallies = [("sample", ask_all(model, requests, store, limits, reports("sample"), total))]
        for problem, answers in zip(found, _answers(found, config, model, store), strict=True):
            some = attempts(problem, answers)
            accuracy.add(problem, some)
            outcomes.append(_outcome(problem, some))
            if config.recipe == iterative_rpo.RECIPE:
                rows += iterative_rpo.pairs_of(problem, some, config.pairs, counts)
            else:
                rows += rest_em.dialogues_of(problem, some, config.most, config.pairs.seed, counts)
        if config.recipe == iterative_rpo.RECIPE:
            rows = iterative_rpo.capped(rows, config.pairs, counts)
    paired = config.recipe == iterative_rpo.RECIPE
    file = out / ("pairs.parquet" if paired else "dialogues.parquet")
    write_parquet(file, frame(rows, Pair if paired else Dialogue))
    write_jsonl(out / "outcomes.jsonl", outcomes)
    summary = _summary(found, config, model, rows, counts, accuracy, source)
    write_json(out / "summary.json", summary)
    return Made(len(rows), file, summary, tallies)


def _answers(found: Sequence[Problem], config: GoldConfig, model: str, store: Store) -> Iterator[list[Answer]]:
    return read(identify(model), (config.request(problem) for problem in found), store)


def _star(
    found: Sequence[Problem], config: GoldConfig, model: str, rounds: Rounds, rows: list[Any],
    counts: Counter[str], accuracy: Accuracy, outcomes: list[dict[str, Any]],
) -> list[tuple[str, Tally]]:  # fmt: skip
    replies = rounds.ask("solve", model, [config.request(problem) for problem in found])
    firsts = [attempts(problem, each)[0] for problem, each in zip(found, replies, strict=True)]
    again = [p for p, first in zip(found, firsts, strict=True) if star.wants_hint(first)]
    hints = rounds.ask("solve with the hint", model, [star.hinted(p, config.max_tokens) for p in again])
    seconds = {problem.id: each[0] for problem, each in zip(again, hints, strict=True)}
    for problem, first in zip(found, firsts, strict=True):
        second = seconds.get(problem.id)
        accuracy.add(problem, [first])
        rows += star.kept(problem, first, second, counts)
        outcomes.append(_outcome(problem, [first, *(attempts(problem, [second]) if second else [])]))
    return rounds.tallies


def _outcome(problem: Problem, some: Sequence[Attempt]) -> dict[str, Any]:
    """What each sample came to: enough to see which problems are hard and what was misread."""
    told = [{"verdict": a.verdict, "answer" if a.answer is not None else "reason": a.detail} for a in some]
    return {"id": problem.id, "gold": str(problem.gold), "samples": told}


def _summary(
    found: Sequence[Problem], config: GoldConfig, model: str, rows: Sequence[Any], counts: Counter[str],
    accuracy: Accuracy, source: str,
) -> dict[str, Any]:  # fmt: skip
    file = {"file": Path(source).name, "sha256": sha256(Path(source))} if Path(source).is_file() else {"file": source}
    first = config.request(found[0])
    settings: dict[str, Any] = {
        "samples": config.n, "temperature": first.temperature, "top_p": first.top_p, "max_tokens": first.max_tokens,
    }  # fmt: skip
    if config.recipe == iterative_rpo.RECIPE:
        settings["pairs"] = {**dataclasses.asdict(config.pairs), "k": sorted({config.pairs.of(p) for p in found})}
    elif config.recipe == rest_em.RECIPE:
        settings |= {"most": config.most, "seed": config.pairs.seed}
    return {
        "recipe": config.recipe,
        "problems": file,
        "model": model,
        "settings": settings,
        "rows": len(rows),
        "counts": dict(sorted(counts.items())),
        "accuracy": accuracy.to_dict(config.n),
    }
