"""A refiner and a judge whose answers depend on the text alone, and the trees that a plain loop grows with them.

A text is a line such as "tree/0/2": child 2 of child 0 of the negative "tree". Some children are copies, unparsed or unchanged.
"""

from __future__ import annotations

import random
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from server import Reply, ScriptedServer

from spar_data.core.ids import row_id
from spar_data.models import Completion, Limits, Store
from spar_data.selfplay.judge.judges import ModelJudge
from spar_data.selfplay.judge.votes import VoteRule, count
from spar_data.selfplay.records import Node, Sample, Votes
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.refiners import ModelRefiner
from spar_data.selfplay.search.many_trees import Grown, grow
from spar_data.selfplay.search.orders import SearchConfig
from spar_data.selfplay.search.read_trees import read_trees

_BFS = SearchConfig()
_OUTPUT = re.compile("Output: “([^”]*)”")
JUDGEMENT = "Step-by-step verification: wrong\nFinal Judgement (if the Output accurately follows the Prompt): No"


def negative(name: str) -> Sample:
    votes = Votes(["No"] * 5, [JUDGEMENT] * 5, "No", 0.0, JUDGEMENT, "")
    return Sample(row_id("sample", name), row_id(name), f"Write {name}.", 0, name, "", "", votes, "actor", "judge")


def negatives(number: int) -> list[Sample]:
    return [negative(f"t{i}") for i in range(number)]


def child(text: str, i: int, plain: bool = False) -> str:
    """The refiner's reply for child i of a text."""
    draw = random.Random(f"child {text} {i}")
    kind = 1.0 if plain else draw.random()
    if kind < 0.06:
        return "I would rather not."
    refined = text if kind < 0.12 else text.partition("/")[0] if kind < 0.18 else f"{text}/{0 if kind < 0.25 else i}"
    return f"Reflection {i}.\nFinal Refined Output: [[start]] {refined} [[end]]"


def vote(text: str, i: int, plain: bool = False, often: float = 1.0) -> str:
    """The judge's reply number i about a text."""
    if not plain and random.Random(f"vote {text} {i}").random() < 0.1:
        return "Hard to say."
    yes = random.Random(f"good {text}").random() ** (2 / often) > random.Random(f"vote of {text} {i}").random()
    return f"Step-by-step verification: number {i} on {text}\nFinal Judgement (if ...): {'Yes' if yes else 'No'}"


def answers(
    plain: bool = False, often: float = 1.0, delay: Callable[[], float] = lambda: 0.0
) -> Callable[[str, int], Any]:
    """For a ScriptedServer(whole=True): choice i of every call is sample i."""

    def answer(messages: str, nth: int) -> Reply:
        match = _OUTPUT.search(messages)
        assert match
        refine = "[[start]]" in messages
        make = (lambda t, i: child(t, i, plain)) if refine else (lambda t, i: vote(t, i, plain, often))
        return Reply(texts=tuple(make(match[1], i) for i in range(16)), delay=delay())

    return answer


def run(
    server: ScriptedServer, store: Store, out: Path, roots: list[Sample], config: SearchConfig = _BFS,
    limits: Limits = Limits(), judge: str = "", rule: VoteRule = VoteRule(), **more: Any,
) -> tuple[Grown, dict[str, list[Node]]]:  # fmt: skip
    spec = f"openai:m@{server.url}"
    grown = grow(roots, ModelRefiner(spec, 0.7), ModelJudge(judge or spec, rule), config, out, store, limits, **more)
    return grown, {nodes[0].tree: nodes for nodes in read_trees(out)}


def grow_by_loop(
    root: Sample, branch: int = 3, beam: int = 2, depth: int = 3
) -> list[tuple[int, int, str, str, float | None]]:
    """The bfs tree, grown by one call after another, as rows of (parent, depth, text, problem, V)."""
    rows: list[tuple[int, int, str, str, float | None]] = [(-1, 0, root.response, "", 0.0)]
    level = [0]
    for at in range(1, depth + 1):
        made = []
        for parent in level:
            for i in range(branch):
                text = parse_refinement(child(rows[parent][2], i))
                problem, value = "", None
                if not isinstance(text, str):
                    text, problem = "", "unparsed"
                elif text in (known := [row[2] for row in rows]):
                    problem = "unchanged" if known.index(text) == parent else f"copy of node {known.index(text)}"
                    text = ""
                else:
                    value = _value(text)
                made.append(len(rows))
                rows.append((parent, at, text, problem, value))
        if any((rows[i][4] or 0) > 0.5 for i in made):
            break
        level = sorted((i for i in made if rows[i][4] is not None), key=lambda i: -(rows[i][4] or 0))[:beam]
    return rows


def _value(text: str) -> float | None:
    """V of a text. Every call begins with vote 0 again, so a tie stays a tie."""
    return count([Completion(vote(text, i)) for i in range(5)], VoteRule()).value


def node_rows(nodes: list[Node]) -> list[tuple[int, int, str, str, float | None]]:
    return [
        (
            n.parent,
            n.depth,
            n.text,
            n.problem if n.problem.startswith("copy") else n.problem.partition(":")[0],
            n.votes.value,
        )
        for n in nodes
    ]
