"""Refines failing responses: once, as the best of several, again and again, or by a tree search.

All of them are one search with another order. Every case is a tree, and all trees are searched at once.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from spar_data.models import Answer, AnyModel, Budget, Completion, Report, Store, Tally
from spar_data.models.phases import Phases
from spar_data.selfplay.judge.judges import Judge, transcribe
from spar_data.selfplay.records import Node, Sample, Votes
from spar_data.selfplay.refine.refiners import Case, Refiner
from spar_data.selfplay.search.many_trees import search
from spar_data.selfplay.search.one_tree import Tree
from spar_data.selfplay.search.orders import SearchConfig


@dataclass(frozen=True)
class Refined:
    """text: the refined response, "" if there is none; then problem says why: failed, unparsed or unchanged, a colon, and
    more. steps: every reply and verdict on the way."""

    text: str
    problem: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)


def refine_all(
    cases: Sequence[Case], refiner: Refiner, judge: Judge, phases: Phases, config: SearchConfig
) -> list[Refined]:
    """Refines every case by a search of this order.

    With `config.last_text` the last refinement is the result, otherwise the one of the highest V, whether or not that is a
    success; of equal ones the first. A case that the budget ended before its search did has no refinement.
    """
    results: list[Refined] = []
    roots = [_root(f"{number:09}", case) for number, case in enumerate(cases)]
    constraints = {root.prompt_id: case.constraints for root, case in zip(roots, cases, strict=True)}

    def work(store: Store, budget: Budget, report: Report) -> Mapping[AnyModel, Tally]:
        def keep(tree: Tree | None) -> None:
            results.append(_result(tree, config))

        return search(roots, refiner, judge, config, store, budget, keep, report, constraints)

    phases.run(f"refine, {config.order}", work)
    return results


def _root(name: str, case: Case) -> Sample:
    votes = Votes([], [], "No", None, case.judgement, "")
    return Sample(name, name, case.prompt, 0, case.response, "", "", votes, "", "")


def _result(tree: Tree | None, config: SearchConfig) -> Refined:
    if tree is None:
        return Refined("", "failed: the budget was spent before the search ended")
    steps = [_step(node, *answers) for node, answers in zip(tree.nodes[1:], tree.answers[1:], strict=True)]
    refined = [node for node in tree.nodes[1:] if not node.problem]
    judged = [node for node in refined if node.votes.value is not None]
    if config.last_text and refined:
        return Refined(refined[-1].text, "", steps)
    if judged:
        best = max(judged, key=lambda node: node.votes.value or 0.0)  # max: the first of equal ones
        return Refined(best.text, "", steps)
    if refined and config.order == "best-of-n":
        return Refined(refined[0].text, "", steps)
    problems = [node.problem or f"unparsed: the judge came to no verdict ({node.votes.verdict})" for node in tree.nodes]
    return Refined("", next((problem for problem in problems[1:] if problem), problems[0]), steps)


def _step(node: Node, draft: Answer, votes: Sequence[Answer]) -> dict[str, Any]:
    step: dict[str, Any] = {"node": node.node, "parent": node.parent, "reply": node.reply}
    if isinstance(draft, Completion) and draft.thinking:
        step["thinking"] = draft.thinking
    if node.problem:
        return {**step, "problem": node.problem}
    step["text"] = node.text
    if not node.votes.verdict:
        return step
    replies = [transcribe(vote) for vote in votes]
    value = {"verdict": node.votes.verdict, "value": node.votes.value}
    return {**step, **value, "votes": replies or node.votes.judgement}
