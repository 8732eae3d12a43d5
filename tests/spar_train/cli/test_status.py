"""`spar-train status`: the table of steps, and the change of the scores."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

from click.testing import CliRunner
from evaluated_loops import loops

from spar_train.cli.main import cli


def test_status_needs_the_folder_of_a_loop(tmp_path: Path) -> None:
    found = CliRunner().invoke(cli, ["status", str(tmp_path)])
    assert "the folder of `spar-train loop` is expected" in str(found.exception)


def test_status_of_a_loop_that_has_begun(tmp_path: Path) -> None:
    (config,) = loops(tmp_path, [[True, True], [True, False]] * 20)
    steps = {"iteration-1/selfplay": {"state": "running", "seconds": 3725.0}}
    facts = {"settings": {}, "config": dataclasses.asdict(config), "state": "running", "why": "", "steps": steps}
    (config.folder / "loop.json").write_text(json.dumps(facts))
    text = CliRunner().invoke(cli, ["status", config.out]).output
    assert "spar, 3 iterations, stopped (killed); the same command continues" in text
    rows = {line.split()[0]: line.split()[1:] for line in text.splitlines() if line.startswith("iteration-")}
    assert rows["iteration-0/eval/held-out"][0] == "done"
    assert rows["iteration-1/selfplay"] == ["stopped", "1:02:05"]
    assert rows["iteration-1/refiner"][:2] == ["left", "out"]
    assert rows["iteration-3/pairs"] == ["waiting"]
    assert "it rose" in text
    told = json.loads(CliRunner().invoke(cli, ["status", config.out, "--json"]).output)
    assert told["scores"][0]["verdict"] == "rose"
