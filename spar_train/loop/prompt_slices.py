"""Divides the prompts of a loop: evaluation prompts are set aside first, the rest is cut into iterations."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np
import polars as pl

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue, write_json, write_jsonl, write_parquet
from spar_data.core.ids import row_id, seeded_order
from spar_data.core.records import decode_constraints
from spar_data.prompts.decontaminate import DecontaminateConfig, decontaminate, tokens
from spar_data.selfplay.judge.checkers import wholly_checkable
from spar_data.selfplay.stored_rows import read_added_rows
from spar_data.sources.benchmarks import BenchmarkTexts
from spar_data.sources.json_rows import read_rows
from spar_data.sources.prompts import as_prompts
from spar_train.loop.config import LoopConfig
from spar_train.loop.evaluations import Evaluation
from spar_train.loop.steps import slice_file

FileRows: TypeAlias = pl.DataFrame | list[dict[str, JsonValue]]

_MOST_PROMPTS = 10_000  # prompts of an iteration, as in the authors' scripts
_NO_NGRAM = 100  # tokens: longer than any wording that constraints share
_SHORTEST_SEED = 4  # tokens: shorter seeds occur in any text


@dataclass(frozen=True)
class SliceCounts:
    """Numbers of prompts. left_out: by reason. evaluations: prompts of each evaluation."""

    prompts: int
    left_out: dict[str, int]
    per_iteration: int
    iterations: int
    evaluations: dict[str, int]

    def lines(self) -> list[str]:
        """The numbers as lines of text."""
        evaluations = ", ".join(f"{number:,} of {name}" for name, number in self.evaluations.items())
        return [
            f"prompts: {self.prompts:,}, {self.per_iteration:,} an iteration; evaluated on {evaluations or 'nothing'}",
            *(f"  {number:,} left out: {reason}" for reason, number in self.left_out.items()),
        ]


@dataclass(frozen=True)
class PromptSlices:
    """The prompts of a loop.

    evaluations   by the file to write: rows of the release (held-out), or rows in IFEval's format (fresh).
    slices        of the iterations, by the file to write: a frame, or problems as they were read.
    """

    evaluations: dict[Path, FileRows]
    slices: dict[Path, FileRows]
    counts: SliceCounts

    def write(self, folder: Path) -> None:
        """Writes the evaluation prompts, the slices and, last, prompts/prompts.json. Existing files stay as they are."""
        for file, rows in (self.evaluations | self.slices).items():
            if file.exists():
                continue
            if isinstance(rows, pl.DataFrame):
                write_parquet(file, rows)
            else:
                write_jsonl(file, rows)
        write_json(folder / "prompts" / "prompts.json", dataclasses.asdict(self.counts))


def slice_prompts(config: LoopConfig) -> PromptSlices:
    """Reads all prompts and divides them; writes nothing. Raises SparError with the numbers if there are too few.

    Prompts are not trained on if they belong to an evaluation or nearly equal one of its prompts, if their seed
    (original_prompt) occurs in one, or if they share a 13-gram with evaluation data from a file. Fresh and held-out prompts
    use the same wordings of constraints as the training prompts, so 13-grams say nothing there.
    """
    rows = _problems(config) if config.baseline.gold else _prompts(config)
    evaluations: dict[Path, FileRows] = {}
    texts: list[BenchmarkTexts] = []
    for evaluation in config.evaluations:
        loop_rows = _evaluation_rows(config, evaluation, rows)
        if loop_rows is not None:
            evaluations[config.folder / evaluation.data] = loop_rows
        texts.append(BenchmarkTexts(evaluation.name, [], _evaluation_prompts(evaluation, loop_rows)))
    reasons = _reasons(config, rows, texts)
    left_out = dict(sorted(Counter(reason for reason in reasons if reason).items()))
    usable = [row for row, reason in enumerate(reasons) if not reason]
    order = [usable[k] for k in seeded_order(rows["id"].gather(usable).to_list(), config.seed)] if usable else []
    size = _slice_size(config, len(rows), len(usable), left_out)
    slices: dict[Path, FileRows] = {}
    for t in range(1, (1 if config.same_prompts else config.iterations) + 1):
        if part := order[(t - 1) * size : t * size]:
            file = slice_file(config, t)
            slices[file] = list(map(json.loads, rows["row"].gather(part))) if config.baseline.gold else rows[part]
    evaluated = {benchmark.name: len(benchmark.items) for benchmark in texts}
    counts = SliceCounts(len(rows), left_out, size, config.iterations, evaluated)
    return PromptSlices(evaluations, slices, counts)


def _slice_size(config: LoopConfig, rows: int, usable: int, left_out: dict[str, int]) -> int:
    """Prompts of an iteration. Raises SparError if there are too few."""
    slices = 1 if config.same_prompts else config.iterations
    size = config.per_iteration or min(_MOST_PROMPTS, usable // slices)
    if size and size * slices <= usable:
        return size
    reasons = "".join(f"; {number:,} left out: {reason}" for reason, number in left_out.items())
    needed = f"{slices} x {size:,} = {slices * size:,}" if config.per_iteration else f"at least {slices}"
    raise SparError(
        f"{config.prompts}: {usable:,} of {rows:,} prompts can be trained on{reasons}. {needed} are needed: use a smaller "
        f"--per-iteration, fewer --iterations, --same-prompts or more prompts"
    )


def _prompts(config: LoopConfig) -> pl.DataFrame:
    """The columns id and prompt; all columns of a release."""
    texts = [prompt.text for prompt in as_prompts(config.prompts)[: config.limit or None]]
    if not texts:
        raise SparError(f"{config.prompts} holds no prompts")
    ids = [row_id(text) for text in texts]
    if config.prompts.endswith(".parquet"):
        release = pl.read_parquet(config.prompts)
        if {"id", "prompt"} <= set(release.columns):
            rows = release.filter(pl.col("id").is_in(ids)).unique("id", keep="first", maintain_order=True)
            if len(rows) == len(ids):
                return rows
        if "prompt" in release.columns:  # other ids, or none: constraints go by the hash of the prompt
            hashed = release.with_columns(pl.Series("id", [row_id(text) for text in release["prompt"]]))
            return hashed.filter(pl.col("id").is_in(ids)).unique("id", keep="first", maintain_order=True)
    return pl.DataFrame({"id": ids, "prompt": texts}, schema={"id": pl.String, "prompt": pl.String})


def _problems(config: LoopConfig) -> pl.DataFrame:
    """id, prompt (the question) and row, the row itself as JSON. Raises SparError for rows that are not problems."""
    from spar_data.selfplay.gold.problems import read_problems

    for _ in read_problems(config.prompts, config.limit):
        pass  # checks each row now, not in the second iteration
    problems: dict[str, dict[str, str]] = {}
    for _, row in read_rows(config.prompts):
        id_ = row_id(json.dumps([row["question"], row.get("choices")], sort_keys=True))
        problems.setdefault(id_, {"id": id_, "prompt": str(row["question"]), "row": json.dumps(row)})
        if len(problems) == config.limit:
            break
    return pl.DataFrame(list(problems.values()))


def _evaluation_rows(config: LoopConfig, evaluation: Evaluation, rows: pl.DataFrame) -> FileRows | None:
    """The rows that the loop makes for an evaluation, the same for every seed of the loop; None for data from a file.

    held-out: wholly checkable prompts. fresh: new prompts in IFEval's format.
    """
    if evaluation.name == "fresh":
        from spar_eval.benchmarks.ifeval.fresh import fresh_prompts, ifeval_rows

        return ifeval_rows(fresh_prompts(evaluation.size, config.eval_seed))
    if evaluation.name != "held-out":
        return None
    checkable = rows.filter(pl.Series(_wholly_checkable(config, rows), dtype=pl.Boolean))
    if len(checkable) < evaluation.size:
        raise SparError(
            f"--eval held-out:{evaluation.size}: only {len(checkable):,} of {len(rows):,} prompts can be checked wholly by a "
            "program"
        )
    return checkable[np.sort(seeded_order(checkable["id"], config.eval_seed)[: evaluation.size])]


def _wholly_checkable(config: LoopConfig, rows: pl.DataFrame) -> list[bool]:
    """Whether a program can check every constraint of a prompt, for each row of a release."""
    return [
        wholly_checkable(decode_constraints(constraints, f"{config.prompts}: row {number}"))
        for number, constraints in enumerate(rows["constraints"].to_list(), 1)
    ]


def _evaluation_prompts(evaluation: Evaluation, loop_rows: FileRows | None) -> list[tuple[str, str]]:
    """(id, prompt) of each prompt of an evaluation. loop_rows: its rows if the loop made them."""
    if isinstance(loop_rows, pl.DataFrame):
        return list(zip(loop_rows["id"], loop_rows["prompt"], strict=True))
    if loop_rows is not None:
        return [(str(row["key"]), str(row["prompt"])) for row in loop_rows]
    return [(str(number), text) for number, text in enumerate(_file_prompts(evaluation))]


def _file_prompts(evaluation: Evaluation) -> Iterator[str]:
    """The prompts of evaluation data from a file."""
    if evaluation.name == "ifeval":
        from spar_eval.benchmarks.ifeval.benchmark import IFEVAL

        yield from (prompt.text for prompt in IFEVAL.load(evaluation.source or IFEVAL.source))
    elif evaluation.name == "llmbar":
        from spar_eval.benchmarks.llmbar.data import load_llmbar

        yield from dict.fromkeys(pair.prompt for pair in load_llmbar(evaluation.source or None).pairs)
    else:
        from spar_eval.benchmarks.refinement.cases import load_cases

        yield from dict.fromkeys(case.prompt for case in load_cases(evaluation.source).cases)


def _reasons(config: LoopConfig, rows: pl.DataFrame, texts: Sequence[BenchmarkTexts]) -> list[str]:
    """For each row the first reason why it is not trained on, "" if there is none."""
    reasons = [""] * len(rows)
    if config.only_checkable:
        checkable = _wholly_checkable(config, rows)
        reasons = ["" if whole else "no program can check it wholly" for whole in checkable]
    if config.sft:
        targets = {row.prompt_id for row in read_added_rows(Path(config.sft)) if getattr(row, "kind", "") == "actor"}
        pairs = zip(reasons, rows["id"], strict=True)
        reasons = [reason or ("" if id_ in targets else "no SFT row") for reason, id_ in pairs]
    return [reason or contamination for reason, contamination in zip(reasons, _contamination(rows, texts), strict=True)]


def _contamination(rows: pl.DataFrame, texts: Sequence[BenchmarkTexts]) -> list[str]:
    """For each row the reason why it is too close to a prompt of an evaluation, "" if it is not."""
    reasons = [""] * len(rows)
    names = {text: benchmark.name for benchmark in texts for _, text in benchmark.items}
    own = [benchmark for benchmark in texts if benchmark.name in ("fresh", "held-out")]
    from_files = [benchmark for benchmark in texts if benchmark not in own]
    near = [
        decontaminate(rows["prompt"], config, benchmarks)["reason"].to_list()
        for config, benchmarks in ((DecontaminateConfig(ngram=_NO_NGRAM), own), (DecontaminateConfig(), from_files))
        if benchmarks
    ]
    seeds = rows["original_prompt"] if "original_prompt" in rows.columns else rows["prompt"]
    joined = {benchmark.name: _joined([text for _, text in benchmark.items]) for benchmark in texts}
    for number, (prompt, words) in enumerate(zip(rows["prompt"], tokens(seeds), strict=True)):
        if prompt in names:
            reasons[number] = f"a prompt of {names[prompt]}"
        elif near_reason := next((column[number] for column in near if column[number]), ""):
            reasons[number] = near_reason
        elif len(words) >= _SHORTEST_SEED:
            seed = f" {' '.join(words)} "
            containing = (f"its seed occurs in a prompt of {name}" for name, text in joined.items() if seed in text)
            reasons[number] = next(containing, "")
    return reasons


def _joined(texts: Sequence[str]) -> str:
    """The tokens of all texts, separated by spaces, so that the tokens of a seed can be searched in them."""
    return "\n".join(f" {' '.join(words)} " for words in tokens(pl.Series(texts, dtype=pl.String)))
