"""Makes 10 million rows and filters them exactly at t = 0.7: `python tests/bench/ten_million.py [ROWS] [WORKERS]`.

The rows are the real prompts of at most 64 tokens from the test data, each repeated with 0-60% of its words replaced.
They are written to parquet in a temporary folder first; what is timed starts at reading them back. Needs SPAR_TEST_DATA.
"""

from __future__ import annotations

import resource
import sys
import tempfile
import time
from itertools import islice
from pathlib import Path

import numpy as np
import polars as pl

sys.path.insert(0, str(Path(__file__).parents[1] / "helpers"))
from corpus import noisy, open_prompts

from spar_data.prompts.seeds.selfbleu.pairwise import pairwise
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer, concatenate

PART = 500_000


def main() -> None:
    rows = int(sys.argv[1]) if len(sys.argv) > 1 else 10_000_000
    workers = int(sys.argv[2]) if len(sys.argv) > 2 else 0
    config = SelfBleuConfig(threshold=0.7)
    tokenizer = Tokenizer(config)
    prompts = pl.Series(open_prompts())
    short = prompts.filter(pl.Series(tokenizer(prompts).lengths() <= 64)).to_list()
    with tempfile.TemporaryDirectory() as folder:
        start = time.time()
        stream = noisy(short, rows)
        for part in range(0, rows, PART):
            frame = pl.DataFrame({"prompt": list(islice(stream, PART))})
            frame.write_parquet(Path(folder) / f"{part:09d}.parquet")
        print(f"{rows:,} rows made from {len(short):,} prompts in {time.time() - start:.0f} s", flush=True)

        start = time.time()
        tokens = concatenate(
            [tokenizer(pl.read_parquet(file)["prompt"]) for file in sorted(Path(folder).glob("*.parquet"))]
        )
        tokenized = time.time()
        print(f"tokenised in {tokenized - start:.0f} s, {tokens.lengths().mean():.1f} tokens a row", flush=True)
        done = {"count": 0, "index": 0, "filter": 0}

        def advance(phase: str, texts: int) -> None:
            before, done[phase] = done[phase], done[phase] + texts
            if done[phase] * 10 // rows > before * 10 // rows:
                print(f"  {time.time() - tokenized:6.0f} s  {phase} {done[phase]:,}", flush=True)

        decisions = pairwise(tokens, config, workers=workers, advance=advance)
    kept = int(np.sum(decisions.cause < 0))
    seconds = time.time() - start
    memory = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1e6
    print(f"{kept:,} kept; {seconds / 60:.1f} min = {rows / seconds:,.0f} rows/s; peak memory {memory:.1f} GB")


if __name__ == "__main__":
    main()
