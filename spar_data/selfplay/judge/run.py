"""Judges rows of responses, as `spar-data judge` does."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from spar_data.core.files import write_jsonl
from spar_data.models import (
    Answer,
    Completion,
    Failure,
    Limits,
    Report,
    Request,
    Store,
    Tally,
    ask_all,
    identify,
    model_label,
    read,
    silent,
)  # fmt: skip
from spar_data.models.respond import Rows
from spar_data.selfplay.judge.calibration import Calibration
from spar_data.selfplay.judge.checkers import Constraints
from spar_data.selfplay.judge.judges import Judge, Question


@dataclass
class JudgedRows:
    """verdicts: rows by verdict. calibration: the judge beside the checkers. tally: what the model took, None for rules."""

    verdicts: Counter[str] = field(default_factory=Counter)
    calibration: Calibration = field(default_factory=Calibration)
    tally: Tally | None = None


def requests(rows: Rows, judge: Judge) -> Iterator[Request]:
    """What a model is asked about the rows (prompt, response)."""
    asked = (judge.request(Question(row["prompt"], row["response"])) for row in rows())
    return (request for request in asked if request)


def judge_rows(
    rows: Rows,
    judge: Judge,
    out: Path,
    store: Store | None,
    constraints: Mapping[str, Constraints] | None = None,
    limits: Limits = Limits(),
    report: Report = silent,
) -> JudgedRows:
    """Writes each row with its verdict, its votes, all judgements and the judge.

    store: needed for a model only. constraints: by prompt; where they are given, a row also holds the checkers' verdict (`exact`).
    """
    found = JudgedRows()
    answers: Iterator[list[Answer]] | None = None
    if judge.model is not None and store is not None:
        total = sum(judge.rule.votes for _ in rows())
        found.tally = ask_all(judge.model, requests(rows, judge), store, limits, report, total)
        answers = read(identify(judge.model), requests(rows, judge), store)

    def lines() -> Iterator[dict[str, Any]]:
        for row in rows():
            question = Question(row["prompt"], row["response"], (constraints or {}).get(row["prompt"], ()))
            replies = next(answers) if answers else []
            votes = judge.count(question, replies)
            found.verdicts[votes.verdict] += 1
            line = {**row, "verdict": votes.verdict}
            if judge.model is None:
                yield {**line, "judgements": [{"response": votes.judgement}], "judge": judge.name}
                continue
            line["votes"] = {word: votes.number(name) for word, name in _WORDS.items()}
            line |= {"judgements": [_transcribe(reply) for reply in replies], "judge": model_label(judge.model)}
            if constraints is not None:
                line["exact"] = votes.exact or "unknown"
                found.calibration.add(votes.verdict, line["exact"])
            yield line

    write_jsonl(out, lines())
    return found


_WORDS = {"yes": "Yes", "no": "No", "unparsed": "unparsed", "failed": "failed"}


def _transcribe(answer: Completion | Failure) -> dict[str, str]:
    if isinstance(answer, Failure):
        return {"failure": str(answer)}
    return {"response": answer.text, **({"thinking": answer.thinking} if answer.thinking else {})}
