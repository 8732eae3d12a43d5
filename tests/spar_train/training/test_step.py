"""Learning rates, and steps whose loss or gradient is not finite."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
import small_training as small  # noqa: E402

from spar_data.core.errors import SparError  # noqa: E402
from spar_train.training.batches import plan_steps  # noqa: E402
from spar_train.training.fit import fit  # noqa: E402
from spar_train.training.step import learning_rate  # noqa: E402


def test_a_loss_that_is_not_finite_stops_before_the_step(world: Path, tmp_path: Path) -> None:
    """The embedding of "Q" is poisoned and one row holds it: that row is named, and the steps before stand."""
    small.world(tmp_path)
    loaded = transformers.AutoModelForCausalLM.from_pretrained(tmp_path / "model", dtype=torch.float32)
    tokenizer = transformers.AutoTokenizer.from_pretrained(tmp_path / "model")
    with torch.no_grad():
        loaded.model.embed_tokens.weight[tokenizer.convert_tokens_to_ids("Q")] = float("nan")
    loaded.save_pretrained(tmp_path / "model")
    steps = plan_steps(small.ROWS, 4, 2.0, 42)
    bad = steps[2][1]  # of the third step
    for stage, file, field in (("dpo", "pairs.jsonl", "chosen"), ("sft", "rows.jsonl", "messages")):
        rows = [json.loads(line) for line in (tmp_path / file).read_text().splitlines()]
        if stage == "dpo":
            rows[bad][field] = "aQb"
        else:
            rows[bad][field][-1]["content"] = "aQb"
        (tmp_path / file).write_text("".join(json.dumps(row) + "\n" for row in rows))
        out = tmp_path / stage
        with pytest.raises(
            SparError, match=rf"step 3: the loss is not a finite number, in rows {rows[bad]['id']}\. The step"
        ):
            fit(small.job(tmp_path, stage, stage, save_every=1))
        assert [line["step"] for line in small.lines(out)] == [1, 2]
        assert sorted(path.name for path in (out / "checkpoints").iterdir()) == ["step-000001", "step-000002"]
        assert not (out / "model").exists() and not json.loads((out / "train.json").read_text())["finished"]


def test_a_gradient_that_is_not_finite_stops_before_the_step(world: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from spar_train.training import losses

    plain = losses.sft_loss

    def steep(logps: Any, held: int) -> Any:
        made = plain(logps, held)
        made.register_hook(lambda grad: grad * float("inf"))
        return made

    monkeypatch.setattr(losses, "sft_loss", steep)
    with pytest.raises(SparError, match="step 1: the gradient is not a finite number, in rows row"):
        fit(small.job(world, "steep", "sft"))
    assert small.lines(world / "steep") == []


@pytest.mark.parametrize("name", ["constant_with_warmup", "linear", "cosine", "constant"])
def test_learning_rates_equal_those_of_transformers(name: str) -> None:
    total, ratio = 23, 0.17
    how = dataclasses.replace(small.config("sft"), schedule=name, warmup_ratio=ratio, learning_rate=0.5)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    oracle = transformers.get_scheduler(name, optimizer, num_warmup_steps=4, num_training_steps=total)
    for step in range(1, total + 1):
        assert learning_rate(how, step, total) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12, abs=1e-15)
        optimizer.step()
        oracle.step()
