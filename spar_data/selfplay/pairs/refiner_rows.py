"""Judge and refine rows: what a refiner learns from a run, as dialogues that end with the reply to learn.

The requests are those of judging and refining themselves, so a model is trained on what it will be asked. The loss belongs
on the last message: so says the paper. The authors' trainer also learnt the judgement inside refine rows, because its
`mask_history` was off.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.models import Message, Request, Unparsed
from spar_data.selfplay.judge.prompt import judge_request
from spar_data.selfplay.pairs.pair_set import Cut, Side, by_prompt
from spar_data.selfplay.pairs.refined import refined_trees
from spar_data.selfplay.records import Node, Sample, squeeze
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request


@dataclass(frozen=True)
class RefinerRow:
    """A request, the reply to learn and, of a judge row, the verdict as its label."""

    kind: str
    prompt_id: str
    request: Request
    reply: str
    label: str
    source: list[str]

    def add_to(self, cut: Cut) -> bool:
        """Adds the dialogue and returns True, unless it is a duplicate."""
        messages = [*self.request.messages, Message("assistant", self.reply)]
        return cut.dialogue(self.kind, self.prompt_id, messages, self.label, self.source)


def refine_rows(nodes: Sequence[Node], cut: Cut) -> list[RefinerRow]:
    """The last step of every tree that succeeded: parent, the parent's judgement, and the refiner's whole reply."""
    rows = []
    for tree_nodes, best in refined_trees(nodes, cut):
        parent = next((n for n in tree_nodes if n.node == best.parent), None)
        if parent is None or not parent.votes.judgement:
            cut.drop("tree", "the refined node's parent has no judgement")
            continue
        parsed = parse_refinement(best.reply, parent.prompt, parent.text)
        if isinstance(parsed, Unparsed) or squeeze(parsed) != squeeze(best.text):
            cut.drop("tree", "the refiner's reply does not hold the refined text")
            continue
        cut.notes["refine replies made by rules"] += best.by_rules
        request = refine_request(parent.prompt, parent.text, parent.votes.judgement)
        rows.append(RefinerRow("refine", best.prompt_id, request, best.reply, "", [Side.of(best).source]))
    return rows


def judged_samples(samples: Sequence[Sample], cut: Cut) -> list[Sample]:
    """The samples with a verdict, ordered by prompt."""
    return cut.judged((sample for _, group in by_prompt(samples) for sample in group), "Yes", "No")


def judge_row(judged: Sample | Node) -> RefinerRow:
    """The judgement that stands for the majority."""
    votes, side = judged.votes, Side.of(judged)
    request = judge_request(judged.prompt, side.text)
    return RefinerRow("judge", judged.prompt_id, request, votes.judgement, votes.verdict, [side.source])


def majority_rows(judged: Sample | Node, cut: Cut) -> list[RefinerRow]:
    """Every judgement of the majority; the others are counted."""
    votes, side = judged.votes, Side.of(judged)
    if not votes.words and votes.judgement:  # the judgement of the checkers
        return [judge_row(judged)]
    request, rows = judge_request(judged.prompt, side.text), []
    for number, (word, reply) in enumerate(zip(votes.words, votes.replies, strict=False)):
        if word == votes.verdict and reply:
            source = [f"{side.source}:vote {number}"]
            rows.append(RefinerRow("judge", judged.prompt_id, request, reply, word, source))
        else:
            cut.drop("judgement", word if word in ("unparsed", "failed") else "of the minority")
    return rows
