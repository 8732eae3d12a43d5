"""The prompts of a loop: what it is measured on is set aside first, the rest is cut into iterations."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl

from spar_data.core.errors import SparError
from spar_data.core.files import write_json, write_jsonl, write_parquet
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

_MOST = 10_000  # prompts of an iteration, as the authors' scripts have
_NO_NGRAM = 100  # tokens: longer than what wordings have in common
_LEAST_SEED = 4  # tokens: shorter seeds stand in any text


@dataclass(frozen=True)
class Cut:
    """slices: one a file to write, rows as a frame or, of problems, as they were read. held_out: rows of the release. fresh:
    rows in IFEval's format. facts: what prompts.json says."""

    slices: dict[Path, pl.DataFrame | list[dict[str, Any]]]
    held_out: pl.DataFrame | None = None
    fresh: list[dict[str, Any]] | None = None
    facts: dict[str, Any] = field(default_factory=dict)


def cut(config: LoopConfig) -> Cut:
    """Reads everything, writes nothing. Raises SparError where there are too few prompts, with the numbers.

    Left out of training, each counted: prompts that are an evaluation's or nearly equal one, whose seed (original_prompt)
    stands in one, and of evaluation data that is given those that share a 13-gram. Fresh and held-out prompts are put
    together from the same wordings of constraints, so 13-grams say nothing there.
    """
    rows = _problems(config) if config.baseline.gold else _prompts(config)
    ids = rows["id"]
    why: list[str] = [""] * len(rows)
    if config.only_checkable:
        whole = _wholly_checkable(config, rows)
        why = ["no program can check it wholly" if not each else "" for each in whole]
    if config.sft:
        targets = {row.prompt_id for row in read_added_rows(Path(config.sft)) if getattr(row, "kind", "") == "actor"}
        why = [reason or ("" if each in targets else "no SFT row") for reason, each in zip(why, ids, strict=True)]
    held_out = _held_out(config, rows)
    fresh = None
    tested: list[BenchmarkTexts] = []
    for each in config.evaluations:
        if each.name == "held-out":
            assert held_out is not None
            items = list(zip(held_out["id"], held_out["prompt"], strict=True))
        elif each.name == "fresh":
            fresh = _fresh(each.size, config.eval_seed)
            items = [(str(row["key"]), row["prompt"]) for row in fresh]
        else:
            items = [(str(number), text) for number, text in enumerate(_texts(each))]
        tested.append(BenchmarkTexts(each.name, [], items))
    for at, reason in enumerate(_tested(rows, tested)):
        why[at] = why[at] or reason
    free = [at for at, reason in enumerate(why) if not reason]
    left_out = dict(sorted(Counter(reason for reason in why if reason).items()))
    order = [free[k] for k in seeded_order([ids[at] for at in free], config.seed)] if free else []
    n = _share(config, len(rows), len(free), left_out)
    slices: dict[Path, Any] = {}
    for t in range(1, config.iterations + 1):
        part = [] if config.same_prompts and t > 1 else order[:n] if config.same_prompts else order[(t - 1) * n : t * n]
        if part:
            chosen = rows[part]
            slices[slice_file(config, t)] = (
                [json.loads(row) for row in chosen["row"]] if config.baseline.gold else chosen
            )
    facts = {
        "prompts": len(rows),
        "left_out": left_out,
        "per_iteration": n,
        "iterations": config.iterations,
        "evaluations": {each.name: len(each.items) for each in tested},
    }
    return Cut(slices, held_out, fresh, facts)


def write(found: Cut, folder: Path) -> None:
    """The slices, the evaluation prompts and, last, prompts/prompts.json; what stands already is not written again."""
    if found.fresh is not None and not (folder / "eval" / "fresh.jsonl").exists():
        write_jsonl(folder / "eval" / "fresh.jsonl", found.fresh)
    if found.held_out is not None and not (folder / "eval" / "held-out.parquet").exists():
        write_parquet(folder / "eval" / "held-out.parquet", found.held_out)
    for file, rows in found.slices.items():
        if file.exists():
            continue
        if isinstance(rows, pl.DataFrame):
            write_parquet(file, rows)
        else:
            write_jsonl(file, rows)
    write_json(folder / "prompts" / "prompts.json", found.facts)


def _share(config: LoopConfig, rows: int, free: int, left_out: dict[str, int]) -> int:
    """Prompts of an iteration. Raises SparError."""
    times = 1 if config.same_prompts else config.iterations
    n = config.per_iteration or min(_MOST, free // times)
    if n and n * times <= free:
        return n
    reasons = "".join(f"; {number:,} left out: {reason}" for reason, number in left_out.items())
    asked = (
        f"{times} x {config.per_iteration:,} = {times * config.per_iteration:,}"
        if config.per_iteration
        else f"at least {times}"
    )
    raise SparError(
        f"{config.prompts}: {free:,} of {rows:,} prompts can be trained on{reasons}. {asked} are asked for: a smaller "
        f"--per-iteration, fewer --iterations, --same-prompts or more prompts are expected"
    )


def _prompts(config: LoopConfig) -> pl.DataFrame:
    """id, prompt and, of a release, all of its columns."""
    texts = [prompt.text for prompt in as_prompts(config.prompts)[: config.limit or None]]
    if not texts:
        raise SparError(f"{config.prompts}: no prompts in it")
    ids = [row_id(text) for text in texts]
    if config.prompts.endswith(".parquet"):
        whole = pl.read_parquet(config.prompts)
        if {"id", "prompt"} <= set(whole.columns):
            kept = whole.filter(pl.col("id").is_in(ids)).unique("id", keep="first", maintain_order=True)
            if len(kept) == len(ids):
                return kept
        if "prompt" in whole.columns:  # other ids, or none: constraints go by the hash of the prompt
            hashed = whole.with_columns(pl.Series("id", [row_id(text) for text in whole["prompt"]]))
            return hashed.filter(pl.col("id").is_in(ids)).unique("id", keep="first", maintain_order=True)
    return pl.DataFrame({"id": ids, "prompt": texts}, schema={"id": pl.String, "prompt": pl.String})


def _problems(config: LoopConfig) -> pl.DataFrame:
    """id, prompt (the question) and row, the row itself as JSON. Raises SparError for rows that are no problems."""
    from spar_data.selfplay.gold.problems import read_problems

    for _ in read_problems(config.prompts, config.limit):
        pass  # each row is looked at now, not in the second iteration
    found: dict[str, dict[str, str]] = {}
    for _, row in read_rows(config.prompts):
        identifier = row_id(json.dumps([row["question"], row.get("choices")], sort_keys=True))
        found.setdefault(identifier, {"id": identifier, "prompt": str(row["question"]), "row": json.dumps(row)})
        if len(found) == config.limit:
            break
    return pl.DataFrame(list(found.values()))


def _held_out(config: LoopConfig, rows: pl.DataFrame) -> pl.DataFrame | None:
    """Wholly checkable prompts that are never trained on, the same ones for every seed of the loop."""
    size = next((each.size for each in config.evaluations if each.name == "held-out"), 0)
    if not size:
        return None
    checkable = rows.filter(pl.Series(_wholly_checkable(config, rows), dtype=pl.Boolean))
    if len(checkable) < size:
        raise SparError(
            f"--eval held-out:{size}: only {len(checkable):,} of {len(rows):,} prompts can be checked wholly by a program"
        )
    return checkable[np.sort(seeded_order(checkable["id"], config.eval_seed)[:size])]


def _wholly_checkable(config: LoopConfig, rows: pl.DataFrame) -> list[bool]:
    """Whether a program can check every constraint of a prompt, for each row of a release."""
    return [
        wholly_checkable(decode_constraints(constraints, f"{config.prompts}: row {number}"))
        for number, constraints in enumerate(rows["constraints"].to_list(), 1)
    ]


def _fresh(size: int, seed: int) -> list[dict[str, Any]]:
    from spar_eval.benchmarks.ifeval.fresh import fresh_prompts, ifeval_rows

    return ifeval_rows(fresh_prompts(size, seed))


def _texts(each: Evaluation) -> Iterator[str]:
    """The prompts of evaluation data that is given as a file."""
    if each.name == "ifeval":
        from spar_eval.benchmarks.ifeval.benchmark import IFEVAL

        yield from (prompt.text for prompt in IFEVAL.load(each.source or None))
    elif each.name == "llmbar":
        from spar_eval.benchmarks.llmbar.data import load_llmbar

        yield from dict.fromkeys(pair.prompt for pair in load_llmbar(each.source or None).pairs)
    else:
        from spar_eval.benchmarks.refinement.cases import load_cases

        yield from dict.fromkeys(case.prompt for case in load_cases(each.source).cases)


def _tested(rows: pl.DataFrame, tested: Sequence[BenchmarkTexts]) -> list[str]:
    """Why a row is too near to an evaluation's prompt, "" where it is not."""
    found = [""] * len(rows)
    same = {text: each.name for each in tested for _, text in each.items}
    made = [each for each in tested if each.name in ("fresh", "held-out")]
    given = [each for each in tested if each not in made]
    near = [
        decontaminate(rows["prompt"], config, some)["reason"].to_list()
        for config, some in ((DecontaminateConfig(ngram=_NO_NGRAM), made), (DecontaminateConfig(), given))
        if some
    ]
    seeds = rows["original_prompt"] if "original_prompt" in rows.columns else rows["prompt"]
    joined = {each.name: _joined([text for _, text in each.items]) for each in tested}
    for at, (prompt, words) in enumerate(zip(rows["prompt"], tokens(seeds), strict=True)):
        if prompt in same:
            found[at] = f"a prompt of {same[prompt]}"
        elif any(reasons[at] for reasons in near):
            found[at] = next(reasons[at] for reasons in near if reasons[at])
        elif len(words) >= _LEAST_SEED:
            seed = f" {' '.join(words)} "
            found[at] = next(
                (f"its seed stands in a prompt of {name}" for name, all in joined.items() if seed in all), ""
            )
    return found


def _joined(texts: Sequence[str]) -> str:
    return "\n".join(f" {' '.join(each)} " for each in tokens(pl.Series(texts, dtype=pl.String)))


def told(facts: dict[str, Any]) -> list[str]:
    """The facts of a cut, as lines."""
    tested = ", ".join(f"{number:,} of {name}" for name, number in facts["evaluations"].items())
    return [
        f"prompts: {facts['prompts']:,}, {facts['per_iteration']:,} an iteration; measured on {tested or 'nothing'}",
        *(f"  {number:,} left out: {reason}" for reason, number in facts["left_out"].items()),
    ]
