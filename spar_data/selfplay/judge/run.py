"""Judges responses: a few in memory, or more than memory holds, row by row."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, write_jsonl
from spar_data.core.records import Prompt
from spar_data.models import (
    AnyModel,
    Budget,
    Limits,
    Report,
    Store,
    Tally,
    ask_all,
    identify,
    model_label,
    read,
    silent,
)
from spar_data.models.model_spec import RULES
from spar_data.models.phases import open_phases
from spar_data.models.requests import Answer, Failure, Request
from spar_data.models.respond import Row, Rows
from spar_data.selfplay.judge.calibration import Calibration
from spar_data.selfplay.judge.checkers import Constraints, judge_by_checkers
from spar_data.selfplay.judge.judges import Judge, JudgedResponse, Question, judge_all, judge_of
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.records import VOTE_WORDS

if TYPE_CHECKING:
    import polars as pl


@dataclass(frozen=True, repr=False)
class Judgements:
    """Judged responses, in the order of the responses. calls: tokens and money of the judge."""

    responses: tuple[JudgedResponse, ...]
    calls: list[tuple[str, Tally]]

    def __iter__(self) -> Iterator[JudgedResponse]:
        return iter(self.responses)

    def __len__(self) -> int:
        return len(self.responses)

    def __repr__(self) -> str:
        counts = Counter(self.verdicts)
        return f"Judgements({', '.join(f'{number:,} {verdict}' for verdict, number in counts.most_common())})"

    @property
    def verdicts(self) -> list[str]:
        """Yes, No, tie, unparsed, failed or unknown, for each response."""
        return [judged.votes.verdict for judged in self.responses]

    def to_polars(self) -> pl.DataFrame:
        """One row for each response: prompt, response, verdict, value, judgement, exact, votes."""
        import polars as pl

        rows = [
            {
                "prompt": judged.question.prompt,
                "response": judged.question.response,
                "verdict": judged.votes.verdict,
                "value": judged.votes.value,
                "judgement": judged.votes.judgement,
                "exact": judged.votes.exact,
                "votes": judged.votes.words,
            }
            for judged in self.responses
        ]
        return pl.DataFrame(rows, schema_overrides={"value": pl.Float64, "votes": pl.List(pl.String)})


def judge(
    prompts: str | Prompt | Iterable[str | Prompt],
    responses: str | Iterable[str],
    model: AnyModel = RULES,
    votes: int = 5,
    *,
    min_valid: int = 0,
    checkers: str = "beside",
    temperature: float = 0.7,
    max_tokens: int = 2048,
    store: Store | Path | str | None = None,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
) -> Judgements:
    """Judges whether responses follow their prompts.

    prompts    one for each response, or a single one for all of them. `Prompt` objects carry constraints.
    model      a judge that votes so many times, or "rules" for the checkers of the constraints.
    min_valid, checkers   how votes are counted, as in `VoteRule`.
    store      where answers are kept; None keeps nothing.

    The majority of the valid votes is the verdict. The checkers say No if one of them fails, even if they cannot check every
    constraint. Raises SparError for what would fail every request.

    >>> from spar_data import FunctionModel, judge
    >>> model = FunctionModel(lambda request: "Final Judgement: " + ("Yes" if "robin" in request.prompt else "No"))
    >>> judge("Name a bird.", ["A robin.", "A cat."], model)
    Judgements(1 Yes, 1 No)
    >>> judge("Name a bird.", "A robin.", model).to_polars()["votes"].to_list()
    [['Yes', 'Yes', 'Yes', 'Yes', 'Yes']]
    """
    judge = judge_of(model, VoteRule(votes, min_valid, checkers), temperature, max_tokens, whole_prompts=False)
    questions = _questions(prompts, [responses] if isinstance(responses, str) else list(responses))
    with open_phases(store, limits, lambda phase: report) as phases:
        return Judgements(tuple(judge_all("judge", questions, judge, phases)), phases.tallies)


def _questions(prompts: str | Prompt | Iterable[str | Prompt], responses: Sequence[str]) -> list[Question]:
    listed = [prompts] * len(responses) if isinstance(prompts, str | Prompt) else list(prompts)
    if len(listed) != len(responses):
        raise SparError(
            f"{len(listed)} prompts and {len(responses)} responses: one prompt for each response is expected"
        )
    return [
        Question(prompt, response) if isinstance(prompt, str) else Question(prompt.text, response, prompt.constraints)
        for prompt, response in zip(listed, responses, strict=True)
    ]


@dataclass
class JudgedRows:
    """verdicts: rows by verdict. calibration: the judge beside the checkers. tally: what the model took, None for rules."""

    verdicts: Counter[str] = field(default_factory=Counter)
    calibration: Calibration = field(default_factory=Calibration)
    tally: Tally | None = None


def judge_requests(rows: Rows, judge: Judge) -> Iterator[Request]:
    """What a model is asked about rows of prompt and response."""
    requests = (judge.request(Question(row["prompt"], row["response"])) for row in rows())
    return (request for request in requests if request)


def judge_rows(
    rows: Rows,
    judge: Judge,
    out: Path,
    store: Store | None,
    constraints: Mapping[str, Constraints] | None = None,
    limits: Limits | Budget = Limits(),
    report: Report = silent,
) -> JudgedRows:
    """Writes each row with its verdict, its votes, all judgements and the judge to JSON Lines.

    store: needed for a model only. constraints: by prompt; with them a row also holds the checkers' verdict (`exact`).
    """
    result = JudgedRows()
    answers: Iterator[list[Answer]] | None = None
    if judge.model is not None and store is not None:
        total = sum(judge.rule.votes for _ in rows())
        result.tally = ask_all(judge.model, judge_requests(rows, judge), store, limits, report, total)
        answers = read(identify(judge.model), judge_requests(rows, judge), store)

    def lines() -> Iterator[dict[str, JsonValue]]:
        for row in rows():
            question = Question(row["prompt"], row["response"], (constraints or {}).get(row["prompt"], ()))
            replies = next(answers) if answers else []
            judged = JudgedResponse(question, judge.count(question, replies), replies)
            result.verdicts[judged.votes.verdict] += 1
            if constraints is not None and judge.model is not None:
                result.calibration.add(judged.votes.verdict, judged.votes.exact)
            yield _line(row, judged, judge, exact=constraints is not None)

    write_jsonl(out, lines())
    return result


def _line(row: Row, judged: JudgedResponse, judge: Judge, exact: bool) -> dict[str, JsonValue]:
    votes = judged.votes
    if judge.model is None:
        reasons = votes.judgement or judge_by_checkers(judged.question.response, ()).judgement
        return {**row, "verdict": votes.verdict, "judgements": [{"response": reasons}], "judge": judge.name}
    return {
        **row,
        "verdict": votes.verdict,
        "votes": {word.lower(): votes.number(word) for word in VOTE_WORDS},
        "judgements": [_reply(answer) for answer in judged.answers],
        "judge": model_label(judge.model),
        **({"exact": votes.exact or "unknown"} if exact else {}),
    }


def _reply(answer: Answer) -> dict[str, JsonValue]:
    if isinstance(answer, Failure):
        return {"failure": str(answer)}
    return {"response": answer.text, **({"thinking": answer.thinking} if answer.thinking else {})}
