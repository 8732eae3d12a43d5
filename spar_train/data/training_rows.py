"""The rows of a training: read, split, tokenized, and without those that do not fit."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_train.config import TrainingConfig
from spar_train.data.examples import Example, LeftOut, PairExample, pair_example, reason_counts, sft_example
from spar_train.data.rows import DialogueRow, PairRow, RowSource, read_dialogues, read_pairs

if TYPE_CHECKING:
    from transformers import PreTrainedTokenizerBase

AnyRow: TypeAlias = DialogueRow | PairRow
AnyExample: TypeAlias = Example | PairExample


@dataclass(frozen=True)
class TrainingRows:
    """Examples to train and to evaluate on, all of one kind, and the rows that were set aside.

    digest: hash of the tokens of `train`, and of which of them the loss is on.
    """

    train: list[AnyExample]
    held_out: list[AnyExample]
    left_out: list[LeftOut]
    digest: str


def training_rows(
    stage: str, sources: Sequence[RowSource], tokenizer: PreTrainedTokenizerBase, config: TrainingConfig,
    limit: int | None = None, held_out: int = 0, eval_sources: Sequence[RowSource] = (),
) -> TrainingRows:  # fmt: skip
    """Reads, splits and tokenizes rows.

    limit: the first rows only. held_out: at least this many rows, with all others of the same prompts, are not trained on.
    eval_sources: of further rows that are only evaluated on. Raises SparError if no row is left.
    """
    rows = [row for source in sources for row in _read(stage, source)][:limit]
    to_train, to_measure = split(rows, held_out, config.seed)
    if not to_train:
        raise SparError(f"--held-out {held_out}: there are {len(rows):,} rows, and none is left to train on")
    to_measure += [row for source in eval_sources for row in _read(stage, source)]
    train, left_out = make_examples(to_train, tokenizer, config)
    if not train:
        reasons = "; ".join(f"{number:,} {reason}" for reason, number in list(reason_counts(left_out).items())[:3])
        raise SparError(f"none of {len(to_train):,} rows can be trained on: {reasons}")
    measured, also_left_out = make_examples(to_measure, tokenizer, config)
    if to_measure and not measured:
        raise SparError(f"none of {len(to_measure):,} held-out rows can be used: {also_left_out[0].reason}")
    return TrainingRows(train, measured, left_out + also_left_out, digest(train))


def _read(stage: str, source: RowSource) -> list[AnyRow]:
    return list(read_pairs(source) if stage == "dpo" else read_dialogues(source))


def split(rows: list[AnyRow], count: int, seed: int) -> tuple[list[AnyRow], list[AnyRow]]:
    """(to train on, held out). Whole prompts are held out, in an order of the seed, until they have `count` rows."""
    if not count:
        return rows, []
    sizes = Counter(map(_prompt_id, rows))
    held_out: set[str] = set()
    for prompt in sorted(sizes, key=lambda prompt: row_id(str(seed), "held out", prompt)):
        if sum(sizes[earlier] for earlier in held_out) >= count:
            break
        held_out.add(prompt)
    return (
        [row for row in rows if _prompt_id(row) not in held_out],
        [row for row in rows if _prompt_id(row) in held_out],
    )


def _prompt_id(row: AnyRow) -> str:
    messages = row.prompt if isinstance(row, PairRow) else row.messages[:-1]
    return row_id(*(part for message in messages for part in (message["role"], message["content"])))


def make_examples(
    rows: Iterable[AnyRow], tokenizer: PreTrainedTokenizerBase, config: TrainingConfig
) -> tuple[list[AnyExample], list[LeftOut]]:
    """The examples of rows that fit, and the other rows with the reason."""
    examples: list[AnyExample] = []
    left_out: list[LeftOut] = []
    for row in rows:
        if isinstance(row, PairRow):
            example: AnyExample | LeftOut = pair_example(row, tokenizer, config.max_length)
        else:
            example = sft_example(row, tokenizer, config.max_length, config.train_critique)
        if isinstance(example, LeftOut):
            left_out.append(example)
        else:
            examples.append(example)
    return examples, left_out


def sequences(examples: Iterable[AnyExample]) -> list[Example]:
    """The sequences of examples: of a pair the chosen one, then the rejected one."""
    return [
        sequence
        for example in examples
        for sequence in ((example.chosen, example.rejected) if isinstance(example, PairExample) else (example,))
    ]


def lengths(examples: Iterable[AnyExample], padded: bool = False) -> list[int]:
    """Tokens of each example; padded: both sides of a pair count as the longer one."""
    sizes = ([len(sequence.tokens) for sequence in sequences([example])] for example in examples)
    return [len(sides) * max(sides) if padded else sum(sides) for sides in sizes]


def digest(examples: Iterable[AnyExample]) -> str:
    """Hash of tokens and targets, in order."""
    digest = hashlib.sha256()
    for sequence in sequences(examples):
        digest.update(len(sequence.tokens).to_bytes(8, "little"))
        digest.update(sequence.tokens.astype("<i4").tobytes() + sequence.targets.tobytes())
    return digest.hexdigest()
