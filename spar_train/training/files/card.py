"""README.md of a trained model: where it comes from, and how to load it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from spar_data import __version__

_STAGES = {
    "sft": "supervised fine-tuning",
    "dpo": "direct preference optimisation",
    "rft": "rejection-sampling fine-tuning",
}


def card(name: str, base: str, facts: Mapping[str, Any], last: Mapping[str, Any]) -> str:
    """facts: those of train.json. last: the last line of the metrics."""
    kind = _STAGES[facts["stage"]]
    model = Path(base).name.replace('"', "")
    lora = facts["settings"]["lora"]
    how = f"LoRA of rank {lora}, merged into the weights" if lora else "all weights were trained"
    settings = "\n".join(f"| {key} | {json.dumps(value)} |" for key, value in facts["settings"].items())
    figures = "\n".join(f"| {key} | {value:.6g} |" for key, value in last.items())
    return f"""---
base_model: {json.dumps(base)}
library_name: transformers
pipeline_tag: text-generation
tags:
- {facts["stage"]}
---

# {name}

{model} after {kind} on {facts["rows"]["count"]:,} rows in {facts["steps"]:,} steps ({how}). Made by spar-suite {__version__}.

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("PATH", dtype="auto")
tokenizer = AutoTokenizer.from_pretrained("PATH")
```
With vLLM: `vllm serve PATH`. With the suite: `--model hf:PATH` or `--model vllm:PATH`.

Weights are stored in {facts["dtype"]}; they were trained in float32.

| hash of | |
|---|---|
| base model | {facts["model"]} |
| rows | {facts["rows"]["digest"]} |

| setting | |
|---|---|
{settings}

| last step | |
|---|---|
{figures}
"""
