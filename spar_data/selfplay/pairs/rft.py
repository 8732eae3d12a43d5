"""Rejection-sampled rows: what the refiner (judge and refine rows) and the actor learn from a round of self-play.

The requests are those of judging and refining themselves, so a model is trained on what it will be asked. The loss is on
the last message. The authors' trainer also learnt the judgement inside refine rows (its `mask_history` was off); the paper
puts the loss on the refinement alone, and so do these rows.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from spar_data.core.errors import SparError
from spar_data.core.ids import rng, row_id
from spar_data.models import Request, Unparsed
from spar_data.selfplay.judge.prompt import judge_request
from spar_data.selfplay.judge.verdicts import RULES
from spar_data.selfplay.pairs.pair_set import Cut, Rows, by_prompt, by_tree, distinct, fold
from spar_data.selfplay.pairs.spar import refined
from spar_data.selfplay.records import Message, Node, Sample, Votes
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request


@dataclass(frozen=True)
class PaperConfig:
    """No settings: the paper names no caps."""


@dataclass(frozen=True)
class AuthorsConfig:
    """Caps of the authors' script, by kind of row."""

    refine: int = 4000
    tree_yes: int = 1500
    tree_no: int = 1000
    sample_no: int = 500
    sample_yes: int = 2500
    seed: int = 42

    def __post_init__(self) -> None:
        for name in ("refine", "tree_yes", "tree_no", "sample_no", "sample_yes"):
            if getattr(self, name) < 0:
                raise SparError(f"{name} = {getattr(self, name)}: zero or more is expected")


@dataclass(frozen=True)
class ActorConfig:
    """per_prompt: responses a prompt at most, those with the highest share of Yes; 0 = all."""

    per_prompt: int = 0
    seed: int = 42

    def __post_init__(self) -> None:
        if self.per_prompt < 0:
            raise SparError(f"per_prompt = {self.per_prompt}: zero or more is expected")


@dataclass(frozen=True)
class _Row:
    kind: str
    prompt_id: str
    request: Request
    reply: str
    label: str
    source: list[str]

    @property
    def key(self) -> str:
        return row_id(*self.source)


def actor(rows: Rows, config: ActorConfig) -> Cut:
    """The responses that were judged to follow their prompts (RFT, RAFT: generate, filter, fine-tune)."""
    cut = Cut("rft", {"prompts": len({s.prompt_id for s in rows.samples}), "responses": len(rows.samples)})
    for prompt_id, samples in by_prompt(rows.samples):
        usable = cut.usable(samples)
        for sample in usable:
            if sample.votes.verdict != "Yes":
                cut.drop("response", f"judged {sample.votes.verdict or 'not at all'}")
        passed = distinct(s for s in usable if s.votes.verdict == "Yes")
        if not passed:
            cut.drop("prompt", "no Yes")
        random = rng(config.seed, "rft", prompt_id)
        ranked = sorted(passed, key=lambda s: (-(s.votes.value or 0.0), random.random()))
        for sample in ranked[: config.per_prompt or None]:
            turns = [*rows.asked(sample.prompt), Message("assistant", sample.response)]
            cut.dialogue("actor", prompt_id, turns, "Yes", [sample.id])
    return cut.done()


def expert(rows: Rows, config: PaperConfig) -> Cut:
    """The refined response of every tree (expert iteration: the policy with search is the expert whose moves are learnt)."""
    cut = Cut("expert-iteration", {"trees": len({n.tree for n in rows.nodes})})
    for tree, _, best in refined(rows.nodes, cut):
        turns = [*rows.asked(best.prompt), Message("assistant", best.text)]
        made = cut.dialogue("actor", best.prompt_id, turns, "Yes", [f"{tree}:{best.node}"])
        cut.notes["refined responses made by rules"] += bool(made) and best.refiner == RULES
    return cut.done()


def refiner_paper(rows: Rows, config: PaperConfig) -> Cut:
    """The paper's text: every judgement that says the same as the majority, and the final refinement of each tree."""
    cut = _cut("refiner-paper", rows)
    for row in _refine_rows(rows.nodes, cut):
        _add(row, cut)
    for sample in _judged(rows.samples, cut):
        for row in _votes(sample.prompt, sample.response, sample.prompt_id, sample.votes, sample.id, cut):
            _add(row, cut)
    for tree, nodes in by_tree(rows.nodes):
        for node in nodes[1:]:
            if not node.problem and node.votes.verdict in ("Yes", "No"):
                source = f"{tree}:{node.node}"
                for row in _votes(node.prompt, node.text, node.prompt_id, node.votes, source, cut):
                    _add(row, cut)
    return cut.done()


def refiner_authors(rows: Rows, config: AuthorsConfig) -> Cut:
    """The authors' script: caps, hard cases only (votes that are not unanimous), at most one Yes and one No node a tree.

    As there, rows that share their first message with an earlier one go after the caps, in the order refine, tree Yes, tree
    No, samples No, samples Yes: the numbers fall below the caps.
    """
    cut = _cut("refiner-authors", rows)
    trees = [[n for n in nodes[1:] if not n.problem] for _, nodes in by_tree(rows.nodes)]
    yes = _one_each(trees, "Yes", lambda v: 0.5 < v < 1, config.seed)
    no = _one_each(trees, "No", lambda v: 0 < v < 0.5, config.seed)
    samples = _judged(rows.samples, cut)
    split = {
        word: [_judge_row(s.prompt, s.response, s.prompt_id, s.votes, s.id) for s in samples if _split(s.votes, word)]
        for word in ("No", "Yes")
    }
    cut.drop("response", "unanimous", sum(not _split(s.votes, s.votes.verdict) for s in samples))
    parts = [
        ("refine row", list(_refine_rows(rows.nodes, cut)), config.refine),
        ("tree Yes row", yes, config.tree_yes),
        ("tree No row", no, config.tree_no),
        ("sample No row", split["No"], config.sample_no),
        ("sample Yes row", split["Yes"], config.sample_yes),
    ]
    seen: set[str] = set()
    for name, part, cap in parts:
        order = sorted(part, key=lambda row: row_id(str(config.seed), "refiner-authors", row.key))
        if len(order) > cap:
            cut.drop(name, f"above the cap of {cap:,}", len(order) - cap)
        for row in order[:cap]:
            first = row.request.messages[0].content
            if first in seen:
                cut.drop(name, "its first message is that of an earlier row")
            elif _add(row, cut):
                seen.add(first)
    cut.excluded = +cut.excluded
    return cut.done()


def _cut(recipe: str, rows: Rows) -> Cut:
    return Cut(recipe, {"trees": len({n.tree for n in rows.nodes}), "responses": len(rows.samples)})


def _refine_rows(nodes: Sequence[Node], cut: Cut) -> list[_Row]:
    """Of every tree the step to its refined node: parent, the parent's judgement, and the refiner's whole reply."""
    found = []
    for tree, some, best in refined(nodes, cut):
        parent = next((n for n in some if n.node == best.parent), None)
        if parent is None or not parent.votes.judgement:
            cut.drop("tree", "the refined node's parent has no judgement")
            continue
        parsed = parse_refinement(best.reply, parent.prompt, parent.text)
        if isinstance(parsed, Unparsed) or fold(parsed) != fold(best.text):
            cut.drop("tree", "the refiner's reply does not hold the refined text")
            continue
        cut.notes["refine replies made by rules"] += best.refiner == RULES
        request = refine_request(parent.prompt, parent.text, parent.votes.judgement)
        found.append(_Row("refine", best.prompt_id, request, best.reply, "", [f"{tree}:{best.node}"]))
    return found


def _judged(samples: Sequence[Sample], cut: Cut) -> list[Sample]:
    found = []
    for sample in cut.usable(s for _, some in by_prompt(samples) for s in some):
        if sample.votes.verdict in ("Yes", "No"):
            found.append(sample)
        else:
            cut.drop("response", f"judged {sample.votes.verdict or 'not at all'}")
    return found


def _votes(prompt: str, response: str, prompt_id: str, votes: Votes, source: str, cut: Cut) -> list[_Row]:
    """Every judgement of the majority; what fell to the other side is counted."""
    if not votes.words and votes.judgement:  # of the checkers
        return [_judge_row(prompt, response, prompt_id, votes, source)]
    request, found = judge_request(prompt, response), []
    for number, (word, reply) in enumerate(zip(votes.words, votes.replies, strict=False)):
        if word == votes.verdict and reply:
            found.append(_Row("judge", prompt_id, request, reply, word, [f"{source}:vote {number}"]))
        else:
            cut.drop("judgement", word if word in ("unparsed", "failed") else "of the minority")
    return found


def _judge_row(prompt: str, response: str, prompt_id: str, votes: Votes, source: str) -> _Row:
    return _Row("judge", prompt_id, judge_request(prompt, response), votes.judgement, votes.verdict, [source])


def _one_each(trees: list[list[Node]], word: str, wanted: Callable[[float], bool], seed: int) -> list[_Row]:
    rows = []
    for nodes in trees:
        some = [n for n in nodes if n.votes.verdict == word and n.votes.judgement and wanted(n.votes.value or 0.0)]
        if some:
            node = rng(seed, "refiner-authors", word, some[0].tree).choice(some)
            source = f"{node.tree}:{node.node}"
            rows.append(_judge_row(node.prompt, node.text, node.prompt_id, node.votes, source))
    return rows


def _split(votes: Votes, word: str) -> bool:
    return votes.verdict == word and votes.value is not None and 0 < votes.value < 1 and bool(votes.judgement)


def _add(row: _Row, cut: Cut) -> bool:
    turns = [Message(m.role, m.content) for m in row.request.messages]
    turns.append(Message("assistant", row.reply))
    return cut.dialogue(row.kind, row.prompt_id, turns, row.label, row.source) is not None
