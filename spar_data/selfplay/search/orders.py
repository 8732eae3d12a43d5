"""The orders in which a tree of refinements is searched.

An order is a pure function `(nodes, config) -> Expand | SearchEnd`. It keeps no state: it replays its search over the nodes so
far and stops at the first expansion that is missing. So a search continues from any list of nodes that it made itself, and the
caller numbers children in the order in which they were requested, whenever they arrive.

Orders and defaults are those of SPaR (arXiv 2412.11605) and its script: branch 3, beam 2, depth 3, success when V > 0.5, where
V is the share of Yes among five votes. If nothing succeeds, bfs makes 15 refinements and dfs 21.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError

ORDER_NAMES = ("bfs", "dfs", "best-first", "iterative", "best-of-n", "greedy")


@dataclass(frozen=True)
class SearchConfig(Config):
    """How one tree is searched.

    depth       of best-first too, which would not end without it.
    success     a node whose V is higher ends the search; at least 0.5, so that a tie is never one.
    last_text   decoding instead of search (greedy, iterative): the last refinement is the result, so that the deepest one is
                not judged, an earlier text may come back, and the first judgement of the majority counts, not a drawn one.
    """

    order: str = setting("bfs", "order of the search", choices=ORDER_NAMES)
    branch: int = setting(3, "children of a node", at_least=1)
    samples: int = setting(5, "children of the root for best-of-n, in place of branch", at_least=1)
    beam: int = setting(2, "nodes of a level (bfs) or of a family (dfs) that are expanded", at_least=1)
    depth: int = setting(3, "depth of the deepest node", at_least=1)
    success: float = setting(0.5, "V above which a node ends the search", at_least=0.5)
    nodes: int = setting(0, "refinements of a tree at most, 0 for no limit", at_least=0)
    tokens: int = setting(0, "completion tokens after which no expansion begins, 0 for no limit", at_least=0)
    early_stop: bool = setting(False, "make children one by one and stop at the first success")
    rounds: int = setting(3, "rounds of votes at most while the votes are tied", at_least=1)
    last_text: bool = setting(False, "the last refinement is the result")
    seed: int = setting(0, "seed of the choice among judgements")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.success >= 1:
            raise SparError(f"success = {self.success}: from 0.5 to less than 1 is expected")

    @property
    def children(self) -> int:
        """Children of an expanded node, at most."""
        return {"greedy": 1, "iterative": 1, "best-of-n": self.samples}.get(self.order, self.branch)

    def judges(self, depth: int) -> bool:
        """Whether nodes of this depth are judged."""
        return not self.last_text or (self.order == "iterative" and depth < self.depth)


class SearchNode(NamedTuple):
    """A node as an order sees it; node 0 is the root.

    value: V; None for a failed or repeated refinement and for one without a verdict, which is no success, takes no place in
    a beam and is not expanded.
    """

    parent: int
    depth: int
    value: float | None
    tokens: int = 0


@dataclass(frozen=True)
class Expand:
    """Children to make next, all at once: pairs of parent and number. Their nodes are numbered in this order."""

    children: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class SearchEnd:
    """node: the node with the highest V, the first of equal ones; None if no child has a V. reason: success, nothing left, or
    the spent budget (nodes or tokens)."""

    node: int | None
    reason: str

    @property
    def success(self) -> bool:
        return self.reason == "success"


Step = Expand | SearchEnd
Order = Callable[[Sequence[SearchNode], SearchConfig], Step]


def root_only(nodes: Sequence[SearchNode], config: SearchConfig) -> Step:
    """Refines the root alone: once (greedy) or `samples` times (best-of-n)."""
    tree = _Tree(nodes, config)
    return tree.expand([0], config.children) or tree.end()


def iterative(nodes: Sequence[SearchNode], config: SearchConfig) -> Step:
    """Refines the last refinement, at most `depth` times."""
    tree, node = _Tree(nodes, config), 0
    for _ in range(config.depth):
        step = tree.expand([node], 1)
        if step:
            return step
        ranked = tree.ranked(tree.children[node])
        if not ranked:
            break
        node = ranked[0]
    return tree.end()


def bfs(nodes: Sequence[SearchNode], config: SearchConfig) -> Step:
    """Goes level by level and expands the best `beam` nodes of each level, all at once."""
    tree, beam = _Tree(nodes, config), [0]
    for _ in range(config.depth):
        step = tree.expand(beam, config.branch)
        if step:
            return step
        level = [child for parent in beam for child in tree.children[parent]]
        beam = tree.ranked(level)[: config.beam]
        if not beam:
            break
    return tree.end()


def dfs(nodes: Sequence[SearchNode], config: SearchConfig) -> Step:
    """The authors' order: all children of a node, then the best `beam` of them one after the other, with all below each."""
    tree = _Tree(nodes, config)

    def visit(node: int) -> Step | None:
        step = tree.expand([node], config.branch)
        if step or nodes[node].depth + 1 >= config.depth:
            return step
        below = (visit(child) for child in tree.ranked(tree.children[node])[: config.beam])
        return next((step for step in below if step), None)

    return visit(0) or tree.end()


def best_first(nodes: Sequence[SearchNode], config: SearchConfig) -> Step:
    """Expands the open node with the highest V; of equal ones the one nearer to the root, then the older one."""
    tree, node = _Tree(nodes, config), 0
    open_nodes: list[tuple[float, int, int]] = []
    while True:
        step = tree.expand([node], config.branch)
        if step:
            return step
        for child in tree.ranked(tree.children[node]):
            if nodes[child].depth < config.depth:
                heapq.heappush(open_nodes, (-tree.value(child), nodes[child].depth, child))
        if not open_nodes:
            return tree.end()
        node = heapq.heappop(open_nodes)[2]


ORDERS: dict[str, Order] = {
    "greedy": root_only,
    "best-of-n": root_only,
    "iterative": iterative,
    "bfs": bfs,
    "dfs": dfs,
    "best-first": best_first,
}


def plan(nodes: Sequence[SearchNode], config: SearchConfig) -> Step:
    """The next step of the search, in the order of the config."""
    return ORDERS[config.order](nodes, config)


def most_refinements(config: SearchConfig) -> int:
    """Refinements of a tree in which nothing succeeds."""
    families, levels = [1], [config.branch]
    for _ in range(1, config.depth):
        families.append(families[-1] * min(config.beam, config.branch))
        levels.append(min(config.beam, levels[-1]) * config.branch)
    refinements = {
        "greedy": 1,
        "best-of-n": config.samples,
        "iterative": config.depth,
        "bfs": sum(levels),
        "dfs": sum(families) * config.branch,
        "best-first": sum(config.branch**level for level in range(1, config.depth + 1)),
    }[config.order]
    return min(refinements, config.nodes) if config.nodes else refinements


def most_expansions(config: SearchConfig) -> int:
    """Expanded nodes of a tree in which nothing succeeds."""
    return -(-most_refinements(config) // config.children)


class _Tree:
    """The nodes so far, with their children."""

    def __init__(self, nodes: Sequence[SearchNode], config: SearchConfig) -> None:
        self.nodes, self.config = nodes, config
        self.children: list[list[int]] = [[] for _ in nodes]
        for number, node in enumerate(nodes[1:], 1):
            self.children[node.parent].append(number)

    def value(self, node: int) -> float:
        value = self.nodes[node].value
        return -1.0 if value is None else value

    def ranked(self, nodes: Sequence[int]) -> list[int]:
        """The nodes with a V, the highest first; of equal ones the older first."""
        return sorted((node for node in nodes if self.nodes[node].value is not None), key=self.value, reverse=True)

    def expand(self, parents: Sequence[int], branch: int) -> Step | None:
        """The children that these parents lack, or the end of the search. None if all are there and none is a success."""
        lacking = [(parent, branch - len(self.children[parent])) for parent in parents]
        lacking = [(parent, count) for parent, count in lacking if count > 0]
        siblings = [child for parent in parents for child in self.children[parent]]
        succeeded = any(self.value(child) > self.config.success for child in siblings)
        spent = self._spent()
        if succeeded and (not lacking or self.config.early_stop or spent):
            return self.end("success")
        if not lacking:
            return None
        if spent:
            return self.end(spent)
        if self.config.early_stop:
            return Expand(((lacking[0][0], 1),))
        return Expand(tuple(self._within_budget(lacking)))

    def end(self, reason: str = "nothing left") -> SearchEnd:
        ranked = self.ranked(range(1, len(self.nodes)))
        return SearchEnd(ranked[0] if ranked else None, reason)

    def _spent(self) -> str:
        if self.config.nodes and len(self.nodes) > self.config.nodes:
            return "budget: nodes"
        if self.config.tokens and sum(node.tokens for node in self.nodes[1:]) >= self.config.tokens:
            return "budget: tokens"
        return ""

    def _within_budget(self, lacking: list[tuple[int, int]]) -> list[tuple[int, int]]:
        total = sum(count for _, count in lacking)
        allowed = self.config.nodes + 1 - len(self.nodes) if self.config.nodes else total
        children = []
        for parent, count in lacking:
            if allowed > 0:
                children.append((parent, min(count, allowed)))
                allowed -= count
        return children
