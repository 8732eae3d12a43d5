"""`spar-eval ifeval`, `ifbench` and `verifiable`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from ifeval_files import run_command
from server import ScriptedServer


def test_dry_run_asks_and_writes_nothing(
    ifeval_data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    server = serve()
    result = run_command(
        "ifeval", "--data", ifeval_data, "--model", f"openai:m@{server.url}", "--dry-run", "--system", "Be brief."
    )
    assert "3 calls for 3 samples" in result.output and "No call was made." in result.output
    assert not server.calls and list(tmp_path.iterdir()) == [ifeval_data]
