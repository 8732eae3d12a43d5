"""`spar-data sft`: sets for supervised fine-tuning of actor and refiner."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, dry_run_option, json_option, limit_option, limit_options, store_option

if TYPE_CHECKING:
    from spar_data.models import Limits

_RUN = "sft.json"


@click.command()
@click.argument("prompts")
@click.option("--teacher", required=True, metavar="SPEC", help="Who responds, judges and refines: a model, or rules.")
@click.option(
    "--actor", metavar="SPEC", help="Whose responses are judged and refined; without it only the actor's set is made."
)
@click.option("--out", type=FILE, required=True, help="Folder of the sets; the same command goes on in it.")
@click.option(
    "--actor-prompts", type=click.IntRange(0), default=8000, show_default=True, help="Prompts for the actor's set."
)
@click.option("--judge-prompts", type=click.IntRange(0), default=2500, show_default=True, help="For the judge's set.")
@click.option(
    "--refine-prompts", type=click.IntRange(0), default=2500, show_default=True, help="For the refiner's set."
)
@click.option(
    "--held-out",
    type=click.IntRange(0),
    default=200,
    show_default=True,
    help="Prompts of refine rows kept as a test, a tenth at most.",
)
@click.option(
    "--samples", type=click.IntRange(1), default=1, show_default=True, help="Responses of the actor a prompt."
)
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.0, show_default=True, help="Of the teacher.")
@click.option(
    "--max-tokens",
    type=click.IntRange(1),
    default=2048,
    show_default=True,
    help="Of a response or judgement; half as many more for a refinement.",
)
@click.option(
    "--least-similarity",
    type=click.FloatRange(0, 1),
    default=0.3,
    show_default=True,
    help="Of a refinement to what it refines.",
)
@click.option("--keep-failing", is_flag=True, help="Keep responses and refinements that fail a checker.")
@limit_option("prompts")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the split.")
@store_option
@limit_options
@dry_run_option(" of each phase")
@json_option
def sft(
    prompts: str, teacher: str, actor: str | None, out: Path, actor_prompts: int, judge_prompts: int, refine_prompts: int,
    held_out: int, samples: int, temperature: float, max_tokens: int, least_similarity: float, keep_failing: bool,
    limit: int | None, seed: int, store_file: Path, limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Make the sets that an actor, a judge and a refiner are fine-tuned on from PROMPTS and a teacher.

    PROMPTS: the prompts.parquet of a release (its checkers are gates then), or any source format. OUT gets actor.parquet,
    judge.parquet, refine.parquet and refine_test.parquet, ledger.parquet with a reason for every reply that was left out,
    rest.parquet with the prompts that are left for self-play, and sft.json. The judged responses are those of the actor that
    was trained on actor.parquet: make that first, train, and run again with --actor and the same OUT.

    \b
    Examples:
      spar-data sft prompts.parquet --teacher openai:gpt-4o-mini --dry-run --out runs/sft
      spar-data sft prompts.parquet --teacher openai:gpt-4o-mini --actor vllm:models/actor-sft --out runs/sft
      spar-data sft releases/spar-mini-1.0.0/data/prompts.parquet --teacher rules --actor smollm2 --limit 20 --out runs/sft
    """
    from spar_data.cli.progress import meter
    from spar_data.core import run_folder
    from spar_data.core.errors import SparError
    from spar_data.models import Store, identify, respond
    from spar_data.models.model_spec import RULES
    from spar_data.models.phases import Rounds
    from spar_data.models.sampling import Sampling
    from spar_data.selfplay import run_json as folder
    from spar_data.sft.build import SftConfig, build
    from spar_data.sft.gates import GateConfig
    from spar_data.sft.split import SplitConfig
    from spar_data.sft.teacher import ModelTeacher, RulesTeacher, Teacher
    from spar_data.sources.release_prompts import constraints_by_id

    if teacher == RULES and not actor:
        raise click.UsageError("--teacher rules needs --actor: rules repair responses, and write none")
    if actor == RULES:
        raise click.UsageError("--actor rules: rules cannot respond to prompts; a model is expected")
    for spec in (teacher, actor):
        if spec and spec != RULES:
            identify(spec)
    source = respond.prompts(prompts, limit or 0)
    sampling = Sampling(samples, 0.9, 0.9, max_tokens)
    config = SftConfig(
        SplitConfig(actor_prompts, judge_prompts, refine_prompts, held_out, seed),
        GateConfig(least_similarity, keep_failing),
        sampling,
    )
    rows = list(source())
    if dry_run:
        _plan(rows, teacher, actor, config, temperature, max_tokens, store_file, as_json)
        return
    wanted = constraints_by_id(prompts)
    if teacher == RULES and not wanted:
        raise SparError(
            f"{prompts}: rules need the constraints of the prompts: the prompts.parquet of a release is expected"
        )
    settings = {
        **folder.source(source, prompts),
        "teacher": {**folder.model(teacher), "temperature": temperature, "max_tokens": max_tokens},
        "actor": folder.model(actor) if actor else None,
        **dataclasses.asdict(config),
    }
    run_folder.claim(out, _RUN, settings, ("actor",))
    with meter() as bar, Store(store_file) as store:
        rounds = Rounds(store, limits, bar.calls)
        taught: Teacher = (
            RulesTeacher(actor or "", rounds, sampling)
            if teacher == RULES
            else ModelTeacher(teacher, rounds, temperature, max_tokens)
        )
        built = build(rows, taught, actor or "", config, rounds, wanted)
    built.write(out)
    _rest(prompts, rows, built.rest, out / "rest.parquet")
    facts = {
        "state": "stopped" if rounds.stopped else "finished" if actor else "actor",
        "source": folder.place(prompts),
        "models": {"teacher": teacher, "actor": actor},
        **built.summary(),
        "phases": {phase: tally.to_dict() for phase, tally in rounds.tallies},
        "stopped": rounds.stopped,
    }
    run_folder.finish(out, _RUN, settings, facts, ("actor",))
    if as_json:
        click.echo(json.dumps({**facts, "out": str(out)}))
    else:
        _tell(facts, rounds, out)


def _plan(rows: list[dict[str, Any]], teacher: str, actor: str | None, config: Any, temperature: float, max_tokens: int,
          store_file: Path, as_json: bool) -> None:  # fmt: skip
    from spar_data.models.model_spec import RULES
    from spar_data.models.sampling import Sampling
    from spar_data.selfplay import estimate as planning
    from spar_data.selfplay.judge.prompt import judge_request
    from spar_data.selfplay.refine.prompt import refine_request
    from spar_data.sft.split import split

    parts = split([row["id"] for row in rows], config.split)
    texts = {name: [rows[at]["prompt"] for at in part] for name, part in parts.items()}
    both, most, n = [*texts["judge"], *texts["refine"]], config.sampling.max_tokens, config.sampling.samples
    first, spec = (
        (config.sampling, actor or "")
        if teacher == RULES
        else (Sampling(1, temperature, max_tokens=max_tokens), teacher)
    )
    with planning.opened(store_file) as store:
        phases = [planning.phase("respond", spec, ((first.request(p), 0) for p in texts["actor"]), store)]
        if actor:
            phases.append(planning.phase("actor", actor, ((config.sampling.request(p), 0) for p in both), store))
    if actor:
        judged = [(judge_request(p, "", 1, temperature, max_tokens), most) for p in both for _ in range(n)]
        refined = [
            (refine_request(p, "", "", 1, temperature, max_tokens=max_tokens * 3 // 2), most + max_tokens)
            for p in texts["refine"]
        ]
        phases.append(planning.phase("judge", teacher, judged, None, True))
        phases.append(planning.phase("refine", teacher, refined, None, True))
    click.echo(json.dumps(planning.data(phases)) if as_json else planning.text(phases))


def _rest(prompts: str, rows: list[dict[str, Any]], rest: list[int], file: Path) -> None:
    """The prompts of no set, with all columns of a release if they come from one."""
    import polars as pl

    from spar_data.core.files import write_parquet

    ids = [rows[at]["id"] for at in rest]
    if prompts.endswith(".parquet") and {"id", "prompt"} <= set(pl.read_parquet_schema(prompts)):
        left = pl.read_parquet(prompts)
        found = left.filter(pl.col("id").is_in(ids)).unique("id", keep="first", maintain_order=True)
        if len(found) == len(ids):
            write_parquet(file, found)
            return
    texts = [rows[at]["prompt"] for at in rest]
    write_parquet(file, pl.DataFrame({"id": ids, "prompt": texts}, schema={"id": pl.String, "prompt": pl.String}))


def _tell(facts: dict[str, Any], rounds: Any, out: Path) -> None:
    from spar_data.models.summary import closing

    for phase, tally in rounds.tallies:
        click.echo(f"{phase}: {closing(tally)}")
    click.echo("prompts: " + ", ".join(f"{count:,} {name}" for name, count in facts["prompts"].items()))
    for stage, counts in facts["stages"].items():
        why = ", ".join(f"{count:,} {reason}" for reason, count in counts.items() if reason not in ("entered", "kept"))
        click.echo(f"{stage:<18} {counts['kept']:>7,} of {counts['entered']:,} kept" + (f"; {why}" if why else ""))
    click.echo("rows: " + ", ".join(f"{count:,} {name}" for name, count in facts["rows"].items()))
    if facts["similarity"]:
        like = facts["similarity"]
        click.echo(
            f"similarity of refinements: mean {like['mean']:.2f}, median {like['median']:.2f}, least {like['least']:.2f}"
        )
    if facts["state"] == "actor":
        click.echo("No --actor: only the actor's set was made. Train on it, then run again with --actor.")
    click.echo(str(out))
