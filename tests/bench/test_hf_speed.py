"""What sharing prompts' beginnings saves on a CPU, against transformers' own padded generate in the same run."""

from __future__ import annotations

import dataclasses
import time
from typing import Any

import polars as pl
import pytest

from spar_data.core.assets import asset, cache_folder
from spar_data.prompts.evolve.draw import EvolveConfig
from spar_data.prompts.evolve_seeds import evolve_requests
from spar_data.prompts.taxonomy_files import load_taxonomy

MODEL = cache_folder() / "models" / "smollm2-135m-instruct"


@pytest.mark.skipif(not MODEL.is_dir(), reason="`make smollm2` fetches the model")
def test_evolving_and_judging(benchmark: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """16 evolve requests, which begin with one taxonomy, and 5 votes on each of 4 responses, 40 tokens each, greedy."""
    from spar_data.models import parse_spec
    from spar_data.models.backends import hf
    from spar_data.selfplay.judge.prompt import judge_request

    seeds = pl.read_parquet(asset("releases/spar-mini-1.0.0/data/seeds.parquet")).sample(16, seed=1)
    asked = evolve_requests(seeds, EvolveConfig(), 42, load_taxonomy())
    evolve = [dataclasses.replace(r, max_tokens=40, temperature=0.0) for r in asked]
    judge = [judge_request(p, "A short answer. " * 20, 5, 0.0, 40) for p in seeds["prompt"][:4]]
    model = hf.Transformers(parse_spec(f"hf:{MODEL},batch=16"))
    ours = benchmark.pedantic(
        lambda: {k: _timed(model, r) for k, r in (("evolve", evolve), ("judge", judge))}, rounds=1
    )
    monkeypatch.setattr(hf, "prefill", lambda *args: None)
    for name, asked in (("evolve", evolve), ("judge", judge)):
        seconds, answers = _timed(model, asked)
        assert answers == ours[name][1]
        benchmark.extra_info[f"{name}: times as fast as padded generate"] = round(seconds / ours[name][0], 2)
    print(f"\n{benchmark.extra_info}")


def _timed(model: Any, asked: list[Any]) -> tuple[float, dict[int, Any]]:
    """CPU seconds: the machine may be shared."""
    start = time.process_time()
    answers = dict(model.run(asked))
    return time.process_time() - start, answers
