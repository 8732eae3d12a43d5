"""`spar-train loop`: self-play, training and evaluation, iteration by iteration."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from spar_data.cli.options import FILE, json_option, limit_option
from spar_train.loop.baselines import BASELINES


@click.command()
@click.argument("prompts")
@click.option("--actor", required=True, metavar="SPEC", help="The model to train: hf:PATH, vllm:PATH or smollm2.")
@click.option(
    "--refiner",
    "refiners",
    multiple=True,
    metavar="SPEC",
    help="Who judges and refines, and is trained on what succeeded: a model, rules, or both (given twice). One behind an "
    "API stays as it is.",
)
@click.option("--judge", default="", metavar="SPEC", help="Who judges: a model, or rules.  [default: the refiner]")
@click.option(
    "--pairs", "recipe", type=click.Choice(list(BASELINES)), default="spar", show_default=True, help="The recipe."
)
@click.option("--iterations", type=click.IntRange(1), default=3, show_default=True)
@click.option(
    "--per-iteration",
    type=click.IntRange(1),
    default=None,
    metavar="N",
    help="Prompts of an iteration.  [default: equal parts, at most 10,000]",
)
@click.option("--same-prompts", is_flag=True, help="The same prompts in every iteration, instead of fresh ones.")
@click.option("--out", type=FILE, required=True, help="Folder of the loop; the same command goes on in it.")
@click.option(
    "--eval",
    "evals",
    multiple=True,
    metavar="WHAT",
    help="fresh:N (new prompts of IFEval's kind), held-out:N (checkable ones of PROMPTS), ifeval=FILE, llmbar=PATH, "
    "refinement=FILE, or none; may be repeated.  [default: fresh:200]",
)
@click.option(
    "--refiner-start",
    type=click.Choice(["previous", "base"]),
    default="previous",
    show_default=True,
    help="What each training of the refiner starts from.",
)
@click.option(
    "--refiner-rows",
    type=click.Choice(["refiner-paper", "refiner-authors"]),
    default="refiner-paper",
    show_default=True,
    help="Recipe of the refiner's rows.",
)
@click.option("--sft", default="", metavar="FILE", help="Dialogues that spin takes its targets from.")
@click.option(
    "--engine",
    type=click.Choice(["hf", "vllm"]),
    default=None,
    help="What runs trained models.  [default: what the spec names]",
)
@click.option(
    "--accelerate", default="", metavar="FILE", help="Train through `accelerate launch` with this config file."
)
@click.option(
    "--set",
    "overrides",
    multiple=True,
    metavar="STEP.OPTION=VALUE",
    help="An option of a step's command: selfplay.samples=3, train.learning-rate=5e-6, ifeval.max-tokens=512.",
)
@limit_option("prompts")
@click.option("--seed", type=int, default=0, show_default=True, help="Of slices, choices and training.")
@click.option("--eval-seed", type=int, default=0, show_default=True, help="Of fresh and held-out prompts.")
@click.option("--store", type=FILE, default=None, help="Where answers are kept.  [default: OUT/completions.sqlite]")
@click.option("--eval-store", type=FILE, default=None, help="Where those of evaluations are kept.  [default: --store]")
@click.option("--dry-run", is_flag=True, help="Print every command and the numbers of prompts, write nothing.")
@click.option("--verbose", is_flag=True, help="Show all that the steps print; OUT/logs keeps it in any case.")
@json_option
def loop(
    prompts: str, actor: str, refiners: tuple[str, ...], judge: str, recipe: str, iterations: int,
    per_iteration: int | None, same_prompts: bool, out: Path, evals: tuple[str, ...], refiner_start: str,
    refiner_rows: str, sft: str, engine: str | None, accelerate: str, overrides: tuple[str, ...], limit: int | None,
    seed: int, eval_seed: int, store: Path | None, eval_store: Path | None, dry_run: bool, verbose: bool,
    as_json: bool,
) -> None:  # fmt: skip
    """Let an actor and a refiner get better by playing on PROMPTS: every iteration samples, judges, searches, cuts pairs,
    trains the actor by DPO and the refiner by RFT, and evaluates both.

    Each step is a command of its own, which --dry-run prints. A loop that was stopped or killed goes on in the step it was
    in. Prompts of evaluations, and what is near to them, are never trained on. Of the gold recipes PROMPTS are problems
    (see `spar-data gold`).

    --pairs: `spar-data pairs --help` and `spar-data gold --help` describe the recipes. The refiner is trained too where a
    recipe needs search trees. star and rest-em train the first actor anew in each iteration.

    \b
    Examples:
      spar-train loop prompts.parquet --actor hf:models/actor --refiner hf:models/refiner --out runs/loop --dry-run
      spar-train loop releases/spar-mini-1.0.0/data/prompts.parquet --actor smollm2 --refiner smollm2 --refiner rules \\
          --judge rules --iterations 2 --per-iteration 32 --eval held-out:40 --set selfplay.max-tokens=120 --out runs/loop
      spar-train loop gsm8k/train.jsonl --actor vllm:models/actor --pairs iterative-rpo --eval ifeval=input_data.jsonl \\
          --accelerate spar_train/configs/zero3.yaml --out runs/rpo
    """
    from spar_data.sources.release_prompts import constraints_by_id
    from spar_train.loop import slices
    from spar_train.loop.checks import check
    from spar_train.loop.config import LoopConfig
    from spar_train.loop.driver import play
    from spar_train.loop.programs import shown
    from spar_train.loop.progress import closing, table
    from spar_train.loop.steps import steps

    config = LoopConfig(
        prompts, actor, str(out), tuple(dict.fromkeys(refiners)), judge, recipe, iterations, per_iteration or 0,
        same_prompts, limit or 0, refiner_start, refiner_rows, evals or ("fresh:200",), engine or "", sft, accelerate,
        overrides, seed, eval_seed, str(store or ""), str(eval_store or ""), bool(constraints_by_id(prompts)),
    )  # fmt: skip
    check(config)
    if dry_run:
        facts = slices.cut(config).facts
        plan = steps(config)
        if as_json:
            shape = [{"step": each.name, "command": list(each.argv), "left_out": each.skip} for each in plan]
            click.echo(json.dumps({"prompts": facts, "steps": shape}))
            return
        for each in plan:
            click.echo(f"# {each.name}" + (f": left out: {each.skip}" if each.skip else f"\n{shown(each.argv)}"))
        for line in slices.told(facts):
            click.echo(line)
        click.echo("Nothing was written.")
        return
    shows = (sys.stderr if as_json else sys.stdout) if verbose else None
    play(config, lambda line: click.echo(line, err=as_json), shows)
    rows, verdicts = table(config), closing([config])
    if as_json:
        click.echo(json.dumps({"out": str(out), "steps": rows, "scores": [each.to_dict() for each in verdicts]}))
        return
    click.echo("")
    for verdict in verdicts:
        click.echo(verdict.line())
    click.echo(f"`spar-train status {out}` shows every step, `spar-train report {out}` draws the curves.")
