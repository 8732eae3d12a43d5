"""Rows of the refiner by the script of SPaR's authors: caps, hard cases only."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.core.ids import rng, row_id
from spar_data.selfplay.pairs.pair_recipe import PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, StoredRows, by_tree
from spar_data.selfplay.pairs.refiner_rows import RefinerRow, judge_row, judged_samples, refine_rows
from spar_data.selfplay.records import Node, Votes


@dataclass(frozen=True)
class AuthorsConfig(Config):
    refine: int = setting(4000, "Refine rows at most.", at_least=0)
    tree_yes: int = setting(1500, "Judge rows of passing nodes at most.", at_least=0)
    tree_no: int = setting(1000, "Judge rows of failing nodes at most.", at_least=0)
    sample_no: int = setting(500, "Judge rows of failing responses at most.", at_least=0)
    sample_yes: int = setting(2500, "Judge rows of passing responses at most.", at_least=0)
    seed: int = setting(42, "Seed of every draw.", shown="the run's")


def refiner_authors(rows: StoredRows, config: AuthorsConfig) -> Cut:
    """Votes that are not unanimous, at most one Yes and one No node of a tree, and a cap for each kind of row.

    As in the script, rows that share their first message with an earlier row are dropped after the caps, in the order
    refine, tree Yes, tree No, sample No, sample Yes: the numbers fall below the caps.
    """
    cut = Cut("refiner-authors", rows.count("trees", "responses"))
    trees = [[node for node in nodes[1:] if not node.problem] for _, nodes in by_tree(rows.nodes)]
    tree_yes = _one_of_each(trees, "Yes", lambda value: 0.5 < value < 1, config.seed)
    tree_no = _one_of_each(trees, "No", lambda value: 0 < value < 0.5, config.seed)
    samples = judged_samples(rows.samples, cut)
    hard = [sample for sample in samples if _is_split(sample.votes)]
    cut.drop("response", "unanimous", len(samples) - len(hard))
    parts = [
        ("refine row", refine_rows(rows.nodes, cut), config.refine),
        ("tree Yes row", tree_yes, config.tree_yes),
        ("tree No row", tree_no, config.tree_no),
        ("sample No row", [judge_row(s) for s in hard if s.votes.verdict == "No"], config.sample_no),
        ("sample Yes row", [judge_row(s) for s in hard if s.votes.verdict == "Yes"], config.sample_yes),
    ]
    first_messages: set[str] = set()
    for unit, part, cap in parts:
        ordered = sorted(part, key=lambda row: row_id(str(config.seed), "refiner-authors", row_id(*row.source)))
        if len(ordered) > cap:
            cut.drop(unit, f"above the cap of {cap:,}", len(ordered) - cap)
        for row in ordered[:cap]:
            message = row.request.messages[0].content
            if message in first_messages:
                cut.drop(unit, "its first message is that of an earlier row")
            elif row.add_to(cut):
                first_messages.add(message)
    cut.excluded = +cut.excluded  # without the zeros
    return cut.sorted()


def _one_of_each(
    trees: list[list[Node]], verdict: str, in_range: Callable[[float], bool], seed: int
) -> list[RefinerRow]:
    """A judge row for one node of every tree that has a node with this verdict and a share of Yes votes in the range."""
    rows = []
    for nodes in trees:
        fitting = [
            n for n in nodes if n.votes.verdict == verdict and n.votes.judgement and in_range(n.votes.value or 0.0)
        ]
        if fitting:
            rows.append(judge_row(rng(seed, "refiner-authors", verdict, fitting[0].tree).choice(fitting)))
    return rows


def _is_split(votes: Votes) -> bool:
    """Tells whether there are votes on both sides."""
    return votes.value is not None and 0 < votes.value < 1 and bool(votes.judgement)


RECIPE = PairRecipe(
    name="refiner-authors",
    rows="rft_authors",
    summary="judge and refine rows of the refiner by the authors' script: caps, hard cases only",
    config=AuthorsConfig,
    cut=refiner_authors,
    needs=("samples", "nodes"),
)
