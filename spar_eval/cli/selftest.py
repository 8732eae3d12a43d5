"""`spar-eval selftest`."""

from __future__ import annotations

import sys
from pathlib import Path

import click

from spar_data.cli.options import FILE


@click.command()
@click.argument("folder", type=FILE)
def selftest(folder: Path) -> None:
    """Check this installation: score official responses and compare with stored verdicts.

    FOLDER has the files of the benchmarks in ifeval/, llmbar/, followbench/ and ifbench/. The exit status is 1 if a check
    fails.

    \b
    Example:
      spar-eval selftest data
    """
    from spar_eval.selftest import selftest as run_checks

    failed = False
    for check in run_checks(folder):
        click.echo(f"{check.status:<7} {check.name:<18} {check.figures}")
        failed |= check.status == "FAILED"
    sys.exit(1 if failed else 0)
