"""The orders in which a tree of refinements is searched. Pure: the nodes so far in, what to expand next out.

An order is a function `(nodes, config) -> Expand | Done`. It keeps no state: it replays its own search over the nodes that
are there and stops at the first expansion that is not. So a search goes on from any list of nodes that it has made itself,
and whoever drives it numbers children in the order in which they were asked for, whenever they arrive.

Orders and defaults are those of SPaR (arXiv 2412.11605) and its script: branch 3, beam 2, depth 3, success when V > 0.5,
V = the share of Yes among five votes. If nothing succeeds, bfs makes 15 refinements and dfs 21.
"""

from __future__ import annotations

import heapq
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

from spar_data.core.config import check, setting
from spar_data.core.errors import SparError

ORDER_NAMES = ("bfs", "dfs", "best-first", "iterative", "best-of-n", "greedy")


@dataclass(frozen=True)
class SearchConfig:
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
        check(self)
        if self.success >= 1:
            raise SparError(f"success = {self.success}: from 0.5 to less than 1 is expected")

    @property
    def children(self) -> int:
        """Children of an expanded node, at most."""
        return {"greedy": 1, "iterative": 1, "best-of-n": self.samples}.get(self.order, self.branch)

    def judges(self, depth: int) -> bool:
        """Whether nodes of this depth are judged."""
        return not self.last_text or (self.order == "iterative" and depth < self.depth)


class Seen(NamedTuple):
    """A node as an order sees it; node 0 is the root. value: V, None for what is no refinement and for what there is no
    verdict about: neither is a success, takes a place in a beam, or is expanded."""

    parent: int
    depth: int
    value: float | None
    tokens: int = 0


@dataclass(frozen=True)
class Expand:
    """(parent, children) to make next, all at once. Their nodes are numbered in this order."""

    children: tuple[tuple[int, int], ...]


@dataclass(frozen=True)
class Done:
    """node: of the highest V, the first one of equal ones; None where no child has one. why: success, nothing left, or
    the budget that is spent: nodes, tokens."""

    node: int | None
    why: str

    @property
    def success(self) -> bool:
        return self.why == "success"


Order = Callable[[Sequence[Seen], SearchConfig], Expand | Done]


def greedy(nodes: Sequence[Seen], config: SearchConfig) -> Expand | Done:
    """One refinement of the root."""
    tree = _Tree(nodes, config)
    return tree.family([0], 1) or tree.done()


def best_of_n(nodes: Sequence[Seen], config: SearchConfig) -> Expand | Done:
    """`samples` refinements of the root, of which the best one counts."""
    tree = _Tree(nodes, config)
    return tree.family([0], config.samples) or tree.done()


def iterative(nodes: Sequence[Seen], config: SearchConfig) -> Expand | Done:
    """Refines, and refines the refinement, at most `depth` times."""
    tree, at = _Tree(nodes, config), 0
    for _ in range(config.depth):
        found = tree.family([at], 1)
        if found:
            return found
        ranked = tree.ranked(tree.children[at])
        if not ranked:
            break
        at = ranked[0]
    return tree.done()


def bfs(nodes: Sequence[Seen], config: SearchConfig) -> Expand | Done:
    """Level by level: of each the best `beam` nodes are expanded, all at once."""
    tree, beam = _Tree(nodes, config), [0]
    for _ in range(config.depth):
        found = tree.family(beam, config.branch)
        if found:
            return found
        beam = tree.ranked([child for parent in beam for child in tree.children[parent]])[: config.beam]
        if not beam:
            break
    return tree.done()


def dfs(nodes: Sequence[Seen], config: SearchConfig) -> Expand | Done:
    """The authors': all children of a node, then the best `beam` of them in turn, each with all that is below it."""
    tree = _Tree(nodes, config)

    def visit(at: int) -> Expand | Done | None:
        found = tree.family([at], config.branch)
        if found or nodes[at].depth + 1 >= config.depth:
            return found
        below = (visit(child) for child in tree.ranked(tree.children[at])[: config.beam])
        return next((each for each in below if each), None)

    return visit(0) or tree.done()


def best_first(nodes: Sequence[Seen], config: SearchConfig) -> Expand | Done:
    """Always the open node of the highest V; of equal ones the one nearer to the root, then the older one."""
    tree, at = _Tree(nodes, config), 0
    open_ones: list[tuple[float, int, int]] = []
    while True:
        found = tree.family([at], config.branch)
        if found:
            return found
        for child in tree.ranked(tree.children[at]):
            if nodes[child].depth < config.depth:
                heapq.heappush(open_ones, (-tree.value(child), nodes[child].depth, child))
        if not open_ones:
            return tree.done()
        at = heapq.heappop(open_ones)[2]


ORDERS: dict[str, Order] = {
    "greedy": greedy,
    "best-of-n": best_of_n,
    "iterative": iterative,
    "bfs": bfs,
    "dfs": dfs,
    "best-first": best_first,
}


def plan(nodes: Sequence[Seen], config: SearchConfig) -> Expand | Done:
    """What the order of this search does next."""
    return ORDERS[config.order](nodes, config)


def most_refinements(config: SearchConfig) -> int:
    """Refinements of a tree in which nothing succeeds."""
    families, levels = [1], [config.branch]
    for _ in range(1, config.depth):
        families.append(families[-1] * min(config.beam, config.branch))
        levels.append(min(config.beam, levels[-1]) * config.branch)
    most = {
        "greedy": 1,
        "best-of-n": config.samples,
        "iterative": config.depth,
        "bfs": sum(levels),
        "dfs": sum(families) * config.branch,
        "best-first": sum(config.branch**level for level in range(1, config.depth + 1)),
    }[config.order]
    return min(most, config.nodes) if config.nodes else most


def most_expansions(config: SearchConfig) -> int:
    """Expanded nodes of a tree in which nothing succeeds."""
    return -(-most_refinements(config) // config.children)


class _Tree:
    """What all orders ask of the nodes so far."""

    def __init__(self, nodes: Sequence[Seen], config: SearchConfig) -> None:
        self.nodes, self.config = nodes, config
        self.children: list[list[int]] = [[] for _ in nodes]
        for at, node in enumerate(nodes[1:], 1):
            self.children[node.parent].append(at)

    def value(self, at: int) -> float:
        value = self.nodes[at].value
        return -1.0 if value is None else value

    def ranked(self, among: Sequence[int]) -> list[int]:
        """Those with a V, by V; of equal ones the older one first."""
        return sorted((at for at in among if self.nodes[at].value is not None), key=self.value, reverse=True)

    def family(self, parents: Sequence[int], branch: int) -> Expand | Done | None:
        """The children that these parents lack, the end of the search, or None: all are there, and none is a success."""
        lacking = [(parent, branch - len(self.children[parent])) for parent in parents]
        lacking = [(parent, count) for parent, count in lacking if count > 0]
        here = [child for parent in parents for child in self.children[parent]]
        succeeded = any(self.value(child) > self.config.success for child in here)
        spent = self._spent()
        if succeeded and (not lacking or self.config.early_stop or spent):
            return self.done("success")
        if not lacking:
            return None
        if spent:
            return self.done(spent)
        if self.config.early_stop:
            return Expand(((lacking[0][0], 1),))
        return Expand(tuple(self._within_budget(lacking)))

    def done(self, why: str = "nothing left") -> Done:
        ranked = self.ranked(range(1, len(self.nodes)))
        return Done(ranked[0] if ranked else None, why)

    def _spent(self) -> str:
        if self.config.nodes and len(self.nodes) > self.config.nodes:
            return "budget: nodes"
        if self.config.tokens and sum(node.tokens for node in self.nodes[1:]) >= self.config.tokens:
            return "budget: tokens"
        return ""

    def _within_budget(self, wanted: list[tuple[int, int]]) -> list[tuple[int, int]]:
        left = self.config.nodes + 1 - len(self.nodes) if self.config.nodes else sum(count for _, count in wanted)
        found = []
        for parent, count in wanted:
            if left > 0:
                found.append((parent, min(count, left)))
                left -= count
        return found
