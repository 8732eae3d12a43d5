"""`spar-eval doctor`, `fresh` and `selftest`: prompt files in IFEval's format, and the installation."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from spar_data.cli.options import FILE


@click.command()
@click.argument("source")
@click.option("--json", "as_json", is_flag=True, help="One JSON object per finding.")
def doctor(source: str, as_json: bool) -> None:
    """Check SOURCE, a file or dataset of prompts in IFEval's format, before a model is scored on it.

    Errors: unknown instructions; kwargs that are missing, unknown, or contradict each other or the wording of the prompt;
    keys and prompts that occur twice. Doubts: what a person should look at. The exit status is 1 if there are errors.

    \b
    Examples:
      spar-eval doctor input_data.jsonl
      spar-eval doctor google/IFEval
    """
    from spar_eval.benchmarks.ifeval.doctor import examine

    findings = list(examine(source))
    for finding in findings:
        line = f"{finding.where}, key {finding.key}: {finding.severity}: {finding.what}"
        click.echo(json.dumps(finding._asdict()) if as_json else line)
    errors = sum(finding.severity == "error" for finding in findings)
    if not as_json:
        click.echo(f"{errors:,} errors, {len(findings) - errors:,} doubts")
    sys.exit(1 if errors else 0)


@click.command()
@click.option("--out", type=FILE, required=True, help="JSON Lines file to write, in IFEval's format.")
@click.option("--size", type=click.IntRange(1), default=541, show_default=True, help="Number of prompts.")
@click.option("--seed", type=int, default=0, show_default=True, help="Other seeds give other prompts.")
def fresh(out: Path, size: int, seed: int) -> None:
    """Write new prompts in the manner of IFEval, to compare a model's scores on new and public prompts.

    They are built from the project's own seeds and the 25 instruction types, drawn as often as IFEval has them.

    \b
    Examples:
      spar-eval fresh --out fresh.jsonl --size 541 --seed 7
      spar-eval ifeval --model smollm2 --data fresh.jsonl
    """
    from spar_data.core.files import write_jsonl
    from spar_eval.benchmarks.ifeval.fresh import fresh_prompts, ifeval_rows

    count = write_jsonl(out, ifeval_rows(fresh_prompts(size, seed)))
    click.echo(f"{count:,} prompts\n{out}")


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
