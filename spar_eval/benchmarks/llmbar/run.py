"""Asks the judge about every pair, and puts its verdicts beside the gold labels."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spar_data import __version__
from spar_data.models import (
    Answer,
    Completion,
    Limits,
    Report,
    Request,
    Store,
    Tally,
    Unparsed,
    complete,
    identify,
    silent,
)
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.judge.votes import VoteRule, count
from spar_eval.benchmarks.llmbar import compare, figures
from spar_eval.benchmarks.llmbar.data import Data, Pair
from spar_eval.results import Check, Item, Result


@dataclass(frozen=True)
class Judge:
    """Who judges, and how. The defaults are the paper's for judging: five votes at temperature 0.7, the majority counts."""

    spec: str
    mode: str = "both"
    votes: int = 5
    temperature: float = 0.7
    max_tokens: int = 2048

    @property
    def pointwise(self) -> bool:
        return self.mode != "pairwise"

    @property
    def pairwise(self) -> bool:
        return self.mode != "pointwise"


def requests(data: Data, judge: Judge) -> list[Request]:
    """Two for each pair and mode: each output alone, then output 1 first and output 2 first."""
    how = {"votes": judge.votes, "temperature": judge.temperature, "max_tokens": judge.max_tokens}
    asked = []
    if judge.pointwise:
        asked += [judge_request(p.prompt, output, **how) for p in data.pairs for output in p.outputs]  # type: ignore[arg-type]
    if judge.pairwise:
        for pair in data.pairs:
            for first, second in (pair.outputs, pair.outputs[::-1]):
                asked.append(compare.compare_request(pair.prompt, first, second, **how))  # type: ignore[arg-type]
    return asked


def run(
    data: Data, judge: Judge, store: Store, limits: Limits = Limits(), report: Report = silent, limit: int = 0
) -> tuple[Result, Tally]:
    """limit: what the data was cut to, for the signature."""
    answers, tally = complete(judge.spec, requests(data, judge), store, limits, report)
    each = iter(answers)
    items: list[Item] = []
    if judge.pointwise:
        items += [judged(pair, n, next(each)) for pair in data.pairs for n in (1, 2)]
    if judge.pairwise:
        items += [compared(pair, next(each), next(each)) for pair in data.pairs]
    name = identify(judge.spec).name
    found = figures.make(items, data.subsets)
    result = Result(
        "llmbar",
        judge.spec,
        _signature(data, judge, name, limit),
        found.scores,
        tuple(items),
        found.tables,
        dict(_counts(items)),
        tuple(_notes(found, data, tally, limit)),
        {**asdict(judge), "subsets": list(data.subsets), "limit": limit, "data": data.sha256},
    )
    return result, tally


def judged(pair: Pair, output: int, answers: Sequence[Answer]) -> Item:
    """One output alone: Yes is expected of the better one, No of the other."""
    votes = count(answers, VoteRule(len(answers)))
    gold = output == pair.better
    outcome = votes.verdict
    said = {"Yes": True, "No": False}.get(outcome)
    word = "Yes" if gold else "No"
    verdict = None if said is None else said == gold
    detail = {"mode": "pointwise", "pair": pair.id, "gold": word, "verdict": outcome, **_transcript(answers, _verdict)}
    return Item(
        f"{pair.id}/output_{output}",
        pair.prompt,
        pair.outputs[output - 1],
        (Check("pointwise", {"correct": verdict}, f"gold {word}, judged {outcome} ({votes.text()})"),),
        group=pair.subset,
        problem=_problem(answers),
        detail=detail,
        cluster=pair.id,
    )


def compared(pair: Pair, in_order: Sequence[Answer], swapped: Sequence[Answer]) -> Item:
    """Both outputs side by side, in both orders."""
    choices = [compare.count_choices(in_order), compare.count_choices(swapped)]
    winners = [choices[0].place, 3 - choices[1].place if choices[1].place else None]  # as numbers of outputs
    correct = [None if w is None else w == pair.better for w in winners]
    consistent = None if None in winners else winners[0] == winners[1]
    told = [
        f"{order}: {f'output {winner}' if winner else choice.problem} ({choice.first} for the first, {choice.second} for "
        f"the second, {choice.unparsed} unparsed, {choice.failed} failed)"
        for order, winner, choice in zip(figures.ORDERS, winners, choices, strict=True)
    ]
    verdicts = {**dict(zip(figures.ORDERS, correct, strict=True)), "consistent": consistent}
    transcripts = [_transcript(answers, _place) for answers in (in_order, swapped)]
    return Item(
        f"{pair.id}/pair",
        pair.prompt,
        f"Output 1:\n{pair.outputs[0]}\n\nOutput 2:\n{pair.outputs[1]}",
        (Check("pairwise", verdicts, f"gold output {pair.better}; {'; '.join(told)}"),),
        group=pair.subset,
        problem=_problem([*in_order, *swapped]),
        detail={
            "mode": "pairwise",
            "pair": pair.id,
            "gold": pair.better,
            "winners": winners,
            "problems": [choice.problem for choice in choices],
            "votes": [v for t in transcripts for v in t["votes"]],
            "orders": [{"order": o, **t} for o, t in zip(figures.ORDERS, transcripts, strict=True)],
        },
        cluster=pair.id,
    )


def _transcript(answers: Sequence[Answer], parse: Any) -> dict[str, Any]:
    votes = []
    for answer in answers:
        if isinstance(answer, Completion):
            thought = {"thinking": answer.thinking} if answer.thinking else {}
            votes.append({"vote": parse(answer.text), "reply": answer.text, **thought})
        else:
            votes.append({"vote": f"failed: {answer}"})
    return {"votes": votes}


def _verdict(reply: str) -> str:
    parsed = parse_verdict(reply)
    return f"unparsed: {parsed.reason}" if isinstance(parsed, Unparsed) else "Yes" if parsed else "No"


def _place(reply: str) -> str:
    parsed = compare.parse_choice(reply)
    return f"unparsed: {parsed.reason}" if isinstance(parsed, Unparsed) else "first" if parsed == 1 else "second"


def _problem(answers: Sequence[Answer]) -> str:
    """Why nothing at all was said, if so."""
    failures = [str(answer) for answer in answers if not isinstance(answer, Completion)]
    return failures[0] if len(failures) == len(answers) else ""


def _counts(items: Sequence[Item]) -> Iterator[tuple[str, int]]:
    """Verdicts that are none, by cause; votes that are none, whether or not they decided something."""
    causes: Counter[str] = Counter()
    votes: Counter[str] = Counter()
    for item in items:
        if item.detail["mode"] == "pointwise":
            causes[f"pointwise {item.detail['verdict']}"] += item.detail["verdict"] not in ("Yes", "No")
        else:
            for order, problem in zip(figures.ORDERS, item.detail["problems"], strict=True):
                causes[f"pairwise, {order}: {problem}"] += bool(problem)
        for vote in item.detail["votes"]:
            kind = vote["vote"].partition(":")[0]
            votes[f"votes {kind}"] += kind in ("unparsed", "failed")
    return (each for each in (*sorted(causes.items()), *sorted(votes.items())) if each[1])


def _notes(found: figures.Figures, data: Data, tally: Tally, limit: int) -> Iterator[str]:
    if tally.stopped:
        yield f"incomplete: stopped by the {tally.stopped}; the same command goes on from there"
    if found.undecided:
        yield (
            f"{found.undecided:,} judgements are a tie, unparsed or failed; they count as wrong (in F1 and kappa as a third "
            f"answer that agrees with no label); what is '{figures.LEFT_OUT}' is over the others, as in the paper"
        )
    if found.undefined:
        yield f"nothing to score, or one answer only: {'; '.join(found.undefined)}"
    yield f"means are plain means over the subsets {', '.join(data.subsets)}" + (
        f", of each the first {limit:,} pairs" if limit else ""
    )


def _signature(data: Data, judge: Judge, name: str, limit: int) -> str:
    templates = [
        r.messages[0].content
        for r in (
            judge_request("{prompt}", "{response}") if judge.pointwise else None,
            compare.compare_request("{prompt}", "{first}", "{second}") if judge.pairwise else None,
        )
        if r
    ]
    template = hashlib.sha256("\n".join(templates).encode()).hexdigest()[:8]
    parts = [
        "llmbar", f"judge:{name}", f"mode:{judge.mode}", f"votes:{judge.votes}", f"temperature:{judge.temperature:g}",
        f"max-tokens:{judge.max_tokens}", "undecided:wrong", f"template:{template}", f"data:{data.sha256[:8]}",
        *([f"limit:{limit}"] if limit else []), f"spar-suite-{__version__}",
    ]  # fmt: skip
    return "|".join(parts)
