"""`spar-data study`: studies on made-up tasks."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import click

_FOLDER = click.Path(path_type=Path)


class _Span(click.ParamType[tuple[int, int]]):
    name = "LEAST-MOST"

    def convert(self, value: Any, param: Any, ctx: Any) -> tuple[int, int]:
        match = re.fullmatch(r"(\d+)(?:-(\d+))?", str(value))
        if not match:
            self.fail(f"{value!r}: LEAST-MOST is expected, as in 3-20", param, ctx)
        return int(match[1]), int(match[2] or match[1])


@click.group()
def study() -> None:
    """Data sets whose right answers, and what interferes with learning them, are known exactly.

    \b
    Example:
      spar-data study interference --out runs/interference
    """


@study.command()
@click.option("--out", type=_FOLDER, required=True, metavar="FOLDER", help="Folder to write.")
@click.option("--task", "tasks", type=click.Choice(["letters", "stories"]), multiple=True, help="[default: both]")
@click.option("--size", type=click.IntRange(1), default=2000, show_default=True, help="Pairs in each arm of a task.")
@click.option("--eval-size", type=click.IntRange(1), default=200, show_default=True, help="Test prompts of a task.")
@click.option("--seed", default=42, show_default=True)
@click.option(
    "--difficulty",
    type=click.Choice(["easy", "mixed", "hard"]),
    default="mixed",
    show_default=True,
    help="hard: one letter too many or few, one word of a sentence changed.",
)
@click.option("--kinds", type=_Span(), default="2", show_default=True, help="letters: different ones in a sequence.")
@click.option("--counts", type=_Span(), default="3-20", show_default=True, help="letters: how many of each.")
@click.option("--alphabet", default="abcdefghijklmnopqrstuvwxyz", help="letters: which.  [default: a to z]")
@click.option(
    "--capitals",
    type=click.FloatRange(0, 1),
    default=1.0,
    show_default=True,
    help="letters: share of sampled pairs whose chosen side is in capitals.",
)
@click.option("--sentences", type=_Span(), default="4-8", show_default=True, help="stories: between first and last.")
@click.option("--json", "as_json", is_flag=True, help="Print settings and statistics as JSON.")
def interference(
    out: Path, tasks: tuple[str, ...], size: int, eval_size: int, seed: int, difficulty: str, kinds: tuple[int, int],
    counts: tuple[int, int], alphabet: str, capitals: float, sentences: tuple[int, int], as_json: bool,
) -> None:  # fmt: skip
    """Build SPaR's two synthetic tasks both ways: pairs that differ in the key factor alone, and pairs that differ in more.

    FOLDER/README.md says how to train and score both arms. The same options give the same files.

    \b
    Examples:
      spar-data study interference --out runs/interference
      spar-data study interference --out runs/hard --task letters --difficulty hard --counts 5-40 --size 5000
    """
    from spar_data.study.interference import TASKS, StudyConfig, build
    from spar_data.study.letters import LettersConfig
    from spar_data.study.stories import StoriesConfig

    config = StudyConfig(
        tuple(task for task in TASKS if not tasks or task in tasks), size, eval_size, seed,
        LettersConfig(difficulty, kinds, counts, alphabet, capitals), StoriesConfig(difficulty, sentences, seed),
    )  # fmt: skip
    told = build(config, out)
    if as_json:
        click.echo(json.dumps({**told, "out": str(out)}))
        return
    for task, facts in told["tasks"].items():
        click.echo(f"{task}: {facts['test prompts']:,} test prompts")
        for arm, numbers in facts["arms"].items():
            click.echo(f"  {arm}: " + ", ".join(f"{name} {value}" for name, value in numbers.items()))
    click.echo(f"{out / 'README.md'} says how to go on.")


@study.command()
@click.argument("folder", type=_FOLDER)
@click.argument("responses", type=_FOLDER)
@click.option("--json", "as_json", is_flag=True, help="Print the scores as JSON.")
def score(folder: Path, responses: Path, as_json: bool) -> None:
    """Score RESPONSES (JSON Lines with prompt and response) to the test prompts of a study FOLDER.

    \b
    Examples:
      spar-data respond runs/interference/letters/test.jsonl --model smollm2 --out answers.jsonl
      spar-data study score runs/interference answers.jsonl
    """
    from spar_data.models.respond import responses as read_responses
    from spar_data.study.scoring import score as score_all
    from spar_data.study.scoring import tests

    found = score_all(tests(folder), read_responses(responses)())
    if as_json:
        click.echo(json.dumps(found))
        return
    for task, s in found.items():
        low, high = s["interval"]
        click.echo(
            f"{task}: accuracy {100 * s['accuracy']:.1f}% [{100 * low:.1f}, {100 * high:.1f}] (loose {100 * s['loose']:.1f}%), "
            f"{s['responses']:,} responses to {s['prompts'] - s['missing']:,} of {s['prompts']:,} prompts"
        )
        if s["missing"]:
            click.echo(
                f"  {100 * s['with missing as wrong']:.1f}% if {s['missing']:,} missing responses count as wrong"
            )
        for reason, n in s["reasons"].items():
            click.echo(f"  {n:,} x {reason}")
        for name, m in s["measures"].items():
            value = "none" if m["mean"] is None else f"{m['mean']:.3f}"
            click.echo(f"  {name}: {value} (mean of {m['n']:,})")
        if s["responses to other prompts"]:
            click.echo(f"  {s['responses to other prompts']:,} responses to other prompts left out")
