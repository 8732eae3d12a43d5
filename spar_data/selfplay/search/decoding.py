"""From a failing response to a refined one: once, the best of several, or again and again.

All items of a round are in flight together. A tree search (`tree_decoding`) is one more function of the same form: cases,
refiner, judge and rounds in, one `Refined` for each case out.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from spar_data.models import Answer, Completion, Request, Unparsed
from spar_data.models.phases import Rounds
from spar_data.selfplay.judge.verdicts import Constraints, Judge, Question, judge_all
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request


@dataclass(frozen=True)
class Case:
    """A response that fails its prompt, and the judgement that says why."""

    prompt: str
    response: str
    judgement: str
    constraints: Constraints = ()


@dataclass(frozen=True)
class Refiner:
    """spec: the model. The values of the authors' script, but for the temperature: 0.7 there, for many branches."""

    spec: str
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 3072

    def request(self, case: Case, samples: int = 1) -> Request:
        return refine_request(
            case.prompt, case.response, case.judgement, samples, self.temperature, self.top_p, self.max_tokens
        )


@dataclass(frozen=True)
class Refined:
    """text: the refined response, "" where there is none, and then problem says why: failed, unparsed or unchanged, a colon,
    and more. steps: every reply and verdict on the way."""

    text: str
    problem: str = ""
    steps: list[dict[str, Any]] = field(default_factory=list)


def greedy(cases: Sequence[Case], refiner: Refiner, rounds: Rounds) -> list[Refined]:
    """One refinement each."""
    answers = rounds.ask("refine", refiner.spec, [refiner.request(case) for case in cases])
    return [_read(case, each[0]) for case, each in zip(cases, answers, strict=True)]


def best_of_n(cases: Sequence[Case], refiner: Refiner, judge: Judge, rounds: Rounds, n: int = 5) -> list[Refined]:
    """Of n refinements the one with the highest share of Yes votes; of equal ones the first. Equal texts are judged once."""
    answers = rounds.ask("refine", refiner.spec, [refiner.request(case, n) for case in cases])
    drafts = [[_read(case, answer) for answer in each] for case, each in zip(cases, answers, strict=True)]
    texts = [list(dict.fromkeys(d.text for d in each if d.text)) for each in drafts]
    questions = [
        Question(case.prompt, text, case.constraints) for case, each in zip(cases, texts, strict=True) for text in each
    ]
    verdicts = iter(judge_all("choose", questions, judge, rounds))
    found = []
    for each, some in zip(drafts, texts, strict=True):
        judged = {text: next(verdicts) for text in some}
        steps = []
        for draft in each:
            verdict = judged.get(draft.text)
            steps.append({**draft.steps[0], **_told(verdict)})
        if not judged:
            found.append(Refined("", each[0].problem, steps))
            continue
        values = {text: -1.0 if v.value is None else v.value for text, v in judged.items()}
        found.append(Refined(max(values, key=values.__getitem__), "", steps))  # max: the first of equal ones
    return found


def iterative(cases: Sequence[Case], refiner: Refiner, judge: Judge, rounds: Rounds, depth: int = 3) -> list[Refined]:
    """Refines, lets the judge judge, and refines what it says No to (or is in two minds about), at most `depth` times.

    The last text counts. A refinement that fails, does not parse or changes nothing ends the item with the text it had; one
    that the judge comes to no verdict about ends it too, since there is no judgement to go by.
    """
    state = list(cases)
    done: list[Refined | None] = [None] * len(cases)
    steps: list[list[dict[str, Any]]] = [[] for _ in cases]
    texts = [""] * len(cases)
    going = list(range(len(cases)))
    for number in range(1, depth + 1):
        answers = rounds.ask(f"refine {number}", refiner.spec, [refiner.request(state[i]) for i in going])
        fresh = []
        for i, each in zip(going, answers, strict=True):
            draft = _read(state[i], each[0])
            steps[i].append({"round": number, **draft.steps[0]})
            if draft.text and draft.text != cases[i].response.strip():
                texts[i] = draft.text
                fresh.append(i)
            else:
                problem = draft.problem or "unchanged: back to the original response"
                done[i] = Refined(texts[i], "" if texts[i] else problem, steps[i])
        if number == depth:
            break
        questions = [Question(cases[i].prompt, texts[i], cases[i].constraints) for i in fresh]
        going = []
        for i, verdict in zip(fresh, judge_all(f"judge {number}", questions, judge, rounds), strict=True):
            steps[i][-1].update(_told(verdict))
            if verdict.word in ("No", "tie") and verdict.judgement:
                state[i] = Case(cases[i].prompt, texts[i], verdict.judgement, cases[i].constraints)
                going.append(i)
    return [each or Refined(texts[i], "", steps[i]) for i, each in enumerate(done)]


def _read(case: Case, answer: Answer) -> Refined:
    if not isinstance(answer, Completion):
        return Refined("", f"failed: {answer}", [{"problem": f"failed: {answer}"}])
    step: dict[str, Any] = {"reply": answer.text, **({"thinking": answer.thinking} if answer.thinking else {})}
    found = parse_refinement(answer.text, case.prompt, case.response)
    if isinstance(found, Unparsed):
        problem = f"unparsed: {found.reason}"
    elif found == case.response.strip():
        problem = "unchanged: the refined text is the original one"
    else:
        return Refined(found, "", [step])
    return Refined("", problem, [{**step, "problem": problem}])


def _told(verdict: Any) -> dict[str, Any]:
    if verdict is None:
        return {}
    return {"verdict": verdict.word, "value": verdict.value, "votes": verdict.votes or verdict.judgement}
