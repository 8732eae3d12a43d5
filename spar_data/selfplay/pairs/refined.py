"""The refined response of a search tree, or the reason why there is none."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from spar_data.selfplay.pairs.pair_set import Cut, by_tree, problem_kind
from spar_data.selfplay.records import Node, squeeze


def refined_trees(nodes: Sequence[Node], cut: Cut, above: float = 0.5) -> Iterator[tuple[list[Node], Node]]:
    """(nodes, refined node) of every tree that has one; counts the others in `cut` with the reason."""
    for _, tree_nodes in by_tree(nodes):
        best, reason = refined_node(tree_nodes, above)
        if best is None:
            cut.drop("tree", reason)
        else:
            yield tree_nodes, best


def refined_node(nodes: list[Node], above: float = 0.5) -> tuple[Node | None, str]:
    """The refined node of one tree (its root first), or None with the reason.

    It is the node with the highest share of Yes votes, the first of equal ones. Its share has to exceed `above` and its
    verdict has to be Yes: a single Yes among replies without a verdict does not suffice.
    """
    root = nodes[0]
    if root.node != 0 or root.parent != -1:
        return None, "no root"
    if root.problem or not squeeze(root.text):
        return None, f"root: {problem_kind(root.problem) if root.problem else 'empty'}"
    if root.votes.verdict != "No":
        return None, f"root judged {root.votes.verdict or 'not at all'}, not No"
    usable = [node for node in nodes[1:] if not node.problem and squeeze(node.text)]
    if not usable:
        return None, "no refinement that could be used" if nodes[1:] else "no refinement was tried"
    judged = [node for node in usable if node.votes.verdict in ("Yes", "No")]
    if not judged:
        return None, "no refinement with a verdict"
    passing = [n for n in judged if n.votes.verdict == "Yes" and n.votes.value is not None and n.votes.value > above]
    if not passing:
        return None, f"no refinement with V > {above:g}"
    different = [node for node in passing if squeeze(node.text) != squeeze(root.text)]
    if not different:
        return None, "equal sides"
    return max(different, key=lambda node: node.votes.value or 0.0), ""  # max returns the first of equal ones
