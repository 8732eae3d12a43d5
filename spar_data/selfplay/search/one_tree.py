"""Grows one tree: asks at once for all that its order wants next, and numbers the nodes in the order of the search."""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from spar_data.models import Answer, AnyModel, Completion, Failure, Request, Unparsed
from spar_data.models.model_spec import RULES
from spar_data.models.session import Session
from spar_data.selfplay.judge.checkers import Constraints
from spar_data.selfplay.judge.judges import Judge, Question
from spar_data.selfplay.judge.votes import NO_VOTES, judgement_to_refine_by
from spar_data.selfplay.records import Node, Sample
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.refiners import Case, Refiner
from spar_data.selfplay.search.orders import SearchConfig, SearchEnd, SearchNode, plan


@dataclass(frozen=True)
class Draft:
    """A refinement before it is a node. problem: why it is none, else ""."""

    refiner: str
    answer: Answer
    text: str = ""
    problem: str = ""


@dataclass
class Tree:
    """nodes: in the order of the search. answers: of the refiner and the judge, node by node; of the root none. ballots: the
    judge's answers by text; none if the checkers judge alone."""

    root: Sample
    constraints: Constraints
    nodes: list[Node] = field(default_factory=list)
    answers: list[tuple[Answer, list[Answer]]] = field(default_factory=list)
    numbers: dict[str, int] = field(default_factory=dict)  # of the first node that has a text
    ballots: dict[str, asyncio.Task[tuple[Question, list[Answer]]]] = field(default_factory=dict)
    _searched: list[SearchNode] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.nodes.append(_root(self.root))
        self.answers.append((Completion(""), []))
        self._searched.append(SearchNode(-1, 0, None))
        self.numbers[self.root.response.strip()] = 0

    def plan(self, config: SearchConfig) -> Sequence[tuple[int, int]]:
        """The children to make next: pairs of parent and number. Empty at the end of the search."""
        step = plan(self._searched, config)
        return () if isinstance(step, SearchEnd) else step.children

    def text(self, number: int) -> str:
        """The text of a node, as it is refined."""
        return self.nodes[number].text or self.root.response

    def children(self, parent: int) -> list[Node]:
        return [node for node in self.nodes if node.parent == parent]

    def repeats(self, text: str, parent: int, copies: bool) -> str:
        """Why a text is no new refinement: its parent or, unless copies are allowed, another node has it. "" if it is new."""
        if text == self.text(parent).strip():
            return "unchanged: the text is its parent's"
        twin = self.numbers.get(text)
        return "" if twin is None or (copies and twin) else f"copy of node {twin}"

    def add(self, node: Node, draft: Answer, votes: list[Answer]) -> None:
        self.nodes.append(node)
        self.answers.append((draft, votes))
        tokens = node.refine_tokens + node.judge_tokens
        self._searched.append(SearchNode(node.parent, node.depth, node.votes.value, tokens))
        if node.text:
            self.numbers.setdefault(node.text, node.node)


@dataclass(frozen=True)
class Grower:
    """sessions: of the models of refiner and judge."""

    refiner: Refiner
    judge: Judge
    config: SearchConfig
    sessions: Mapping[AnyModel, Session]

    async def tree(self, root: Sample, constraints: Constraints = ()) -> Tree | None:
        """Grows a whole tree. Returns None if the budget of the run ended before the tree did. Raises SparError."""
        tree = Tree(root, constraints)
        if tree.nodes[0].problem:
            return tree
        while children := tree.plan(self.config):
            async with asyncio.TaskGroup() as group:
                tasks = [group.create_task(self._expand(tree, parent, count, group)) for parent, count in children]
            for (parent, _), task in zip(children, tasks, strict=True):
                for draft in task.result():
                    if not self._add(tree, parent, draft):
                        return None
        return tree

    async def _expand(self, tree: Tree, parent: int, count: int, group: asyncio.TaskGroup) -> list[Draft]:
        """Makes the next children of a node. The votes on each begin at once, in the same group."""
        drafts = self._by_rules(tree, parent, count)
        self._vote(tree, parent, drafts, group)
        if count > len(drafts):
            drafts += await self._by_model(tree, parent, count - len(drafts))
            self._vote(tree, parent, drafts, group)
        return drafts

    def _vote(self, tree: Tree, parent: int, drafts: Sequence[Draft], group: asyncio.TaskGroup) -> None:
        if not self.config.judges(tree.nodes[parent].depth + 1):
            return
        for draft in drafts:
            if draft.text and draft.text not in tree.numbers and draft.text not in tree.ballots:
                tree.ballots[draft.text] = group.create_task(self._judge(tree, draft.text))

    def _by_rules(self, tree: Tree, parent: int, count: int) -> list[Draft]:
        rules = self.refiner.rule_count(tree.constraints, len(tree.children(parent)), count)
        if not rules:
            return []
        from spar_data.selfplay.refine.by_rules import reply  # slow to load

        prompt, text = tree.root.prompt, tree.text(parent)
        return [_read(reply(prompt, text, tree.constraints), prompt, text, RULES)] * rules

    async def _by_model(self, tree: Tree, parent: int, count: int) -> list[Draft]:
        """Children are samples of one request: the first ones 0, 1, 2, later ones those after."""
        prompt, text = tree.root.prompt, tree.text(parent)
        first = sum(not node.by_rules for node in tree.children(parent))
        draw = random.Random(f"{self.config.seed}:{tree.root.id}:{parent}:guide")
        judgement = judgement_to_refine_by(tree.nodes[parent].votes, self.judge.rule, draw)
        request = self.refiner.request(Case(prompt, text, judgement, tree.constraints), first + count)
        return [
            _read(answer, prompt, text, self.refiner.name) for answer in await self._ask(self.refiner, request, first)
        ]

    async def _judge(self, tree: Tree, text: str) -> tuple[Question, list[Answer]]:
        """Asks for the votes on a text; after a tie for those of the next round."""
        question = Question(tree.root.prompt, text, tree.constraints)
        answers: list[Answer] = []
        for number in range(1, self.config.rounds + 1):
            request = self.judge.request(question, number)
            if request is None:
                break
            answers += await self._ask(self.judge, request, len(answers))
            if self.judge.count(question, answers).verdict != "tie":
                break
        return question, answers

    async def _ask(self, of: Refiner | Judge, request: Request | None, first: int) -> list[Answer]:
        """The model's answers from sample `first` on; none if there is nothing to ask."""
        return [] if of.model is None or request is None else await self.sessions[of.model].ask(request, first)

    def _add(self, tree: Tree, parent: int, draft: Draft) -> bool:
        """Numbers a child. Returns False if the budget ended before it was refined and judged."""
        if _unpaid(draft.answer):
            return False
        number, depth = len(tree.nodes), tree.nodes[parent].depth + 1
        problem = draft.problem or tree.repeats(draft.text, parent, copies=self.config.last_text)
        votes, answers = NO_VOTES, list[Answer]()
        if not problem and self.config.judges(depth):
            question, answers = tree.ballots[draft.text].result()
            if any(map(_unpaid, answers)):
                return False
            draw = random.Random(f"{self.config.seed}:{tree.root.id}:{number}")
            votes = self.judge.count(question, answers, None if self.config.last_text else draw)
        node = Node(
            tree=tree.root.id,
            prompt_id=tree.root.prompt_id,
            prompt=tree.root.prompt,
            node=number,
            parent=parent,
            depth=depth,
            text="" if problem else draft.text,
            reply=draft.answer.text if isinstance(draft.answer, Completion) else "",
            problem=problem,
            votes=votes,
            refine_tokens=draft.answer.completion_tokens,
            judge_tokens=sum(answer.completion_tokens for answer in answers),
            refiner=draft.refiner,
        )
        tree.add(node, draft.answer, answers)
        return True


def _root(root: Sample) -> Node:
    """The negative. One that was not judged No, or whose judgement is lost, cannot be refined: its tree is the root alone."""
    votes = root.votes
    problem = ""
    if root.problem or not root.response.strip():
        problem = f"no search: {root.problem or 'the response is empty'}"
    elif votes.verdict != "No":
        problem = f"no search: the verdict is {votes.verdict or 'missing'}, No is expected"
    elif not votes.judgement.strip():
        problem = "no search: the verdict is No, but no judgement says why"
    return Node(root.id, root.prompt_id, root.prompt, 0, -1, 0, root.response, "", problem, votes, 0, 0, "")


def _unpaid(answer: Answer) -> bool:
    return isinstance(answer, Failure) and answer.cause == "budget"


def _read(answer: Answer, prompt: str, response: str, refiner: str) -> Draft:
    if not isinstance(answer, Completion):
        return Draft(refiner, answer, problem=f"failed: {answer}")
    text = parse_refinement(answer.text, prompt, response)
    if isinstance(text, Unparsed):
        return Draft(refiner, answer, problem=f"unparsed: {text.reason}")
    return Draft(refiner, answer, text)
