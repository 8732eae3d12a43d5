"""What `spar-data selfplay` does beside asking: a run in which every answer is stored.

The bar is 43,000 prompts x 5 responses x 5 votes within 3 GB and 5 minutes. Here are a hundredth and a tenth of it; the
time of the whole is read off linearly (start-up is in both), memory has to stay where it is. By hand:

    python tests/bench/selfplay_load.py FOLDER 43000
    /usr/bin/time -v spar-data selfplay FOLDER/prompts.parquet --actor SPEC --refiner SPEC --no-search \\
        --store FOLDER/store.sqlite --out FOLDER/run        # SPEC: replay:openai:m@http://127.0.0.1:9/v1
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

from pytest_benchmark.fixture import BenchmarkFixture
from selfplay_load import SPEC, load

_RUN = """
import resource, sys
from spar_data.cli.main import cli
cli(sys.argv[1:], standalone_mode=False)
print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024)
"""


def _run(folder: Path, number: int) -> float:
    """Peak memory in MB."""
    arguments = [folder / "prompts.parquet", "--actor", SPEC, "--refiner", SPEC, "--no-search", "--store",
                 folder / "store.sqlite", "--out", folder / f"run{number}"]  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", _RUN, "selfplay", *map(str, arguments)],
        capture_output=True,
        text=True,
        env={**os.environ},
    )
    assert done.returncode == 0, done.stderr
    return float(done.stdout.splitlines()[-1])


def test_bookkeeping_of_negatives(benchmark: BenchmarkFixture, tmp_path: Path) -> None:
    seconds, memory = {}, {}
    for count in (430, 4300):
        load(tmp_path / str(count), count)
        start = time.perf_counter()
        memory[count] = _run(tmp_path / str(count), 0)
        seconds[count] = time.perf_counter() - start
    each = (seconds[4300] - seconds[430]) / (4300 - 430)
    whole = seconds[4300] + each * (43_000 - 4300)
    benchmark.extra_info["seconds of 43,000 prompts, linear"] = round(whole)
    benchmark.extra_info["MB of 4,300 prompts"] = round(memory[4300])
    print(f"\n4,300 prompts: {seconds[4300]:.1f} s, {memory[4300]:.0f} MB; 43,000 by straight line: {whole:.0f} s")
    assert whole < 300 and memory[4300] < 1500
    benchmark.pedantic(_run, args=(tmp_path / "430", 1), rounds=1)
