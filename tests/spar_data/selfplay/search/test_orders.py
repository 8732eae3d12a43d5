"""The orders of the search, against hand-drawn trees and against loops that keep their own state."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import replace

import pytest

from spar_data.core.errors import SparError
from spar_data.selfplay.search.orders import (
    ORDER_NAMES,
    ORDERS,
    Expand,
    SearchConfig,
    SearchEnd,
    SearchNode,
    most_expansions,
    most_refinements,
    plan,
)  # fmt: skip

Path = tuple[int, ...]  # a node by the numbers of its ancestors among their siblings
Value = Callable[[Path], "float | None"]


def run(value: Value, config: SearchConfig, tokens: int = 0) -> tuple[list[Path], SearchEnd]:
    """Drives an order over a tree whose values are known, as the engine does."""
    nodes, paths = [SearchNode(-1, 0, None)], [()]
    while not isinstance(step := plan(nodes, config), SearchEnd):
        assert isinstance(step, Expand) and step.children
        for parent, count in step.children:
            assert count > 0
            for _ in range(count):
                there = sum(node.parent == parent for node in nodes)
                paths.append((*paths[parent], there))
                nodes.append(SearchNode(parent, nodes[parent].depth + 1, value(paths[-1]), tokens))
    return paths, step


def never(path: Path) -> float:
    return 0.2


@pytest.mark.parametrize(
    ("order", "nothing", "at_once"),
    [("bfs", 15, 3), ("dfs", 21, 3), ("greedy", 1, 1), ("best-of-n", 5, 5), ("iterative", 3, 1), ("best-first", 39, 3)],
)
def test_how_many_refinements(order: str, nothing: int, at_once: int) -> None:
    """15 and 21 are what the authors' script makes if nothing succeeds, 3 if the first level does."""
    paths, done = run(never, SearchConfig(order))
    assert len(paths) - 1 == nothing and done.reason == "nothing left" and done.node == 1 and not done.success
    paths, done = run(lambda path: 1.0, SearchConfig(order))
    assert len(paths) - 1 == at_once and done == SearchEnd(1, "success")


def test_a_drawn_tree() -> None:
    """Root: 0.2, 0.4, 0.4. Below the second: nothing usable, 0.4, 0.0; below the third: 0.2, 0.6, 1.0; the first one is not
    in the beam, or it would have succeeded."""
    drawn: dict[Path, float | None] = {
        (0,): 0.2, (1,): 0.4, (2,): 0.4, (0, 0): 1.0, (1, 0): None, (1, 1): 0.4, (1, 2): 0.0, (2, 0): 0.2, (2, 1): 0.6,
        (2, 2): 1.0, (1, 1, 0): 0.8,
    }  # fmt: skip

    def value(path: Path) -> float | None:
        return drawn.get(path, 0.0)

    level = [(), (0,), (1,), (2,), (1, 0), (1, 1), (1, 2), (2, 0), (2, 1), (2, 2)]
    paths, done = run(value, SearchConfig("bfs"))
    assert paths == level and paths[done.node or 0] == (2, 2) and done.success  # all of the level, then the best
    paths, done = run(value, SearchConfig("bfs", early_stop=True))
    assert paths == level[:-1] and paths[done.node or 0] == (2, 1)
    paths, done = run(value, SearchConfig("dfs"))  # below (1,) first, as deep as it goes
    assert paths == [*level[:7], (1, 1, 0), (1, 1, 1), (1, 1, 2)] and paths[done.node or 0] == (1, 1, 0)
    paths, done = run(
        value, SearchConfig("best-first")
    )  # (2,) and (1, 1) are worth the same: the one nearer to the root
    assert paths == [*level[:7], *level[7:]] and paths[done.node or 0] == (2, 2)
    paths, done = run(value, SearchConfig("bfs", beam=3))
    assert (0, 0) in paths and paths[done.node or 0] == (2, 2)  # as good, but made earlier


def test_budgets() -> None:
    for nodes in range(1, 40):
        for order in ORDERS:
            paths, done = run(never, SearchConfig(order, nodes=nodes))
            whole, _ = run(never, SearchConfig(order))
            assert paths == whole[: nodes + 1], "a budget cuts the search off and changes nothing else"
            assert done.reason == ("nothing left" if len(whole) - 1 <= nodes else "budget: nodes")
    paths, done = run(never, SearchConfig("bfs", tokens=40), tokens=10)
    assert len(paths) == 10 and done.reason == "budget: tokens"  # 3, and the 6 that began with 30 tokens used
    paths, done = run(lambda path: 1.0, SearchConfig("bfs", tokens=1), tokens=10)
    assert done.success, "what was paid for counts"
    paths, done = run(lambda path: float(path == (1,)), SearchConfig("bfs", nodes=2))
    assert done == SearchEnd(2, "success")


def test_what_has_no_value_takes_no_place_in_the_beam() -> None:
    """Failed, unparsed, unchanged, copied, without a verdict: all the same to an order."""
    paths, done = run(lambda path: None, SearchConfig("bfs"))
    assert len(paths) == 4 and done == SearchEnd(None, "nothing left")
    for order in ORDERS:
        assert run(lambda path: None, SearchConfig(order))[1].node is None
    paths, _ = run(lambda path: None if path[-1] else 0.1, SearchConfig("bfs"))
    assert [p for p in paths if len(p) == 3] == [(0, 0, 0), (0, 0, 1), (0, 0, 2)]
    # all V = 0 is no reason to stop
    assert len(run(lambda path: 0.0, SearchConfig("bfs"))[0]) == 16


def _bfs(value: Value, c: SearchConfig) -> list[Path]:
    made, beam = [()], [()]
    for _ in range(c.depth):
        level = [(*p, i) for p in beam for i in range(c.branch)]
        made += level
        if any((value(p) or 0.0) > c.success for p in level):
            break
        beam = sorted((p for p in level if value(p) is not None), key=lambda p: -(value(p) or 0.0))[: c.beam]
    return made


def _dfs(value: Value, c: SearchConfig) -> list[Path]:
    made, ended = [()], False

    def down(at: Path) -> None:
        nonlocal ended
        children = [(*at, i) for i in range(c.branch)]
        made.extend(children)
        ended = ended or any((value(p) or 0.0) > c.success for p in children)
        if len(at) + 1 == c.depth:
            return
        for child in sorted((p for p in children if value(p) is not None), key=lambda p: -(value(p) or 0.0))[: c.beam]:
            if not ended:
                down(child)

    down(())
    return made


def _best_first(value: Value, c: SearchConfig) -> list[Path]:
    made: list[Path] = [()]
    closed: set[Path] = set()
    while True:
        open_ones = [p for p in made if p not in closed and len(p) < c.depth and (not p or value(p) is not None)]
        if not open_ones or any((value(p) or 0.0) > c.success for p in made if p):
            return made
        at = min(open_ones, key=lambda p: (-(value(p) or 0.0), len(p), made.index(p))) if made[1:] else ()
        closed.add(at)
        made += [(*at, i) for i in range(c.branch)]


@pytest.mark.parametrize(("order", "oracle"), [("bfs", _bfs), ("dfs", _dfs), ("best-first", _best_first)])
def test_against_a_loop_that_keeps_its_state(order: str, oracle: Callable[[Value, SearchConfig], list[Path]]) -> None:
    draw = random.Random(order)
    successes = 0
    for round_ in range(300):
        config = SearchConfig(order, branch=draw.randint(1, 4), beam=draw.randint(1, 3), depth=draw.randint(1, 4))
        values: dict[Path, float | None] = {}
        grades = (None, 0.0, 0.2, 0.25, 0.4, 0.5, *[0.5] * 4, draw.choice((0.6, 0.5)))

        def value(
            path: Path,
            values: dict[Path, float | None] = values,
            grades: tuple[float | None, ...] = grades,
            at: int = round_,
        ) -> float | None:
            return values.setdefault(path, random.Random(f"{path}{at}").choice(grades))

        paths, done = run(value, config)
        assert paths == oracle(value, config)
        known = [value(p) or 0.0 for p in paths[1:] if value(p) is not None]
        assert done.success == any(v > 0.5 for v in known)
        successes += done.success
        if known:
            assert done.node == next(i for i, p in enumerate(paths) if i and value(p) == max(known))
    assert 50 < successes < 250, "both ends are seen"


@pytest.mark.parametrize("order", ORDERS)
def test_early_stop_makes_the_same_nodes_up_to_the_first_success(order: str) -> None:
    for seed in range(100):

        def value(path: Path, seed: int = seed) -> float | None:
            return random.Random(f"{seed}{path}").choice((None, 0.0, 0.2, 0.4, 0.4, 0.4, 0.6, 0.8))

        whole, done = run(value, SearchConfig(order))
        some, stopped = run(value, SearchConfig(order, early_stop=True))
        assert done.success == stopped.success and len(some) <= len(whole)
        first = next((i for i, p in enumerate(whole) if i and (value(p) or 0.0) > 0.5), len(whole) - 1)
        assert some == whole[: first + 1]
        if done.success:
            assert stopped.node == first


@pytest.mark.parametrize("order", ORDERS)
def test_the_largest_tree_without_a_search(order: str) -> None:
    """The closed forms agree with a search in which nothing succeeds."""
    draw = random.Random(order)
    for _ in range(60):
        config = SearchConfig(
            order, draw.randint(1, 4), draw.randint(1, 5), draw.randint(1, 4), draw.randint(1, 4),
            nodes=draw.choice((0, 0, draw.randint(1, 30))),
        )  # fmt: skip
        paths, _ = run(never, config)
        assert most_refinements(config) == len(paths) - 1
        assert most_expansions(config) == len({path[:-1] for path in paths[1:]})
    assert set(ORDER_NAMES) == set(ORDERS)


def test_what_is_judged_if_the_last_text_counts() -> None:
    judged = {
        order: [SearchConfig(order, depth=3, last_text=True).judges(depth) for depth in (1, 2, 3)]
        for order in ("greedy", "iterative")
    }
    assert judged == {"greedy": [False] * 3, "iterative": [True, True, False]}
    assert SearchConfig("iterative").judges(3)


@pytest.mark.parametrize(
    ("field", "bad"),
    [("branch", 0), ("beam", 0), ("depth", 0), ("nodes", -1), ("tokens", -1), ("success", 0.4), ("success", 1.0),
     ("order", "a-star"), ("rounds", 0), ("samples", 0)],
)  # fmt: skip
def test_what_is_no_search(field: str, bad: object) -> None:
    with pytest.raises(SparError, match=field):
        replace(SearchConfig(), **{field: bad})
