"""Models as the harness opens them."""

from __future__ import annotations

from pathlib import Path

import pytest

from spar_data.models.model_spec import parse_spec
from spar_eval.benchmarks.general.config import GeneralConfig
from spar_eval.benchmarks.general.harness import harness_model


def test_kinds_and_arguments_of_models(tmp_path: Path) -> None:
    for name in ("base", "adapter"):
        (tmp_path / name).mkdir()
    (tmp_path / "base/config.json").write_text("{}")
    (tmp_path / "adapter/adapter_config.json").write_text('{"r": 64}')
    base, adapter = str(tmp_path / "base"), str(tmp_path / "adapter")
    spec = parse_spec(f"vllm:{base},lora={adapter},tp=2,max_len=4096,memory=0.8,dtype=bfloat16")
    assert harness_model(spec, GeneralConfig()) == (
        "vllm",
        {"pretrained": base, "dtype": "bfloat16", "tensor_parallel_size": 2, "max_model_len": 4096,
         "gpu_memory_utilization": 0.8, "lora_local_path": adapter, "max_lora_rank": 64, "think_end_token": "</think>"},
        "auto",
    )  # fmt: skip
    kind, args, _ = harness_model(parse_spec("openai:gpt-4o-mini"), GeneralConfig(concurrency=5))
    assert kind == "local-chat-completions"
    assert args["base_url"] == "https://api.openai.com/v1/chat/completions" and args["num_concurrent"] == 5
    pytest.importorskip("torch")
    kind, args, batch = harness_model(
        parse_spec(f"hf:{base},lora={adapter},dtype=float32,device=cpu,batch=3"), GeneralConfig()
    )
    assert (kind, args["peft"], args["dtype"], args["device"], batch) == ("hf", adapter, "float32", "cpu", 3)
