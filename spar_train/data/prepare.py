"""From files to what is trained on: rows read, split, turned into tokens, and those that do not fit set aside."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_train.config import TrainingConfig
from spar_train.data.examples import Example, LeftOut, PairExample, counts, pair_example, sft_example
from spar_train.data.rows import PairRow, Row, read_dialogues, read_pairs


@dataclass(frozen=True)
class Data:
    """train, held_out: examples, all of one kind. digest: hash of the tokens of train, and of those the loss is on."""

    train: list[Any]
    held_out: list[Any]
    left_out: list[LeftOut]
    digest: str


def prepare(
    stage: str, files: Sequence[Path], tokenizer: Any, config: TrainingConfig, limit: int | None = None, held_out: int = 0,
    eval_file: Path | None = None,
) -> Data:  # fmt: skip
    """Reads and tokenizes. limit: the first rows only. held_out: so many rows at least, with all others of the same prompts,
    are not trained on; eval_file: rows of another file that are not. Raises SparError where nothing is left."""
    rows: list[Any] = [row for file in files for row in _read(stage, file)][:limit]
    kept, apart = split(rows, held_out, config.seed)
    if not kept:
        raise SparError(f"--held-out {held_out}: there are {len(rows):,} rows, and none is left to train on")
    apart += _read(stage, eval_file) if eval_file else []
    train, left_out = examples(kept, tokenizer, config)
    if not train:
        reasons = "; ".join(f"{number:,} {why}" for why, number in list(counts(left_out).items())[:3])
        raise SparError(f"none of {len(kept):,} rows can be trained on: {reasons}")
    measured, also_left_out = examples(apart, tokenizer, config)
    if apart and not measured:
        raise SparError(f"none of {len(apart):,} held-out rows can be used: {also_left_out[0].reason}")
    return Data(train, measured, left_out + also_left_out, digest(train))


def _read(stage: str, file: Path) -> list[Any]:
    return list(read_pairs(file) if stage == "dpo" else read_dialogues(file))


def split(rows: list[Any], count: int, seed: int) -> tuple[list[Any], list[Any]]:
    """(to train on, held out). Whole prompts are held out, in an order of the seed, until they have `count` rows."""
    if not count:
        return rows, []
    sizes = Counter(map(_prompt, rows))
    chosen: set[str] = set()
    for key in sorted(sizes, key=lambda key: row_id(str(seed), "held out", key)):
        if sum(sizes[each] for each in chosen) >= count:
            break
        chosen.add(key)
    return [row for row in rows if _prompt(row) not in chosen], [row for row in rows if _prompt(row) in chosen]


def _prompt(row: Row | PairRow) -> str:
    messages = row.prompt if isinstance(row, PairRow) else row.messages[:-1]
    return row_id(*(part for message in messages for part in (message["role"], message["content"])))


def examples(rows: Iterable[Row | PairRow], tokenizer: Any, config: TrainingConfig) -> tuple[list[Any], list[LeftOut]]:
    """Those that fit, and those that do not with the reason."""
    fit: list[Any] = []
    left_out: list[LeftOut] = []
    for row in rows:
        if isinstance(row, PairRow):
            made: Any = pair_example(row, tokenizer, config.max_length)
        else:
            made = sft_example(row, tokenizer, config.max_length, config.train_critique)
        (left_out if isinstance(made, LeftOut) else fit).append(made)
    return fit, left_out


def sequences(rows: Iterable[Example | PairExample]) -> list[Example]:
    """The sequences of rows: of a pair the chosen one, then the rejected one."""
    return [each for row in rows for each in ((row.chosen, row.rejected) if isinstance(row, PairExample) else (row,))]


def lengths(rows: Iterable[Example | PairExample], padded: bool = False) -> list[int]:
    """Tokens of each row; padded: the two sides of a pair are as long as the longer one."""
    sizes = ([len(each.tokens) for each in sequences([row])] for row in rows)
    return [len(each) * max(each) if padded else sum(each) for each in sizes]


def digest(rows: Iterable[Example | PairExample]) -> str:
    """Hash of tokens and targets, in order."""
    found = hashlib.sha256()
    for each in sequences(rows):
        found.update(
            len(each.tokens).to_bytes(8, "little") + each.tokens.astype("<i4").tobytes() + each.targets.tobytes()
        )
    return found.hexdigest()
