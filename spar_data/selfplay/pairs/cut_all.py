"""From the folder of a self-play run, by one or more recipes, to sets of rows and all there is to say about them."""

from __future__ import annotations

import dataclasses
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations
from typing import Any

from spar_data.core.config import configure
from spar_data.core.errors import SparError, nearest
from spar_data.models.phases import Rounds
from spar_data.prompts.ledger import StageCount
from spar_data.selfplay.judge.calibration import Calibration, calibrate
from spar_data.selfplay.pairs.pair_set import Cut, Rows, by_prompt, by_tree, fault
from spar_data.selfplay.pairs.recipes import RECIPES
from spar_data.selfplay.pairs.statistics import Overlap, Statistics, measure, overlap
from spar_data.selfplay.records import Dialogue, Pair, Sample
from spar_data.selfplay.run_folder import Folder, constraints
from spar_data.selfplay.search.read_trees import Forest, statistics

_GOLD = ("iterative-rpo", "star", "rest-em")


@dataclass(frozen=True)
class Product:
    """sets: name to rows, without the empty ones. overlaps: by "one, other"."""

    folder: Folder
    cuts: dict[str, Cut]
    configs: dict[str, Any]
    sets: dict[str, Sequence[Pair] | Sequence[Dialogue]]
    statistics: dict[str, Statistics]
    overlaps: dict[str, Overlap]
    calibration: Calibration
    forest: Forest | None
    funnel: list[dict[str, Any]] = field(default_factory=list)

    @property
    def funnel_steps(self) -> list[StageCount]:
        return [StageCount(**{**step, "reasons": [(why, n) for why, n in step["reasons"]]}) for step in self.funnel]


def configs(names: Sequence[str], overrides: Sequence[str], seed: int) -> dict[str, Any]:
    """The config of each recipe. overrides: `recipe.key=value`. Raises SparError naming what is not known."""
    for name in names:
        if name in _GOLD:
            raise SparError(f"--recipe {name}: it goes by gold answers, not by a run: `spar-data gold` makes its rows")
        if name not in RECIPES:
            raise SparError(f"--recipe {name}: there is no such recipe.{nearest(name, RECIPES)}")
    settings: dict[str, list[str]] = {name: [] for name in names}
    for override in overrides:
        name, _, rest = override.partition(".")
        if name not in settings:
            raise SparError(
                f"--set {override}: RECIPE.KEY=VALUE with a recipe of this run is expected: {', '.join(names)}"
            )
        settings[name].append(rest)
    found: dict[str, Any] = {}
    for name, some in settings.items():
        fields = {f.name for f in dataclasses.fields(RECIPES[name].config)}
        seeded = [f"seed={seed}"] if "seed" in fields else []
        found[name] = configure(RECIPES[name].config, [*seeded, *some])
    return found


def produce(
    folder: Folder,
    wanted: Mapping[str, Any],
    added: Mapping[str, Sequence[Pair] | Sequence[Dialogue]] | None = None,
    previous: Sequence[Sample] = (),
    judge: str = "",
    rounds: Rounds | None = None,
) -> Product:
    """Cuts each recipe (name to config), measures the pairs, and calibrates the judge.

    added: sets made elsewhere, by name, which go into the product as they are; spin takes its targets from them. judge,
    rounds: whom to ask, for recipes that ask. Raises SparError where rows that a recipe needs are not there, and where no row at all is left.
    """
    added = added or {}
    replies = any(RECIPES[name].replies for name in wanted)
    trees = any("nodes" in RECIPES[name].needs for name in wanted) or folder.has_trees
    samples, nodes = folder.samples(replies), folder.nodes(replies) if trees else []
    targets = [row for some in added.values() for row in some if isinstance(row, Dialogue)]
    rows = Rows(samples, nodes, targets, previous, folder.system)
    cuts = {}
    for name, config in wanted.items():
        recipe = RECIPES[name]
        for need in recipe.needs:
            if not getattr(rows, need):
                raise SparError(_MISSING[need].format(name=name, path=folder.path))
        if recipe.asks:
            if not judge or rounds is None:
                raise SparError(f"{name}: a model has to judge; name it with --judge")
            cuts[name] = recipe.cut(rows, config, judge, rounds)
        else:
            cuts[name] = recipe.cut(rows, config)
    if wanted and not any(cut.rows for cut in cuts.values()):
        lost = "\n".join(f"  {name}: {cut.lost()}" for name, cut in cuts.items())
        raise SparError(f"{folder.path}: no row is left. Where they went:\n{lost}")
    sets = {**added, **{RECIPES[name].name: cut.rows for name, cut in cuts.items()}}
    pairs = {name: cut.pairs for name, cut in cuts.items() if cut.pairs}
    pairs |= {
        name: [p for p in some if isinstance(p, Pair)] for name, some in added.items() if isinstance(some[0], Pair)
    }
    return Product(
        folder=folder,
        cuts=cuts,
        configs=dict(wanted),
        sets={name: each for name, each in sets.items() if each},
        statistics={name: measure(each) for name, each in pairs.items()},
        overlaps={f"{a}, {b}": overlap(pairs[a], pairs[b]) for a, b in combinations(pairs, 2)},
        calibration=calibrate(samples, nodes, constraints(folder), *folder.round_of_votes),
        forest=statistics(each for _, each in by_tree(nodes)) if nodes else None,
        funnel=funnel(samples, cuts),
    )


_MISSING = {
    "samples": "{name}: {path} holds no responses: run `spar-data selfplay` on prompts first",
    "nodes": "{name}: {path}/trees.parquet holds no trees: no response was judged to fail, or the search did not run",
    "sft": "{name}: the responses of an SFT set are needed: --add FILE names it",
}


def funnel(samples: Sequence[Sample], cuts: Mapping[str, Cut]) -> list[dict[str, Any]]:
    """The way from responses to rows, a step each with exact counts, in the form of the funnel of a prompt set."""
    usable = [s for s in samples if not s.problem]
    steps = [
        _step("responses", len(samples), Counter(fault(s.problem) for s in samples if s.problem)),
        _step("responses judged", len(usable), Counter(_undecided(s) for s in usable) - Counter({"": len(usable)})),
    ]
    why = Counter(_outcome(some) for _, some in by_prompt(samples))
    steps.append(_step("prompts with a failing response", why.total(), Counter({k: n for k, n in why.items() if k})))
    for name, cut in cuts.items():
        unit, number = next(iter(cut.started.items()))
        reasons = Counter({why: n for (what, why), n in cut.excluded.items() if what == unit.removesuffix("s")})
        steps.append(_step(f"{name}: {unit}", number, reasons))
    return steps


def _step(stage: str, entered: int, reasons: Counter[str]) -> dict[str, Any]:
    failed = reasons["failed"]
    dropped = reasons.total() - failed
    ordered = sorted(((r, n) for r, n in reasons.items() if n), key=lambda item: (-item[1], item[0]))
    return {
        "stage": stage,
        "entered": entered,
        "kept": entered - dropped - failed,
        "dropped": dropped,
        "failed": failed,
        "reasons": [list(each) for each in ordered],
    }


def _undecided(sample: Sample) -> str:
    return "" if sample.votes.verdict in ("Yes", "No") else sample.votes.verdict or "not judged"


def _outcome(samples: list[Sample]) -> str:
    verdicts = {s.votes.verdict for s in samples if not s.problem}
    if "No" in verdicts:
        return ""
    return "every judged response follows" if "Yes" in verdicts else "no verdict on any" if verdicts else "no response"
