"""DPO on the same rows and the same weights: ours and TRL's DPOTrainer, each in a process of its own.

`measure` makes rows and a model with random weights and returns, for each way of training, real tokens a second (both sides
of a pair, without padding; the reference's pass is within the time, loading and saving are not; on a CPU they are seconds of
the processor), the peak of memory, and the model's FLOPs a second. The ways:

ours          the defaults of spar_train: padding-free, log-probabilities of the reference computed once, batches by length
trl           DPOTrainer by its defaults: 8 pairs a batch, padded, activations computed again, the reference in every step
trl, tuned    the same without computing activations again and with precompute_ref_log_probs

All take steps of 32 pairs at the same learning rate, cut no row (max_length 2048), and compute in the same number format.
"""

from __future__ import annotations

import dataclasses
import json
import os
import random
import resource
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

WAYS = ("ours", "trl", "trl, tuned")
STEP, EACH = 32, 8
LONGEST = 2048


def measure(
    folder: Path, size: Any, pairs: int, typical: int, ways: tuple[str, ...] = WAYS, model: str = ""
) -> dict[str, Any]:
    """size: a Shape for random weights, where `model` names no folder. typical: the median length of a reply, in characters,
    which are about as many tokens for the tokenizer of the tests."""
    rows = folder / "rows.jsonl"
    write_rows(rows, pairs, typical)
    start = model or str(write_model(folder / "start", size))
    found = {}
    for way in ways:
        job = json.dumps({"way": way, "rows": str(rows), "model": start, "out": str(folder / way.replace(", ", "-"))})
        done = subprocess.run([sys.executable, __file__, job], capture_output=True, text=True, check=False, env=_env())
        if done.returncode:
            raise RuntimeError(f"{way}: {done.stderr[-3000:]}")
        found[way] = json.loads(done.stdout.strip().splitlines()[-1])
    tokens = found["ours"]["tokens"] if "ours" in found else 0
    for each in found.values():
        each["tokens"] = tokens or each.get("tokens", 0)
        each["tokens_per_s"] = round(each["tokens"] / each["seconds"], 1)
        each["tflops"] = round(each["tokens"] * _flops(start, each, pairs) / each["seconds"] / 1e12, 4)
    return found


def _env() -> dict[str, str]:
    root = str(Path(__file__).parents[2])
    return {**os.environ, "PYTHONPATH": root, "HF_HUB_OFFLINE": "1", "TOKENIZERS_PARALLELISM": "false"}


def _flops(model: str, found: dict[str, Any], pairs: int) -> float:
    """Of the model, for a token: forward and backward pass, without the reference and without what is computed again."""
    from spar_train.config import DPO
    from spar_train.planning.memory_plan import Workload, flops_of_token
    from spar_train.planning.shape import shape_of_folder

    work = Workload("dpo", pairs, found["tokens"] / (2 * pairs))
    return flops_of_token(shape_of_folder(Path(model)), DPO, work)


def write_rows(file: Path, pairs: int, typical: int) -> None:
    """Pairs with replies of log-normal length (sigma 0.7, a factor of 4 between the shortest and longest tenth or so each
    way), as those of instruct models are."""
    chance = random.Random(0)

    def text(length: float) -> str:
        return "".join(chance.choices("abcdefgh ", k=max(4, min(int(length), LONGEST // 2))))

    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w", encoding="utf-8") as out:
        for i in range(pairs):
            length = typical * chance.lognormvariate(0, 0.7)
            row = {
                "prompt": [{"role": "user", "content": f"{i} " + text(typical * chance.lognormvariate(0, 0.7) / 3)}],
                "chosen": [{"role": "assistant", "content": "yes " + text(length * chance.uniform(0.7, 1.4))}],
                "rejected": [{"role": "assistant", "content": "no " + text(length * chance.uniform(0.7, 1.4))}],
            }
            out.write(json.dumps(row) + "\n")


def write_model(folder: Path, size: Any) -> Path:
    """Random weights of this shape, with the tokenizer of the tests."""
    import tiny_llama
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    tokenizer = tiny_llama.tokenizer(tiny_llama.TEMPLATES["chatml"])
    torch.manual_seed(0)
    config = LlamaConfig(
        vocab_size=max(size.vocabulary, len(tokenizer)), hidden_size=size.hidden, intermediate_size=size.intermediate,
        num_hidden_layers=size.layers, num_attention_heads=size.heads, num_key_value_heads=size.kv_heads,
        head_dim=size.head_dim, tie_word_embeddings=size.tied, max_position_embeddings=8192,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def ours(job: dict[str, Any]) -> dict[str, Any]:
    from spar_train.config import DPO
    from spar_train.training.fit import fit
    from spar_train.training.job import TrainingJob, TrainingProgress

    marks: dict[str, float] = {}

    def say(line: str) -> None:
        if line.startswith("reference:"):
            marks["begin"] = _now()

    def step(line: dict[str, Any], total: int, left: float) -> None:
        marks["end"] = _now()
        marks["tokens"] = marks.get("tokens", 0) + line["tokens"]

    settings = dataclasses.replace(DPO, batch_size=STEP, max_length=LONGEST, save_every=0)
    facts = fit(
        TrainingJob("dpo", job["model"], (Path(job["rows"]),), Path(job["out"]), settings), TrainingProgress(say, step)
    )
    if facts.rows.left_out:
        raise RuntimeError("rows were left out: the two would not train on the same")
    return {"seconds": marks["end"] - marks["begin"], "tokens": int(marks["tokens"]), "attention": facts.attention}


def trl(job: dict[str, Any], tuned: bool) -> dict[str, Any]:
    import torch
    from datasets import load_dataset
    from trl import DPOConfig, DPOTrainer

    here: dict[str, Any] = {} if torch.cuda.is_available() else {"bf16": False, "use_cpu": True}
    if tuned:
        here |= {"gradient_checkpointing": False, "precompute_ref_log_probs": True, "precompute_ref_batch_size": EACH}
    config = DPOConfig(
        job["out"], per_device_train_batch_size=EACH, gradient_accumulation_steps=STEP // EACH, max_length=LONGEST,
        learning_rate=2e-7, num_train_epochs=1, save_strategy="no", report_to="none", disable_tqdm=True, **here,
    )  # fmt: skip
    data = load_dataset("json", data_files=job["rows"], split="train", cache_dir=f"{job['out']}/cache")
    spent = 0.0

    class Timed(DPOTrainer):  # type: ignore[misc]
        def _precompute_ref_logps(self, *args: Any) -> Any:
            nonlocal spent
            begin = _now()
            found = super()._precompute_ref_logps(*args)
            spent += _now() - begin
            return found

    trainer = Timed(job["model"], args=config, train_dataset=data)
    begin = _now()
    trainer.train()
    return {"seconds": _now() - begin + spent}


def _now() -> float:
    """Seconds: of the clock on a GPU, of the processor on a CPU, which others may use too."""
    import torch

    if torch.cuda.is_available():
        torch.cuda.synchronize()
        return time.perf_counter()
    return time.process_time()


def main(job: dict[str, Any]) -> None:
    import torch

    found = ours(job) if job["way"] == "ours" else trl(job, job["way"] != "trl")
    cuda = torch.cuda.is_available()
    peak = torch.cuda.max_memory_allocated() if cuda else resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    device = torch.cuda.get_device_name() if cuda else "cpu"
    sys.stdout.write(json.dumps({**found, "memory_gb": round(peak / 1e9, 3), "device": device}) + "\n")


if __name__ == "__main__":
    main(json.loads(sys.argv[1]))
