"""transformers in this process: a tiny model whose answers end, against plain `generate`, one prompt at a time."""

from __future__ import annotations

import functools
import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

torch = pytest.importorskip("torch")
transformers = pytest.importorskip("transformers")
from tiny_model import build  # noqa: E402

from spar_data.core.errors import SparError  # noqa: E402
from spar_data.models import Completion, Failure, Message, Request, Store, complete, parse_spec  # noqa: E402

Ask = Callable[..., Request]


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return build(tmp_path_factory.mktemp("model") / "tiny")


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))


@functools.cache
def _loaded(folder: Path) -> tuple[Any, Any]:
    tokenizer = transformers.AutoTokenizer.from_pretrained(folder)
    return tokenizer, transformers.AutoModelForCausalLM.from_pretrained(folder, dtype=torch.float32)


def _alone(folder: Path, prompt: str) -> str:
    """The oracle: greedy, unpadded, through transformers' own front door."""
    tokenizer, loaded = _loaded(folder)
    chat = tokenizer.apply_chat_template(
        [{"role": "user", "content": prompt}], add_generation_prompt=True, return_tensors="pt", return_dict=True
    )
    made = loaded.generate(**chat, do_sample=False, max_new_tokens=50)
    return str(tokenizer.decode(made[0, chat["input_ids"].shape[1] :], skip_special_tokens=True))


def test_padded_batches_answer_as_single_prompts_do(model: Path, store: Store, ask: Ask) -> None:
    prompts = [f"{i} " + "word " * (i % 13) for i in range(45)]
    requests = [ask(p, 0.0) for p in prompts]
    answers, tally = complete(f"hf:{model},batch=8", requests, store)
    texts = [a.text for [a] in answers if isinstance(a, Completion)]
    assert texts == [_alone(model, p) for p in prompts]
    assert len(set(texts)) > 10
    assert tally.completion_tokens == sum(len(t) + 1 for t in texts)  # a token is a letter, and the end is one
    assert complete(f"hf:{model},batch=3", requests, store)[1].cached == 45


def test_sampling_is_the_requests_own(model: Path, store: Store, ask: Ask, tmp_path: Path) -> None:
    """A model's generation_config must not change it: top_k = 1 there would make all samples equal."""
    folder = tmp_path / "greedy"
    shutil.copytree(model, folder)
    config = json.loads((folder / "generation_config.json").read_text())
    (folder / "generation_config.json").write_text(json.dumps(config | {"top_k": 1, "repetition_penalty": 9.0}))
    [answers], _ = complete(f"hf:{folder}", [ask("p", 2.0, n=12)], store)
    assert len({a.text for a in answers if isinstance(a, Completion)}) > 3
    [[greedy]], _ = complete(f"hf:{folder}", [ask("p", 0.0)], store)
    assert isinstance(greedy, Completion) and greedy.text == _alone(model, "p")


def test_failures_of_single_requests(model: Path, store: Store, ask: Ask) -> None:
    requests = [ask("p", 0.0, max_tokens=2), ask("x" * 600, 0.0), ask("p", 0.0), ask("p", 0.0, stop=("",))]
    requests[3] = Request((Message("user", "p"),), 0.0, 50, stop=(_alone(model, "p")[1],))
    answers, _ = complete(f"hf:{model}", requests, store)
    assert str(answers[0][0]) == "length: cut off at max_tokens = 2"
    assert isinstance(answers[1][0], Failure) and answers[1][0].cause == "too long"
    assert isinstance(answers[2][0], Completion)
    assert isinstance(answers[3][0], Completion) and answers[3][0].text == answers[2][0].text[0]


def test_a_template_that_refuses(model: Path, store: Store, ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "strict"
    shutil.copytree(model, folder)
    template = "{% if messages[0]['role'] == 'system' %}{{ raise_exception('no system role') }}{% endif %}"
    plain = (folder / "chat_template.jinja").read_text()
    (folder / "chat_template.jinja").write_text(template + plain)
    system = Request((Message("system", "s"), Message("user", "p")), 0.0, 50)
    answers, _ = complete(f"hf:{folder}", [system, ask("p", 0.0)], store)
    assert "no system role" in str(answers[0][0]) and isinstance(answers[1][0], Completion)


def test_an_adapter_changes_answers_and_identity(model: Path, store: Store, ask: Ask, tmp_path: Path) -> None:
    peft = pytest.importorskip("peft")
    base = transformers.AutoModelForCausalLM.from_pretrained(model, dtype=torch.float32)
    adapted = peft.get_peft_model(
        base, peft.LoraConfig(r=4, target_modules=["q_proj", "v_proj"], init_lora_weights=False)
    )
    adapter = tmp_path / "adapter"
    adapted.peft_config["default"].base_model_name_or_path = str(model)
    adapted.save_pretrained(adapter)
    requests = [ask(f"p{i}", 0.0) for i in range(20)]
    with_option, _ = complete(f"hf:{model},lora={adapter}", requests, store)
    as_folder, _ = complete(f"hf:{adapter}", requests, store)
    plain, _ = complete(f"hf:{model}", requests, store)
    assert [a[0].text for a in with_option] == [a[0].text for a in as_folder]  # type: ignore[union-attr]
    assert with_option != plain


def test_a_damaged_model(model: Path, store: Store, ask: Ask, tmp_path: Path) -> None:
    folder = tmp_path / "damaged"
    shutil.copytree(model, folder)
    weights = folder / "model.safetensors"
    weights.write_bytes(weights.read_bytes()[:1000])
    with pytest.raises(SparError, match="cannot be loaded"):
        complete(f"hf:{folder}", [ask("p")], store)


def test_continuous_batching_answers_as_padded_batches_do(model: Path, ask: Ask) -> None:
    """Continuous batching, which GPUs use, run on a CPU with a cache of a few blocks."""
    from spar_data.models.backends.hf import Transformers

    loaded = Transformers(parse_spec(f"hf:{model}"))
    requests = [ask(f"p{i}", 0.0, max_tokens=3 if i == 4 else 50) for i in range(20)]
    padded = dict(loaded.run(requests))
    small = transformers.ContinuousBatchingConfig(num_blocks=64, max_batch_tokens=128)
    manager = functools.partial(loaded.model.continuous_batching_context_manager, continuous_batching_config=small)
    loaded.model.continuous_batching_context_manager = manager
    loaded._padded = loaded._continuous  # type: ignore[method-assign]
    assert dict(loaded.run(requests)) == padded and str(padded[4][0]).startswith("length")
