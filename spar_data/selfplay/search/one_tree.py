"""One tree: what its order wants next is asked at once, and what comes back is numbered in the order of the search."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field, replace

from spar_data.models import Answer, Completion, Failure, Request, Unparsed
from spar_data.selfplay.judge.checkers import Exact, checkable, judge_exactly
from spar_data.selfplay.judge.verdicts import RULES, Constraints, Judge
from spar_data.selfplay.judge.votes import NOBODY, by_checkers, guide, tied, vetoed, votes
from spar_data.selfplay.records import Node, Sample, Votes
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.search.decoding import Case, Refiner
from spar_data.selfplay.search.orders import Done, SearchConfig, Seen, plan

Ask = Callable[[Request, int], Awaitable[list[Answer]]]  # Session.ask


@dataclass(frozen=True)
class Grower:
    """Who refines and judges, and how to ask them; `rules` is not asked. name: of the refiner, as nodes have it."""

    refiner: Refiner
    judge: Judge
    config: SearchConfig
    ask_refiner: Ask
    ask_judge: Ask
    name: str

    async def tree(self, root: Sample, constraints: Constraints = ()) -> list[Node] | None:
        """All nodes of one tree, or None if the budget of the run ended before the tree did. Raises SparError."""
        tree = _Tree(root, [_root(root)], constraints)
        if tree.nodes[0].problem:
            return tree.nodes
        while not isinstance(step := plan(tree.seen, self.config), Done):
            async with asyncio.TaskGroup() as group:
                asked = [group.create_task(self._expand(tree, parent, count, group)) for parent, count in step.children]
            for (parent, _), drafts in zip(step.children, asked, strict=True):
                for draft in drafts.result():
                    if not self._add(tree, parent, draft):
                        return None
        return tree.nodes

    async def _expand(self, tree: _Tree, parent: int, count: int, group: asyncio.TaskGroup) -> list[_Draft]:
        """The next children of a node. The votes on each begin at once, in the same group."""
        drafts = self._by_rules(tree, tree.nodes[parent], count)
        self._vote(tree, drafts, group)
        if count > len(drafts):
            drafts += await self._by_model(tree, tree.nodes[parent], count - len(drafts))
            self._vote(tree, drafts, group)
        return drafts

    def _vote(self, tree: _Tree, drafts: Sequence[_Draft], group: asyncio.TaskGroup) -> None:
        for draft in drafts:
            if draft.text and draft.text not in tree.numbers and draft.text not in tree.ballots:
                tree.ballots[draft.text] = group.create_task(self._judge(tree, draft.text))

    def _by_rules(self, tree: _Tree, parent: Node, count: int) -> list[_Draft]:
        """The children that no model makes: all of them, or the first one, or none."""
        alone = self.refiner.spec == RULES
        beside = self.config.rules_first and checkable(tree.constraints)
        if not alone and (not beside or any(node.parent == parent.node for node in tree.nodes)):
            return []
        from spar_data.selfplay.refine.by_rules import reply  # slow to load

        prompt, text = tree.root.prompt, parent.text or tree.root.response
        return [_read(reply(prompt, text, tree.constraints), prompt, text, RULES)] * (count if alone else 1)

    async def _by_model(self, tree: _Tree, parent: Node, count: int) -> list[_Draft]:
        """Children are samples of one request: the first ones 0, 1, 2, later ones those after."""
        prompt, text = tree.root.prompt, parent.text or tree.root.response
        there = sum(node.parent == parent.node and node.refiner != RULES for node in tree.nodes)
        chosen = random.Random(f"{self.config.seed}:{tree.root.id}:{parent.node}:guide")
        case = Case(prompt, text, guide(parent.votes, self.judge.votes, chosen))
        answers = await self.ask_refiner(self.refiner.request(case, there + count), there)
        return [_read(answer, prompt, text, self.name) for answer in answers]

    async def _judge(self, tree: _Tree, text: str) -> _Ballot:
        exact = judge_exactly(text, tree.constraints) if tree.constraints else None
        how = self.config.exact_vote
        if self.judge.spec == RULES or vetoed(exact, how):
            return _Ballot([], exact or judge_exactly(text, []))
        answers: list[Answer] = []
        for number in range(1, self.config.rounds + 1):
            request = self.judge.request(tree.root.prompt, text, number)
            answers += await self.ask_judge(request, (number - 1) * self.judge.votes)
            if not tied(answers, self.judge.votes, self.config.min_valid, exact, how):
                break
        return _Ballot(answers, exact)

    def _add(self, tree: _Tree, parent: int, draft: _Draft) -> bool:
        """Numbers a child; False if the budget ended before it was refined and judged."""
        number, problem = len(tree.nodes), draft.problem
        if draft.unpaid:
            return False
        twin = tree.numbers.get(draft.text) if draft.text else None
        if twin is not None:
            problem = "unchanged: the text is its parent's" if twin == parent else f"copy of node {twin}"
        ballot, said = _Ballot([], None), NOBODY
        if draft.text and not problem:
            ballot = tree.ballots[draft.text].result()
            if any(_unpaid(answer) for answer in ballot.answers):
                return False
            said = self._votes(ballot, random.Random(f"{self.config.seed}:{tree.root.id}:{number}"))
            tree.numbers[draft.text] = number
        tree.append(
            Node(
                tree=tree.root.id,
                prompt_id=tree.root.prompt_id,
                prompt=tree.root.prompt,
                node=number,
                parent=parent,
                depth=tree.nodes[parent].depth + 1,
                text="" if problem else draft.text,
                reply=draft.reply,
                problem=problem,
                votes=said,
                refine_tokens=draft.tokens,
                judge_tokens=sum(answer.completion_tokens for answer in ballot.answers),
                refiner=draft.refiner,
            )
        )
        return True

    def _votes(self, ballot: _Ballot, chosen: random.Random) -> Votes:
        if not ballot.answers and ballot.exact:
            return by_checkers(ballot.exact)
        config = self.config
        return votes(ballot.answers, self.judge.votes, chosen, config.min_valid, ballot.exact, config.exact_vote)


@dataclass(frozen=True)
class _Draft:
    refiner: str
    text: str = ""
    reply: str = ""
    problem: str = ""
    tokens: int = 0
    unpaid: bool = False


@dataclass(frozen=True)
class _Ballot:
    answers: list[Answer]
    exact: Exact | None


@dataclass
class _Tree:
    """numbers: text to the number of the node that has it first. ballots: texts that are, or were, voted on."""

    root: Sample
    nodes: list[Node]
    constraints: Constraints
    numbers: dict[str, int] = field(default_factory=dict)
    ballots: dict[str, asyncio.Task[_Ballot]] = field(default_factory=dict)
    seen: list[Seen] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.numbers[self.root.response.strip()] = 0
        self.seen.append(Seen(-1, 0, None))

    def append(self, node: Node) -> None:
        self.nodes.append(node)
        self.seen.append(Seen(node.parent, node.depth, node.votes.value, node.refine_tokens + node.judge_tokens))


def _root(root: Sample) -> Node:
    """The negative. One that was not judged No, or whose judgement is lost, cannot be refined: its tree is the root alone."""
    votes = root.votes
    problem = ""
    if root.problem or not root.response.strip():
        problem = f"no search: {root.problem or 'the response is empty'}"
    elif votes.verdict != "No" or not votes.judgement.strip():
        problem = f"no search: the verdict is {votes.verdict or 'missing'}, " + (
            "No is expected" if votes.verdict != "No" else "but no judgement says why"
        )
    return Node(root.id, root.prompt_id, root.prompt, 0, -1, 0, root.response, "", problem, votes, 0, 0, "")


def _unpaid(answer: Answer) -> bool:
    return isinstance(answer, Failure) and answer.cause == "budget"


def _read(answer: Answer, prompt: str, response: str, refiner: str) -> _Draft:
    draft = _Draft(refiner, tokens=answer.completion_tokens)
    if not isinstance(answer, Completion):
        return replace(draft, problem=f"failed: {answer}", unpaid=_unpaid(answer))
    found = parse_refinement(answer.text, prompt, response)
    if isinstance(found, Unparsed):
        return replace(draft, reply=answer.text, problem=f"unparsed: {found.reason}")
    return replace(draft, reply=answer.text, text=found)
