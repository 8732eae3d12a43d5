"""What an evaluation leaves on disk: it comes back equal, and a damaged file is named with its line and field."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.results import Check, Item, Result, Table
from spar_eval.run_folder import load_result, save_result

NOTHING = Estimate("mean", math.nan, 0, math.nan, math.nan, math.nan, "none", unit="")
RESULT = Result(
    "ifeval", "my-model", "ifeval|n:1", (Estimate("prompt-strict", 1.0, 1, 0.2, 1.0, 0.0, "Wilson"),),
    (Item("1", "Say hello.", "Hello", (Check("a", {"strict": True, "loose": None}, "fine"),), detail={"votes": [{"a": 1}]}),),
    (Table("by type", (NOTHING,)),), {"empty": 1}, ("a note",), {"data": None},
)  # fmt: skip


def test_a_result_comes_back_equal(tmp_path: Path) -> None:
    save_result(RESULT, tmp_path)
    assert repr(load_result(str(tmp_path)).summary()) == repr(RESULT.summary())
    assert load_result(tmp_path).items == RESULT.items
    assert math.isnan(load_result(tmp_path).tables[0].rows[0].low)


def test_without_items_only_the_scores_are_read(tmp_path: Path) -> None:
    save_result(RESULT, tmp_path)
    (tmp_path / "responses.jsonl").unlink()
    assert load_result(tmp_path, items=False).items == ()
    with pytest.raises(SparError, match=r"responses\.jsonl does not exist"):
        load_result(tmp_path)


def _edit(file: str, change: Callable[[dict[str, object]], object]) -> Callable[[Path], None]:
    def edit(folder: Path) -> None:
        plain = json.loads((folder / file).read_text())
        change(plain)
        (folder / file).write_text(json.dumps(plain))

    return edit


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "results.json").unlink(), "results.json does not exist: the folder of a finished"),
        (lambda folder: (folder / "results.json").write_text("{"), "results.json is not a JSON object"),
        (lambda folder: (folder / "results.json").write_text("[]"), "results.json is not a JSON object"),
        (_edit("results.json", lambda plain: plain.update(format=2)), "results.json: 'format' is not 1"),
        (_edit("results.json", lambda plain: plain.pop("model")), "missing required field `model`"),
        (_edit("results.json", lambda plain: plain.update(scores=3)), r"got `int` - at `\$.scores`"),
        (_edit("results.json", lambda plain: plain["scores"][0].update(n="x")), r"got `str` - at `\$.scores\[0\].n`"),  # type: ignore[index]
        (_edit("responses.jsonl", lambda plain: plain.pop("id")), "responses.jsonl, line 1: .*missing required field `id`"),
        (lambda folder: (folder / "responses.jsonl").write_text("\n{"), "responses.jsonl, line 2: not as spar-eval writes"),
    ],
)  # fmt: skip
def test_damage_is_named(damage: Callable[[Path], None], message: str, tmp_path: Path) -> None:
    save_result(RESULT, tmp_path)
    damage(tmp_path)
    with pytest.raises(SparError, match=message):
        load_result(tmp_path)
