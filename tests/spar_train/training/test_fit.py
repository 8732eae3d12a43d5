"""Trainings of a tiny model: which weights change and by how much, what is written, what can be loaded."""

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
from spar_data.models import Completion, Message, Request, Store, complete  # noqa: E402
from spar_train.training.batches import plan_steps  # noqa: E402
from spar_train.training.fit import fit  # noqa: E402
from spar_train.training.model import find_model  # noqa: E402
from spar_train.training.step import learning_rate  # noqa: E402


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return small.world(tmp_path_factory.mktemp("world"))


@pytest.fixture(autouse=True)
def one_thread(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


def _same(a: dict[str, Any], b: dict[str, Any]) -> bool:
    return a.keys() == b.keys() and all(torch.equal(a[name], b[name]) for name in a)


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


def test_two_steps_of_dpo_are_those_of_a_plain_loop(world: Path) -> None:
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


def test_lora_leaves_the_base_alone_and_is_merged_for_export(world: Path) -> None:
    from peft import PeftModel

    fit(small.job(world, "lora", lora=4, max_steps=3))
    base, out = world / "model", world / "lora"
    start, merged = small.weights(base), small.weights(out / "model")
    changed = {name for name in merged if not torch.equal(start[name], merged[name])}
    assert changed == {name for name in merged if "proj" in name}  # every linear layer but the output layer
    plain = transformers.AutoModelForCausalLM.from_pretrained(base, dtype=torch.float32)
    adapted = PeftModel.from_pretrained(plain, str(out / "adapter"))
    loaded = transformers.AutoModelForCausalLM.from_pretrained(out / "model", dtype=torch.float32)
    ids = torch.tensor([[1, 2, 30, 40, 50, 60]])
    assert torch.allclose(adapted(ids).logits, loaded(ids).logits, atol=1e-4)
    with adapted.disable_adapter():
        assert not torch.allclose(adapted(ids).logits, loaded(ids).logits, atol=1e-2)
    again = dict(adapted.merge_and_unload().state_dict())  # peft's own merging
    assert all(torch.allclose(again[name], merged[name], atol=1e-6) for name in merged)


def test_a_checkpoint_of_lora_holds_the_adapter_alone(world: Path) -> None:
    from safetensors.torch import load_file

    with pytest.raises(KeyboardInterrupt):
        fit(small.job(world, "lora-stopped", lora=4, save_every=1), small.stopping(2, KeyboardInterrupt()))
    held = load_file(world / "lora-stopped" / "checkpoints" / "step-000001" / "weights.safetensors")
    assert held and all("lora_" in name for name in held)


def test_the_model_loads_everywhere_and_keeps_what_is_not_trained(tmp_path: Path, store: Store) -> None:
    world = small.world(tmp_path, "bfloat16")
    fit(small.job(world, "out", "sft", max_steps=2))
    made, base = world / "out" / "model", world / "model"
    assert (made / "generation_config.json").read_bytes() == (base / "generation_config.json").read_bytes()
    config, before = (json.loads((folder / "config.json").read_text()) for folder in (made, base))
    assert config == before and config["dtype"] == "bfloat16"
    assert {w.dtype for w in small.weights(made).values()} == {torch.bfloat16}
    loaded = transformers.AutoModelForCausalLM.from_pretrained(made)
    tokenizer = transformers.AutoTokenizer.from_pretrained(made)
    ids = tokenizer.apply_chat_template([{"role": "user", "content": "abc"}], return_dict=True)["input_ids"]
    mine = transformers.AutoTokenizer.from_pretrained(base)
    assert ids == mine.apply_chat_template([{"role": "user", "content": "abc"}], return_dict=True)["input_ids"]
    assert loaded(torch.tensor([ids])).logits.isfinite().all()
    ask = Request((Message("user", "abc"),), 0.0, 40)
    [[answer]], _ = complete(f"hf:{made},dtype=float32", [ask], store)
    assert isinstance(answer, Completion)
    card = (made / "README.md").read_text()
    assert str(world / "model") in card and '"learning_rate"' not in card and "| learning_rate | 0.001 |" in card
    fit(small.job(world, "wide", "sft", max_steps=1, save_dtype="float32"))
    assert {w.dtype for w in small.weights(world / "wide" / "model").values()} == {torch.float32}


def test_tied_weights_are_written_once(tmp_path: Path) -> None:
    world = small.world(tmp_path)
    config = transformers.AutoConfig.from_pretrained(world / "model", tie_word_embeddings=True)
    torch.manual_seed(0)
    transformers.LlamaForCausalLM(config).save_pretrained(world / "model")
    fit(small.job(world, "out", "sft", max_steps=2))
    found = small.weights(world / "out" / "model")
    assert "lm_head.weight" not in found and "model.embed_tokens.weight" in found
    loaded = transformers.AutoModelForCausalLM.from_pretrained(world / "out" / "model")
    assert torch.equal(loaded.lm_head.weight, found["model.embed_tokens.weight"])


def test_measuring_held_out_rows_leaves_the_training_alone(world: Path) -> None:
    other = small.pairs(world / "other.jsonl", 5, seed=9)
    fit(small.job(world, "unmeasured"))
    facts = fit(small.job(world, "measured", eval_rows=(other,)))
    assert _same(small.weights(world / "unmeasured" / "model"), small.weights(world / "measured" / "model"))
    measured = [line for line in small.lines(world / "measured") if "held_out_loss" in line]
    assert [line["step"] for line in measured] == [3, 6]  # ends of epochs
    assert round(facts.last["held_out_accuracy"], 6) in {0.0, 0.2, 0.4, 0.6, 0.8, 1.0}
    same = {"loss", "margin", "grad_norm"}
    for a, b in zip(small.lines(world / "unmeasured"), small.lines(world / "measured"), strict=True):
        assert {name: a[name] for name in same} == {name: b[name] for name in same}


def test_held_out_rows_are_whole_prompts_and_not_trained_on(world: Path) -> None:
    rows = [json.loads(line) for line in (world / "pairs.jsonl").read_text().splitlines()]
    twice = world / "twice.jsonl"
    twice.write_text(
        "".join(json.dumps({**r, "id": r["id"] + s, "chosen": r["chosen"] + s}) + "\n" for r in rows for s in "xy")
    )
    facts = fit(small.job(world, "apart", rows=(twice,), held_out=5, max_steps=1))
    assert (facts.rows.count, facts.rows.held_out) == (18, 6)


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


def test_curves_are_readable_and_cut_on_resume(world: Path) -> None:
    """Stopped after step 5 with a checkpoint of step 4: step 5 is told again, once, and its curve has one value a step."""
    from tensorboard.backend.event_processing.event_accumulator import EventAccumulator

    out = world / "curves"
    with pytest.raises(KeyboardInterrupt):
        fit(small.job(world, "curves"), small.stopping(5, KeyboardInterrupt()))
    with (out / "metrics.jsonl").open("a") as file:
        file.write('{"step": 6, "lo')  # torn by a kill
    before = small.lines_whole(out)
    assert [line["step"] for line in before] == [1, 2, 3, 4, 5]
    fit(small.job(world, "curves"))
    after = small.lines(out)
    assert [line["step"] for line in after] == [1, 2, 3, 4, 5, 6]
    assert after[:4] == before[:4] and after[4]["loss"] == before[4]["loss"]
    curves = EventAccumulator(str(out / "tensorboard"))
    curves.Reload()
    told = curves.Scalars("train/loss")
    assert [each.step for each in told] == [1, 2, 3, 4, 5, 6]
    assert [each.value for each in told] == pytest.approx([line["loss"] for line in after], rel=1e-6)


@pytest.mark.parametrize("name", ["constant_with_warmup", "linear", "cosine", "constant"])
def test_learning_rates_are_those_of_transformers(name: str) -> None:
    total, ratio = 23, 0.17
    how = dataclasses.replace(small.config("sft"), schedule=name, warmup_ratio=ratio, learning_rate=0.5)
    optimizer = torch.optim.SGD([torch.nn.Parameter(torch.zeros(1))], lr=0.5)
    oracle = transformers.get_scheduler(name, optimizer, num_warmup_steps=4, num_training_steps=total)
    for step in range(1, total + 1):
        assert learning_rate(how, step, total) == pytest.approx(optimizer.param_groups[0]["lr"], rel=1e-12, abs=1e-15)
        optimizer.step()
        oracle.step()


def test_an_adapter_can_be_trained_on(world: Path) -> None:
    fit(small.job(world, "first", lora=2, max_steps=1))
    source = find_model(f"hf:{world / 'first' / 'adapter'}")
    assert source.adapter is not None and "+" in source.digest
    facts = fit(small.job(world, "second", model=str(world / "first" / "adapter"), max_steps=1))
    first = small.lines(world / "second")[0]
    merged = fit(small.job(world, "third", model=str(world / "first" / "model"), max_steps=1))
    assert first["loss"] == pytest.approx(merged.last["loss"], rel=1e-5) and facts.finished
