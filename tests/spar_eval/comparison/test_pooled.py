"""Several runs pooled: spread between runs, and shares clustered by item."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from hand_made_results import single_checks

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.cli.main import cli
from spar_eval.comparison.pooled import pool
from spar_eval.run_folder import save_result


def test_pool(tmp_path: Path) -> None:
    """Scores 0.4, 0.5 and 0.9: mean 0.6, variance (0.04 + 0.01 + 0.09) / 2 = 0.07. The items' interval is the same
    with each run counted twice: more runs of the same items are no new items."""
    runs = []
    for at, (value, passed) in enumerate([(0.4, [True, False, True]), (0.5, [True, None, False]), (0.9, [True] * 3)]):
        score = Estimate("share", value, 2, 0.1, 0.9, 0.2, "Wilson")
        runs.append(dataclasses.replace(single_checks(passed, model=f"seed{at}"), scores=(score,)))
        save_result(runs[-1], tmp_path / str(at))
    found = pool(runs)
    (spread,) = found.spreads
    assert (spread.mean, spread.sd, spread.low, spread.high) == (pytest.approx(0.6), pytest.approx(0.07**0.5), 0.4, 0.9)
    (score,) = found.scores
    assert (score.name, score.value, score.n) == ("items, strict", pytest.approx(6 / 9), 9)
    twice = pool([*runs, *runs]).scores[0]
    assert (twice.value, twice.low, twice.high, twice.n) == pytest.approx((score.value, score.low, score.high, 18))
    shown = CliRunner().invoke(cli, ["pool", *(str(tmp_path / str(at)) for at in range(3))]).output
    assert "share                60.00  sd 26.46  40.00 to 90.00" in shown
    assert json.loads(CliRunner().invoke(cli, ["pool", str(tmp_path / "0"), str(tmp_path / "1"), "--json"]).output)
    with pytest.raises(SparError, match="one run only"):
        pool(runs[:1])
