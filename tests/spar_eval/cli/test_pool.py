"""`spar-eval pool`."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from click.testing import CliRunner
from hand_made_results import single_checks

from spar_data.core.intervals import Estimate
from spar_eval.cli.main import cli
from spar_eval.run_folder import save_result


def test_spreads_and_shares_are_printed(tmp_path: Path) -> None:
    for seed, value in enumerate((0.4, 0.5, 0.9)):
        score = Estimate("share", value, 2, 0.1, 0.9, 0.2, "Wilson")
        run = dataclasses.replace(single_checks([True, False, None], model=f"seed{seed}"), scores=(score,))
        save_result(run, tmp_path / str(seed))
    folders = [str(tmp_path / str(seed)) for seed in range(3)]
    output = CliRunner().invoke(cli, ["pool", *folders]).output
    assert "t: 3 runs of 3 items: seed0, seed1, seed2" in output
    assert "share                60.00  sd 26.46  40.00 to 90.00" in output and "items, strict" in output
    plain = json.loads(CliRunner().invoke(cli, ["pool", *folders[:2], "--json"]).output)
    assert plain["spreads"][0]["mean"] == 0.45 and plain["scores"][0]["n"] == 6
