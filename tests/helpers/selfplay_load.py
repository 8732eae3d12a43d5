"""Prompts and a store full of answers for `spar-data selfplay`, so that a run of it makes no call.

`python tests/bench/selfplay_load.py FOLDER PROMPTS` writes FOLDER/prompts.parquet (prompts and constraints of the released
mini set, over and over) and FOLDER/store.sqlite: 5 responses a prompt of about 1,200 characters, 5 judgements a response of
about 1,000, further ones where they are tied. Every 200th response is missing. Prints what it wrote.
"""

from __future__ import annotations

import random
import re
import sqlite3
import sys
from collections import Counter
from pathlib import Path

import polars as pl

from spar_data.core.ids import row_id
from spar_data.models import Store, completion_keys, identify
from spar_data.selfplay.judge.judges import ModelJudge, Question
from spar_data.selfplay.negatives import AUTHORS

SPEC = "replay:openai:m@http://127.0.0.1:9/v1"
_WORDS = re.findall(
    r"\w+", "the garden was quiet and nobody had seen the old key since the rain began to fall on the roof"
)
_SQL = "INSERT OR IGNORE INTO completions VALUES (?, 'm', ?, '', 'stop', 300, 250, 0)"


def prompts(count: int) -> pl.DataFrame:
    file = Path(__file__).parents[2] / "releases" / "spar-mini-1.0.0" / "data" / "prompts.parquet"
    mini = pl.read_parquet(file, columns=["prompt", "constraints"])
    some = pl.concat([mini] * (count // len(mini) + 1)).head(count).with_row_index()
    text = pl.col("prompt") + pl.format(" (No. {})", "index")
    some = some.with_columns(prompt=text)
    return some.select(pl.Series("id", [row_id(p) for p in some["prompt"]]), "prompt", "constraints")


def load(folder: Path, count: int) -> Counter[str]:
    """Writes both files; returns counts of what is in them."""
    frame = prompts(count)
    folder.mkdir(parents=True, exist_ok=True)
    frame.write_parquet(folder / "prompts.parquet")
    Store(folder / "store.sqlite").close()
    random.seed(0)
    who, judge, counts = identify(SPEC), ModelJudge(SPEC), Counter[str]()
    pool = [" ".join(random.choices(_WORDS, k=random.randint(140, 300))) for _ in range(500)]
    rows: list[tuple[str, str]] = []
    for number, prompt in enumerate(frame["prompt"]):
        for sample, key in enumerate(completion_keys(AUTHORS.request(prompt), who)):
            counts["responses"] += 1
            if counts["responses"] % 200 == 0:
                counts["missing"] += 1
                continue
            response = f"{pool[(number * 7 + sample) % 500]} {number}.{sample}"
            rows.append((key, response))
            share = random.choice((0.1, 0.5, 0.9))
            words = ["Yes" if random.random() < share else "No" for _ in range(15)]
            if counts["responses"] % 10 == 0:
                words[:5] = ["Yes", "No", "Yes", "No", "maybe"]  # a tie with one unparsed
            times = 3 if words[:5] == ["Yes", "No", "Yes", "No", "maybe"] else 1
            request = judge.request(Question(prompt, response), times)
            assert request
            for word, vote in zip(words, completion_keys(request, who), strict=False):
                counts["judgements"] += 1
                steps = pool[random.randrange(500)][:950]
                rows.append((vote, f"Step-by-step verification: {steps}\nFinal Judgement (Yes or No): {word}"))
    rows.sort()  # pages of the tree are filled one after the other
    connection = sqlite3.connect(folder / "store.sqlite")
    with connection:
        connection.executemany(_SQL, rows)
    connection.close()
    return counts


if __name__ == "__main__":
    print(dict(load(Path(sys.argv[1]), int(sys.argv[2]))))
