"""Trainings of a tiny model, compared with a plain loop."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
import small_training as small  # noqa: E402

from spar_train.training.batches import plan_steps  # noqa: E402
from spar_train.training.fit import fit  # noqa: E402


def _plain_dpo(folder: Path, steps: list[list[int]], beta: float, nll_weight: float) -> dict[str, Any]:
    """The oracle: one sequence at a time, torch alone."""
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder / "model")
    trained = transformers.AutoModelForCausalLM.from_pretrained(folder / "model", dtype=torch.float32)
    frozen = transformers.AutoModelForCausalLM.from_pretrained(folder / "model", dtype=torch.float32)
    optimizer = torch.optim.AdamW(trained.parameters(), lr=small.RATE, weight_decay=0.0)
    rows = [json.loads(line) for line in (folder / "pairs.jsonl").read_text().splitlines()]

    def logp(network: Any, row: dict[str, Any], side: str) -> tuple[Any, int]:
        prompt = tokenizer.apply_chat_template(row["prompt"], add_generation_prompt=True, return_dict=True)["input_ids"]
        reply = [*tokenizer(row[side])["input_ids"], tokenizer.eos_token_id]
        logits = network(torch.tensor([prompt + reply])).logits[0, len(prompt) - 1 : -1]
        return logits.log_softmax(-1).gather(-1, torch.tensor(reply)[:, None]).sum(), len(reply)

    for step in steps:
        optimizer.zero_grad()
        for i in step:
            (chosen, size), (rejected, _) = logp(trained, rows[i], "chosen"), logp(trained, rows[i], "rejected")
            with torch.no_grad():
                before = logp(frozen, rows[i], "chosen")[0] - logp(frozen, rows[i], "rejected")[0]
            loss = -torch.nn.functional.logsigmoid(beta * (chosen - rejected - before)) - nll_weight * chosen / size
            (loss / len(step)).backward()
        torch.nn.utils.clip_grad_norm_(trained.parameters(), 1.0)
        optimizer.step()
    return dict(trained.state_dict())


def test_two_steps_of_dpo_equal_those_of_a_plain_loop(world: Path) -> None:
    facts = fit(small.job(world, "plain", max_steps=2))
    steps = plan_steps(small.ROWS, 4, 2.0, 42, max_steps=2)
    expected = _plain_dpo(world, steps, beta=0.1, nll_weight=0.1)
    start, found = small.weights(world / "model"), small.weights(world / "plain" / "model")
    assert facts.steps == 2 and facts.finished and found.keys() == expected.keys()
    for name, weight in found.items():
        assert (weight - start[name]).abs().max() > 1e-4, name  # all are trained
        assert torch.allclose(weight, expected[name], atol=2e-5), name
    for line, step in zip(small.lines(world / "plain"), steps, strict=True):
        assert line["learning_rate"] == small.RATE and line["tokens"] > 4 * len(step)
    first = small.lines(world / "plain")[0]
    assert first["dpo_loss"] == pytest.approx(0.693147, abs=1e-5) and first["margin"] == pytest.approx(0, abs=1e-5)
    assert first["loss"] == pytest.approx(first["dpo_loss"] + 0.1 * first["nll"], rel=1e-5)
    assert not (world / "plain" / "checkpoints").exists()


@pytest.mark.parametrize(
    "more", [{"tokens_per_batch": 1}, {"tokens_per_batch": 70, "gradient_checkpointing": True}, {"attention": "padded"}]
)
def test_how_a_step_is_cut_changes_nothing(world: Path, tmp_path: Path, more: dict[str, Any]) -> None:
    for stage in ("sft", "dpo"):
        together = fit(dataclasses.replace(small.job(world, "", stage, max_steps=2), out=tmp_path / stage))
        cut = fit(dataclasses.replace(small.job(world, "", stage, max_steps=2, **more), out=tmp_path / f"{stage}-cut"))
        assert cut.last["loss"] == pytest.approx(together.last["loss"], rel=1e-5)
        a, b = small.weights(tmp_path / stage / "model"), small.weights(tmp_path / f"{stage}-cut" / "model")
        assert all(torch.allclose(a[name], b[name], atol=2e-5) for name in a)
