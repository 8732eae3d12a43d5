"""SPaR (arXiv 2412.11605): the refined response of a tree against the failing one it came from."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.selfplay.judge.verdicts import RULES
from spar_data.selfplay.pairs.pair_set import Cut, Rows, Side, by_tree, fault, fold
from spar_data.selfplay.records import Node


@dataclass(frozen=True)
class SparConfig:
    """above: the share of Yes votes that the refined response has to exceed (paper and script: 0.5)."""

    above: float = 0.5

    def __post_init__(self) -> None:
        if not 0 <= self.above < 1:
            raise SparError(f"above = {self.above}: a share from 0 to 1, 1 excluded, is expected")


def spar(rows: Rows, config: SparConfig) -> Cut:
    """Chosen is the node with the highest share of Yes, of equal ones the first; rejected is the root."""
    cut = Cut("spar", {"trees": len({node.tree for node in rows.nodes})})
    for tree, nodes, best in refined(rows.nodes, cut, config.above):
        root = nodes[0]
        chosen = Side(best.text, best.votes.value, f"{tree}:{best.node}")
        made = cut.pair(root.prompt_id, rows.asked(root.prompt), chosen, Side(root.text, root.votes.value, f"{tree}:0"))
        cut.notes["refined responses made by rules"] += made and best.refiner == RULES
    return cut.done()


def refined(nodes: Sequence[Node], cut: Cut, above: float = 0.5) -> Iterator[tuple[str, list[Node], Node]]:
    """(id, nodes, refined node) of every tree that has one; the others are counted in `cut` with the reason."""
    for tree, some in by_tree(nodes):
        best, reason = winner(some, above)
        if best is None:
            cut.drop("tree", reason)
        else:
            yield tree, some, best


def winner(nodes: list[Node], above: float = 0.5) -> tuple[Node | None, str]:
    """The refined node of one tree (its root first), or None and why there is none.

    The verdict has to be Yes: a single Yes among replies that hold no verdict is none, whatever its share.
    """
    root = nodes[0]
    if root.node != 0 or root.parent != -1:
        return None, "no root"
    if root.problem or not fold(root.text):
        return None, f"root: {fault(root.problem) if root.problem else 'empty'}"
    if root.votes.verdict != "No":
        return None, f"root judged {root.votes.verdict or 'not at all'}, not No"
    refined = [node for node in nodes[1:] if not node.problem and fold(node.text)]
    if not refined:
        return None, "no refinement that could be used" if nodes[1:] else "no refinement was tried"
    judged = [node for node in refined if node.votes.verdict in ("Yes", "No")]
    if not judged:
        return None, "no refinement with a verdict"
    passed = [n for n in judged if n.votes.verdict == "Yes" and n.votes.value is not None and n.votes.value > above]
    if not passed:
        return None, f"no refinement with V > {above:g}"
    different = [node for node in passed if fold(node.text) != fold(root.text)]
    if not different:
        return None, "equal sides"
    return max(different, key=lambda node: node.votes.value or 0.0), ""  # max: the first of equal ones
