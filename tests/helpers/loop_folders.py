"""Folders as `spar-train loop` leaves them, with invented numbers."""

from __future__ import annotations

import json
import math
import random
from pathlib import Path
from typing import Any

from spar_data.core.intervals import wilson
from spar_eval.results import Check, Item, Result
from spar_eval.run_folder import save_result
from spar_eval.statistics.shares import clustered


def ifeval(model: str, passing: list[int], prompts: int = 40) -> Result:
    """passing: prompts that pass; each has two instructions, of which one passes anyway."""
    items = tuple(
        Item(str(i), f"Prompt {i}", "A response.", (
            Check("a", {"strict": True, "loose": True}, "fine"),
            Check("b", {"strict": i in passing, "loose": i in passing}, "fine" if i in passing else "187 words, 200 asked"),
        ))
        for i in range(prompts)
    )  # fmt: skip
    shares = [(1 + (i in passing), 2) for i in range(prompts)]
    scores = (
        wilson("prompt-strict", len(passing), prompts), clustered("instruction-strict", shares),
        wilson("prompt-loose", len(passing), prompts), clustered("instruction-loose", shares),
    )  # fmt: skip
    return Result("ifeval", model, f"ifeval|data:{prompts} prompts,00|n:{prompts}|model:{model}", scores, items)


def loop(
    out: Path,
    recipe: str = "spar",
    seed: int = 0,
    iterations: int = 3,
    gain: float = 0.08,
    steps: int = 60,
    **settings: Any,
) -> Path:
    """A whole folder. gain: of prompt-strict an iteration."""
    chance = random.Random(f"{recipe!a} {seed}")
    done: dict[str, Any] = {}
    for t in range(iterations + 1):
        here = out / f"iteration-{t}"
        start = list(range(12))
        more = [i for i in range(12, 40) if chance.random() < gain * t]
        save_result(ifeval("smollm2", start + more if t else start), here / "eval" / "fresh")
        done[f"iteration-{t}/eval/fresh"] = {"state": "done", "seconds": 61.5 + t}
        if not t:
            continue
        for role in ("actor", "refiner") if recipe == "spar" else ("actor",):
            training(here / role, steps, chance, role)
            done[f"iteration-{t}/{role}"] = {"state": "done", "seconds": 300.0 + chance.random() * 20}
        counts = {"prompts": 200, "samples": 600, "judged": 590, "verdicts": {"Yes": 300 + t * 20, "No": 290 - t * 20}}
        put(
            here / "selfplay" / "run.json",
            {"funnel": {**counts, "negatives": 150 - 10 * t}, "trees": {"counts": {"trees": 150}}},
        )
        put(here / "pairs" / "statistics.json", {"recipes": {recipe: {"rows": 90 - 5 * t}}})
        done[f"iteration-{t}/selfplay"] = {"state": "done", "seconds": 800.0}
    plain = {"recipe": recipe, "seed": seed, "iterations": iterations, "actor": {"name": "smollm2"}, **settings}
    config = {"actor": "smollm2", "iterations": iterations, "seed": seed}
    put(out / "loop.json", {"settings": plain, "config": config, "steps": done, "state": "finished"})
    return out


def training(folder: Path, steps: int, chance: random.Random, role: str) -> None:
    lines = []
    for step in range(1, steps + 1):
        margin = 0.5 * step / steps + chance.gauss(0, 0.05)
        line: dict[str, Any] = {
            "step": step,
            "epoch": step / steps,
            "loss": 0.69 - 0.1 * step / steps + chance.gauss(0, 0.02),
        }
        if role == "actor":
            line |= {"margin": margin, "accuracy": 1 / (1 + math.exp(-4 * margin)), "nll": 1.5}
            line |= {"chosen_logp": -150 + 3 * margin, "rejected_logp": -150 - 8 * margin}
        lines.append(line | {"grad_norm": 1 + chance.random(), "tokens": 9000, "tokens_per_s": 900.0, "seconds": 10.0})
    lines[-1]["held_out_loss"] = 0.6
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "metrics.jsonl").write_text("".join(json.dumps(each) + "\n" for each in lines), encoding="utf-8")
    put(folder / "train.json", {"finished": True})


def put(file: Path, value: Any) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(value), encoding="utf-8")
