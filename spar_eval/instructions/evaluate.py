"""What `spar-eval ifeval` and `spar-eval ifbench` have in common: their options, and the run from data to report."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_eval.cli.options import FILE, finish, folder, partial_option, run_options, sampling_options

if TYPE_CHECKING:
    from spar_eval.instructions.benchmark import Benchmark
    from spar_eval.instructions.score import Checker, Prompt


def verify_options(command: Callable[..., None]) -> Callable[..., None]:
    """data, model, responses, samples and workers, and those of every run."""
    command = run_options(sampling_options(partial_option(command)))
    for option in reversed(
        (
            click.option("--model", metavar="SPEC", help="Let this model respond; `spar-data models` lists the kinds."),
            click.option("--responses", type=FILE, help="Score these responses instead: JSON Lines with prompt (or id) "
                         "and response, as Google's files or a responses.jsonl of an earlier run."),
            click.option("--samples", type=click.IntRange(1), default=1, show_default=True, help="Responses per prompt; "
                         "more than one needs a temperature, and gives the mean and pass@k."),
            click.option("--workers", type=click.IntRange(1), default=None, metavar="N",
                         help="Processes that score.  [default: one per core]"),
        )
    ):  # fmt: skip
        command = option(command)
    return command


def verify(
    benchmark: Benchmark, prompts: list[Prompt], source: str, checkers: Mapping[str, Checker], fixed: str = "",
    checker: str = "", *, model: str | None, responses: Path | None, samples: int, workers: int | None, temperature: float, top_p: float,
    max_tokens: int, system: str, limit: int | None, out: Path | None, store_file: Path, limits: Any, dry_run: bool,
    as_json: bool, partial: bool, refine: str = "", refiner: str = "",
) -> None:  # fmt: skip
    """Gets responses, refines them if asked to, scores them and leaves a run folder."""
    from dataclasses import asdict, replace

    from spar_data.cli.progress import meter
    from spar_data.core.errors import SparError
    from spar_data.models import Store, identify
    from spar_data.models.phases import Rounds
    from spar_data.models.sampling import Sampling
    from spar_data.models.summary import closing
    from spar_eval import responses as answers
    from spar_eval.cli.options import plan
    from spar_eval.instructions.accuracy import headline
    from spar_eval.instructions.benchmark import assemble
    from spar_eval.instructions.refine_first import Refinement
    from spar_eval.instructions.refine_first import refine as refined
    from spar_eval.instructions.score import score
    from spar_eval.results import Table

    if (model is None) == (responses is None):
        raise click.UsageError("one of --model SPEC (let it respond) and --responses FILE (score these) is expected")
    if refine and not (refiner or model):
        raise click.UsageError("--refine with --responses needs --refiner SPEC: the model that judges and refines")
    if samples > 1 and temperature == 0:
        raise click.UsageError(f"--samples {samples} at temperature 0 gives the same response {samples} times: "
                               "--temperature 0.7, say, is expected beside it")  # fmt: skip
    sampling = None if responses else Sampling(samples, temperature, top_p, max_tokens, system)
    given = answers.load(responses, [p.id for p in prompts], [p.text for p in prompts]) if responses else None
    prompts = prompts[:limit]
    texts = [prompt.text for prompt in prompts]
    if dry_run:
        plan(model, (sampling.request(text) for text in texts) if sampling else (), store_file, as_json)
        if refine and not as_json:
            most = Refinement(refine, refiner or str(model)).most
            click.echo(
                f"Refining is not in that: 5 votes a response, and for each No at most {most} refinements with 5 votes each."
            )
        return
    tally, before, how = None, None, None
    with meter() as bar:
        if sampling and model:
            identify(model)  # a wrong spec is an error before anything is written
            with Store(store_file) as store:
                given, tally = answers.generate(model, texts, sampling, store, limits, bar.calls("respond"), partial)
        assert given is not None
        given.samples = given.samples[:limit]
        if refine:
            how = Refinement(refine, refiner or str(model))
            before = score(prompts, given.samples, checkers, workers or os.cpu_count() or 1, bar)
            with Store(store_file) as store:
                rounds = Rounds(store, limits, bar.calls)
                rounds.tallies += [("respond", tally)] if tally else []  # the budget is one
                given, counts = refined(given, texts, how, rounds)
            if rounds.stopped and not partial:
                raise SparError(
                    f"stopped by the {rounds.stopped}: not every response that fails is refined, so nothing is scored. The same "
                    f"command goes on from there; --partial scores the others as they are"
                )
        items = score(prompts, given.samples, checkers, workers or os.cpu_count() or 1, bar)
    name = model or Path(str(responses)).name
    result = assemble(benchmark, name, prompts, given, items, sampling, source, fixed, checker)
    if how and before:
        table = Table("before refinement", tuple(headline(before, fixed)))
        result = replace(
            result,
            signature=f"{result.signature}|{how.signature}",
            tables=(table, *result.tables),
            notes=(
                counts.note(how),
                *([f"incomplete: stopped by the {rounds.stopped}"] if rounds.stopped else []),
                *result.notes,
            ),
            settings={**result.settings, "refine": asdict(how)},
        )
        if not as_json:
            click.echo("\n".join(f"{phase}: {closing(each)}" for phase, each in rounds.tallies) + "\n")
    elif tally and not as_json:
        click.echo(f"{closing(tally)}\n")
    finish(result, folder(out, benchmark.task, model or Path(name).stem), as_json, tally.to_dict() if tally else None)
