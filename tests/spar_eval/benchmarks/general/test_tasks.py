"""Tasks that are unknown, cannot be loaded or need a permission."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from harness_tasks import needs_harness

from spar_data.core.errors import SparError
from spar_eval.benchmarks.general.config import GeneralConfig
from spar_eval.benchmarks.general.run import evaluate_general


@needs_harness
def test_errors_say_what_to_change(tasks: Path, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets
    import huggingface_hub

    def refused(model: str, task: str, **more: Any) -> str:
        with pytest.raises(SparError) as error:
            evaluate_general(model, GeneralConfig(task, include=tasks, cache=tmp_path / "cache", **more))
        return str(error.value)

    url = "openai:m@http://127.0.0.1:9/v1"
    assert "'choice' is not known to lm-eval. Did you mean 'choices'?" in refused(tiny, "choice")
    assert "which chat completions do not give" in refused(url, "choices")
    assert "task 'coder' runs code that the model writes" in refused(tiny, "coder")
    assert "--allow-code permits" in refused(tiny, "humaneval")
    assert "hf:PATH, vllm:PATH, smollm2 or openai:MODEL@URL is expected" in refused(f"replay:{tiny}", "sums")
    assert "hf:PATH, vllm:PATH" in refused("ray:vllm:/models/x", "sums")
    assert "one URL is expected" in refused(f"{url},http://127.0.0.1:10/v1", "sums")
    assert "takes messages only" in refused(url, "sums", chat=False)
    for module, name in ((datasets.config, "HF_HUB_OFFLINE"), (huggingface_hub.constants, "HF_HUB_OFFLINE")):
        monkeypatch.setattr(module, name, True)
    message = refused(tiny, "remote")
    assert message.startswith("task 'remote' cannot be loaded: ") and "--include" in message and "HF_HOME" in message
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    assert "pip install 'spar-suite[general]'" in refused(tiny, "sums")
