"""Rows of the refiner by the text of SPaR's paper (arXiv 2412.11605)."""

from __future__ import annotations

import itertools

from spar_data.selfplay.pairs.pair_recipe import NoConfig, PairRecipe
from spar_data.selfplay.pairs.pair_set import Cut, StoredRows, by_tree
from spar_data.selfplay.pairs.refiner_rows import judged_samples, majority_rows, refine_rows


def refiner_paper(rows: StoredRows, config: NoConfig) -> Cut:
    """Every judgement that agrees with the majority, and the final refinement of each tree. The paper names no caps."""
    cut = Cut("refiner-paper", rows.count("trees", "responses"))
    for row in refine_rows(rows.nodes, cut):
        row.add_to(cut)
    nodes = [node for _, tree in by_tree(rows.nodes) for node in tree[1:]]
    judged = [node for node in nodes if not node.problem and node.votes.verdict in ("Yes", "No")]
    votes = [majority_rows(sample, cut) for sample in judged_samples(rows.samples, cut)]
    votes += [majority_rows(node, cut) for node in judged]
    for row in itertools.chain(*votes):
        row.add_to(cut)
    return cut.sorted()


RECIPE = PairRecipe(
    name="refiner-paper",
    rows="rft",
    summary="judge and refine rows of the refiner: every judgement of the majority, every final refinement",
    config=NoConfig,
    cut=refiner_paper,
    needs=("samples", "nodes"),
    replies=True,
)
