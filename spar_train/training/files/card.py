"""The README.md of a trained model: its origin, and how to load it."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from spar_data import __version__
from spar_train.training.files.train_json import TrainingFacts

_STAGES = {
    "sft": "supervised fine-tuning",
    "dpo": "direct preference optimisation",
    "rft": "rejection-sampling fine-tuning",
}


def model_card(name: str, facts: TrainingFacts) -> str:
    """The text of the card. name: of the trained model."""
    start = Path(facts.name).name.replace('"', "")
    lora = facts.settings.lora
    method = f"LoRA of rank {lora}, merged into the weights" if lora else "all weights were trained"
    settings = "\n".join(
        f"| {key} | {json.dumps(value)} |" for key, value in dataclasses.asdict(facts.settings).items()
    )
    figures = "\n".join(f"| {key} | {value:.6g} |" for key, value in facts.last.items())
    return f"""---
base_model: {json.dumps(facts.name)}
library_name: transformers
pipeline_tag: text-generation
tags:
- {facts.stage}
---

# {name}

{start} after {_STAGES[facts.stage]} on {facts.rows.count:,} rows in {facts.steps:,} steps ({method}). Made by spar-suite {__version__}.

```python
from transformers import AutoModelForCausalLM, AutoTokenizer

model = AutoModelForCausalLM.from_pretrained("PATH", dtype="auto")
tokenizer = AutoTokenizer.from_pretrained("PATH")
```
With vLLM: `vllm serve PATH`. With the suite: `--model hf:PATH` or `--model vllm:PATH`.

Weights are stored in {facts.dtype}; they were trained in float32.

| hash of | |
|---|---|
| base model | {facts.model} |
| rows | {facts.rows.digest} |

| setting | |
|---|---|
{settings}

| last step | |
|---|---|
{figures}
"""
