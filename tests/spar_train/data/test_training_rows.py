"""Rows of a training: held-out prompts, examples, lengths and digests."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
import small_training as small  # noqa: E402

from spar_train.data.examples import Example, PairExample  # noqa: E402
from spar_train.data.rows import PairRow  # noqa: E402
from spar_train.data.training_rows import AnyRow, digest, lengths, sequences, split  # noqa: E402
from spar_train.training.fit import fit  # noqa: E402


def test_held_out_rows_are_whole_prompts_and_not_trained_on(world: Path) -> None:
    rows = [json.loads(line) for line in (world / "pairs.jsonl").read_text().splitlines()]
    twice = world / "twice.jsonl"
    twice.write_text(
        "".join(json.dumps({**r, "id": r["id"] + s, "chosen": r["chosen"] + s}) + "\n" for r in rows for s in "xy")
    )
    facts = fit(small.job(world, "apart", rows=(twice,), held_out=5, max_steps=1))
    assert (facts.rows.count, facts.rows.held_out) == (18, 6)


def _example(id_: str, tokens: int) -> Example:
    return Example(id_, np.arange(tokens, dtype=np.int32), np.arange(tokens) >= tokens - 2)


PAIR = PairExample("p", _example("p", 5), _example("p", 8))


def test_lengths_count_both_sides() -> None:
    assert (
        lengths([PAIR, PAIR]) == [13, 13]
        and lengths([PAIR], padded=True) == [16]
        and lengths([_example("a", 4)]) == [4]
    )
    assert [len(sequence.tokens) for sequence in sequences([PAIR])] == [5, 8]


def test_the_digest_depends_on_tokens_targets_and_order() -> None:
    first, second = _example("a", 4), _example("b", 5)
    other = Example("a", first.tokens, ~first.targets)
    digests = {digest(rows) for rows in ([first, second], [second, first], [first], [other], [PAIR])}
    assert len(digests) == 5 and digest([first]) == digest([_example("other id", 4)])


def test_whole_prompts_are_held_out_in_an_order_of_the_seed() -> None:
    rows: list[AnyRow] = [PairRow(str(i), [{"role": "user", "content": str(i // 2)}], "a", "b") for i in range(20)]
    train, held_out = split(rows, 3, seed=1)
    assert len(held_out) == 4 and len(train) == 16
    assert {row.id for row in train}.isdisjoint(row.id for row in held_out)
    assert {int(row.id) // 2 for row in train}.isdisjoint(int(row.id) // 2 for row in held_out)
    assert split(rows, 3, seed=1)[1] == held_out != split(rows, 3, seed=2)[1]
    assert split(rows, 0, seed=1) == (rows, [])
