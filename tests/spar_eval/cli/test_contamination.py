"""`spar-eval contamination`."""

from __future__ import annotations

from pathlib import Path

from click.testing import CliRunner

from spar_eval.cli.main import cli
from spar_eval.results import Check, Item, Result
from spar_eval.run_folder import save_result


def _run(name: str, *kinds: tuple[str, int, int], model: str = "m", task: str = "ifeval") -> Result:
    """kinds: (type, instructions, of which are met), one prompt each."""
    items = [
        Item(f"{name}-{kind}-{i}", f"{name} {kind} {i}", "r", (Check(kind, {"strict": i < met}, ""),))
        for kind, n, met in kinds
        for i in range(n)
    ]
    return Result(task, model, f"{task}|{name}", (), tuple(items))


def test_the_command(tmp_path: Path) -> None:
    save_result(_run("public", ("a", 30, 27)), tmp_path / "public")
    save_result(_run("fresh", ("a", 10, 6)), tmp_path / "fresh")
    result = CliRunner().invoke(cli, ["contamination", str(tmp_path / "public"), str(tmp_path / "fresh")])
    assert result.exit_code == 0, result.output
    gap = next(line for line in result.output.splitlines() if line.startswith("gap "))
    assert "30.00" in gap and result.output.rstrip().endswith("ifeval|fresh")
