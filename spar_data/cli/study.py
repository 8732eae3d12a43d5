"""`spar-data study`: studies on synthetic tasks."""

from __future__ import annotations

import json
from pathlib import Path
from typing import TYPE_CHECKING

import click

from spar_data.cli.options import FILE, config_options
from spar_data.study.config import StudyConfig

if TYPE_CHECKING:
    from spar_data.study.scoring import StudyScore


@click.group()
def study() -> None:
    """Data sets whose right answers, and what interferes with learning them, are known exactly.

    \b
    Example:
      spar-data study interference --out runs/interference
    """


@study.command()
@click.option("--out", type=FILE, required=True, metavar="FOLDER", help="Folder to write.")
@config_options(StudyConfig, "config")
@click.option("--json", "as_json", is_flag=True, help="Print settings and statistics as JSON.")
def interference(out: Path, config: StudyConfig, as_json: bool) -> None:
    """Build SPaR's two synthetic tasks both ways: pairs that differ in the key factor alone, and pairs that differ in more.

    FOLDER/README.md says how to train and score both arms. The same options give the same files.

    \b
    Examples:
      spar-data study interference --out runs/interference
      spar-data study interference --out runs/hard --task letters --difficulty hard --counts 5-40 --size 5000
    """
    from spar_data.study.interference import build_study

    built = build_study(config, out)
    if as_json:
        click.echo(json.dumps({**built.to_dict(), "out": str(out)}))
        return
    for task, facts in built.tasks.items():
        click.echo(f"{task}: {facts.test_prompts:,} test prompts")
        for arm, numbers in facts.arms.items():
            click.echo(f"  {arm}: " + ", ".join(f"{name} {value}" for name, value in numbers.items()))
    click.echo(f"{out / 'README.md'} describes the next steps.")


@study.command()
@click.argument("folder", type=FILE)
@click.argument("responses", type=FILE)
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def score(folder: Path, responses: Path, as_json: bool) -> None:
    """Score RESPONSES (JSON Lines with prompt and response) to the test prompts of a study FOLDER.

    \b
    Examples:
      spar-data respond runs/interference/letters/test.jsonl --model smollm2 --out answers.jsonl
      spar-data study score runs/interference answers.jsonl
    """
    from spar_data.models.respond import read_responses
    from spar_data.study.scoring import read_tests, score_study

    scores = score_study(read_tests(folder), read_responses(responses)())
    if as_json:
        click.echo(json.dumps({task: task_score.to_dict() for task, task_score in scores.items()}))
        return
    for task, task_score in scores.items():
        _show(task, task_score)


def _show(task: str, score: StudyScore) -> None:
    accuracy = f"{score.accuracy.number(score.accuracy.value, digits=1)}% {score.accuracy.interval(digits=1)}"
    click.echo(
        f"{task}: accuracy {accuracy} (loose {100 * score.loose:.1f}%), {score.responses:,} responses to "
        f"{score.prompts - score.missing:,} of {score.prompts:,} prompts"
    )
    if score.missing:
        share = 100 * score.with_missing_as_wrong
        click.echo(f"  {share:.1f}% if {score.missing:,} missing responses count as wrong")
    for reason, n in score.reasons.items():
        click.echo(f"  {n:,} x {reason}")
    for name, measure in score.measures.items():
        value = "none" if measure.mean is None else f"{measure.mean:.3f}"
        click.echo(f"  {name}: {value} (mean of {measure.n:,})")
    if score.others:
        click.echo(f"  {score.others:,} responses to other prompts left out")
