"""`spar-eval selftest`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spar_eval.cli.options import FILE


@click.command()
@click.argument("folder", type=FILE)
def selftest(folder: Path) -> None:
    """Replay official responses against stored verdicts, and say where this installation stands.

    FOLDER has the benchmarks' files in ifeval/, llmbar/, followbench/ and ifbench/. If a check fails, the exit status
    is 1.

    \b
    Example:
      spar-eval selftest data
    """
    from spar_eval.selftest import selftest as run

    failed = 0
    for outcome in run(folder):
        click.echo(f"{outcome.status:<7} {outcome.name:<18} {outcome.told}")
        failed += outcome.status == "FAILED"
    sys.exit(1 if failed else 0)
