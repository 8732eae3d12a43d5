"""The README of a study folder."""

from __future__ import annotations

from collections.abc import Mapping

from spar_data.models import fill
from spar_data.study.config import StudyConfig
from spar_data.study.items import TaskFacts

_TEXT = """\
# Interference study

Do pairs teach less when their sides differ in more than what makes one of them better? SPaR (arXiv 2412.11605, figure 4) asks
this on two synthetic tasks. Only the names of the tasks and the outcome are public. In character sequences, models trained on
interfering pairs soon learn the share of capitals and end below those trained on refinement pairs; in stories with a given
start and end, they end below the model they started from. Prompts, sizes and settings of the paper are not public: everything
in this folder is of the suite's own design, made by `spar-data study interference`, seed {seed}.

| task | key factor, which the checker decides | interfering factor |
|---|---|---|
| letters | the number of each letter asked for | capitals; the prompt says that case is free |
| stories | first and last sentence, word for word | the story in between |

In each task both arms have the same prompts, the same rejected sides and the same number of pairs; only the chosen side differs.

* `refined`: the rejected side with nothing changed but the flaw (the fewest letters; the first or last sentence).
* `sampled`: right as well, but different in what interferes. letters: the refined side in capitals (a share of {capitals} of the
  pairs). stories: another story with another theme.

Every chosen side passes the checker and every rejected one fails it. No task of the test set is in training; no first or last
sentence of a test story occurs in any training story.

## Statistics
{statistics}

## Files
`TASK/ARM.jsonl`: conversational preference rows for TRL. `TASK/ARM.parquet`: the same with ids and flaws. `TASK/test.jsonl`:
held-out prompts with the checker's parameters. `study.json`: settings, statistics, sha256 of the files.

## Training
Train the same model twice for each task, on `refined.jsonl` and on `sampled.jsonl`, with the same settings and seed, and keep
checkpoints on the way. For example:

```python
from datasets import load_dataset
from trl import DPOConfig, DPOTrainer

for arm in ("refined", "sampled"):
    rows = load_dataset("json", data_files="letters/" + arm + ".jsonl", split="train")
    settings = DPOConfig("models/letters-" + arm, beta=0.1, learning_rate=5e-7, num_train_epochs=1, save_steps=20, seed=0)
    DPOTrainer("MODEL", args=settings, train_dataset=rows).train()
```

## Scoring
The model before training, and each checkpoint:

```
spar-data respond letters/test.jsonl --model hf:models/letters-refined/checkpoint-20 --out letters-refined-20.jsonl
spar-data study score . letters-refined-20.jsonl
```

Compare, by training step: the accuracy of both arms with the accuracy before training, and (letters) the share of capitals.
Interference shows as a share of capitals that rises in the sampled arm while its accuracy stays below that of the refined one.
Several seeds of training are needed before a small difference means anything.
"""


def readme_text(config: StudyConfig, tasks: Mapping[str, TaskFacts]) -> str:
    """The README with the statistics of the tasks."""
    blocks = []
    for task, facts in tasks.items():
        names = list(next(iter(facts.arms.values())))
        rows = [f"| {task} | " + " | ".join(facts.arms) + " |", "|---|" + "---|" * len(facts.arms)]
        rows += [f"| {name} | " + " | ".join(str(arm[name]) for arm in facts.arms.values()) + " |" for name in names]
        flaws = ", ".join(f"{n:,} {flaw}" for flaw, n in facts.flaws.items())
        summary = f"Flaws of the rejected sides: {flaws}. Test prompts: {facts.test_prompts:,}."
        blocks.append("\n".join(rows) + f"\n\n{summary}")
    return fill(_TEXT, seed=str(config.seed), capitals=f"{config.capitals:g}", statistics="\n\n".join(blocks))
