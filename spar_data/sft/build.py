"""The sets for supervised fine-tuning of SPaR (arXiv 2412.11605): for the actor, a judge, a refiner.

actor   a prompt, and the teacher's response to it.
judge   the judge's request about a response of the actor, and the teacher's judgement.
refine  the three turns of a refinement of a response that the teacher judged failing, and the teacher's reply.
The templates are those that judges and refiners are asked with later on. Every reply passes gates (gates.py); what does
not is in the ledger with its reason. The actor whose responses are judged is the one trained on the first set.
"""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path
from random import Random
from typing import Any

import polars as pl

from spar_data.core.files import write_parquet
from spar_data.core.ids import row_id
from spar_data.core.records import frame
from spar_data.models import Completion, Message, Unparsed
from spar_data.models.phases import Rounds
from spar_data.models.sampling import Sampling
from spar_data.selfplay.judge.checkers import Constraints
from spar_data.selfplay.judge.judges import Question
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.records import Dialogue
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request
from spar_data.selfplay.refine.refiners import Case
from spar_data.sft import gates
from spar_data.sft.gates import Drop, GateConfig
from spar_data.sft.split import SplitConfig, held_out, split
from spar_data.sft.teacher import Teacher

STAGES = ("actor", "response", "judge", "refine: judgement", "refine")
LEDGER = pl.Schema(
    {
        "stage": pl.String, "prompt_id": pl.String, "sample": pl.Int64, "status": pl.String, "reason": pl.String,
        "detail": pl.String, "similarity": pl.Float64,
    }
)  # fmt: skip
SETS = ("actor", "judge", "refine", "refine_test")


@dataclass(frozen=True)
class SftConfig:
    """sampling: of the actor's responses that are judged. refine_per_prompt: failing responses of a prompt that are refined."""

    split: SplitConfig = field(default_factory=SplitConfig)
    gates: GateConfig = field(default_factory=GateConfig)
    sampling: Sampling = field(default_factory=lambda: Sampling(1, 0.9, 0.9, 2048))
    refine_per_prompt: int = 1


@dataclass
class _Text:
    """A response of the actor, and what came of it."""

    prompt_id: str
    sample: int
    question: Question
    verdict: bool | None = None
    judgement: str = ""

    @property
    def id(self) -> str:
        return row_id(self.prompt_id, str(self.sample))


@dataclass
class Built:
    """rows: of each set. counts: by stage, of kept and of reasons. similarities: of refinements that were kept."""

    rows: dict[str, list[Dialogue]]
    rest: list[int]
    prompts: dict[str, int]
    lines: list[dict[str, Any]] = field(default_factory=list)
    similarities: list[float] = field(default_factory=list)

    def note(self, stage: str, prompt_id: str, sample: int, drop: Drop | None, similarity: float | None = None) -> bool:
        """Writes a line of the ledger; True if the row is kept."""
        status, reason, detail = ("dropped", *drop) if drop else ("kept", None, "")
        self.lines.append(
            dict(zip(LEDGER, (stage, prompt_id, sample, status, reason, detail, similarity), strict=True))
        )
        return drop is None

    def counts(self) -> dict[str, dict[str, int]]:
        """Exact numbers by stage: entered, kept, and each reason."""
        found: dict[str, Counter[str]] = {stage: Counter() for stage in STAGES}
        for line in self.lines:
            found[line["stage"]]["entered"] += 1
            found[line["stage"]][line["reason"] or "kept"] += 1
        order = ("entered", "kept", *gates.REASONS)
        return {
            stage: {name: counter[name] for name in order if counter[name] or name in order[:2]}
            for stage, counter in found.items()
        }

    def summary(self) -> dict[str, Any]:
        labels = Counter(row.label for row in self.rows["judge"])
        some = sorted(self.similarities)
        return {
            "prompts": self.prompts,
            "rows": {name: len(self.rows[name]) for name in SETS},
            "labels": {"Yes": labels["Yes"], "No": labels["No"]},
            "similarity": {"mean": statistics.fmean(some), "least": some[0], "median": statistics.median(some)}
            if some
            else None,
            "stages": self.counts(),
        }

    def write(self, out: Path) -> None:
        for name in SETS:
            write_parquet(out / f"{name}.parquet", frame(self.rows[name], Dialogue))
        write_parquet(out / "ledger.parquet", pl.DataFrame(self.lines, schema=LEDGER))


def build(
    prompts: Sequence[Mapping[str, str]],
    teacher: Teacher,
    actor: str,
    config: SftConfig,
    rounds: Rounds,
    constraints: Mapping[str, Constraints] = {},
) -> Built:
    """The rows of all sets; of the actor's set alone where there is no actor (""). prompts: id and prompt of each, once."""
    parts = split([row["id"] for row in prompts], config.split)
    rest = parts.pop("rest")
    built = Built(
        {name: [] for name in SETS}, rest, {**{name: len(part) for name, part in parts.items()}, "rest": len(rest)}
    )

    def questions(name: str) -> list[tuple[str, Question]]:
        rows = [prompts[at] for at in parts[name]]
        return [(row["id"], Question(row["prompt"], "", constraints.get(row["id"], ()))) for row in rows]

    _respond(built, questions("actor"), teacher, config)
    if actor:
        texts = _texts(built, [*questions("judge"), *questions("refine")], actor, config, rounds)
        ids = {prompts[at]["id"] for at in parts["refine"]}
        _judge(built, texts, teacher, config, ids)
        _refine(built, [text for text in texts if text.prompt_id in ids], teacher, config)
    return built


def _respond(built: Built, questions: list[tuple[str, Question]], teacher: Teacher, config: SftConfig) -> None:
    answers = teacher.respond([question for _, question in questions])
    for (prompt_id, question), answer in zip(questions, answers, strict=True):
        drop = gates.answered(answer) or gates.response(
            question.prompt, _said(answer), question.constraints, config.gates
        )
        if built.note("actor", prompt_id, 0, drop):
            messages = (Message("user", question.prompt),)
            built.rows["actor"].append(_dialogue("actor", prompt_id, messages, _said(answer), row_id(prompt_id, "0")))


def _texts(
    built: Built, questions: list[tuple[str, Question]], actor: str, config: SftConfig, rounds: Rounds
) -> list[_Text]:
    """The actor's responses that are there, each text of a prompt once."""
    found = []
    answers = rounds.ask("actor responds", actor, [config.sampling.request(q.prompt) for _, q in questions])
    for (prompt_id, question), each in zip(questions, answers, strict=True):
        seen: set[str] = set()
        for sample, answer in enumerate(each):
            drop = gates.answered(answer) or (Drop("duplicate") if _said(answer) in seen else None)
            seen.add(_said(answer))
            if built.note("response", prompt_id, sample, drop):
                found.append(_Text(prompt_id, sample, Question(question.prompt, _said(answer), question.constraints)))
    return found


def _judge(built: Built, texts: list[_Text], teacher: Teacher, config: SftConfig, to_refine: set[str]) -> None:
    """Judges all of them. Judgements on prompts of the judge set become rows, the others go on to be refined."""
    for text, answer in zip(texts, teacher.judge([text.question for text in texts]), strict=True):
        said, stage = _said(answer), "refine: judgement" if text.prompt_id in to_refine else "judge"
        verdict = parse_verdict(said)
        drop = gates.answered(answer)
        if drop is None and isinstance(verdict, Unparsed):  # a refusal has no verdict either, and says more
            refused = gates.judgement(text.question.prompt, text.question.response, said, True, ())
            drop = refused if refused and refused.reason == "refusal" else Drop("unparsed", verdict.reason)
        elif drop is None and isinstance(verdict, bool):
            q = text.question
            drop = gates.judgement(q.prompt, q.response, said, verdict, q.constraints)
            if drop is None and verdict and text.prompt_id in to_refine:
                drop = Drop("passes")
        if built.note(stage, text.prompt_id, text.sample, drop) and isinstance(verdict, bool):
            text.verdict, text.judgement = verdict, said
            if text.prompt_id not in to_refine:
                asked = judge_request(text.question.prompt, text.question.response).messages
                built.rows["judge"].append(
                    _dialogue("judge", text.prompt_id, asked, said, text.id, "Yes" if verdict else "No")
                )


def _refine(built: Built, texts: list[_Text], teacher: Teacher, config: SftConfig) -> None:
    failing: dict[str, list[_Text]] = {}
    for text in texts:
        if text.verdict is False:
            failing.setdefault(text.prompt_id, []).append(text)
    chosen = []
    for prompt_id, some in failing.items():
        draw = Random(f"{config.split.seed}:{prompt_id}")
        picked = {text.sample for text in draw.sample(some, min(config.refine_per_prompt, len(some)))}
        chosen += [text for text in some if text.sample in picked]
    cases = [Case(t.question.prompt, t.question.response, t.judgement, t.question.constraints) for t in chosen]
    rows = []
    for text, case, answer in zip(chosen, cases, teacher.refine(cases), strict=True):
        drop, similarity = gates.answered(answer), None
        if drop is None:
            drop, similarity = _refinement(case, _said(answer), config)
        if built.note("refine", text.prompt_id, text.sample, drop, similarity):
            asked = refine_request(case.prompt, case.response, case.judgement).messages
            rows.append(_dialogue("refine", text.prompt_id, asked, _said(answer), text.id))
            built.similarities.append(similarity or 0.0)
    test = held_out([row.prompt_id for row in rows], config.split)
    built.rows["refine"] = [row for row in rows if row.prompt_id not in test]
    built.rows["refine_test"] = [row for row in rows if row.prompt_id in test]


def _refinement(case: Case, reply: str, config: SftConfig) -> tuple[Drop | None, float | None]:
    text = parse_refinement(reply, case.prompt, case.response)
    if isinstance(text, Unparsed):
        refused = gates.response(case.prompt, reply, (), config.gates)
        return (refused if refused and refused.reason == "refusal" else Drop("unparsed", text.reason)), None
    drop, similarity = gates.change(case.response, text, config.gates)
    return drop or gates.response(case.prompt, text, case.constraints, config.gates), similarity


def _dialogue(
    kind: str, prompt_id: str, asked: Sequence[Message], reply: str, source: str, label: str = ""
) -> Dialogue:
    messages = [*asked, Message("assistant", reply)]
    content = [part for message in messages for part in asdict(message).values()]
    return Dialogue(row_id(*content), kind, "sft", prompt_id, messages, label, [source])


def _said(answer: Any) -> str:
    return answer.text if isinstance(answer, Completion) else ""
