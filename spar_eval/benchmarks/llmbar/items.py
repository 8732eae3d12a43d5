"""Turns a judge's answers about a pair into items, with the gold label."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence

from spar_data.models import Answer, Completion, Unparsed
from spar_data.selfplay.judge.prompt import parse_verdict
from spar_data.selfplay.judge.votes import VoteRule, count
from spar_eval.benchmarks.llmbar.data import OutputPair
from spar_eval.benchmarks.llmbar.pairwise import count_places, parse_choice
from spar_eval.benchmarks.llmbar.scores import ORDERS
from spar_eval.results import Check, Item


def pointwise_item(pair: OutputPair, output: int, answers: Sequence[Answer]) -> Item:
    """The judgement of one output alone: Yes is expected of the better one, No of the other."""
    votes = count(answers, VoteRule(len(answers)))
    gold = "Yes" if output == pair.better else "No"
    correct = votes.verdict == gold if votes.verdict in ("Yes", "No") else None
    transcript = _transcript(answers, parse_verdict, {True: "Yes", False: "No"})
    detail = {"mode": "pointwise", "pair": pair.id, "gold": gold, "verdict": votes.verdict, "votes": transcript}
    return Item(
        f"{pair.id}/output_{output}",
        pair.prompt,
        pair.outputs[output - 1],
        (Check("pointwise", {"correct": correct}, f"gold {gold}, judged {votes.verdict} ({votes.text()})"),),
        group=pair.subset,
        problem=_problem(answers),
        detail=detail,
        cluster=pair.id,
    )


def pairwise_item(pair: OutputPair, in_order: Sequence[Answer], swapped: Sequence[Answer]) -> Item:
    """The judgements of both outputs side by side, in both orders."""
    votes = [count_places(in_order), count_places(swapped)]
    winners = [votes[0].place, 3 - votes[1].place if votes[1].place else None]  # as numbers of outputs
    correct = [None if winner is None else winner == pair.better for winner in winners]
    consistent = None if None in winners else winners[0] == winners[1]
    reasons = [
        f"{order}: {f'output {winner}' if winner else places.problem} ({places.text})"
        for order, winner, places in zip(ORDERS, winners, votes, strict=True)
    ]
    transcripts = [_transcript(answers, parse_choice, {1: "first", 2: "second"}) for answers in (in_order, swapped)]
    verdicts = {**dict(zip(ORDERS, correct, strict=True)), "consistent": consistent}
    return Item(
        f"{pair.id}/pair",
        pair.prompt,
        f"Output 1:\n{pair.outputs[0]}\n\nOutput 2:\n{pair.outputs[1]}",
        (Check("pairwise", verdicts, f"gold output {pair.better}; {'; '.join(reasons)}"),),
        group=pair.subset,
        problem=_problem([*in_order, *swapped]),
        detail={
            "mode": "pairwise",
            "pair": pair.id,
            "gold": pair.better,
            "winners": winners,
            "problems": [places.problem for places in votes],
            "votes": [vote for transcript in transcripts for vote in transcript],
            "orders": [{"order": order, "votes": votes} for order, votes in zip(ORDERS, transcripts, strict=True)],
        },
        cluster=pair.id,
    )


def _transcript(
    answers: Sequence[Answer], parse: Callable[[str], int | Unparsed], names: Mapping[int, str]
) -> list[dict[str, str]]:
    """Every vote with its reply, and the thoughts before it. names: of what the parser returns."""
    votes = []
    for answer in answers:
        if isinstance(answer, Completion):
            parsed = parse(answer.text)
            vote = f"unparsed: {parsed.reason}" if isinstance(parsed, Unparsed) else names[parsed]
            thinking = {"thinking": answer.thinking} if answer.thinking else {}
            votes.append({"vote": vote, "reply": answer.text, **thinking})
        else:
            votes.append({"vote": f"failed: {answer}"})
    return votes


def _problem(answers: Sequence[Answer]) -> str:
    """The first failure if all calls failed."""
    failures = [str(answer) for answer in answers if not isinstance(answer, Completion)]
    return failures[0] if len(failures) == len(answers) else ""


def problem_counts(items: Sequence[Item]) -> dict[str, int]:
    """Missing verdicts by cause, then votes without a verdict, whether or not they decided anything."""
    verdicts: Counter[str] = Counter()
    votes: Counter[str] = Counter()
    for item in items:
        verdicts.update(_causes(item))
        kinds = (vote["vote"].partition(":")[0] for vote in item.detail["votes"])
        votes.update(f"votes {kind}" for kind in kinds if kind in ("unparsed", "failed"))
    return dict([*sorted(verdicts.items()), *sorted(votes.items())])


def _causes(item: Item) -> Iterator[str]:
    if item.detail["mode"] == "pointwise":
        if item.detail["verdict"] not in ("Yes", "No"):
            yield f"pointwise {item.detail['verdict']}"
        return
    for order, problem in zip(ORDERS, item.detail["problems"], strict=True):
        if problem:
            yield f"pairwise, {order}: {problem}"
