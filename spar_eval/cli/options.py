"""Options and output that the evaluators share."""

from __future__ import annotations

import dataclasses
import functools
import json
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, Command, asking_options

if TYPE_CHECKING:
    from spar_data.cli.progress import Meter
    from spar_data.models import Limits
    from spar_data.models.estimate import CallPlan
    from spar_eval.results import Calls, Result

out_option = click.option("--out", type=FILE, help="Folder for the result.  [default: runs/eval/TASK/MODEL]")


def model_or_responses(command: Command) -> Command:
    """--model and --responses: one of them is given."""
    command = click.option(
        "--responses",
        type=FILE,
        help="Score these responses instead: JSON Lines with prompt (or id) and response, as Google's files or the "
        "responses.jsonl of an earlier run.",
    )(command)
    return click.option("--model", metavar="SPEC", help="The model that responds; `spar-data models` lists the kinds.")(
        command
    )


@dataclass(frozen=True)
class RunOptions:
    """What every evaluator that asks models is told besides its config."""

    limit: int | None
    out: Path | None
    store_file: Path
    limits: Limits
    dry_run: bool
    as_json: bool

    def run(
        self,
        evaluate: Callable[[Meter, dict[str, Any]], Result],
        model: str | None,
        responses: Path | None = None,
        calls: Callable[[Calls], Mapping[str, object]] = lambda calls: calls[0][1].to_dict() if calls else {},
    ) -> None:
        """Evaluates, writes the run folder and prints the calls and the result.

        evaluate: gets the meter and the keyword arguments that all evaluators share. model, responses: name the default
        folder. calls: the fields of the JSON that hold the calls.
        """
        from spar_data.cli.progress import meter
        from spar_data.models.summary import closing

        with meter() as bar:
            shared = {"limit": self.limit, "store": self.store_file, "limits": self.limits, "reports": bar.calls}
            result = evaluate(bar, shared)
        if result.calls and not self.as_json:
            several = len(result.calls) > 1
            closings = [f"{phase}: {closing(tally)}" if several else closing(tally) for phase, tally in result.calls]
            click.echo("\n".join(closings) + "\n")
        name = model or (responses.stem if responses else "")
        finish(result, self.out or result_folder(result.task, name), self.as_json, calls(result.calls))


def run_options(command: Command) -> Command:
    """Adds the options; the command gets them as one argument, `run`."""

    @functools.wraps(command)
    def bundled(*args: object, **values: Any) -> None:
        options = RunOptions(**{field.name: values.pop(field.name) for field in dataclasses.fields(RunOptions)})
        command(*args, run=options, **values)

    return out_option(asking_options("items")(bundled))


def result_folder(task: str, model: str) -> Path:
    """The default folder of a result."""
    name = "".join(c if c.isalnum() or c in "-._" else "-" for c in model).strip("-.")
    return Path("runs/eval") / task / (name[-80:] or "responses")


def show_plan(plan: CallPlan | None, model: str | None, as_json: bool) -> None:
    """Prints what --dry-run found. plan: None if the responses are given."""
    from spar_data.cli.models import show_plan as show

    if plan is None or model is None:
        click.echo("No calls, no tokens, no money: the responses are given. Nothing was written.")
    else:
        show(plan, model, as_json)


def show_plans(plans: Iterable[tuple[str, str, CallPlan]], as_json: bool) -> None:
    """The same for (phase, model, plan) of several phases."""
    if as_json:
        rows = [{"phase": phase, "model": model, **dataclasses.asdict(plan)} for phase, model, plan in plans]
        click.echo(json.dumps(rows))
        return
    for phase, model, plan in plans:
        click.echo(f"{phase}, {model}: {plan}")
    click.echo("No call was made.")


def finish(result: Result, out: Path, as_json: bool, fields: Mapping[str, object] = {}) -> None:
    """Writes the run folder and prints the result. fields: further fields of the JSON."""
    from spar_eval.report.text import lines
    from spar_eval.run_folder import save_result

    save_result(result, out)
    if as_json:
        click.echo(json.dumps({**result.summary(), **fields, "out": str(out)}))
        return
    for line in lines(result):
        click.echo(line)
    click.echo(f"{out}/report.html")
