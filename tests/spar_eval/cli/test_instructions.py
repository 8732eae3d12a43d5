"""`spar-eval ifeval`, `ifbench` and `verifiable`."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

from ifeval_files import GOOD, run_command
from server import ScriptedServer

from spar_eval.cli.instructions import benchmark_commands
from spar_eval.cli.main import cli


def test_dry_run_asks_and_writes_nothing(
    ifeval_data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve()
    result = run_command(
        "ifeval", "--data", ifeval_data, "--model", f"openai:m@{server.url}", "--dry-run", "--system", "Be brief."
    )
    assert "3 calls for 3 samples" in result.output and "No call was made." in result.output
    assert not server.calls and list(tmp_path.iterdir()) == [ifeval_data]


def test_every_benchmark_file_is_a_command() -> None:
    """A new file in spar_eval/benchmarks needs no other change: its name is the command, its docstring the help."""
    commands = {command.name: command for command in benchmark_commands()}
    assert "ifbench" in commands and commands.keys() <= cli.commands.keys() and "verifiable" not in commands
    assert (commands["ifbench"].help or "").startswith("IFBench: 300 prompts")
    options = {option.name for option in commands["ifbench"].params}
    assert {"data", "model", "responses", "samples", "refine", "limit", "out"} <= options and "fixes" not in options


def test_json_has_the_calls_of_the_model(ifeval_data: Path, serve: Callable[..., ScriptedServer]) -> None:
    server = serve(lambda prompt, nth: GOOD[0])
    command = ("ifeval", "--data", ifeval_data, "--model", f"openai:m@{server.url}", "--limit", 1)
    plain = json.loads(run_command(*command, "--json").output)
    assert plain["answers"]["new"] == 1 and Path(plain["out"]).name.startswith("openai-m-http")
    assert "0 new answers, 1 stored before" in run_command(*command).output
