"""From a failing response to a refined one by a tree search: the decoding of `decoding.py` with the engine of `forest.py`."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from spar_data.models import AnyModel, Budget, Report, Store, Tally
from spar_data.models.phases import Rounds
from spar_data.selfplay.judge.verdicts import Judge
from spar_data.selfplay.records import Node, Sample, Votes
from spar_data.selfplay.search.decoding import Case, Refined, Refiner
from spar_data.selfplay.search.many_trees import search
from spar_data.selfplay.search.orders import Done, SearchConfig, Seen, plan


def by_tree(
    cases: Sequence[Case], refiner: Refiner, judge: Judge, rounds: Rounds, config: SearchConfig
) -> list[Refined]:
    """The node of the highest V, whether or not that is a success; of equal ones the first. A case that the budget ended
    before its tree did has no refinement."""
    found: list[Refined] = []

    def keep(nodes: list[Node] | None) -> None:
        found.append(_refined(nodes))

    roots = [_root(f"{at:09}", case) for at, case in enumerate(cases)]
    constraints = {root.prompt_id: case.constraints for root, case in zip(roots, cases, strict=True)}

    def work(store: Store, budget: Budget, report: Report) -> Mapping[AnyModel, Tally]:
        return search(roots, refiner, judge, config, store, budget, keep, report, constraints)

    rounds.run(config.order, work)
    return found


def most(config: SearchConfig) -> tuple[int, int]:
    """How many nodes a tree expands, and how many children it makes, if nothing succeeds."""
    nodes, expansions = [Seen(-1, 0, None)], 0
    while not isinstance(step := plan(nodes, config), Done):
        for parent, count in step.children:
            expansions += 1
            nodes += [Seen(parent, nodes[parent].depth + 1, 0.0)] * count
    return expansions, len(nodes) - 1


def _root(name: str, case: Case) -> Sample:
    votes = Votes([], [], "No", None, case.judgement, "")
    return Sample(name, name, case.prompt, 0, case.response, "", "", votes, "", "")


def _refined(nodes: list[Node] | None) -> Refined:
    if nodes is None:
        return Refined("", "failed: the budget was spent before the search ended")
    steps = [_step(node) for node in nodes[1:]]
    judged = [node for node in nodes[1:] if node.votes.value is not None]
    if judged:
        chosen = max(judged, key=lambda node: node.votes.value or 0.0)  # max: the first of equal ones
        return Refined(chosen.text, "", steps)
    problems = [node.problem or f"unparsed: the judge came to no verdict ({node.votes.verdict})" for node in nodes]
    return Refined("", next((p for p in problems[1:] if p), problems[0]), steps)


def _step(node: Node) -> dict[str, Any]:
    step: dict[str, Any] = {"node": node.node, "parent": node.parent, "reply": node.reply}
    if node.problem:
        return {**step, "problem": node.problem}
    replies = [{"vote": word, "reply": reply} for word, reply in zip(node.votes.words, node.votes.replies, strict=True)]
    return {
        **step,
        "text": node.text,
        "verdict": node.votes.verdict,
        "value": node.votes.value,
        "votes": replies or node.votes.judgement,
    }
