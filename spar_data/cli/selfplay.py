"""`spar-data selfplay`: responses, judgements, negatives, and trees of refinements."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from spar_data.cli.options import FILE, dry_run_option, json_option, limit_option, limit_options, store_option

if TYPE_CHECKING:
    from spar_data.models import Limits

_ORDERS = ("bfs", "dfs", "best-first", "iterative", "best-of-n", "greedy")
_CHECKERS = ("beside", "also", "veto")
_RUN = "run.json"
_TREES = "trees.parquet"


@click.command()
@click.argument("prompts")
@click.option(
    "--actor", required=True, metavar="SPEC", help="Whose responses they are; `spar-data models` lists the kinds."
)
@click.option(
    "--refiner",
    "refiners",
    required=True,
    multiple=True,
    metavar="SPEC",
    help="Who judges and refines: a model, or rules; given twice, a model with rules beside it.",
)
@click.option(
    "--judge",
    metavar="SPEC",
    help="Who judges: a model, or rules (the checkers).  [default: the refiner, a model if two]",
)
@click.option(
    "--checkers",
    type=click.Choice(_CHECKERS),
    default="beside",
    show_default=True,
    help="Beside a model judge they only stand in the rows, have a vote also, or veto what they say No to.",
)
@click.option("--out", type=FILE, required=True, help="Folder of the run; the same command goes on in it.")
@click.option("--samples", type=click.IntRange(1), default=5, show_default=True, help="Responses a prompt.")
@click.option("--temperature", type=click.FloatRange(0, 2), default=0.9, show_default=True, help="Of responses.")
@click.option(
    "--top-p", type=click.FloatRange(0, 1, min_open=True), default=0.9, show_default=True, help="Of responses."
)
@click.option(
    "--max-tokens", type=click.IntRange(1), default=2048, show_default=True, help="Of a response or judgement."
)
@click.option("--system", default="", help="A system prompt for the actor.")
@click.option("--votes", type=click.IntRange(1), default=5, show_default=True, help="Judgements a response, at 0.7.")
@click.option(
    "--min-valid",
    type=click.IntRange(0),
    default=0,
    help="Valid votes that a verdict needs.  [default: more than half]",
)
@click.option(
    "--tie-rounds", type=click.IntRange(0), default=2, show_default=True, help="How often a tie is judged again."
)
@click.option("--negatives-per-prompt", type=click.IntRange(1), default=1, show_default=True)
@click.option(
    "--search", "order", type=click.Choice(_ORDERS), default="bfs", show_default=True, help="Order of the search."
)
@click.option("--no-search", is_flag=True, help="Stop at the negatives.")
@click.option(
    "--branch", type=click.IntRange(1), default=3, show_default=True, help="Children of a node; of best-of-n the n."
)
@click.option(
    "--beam", type=click.IntRange(1), default=2, show_default=True, help="Nodes of a level that are expanded."
)
@click.option("--depth", type=click.IntRange(1), default=3, show_default=True)
@click.option("--nodes", type=click.IntRange(0), default=0, help="Refinements of a tree at most.  [default: no limit]")
@click.option(
    "--tree-tokens", type=click.IntRange(0), default=0, help="Completion tokens of a tree.  [default: no limit]"
)
@click.option("--early-stop", is_flag=True, help="Children one by one, until the first success.")
@click.option("--refine-tokens", type=click.IntRange(1), default=3072, show_default=True, help="Of a refinement.")
@click.option("--verifiable", is_flag=True, help="Only prompts all of whose constraints a program can check wholly.")
@limit_option("prompts")
@click.option("--seed", type=int, default=0, show_default=True, help="Of the choice among judgements and negatives.")
@store_option
@limit_options
@dry_run_option(" of each phase")
@json_option
def selfplay(
    prompts: str, actor: str, refiners: tuple[str, ...], judge: str | None, checkers: str, out: Path, samples: int,
    temperature: float, top_p: float, max_tokens: int, system: str, votes: int, min_valid: int, tie_rounds: int,
    negatives_per_prompt: int, order: str, no_search: bool, branch: int, beam: int, depth: int, nodes: int,
    tree_tokens: int, early_stop: bool, refine_tokens: int, verifiable: bool, limit: int | None, seed: int,
    store_file: Path, limits: Limits, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Let an actor respond to PROMPTS, a judge find what fails, and a refiner search for what passes.

    PROMPTS: the prompts.parquet of a release (the checkers of its constraints judge too, beside the model or alone), or any
    source format. OUT gets samples.parquet (every response with its votes), negatives.parquet (a failing response a
    prompt), trees.parquet (every refinement) and run.json. `spar-data pairs OUT` makes training data of it.

    With a model and rules as refiners the first child of a node is the smallest edit by rules, where a program can check a
    constraint of the prompt, and the others are the model's.

    \b
    Examples:
      spar-data selfplay releases/spar-mini-1.0.0/data/prompts.parquet --actor smollm2 --refiner smollm2 --judge rules \\
          --limit 4 --max-tokens 120 --out runs/selfplay
      spar-data selfplay prompts.parquet --actor openai:actor@http://localhost:8000/v1 \\
          --refiner openai:refiner@http://localhost:8001/v1 --concurrency 256 --out runs/iteration-1
      spar-data selfplay prompts.parquet --actor smollm2 --refiner smollm2 --refiner rules --checkers also --out runs/both
      spar-data selfplay prompts.parquet --actor smollm2 --refiner rules --no-search --dry-run --out runs/selfplay
    """
    from spar_data.cli.progress import meter
    from spar_data.core import run_folder
    from spar_data.core.errors import SparError
    from spar_data.models import Budget, Store, identify, respond
    from spar_data.models.model_spec import RULES
    from spar_data.models.sampling import Sampling
    from spar_data.selfplay import estimate as planning
    from spar_data.selfplay import run_json as folder
    from spar_data.selfplay.judge.checkers import wholly
    from spar_data.selfplay.judge.judges import judge_of
    from spar_data.selfplay.judge.votes import VoteRule
    from spar_data.selfplay.negatives import NegativesConfig, collect
    from spar_data.selfplay.refine.refiners import refiner_of
    from spar_data.selfplay.search.many_trees import check_children
    from spar_data.selfplay.search.orders import SearchConfig
    from spar_data.sources.release_prompts import constraints_by_id

    refines = refiner_of(refiners, 0.7, max_tokens=refine_tokens)
    wanted = constraints_by_id(prompts)
    only = {name for name, each in wanted.items() if wholly(each)} if verifiable else None
    rows = respond.prompts(prompts, limit or 0, only)
    sampling = Sampling(samples, temperature, top_p, max_tokens, system)
    rule = VoteRule(votes, min_valid, checkers)
    judged_by = judge_of(judge or refines.model or RULES, rule, max_tokens=max_tokens)
    config = NegativesConfig(sampling, tie_rounds, negatives_per_prompt, seed)
    tree = SearchConfig(order, branch, branch, beam, depth, nodes=nodes, tokens=tree_tokens, early_stop=early_stop,
                        rounds=tie_rounds + 1, seed=seed)  # fmt: skip
    if actor == RULES:
        raise click.UsageError("--actor rules: rules cannot respond to prompts; a model is expected")
    if not no_search:
        check_children(refines, tree)
    for spec in (actor, refines.model, judged_by.model):
        if spec:
            identify(spec)  # a wrong spec is an error before anything is written
    if dry_run:
        with planning.opened(store_file) as store:
            phases = planning.negatives(rows, actor, judged_by, sampling, tie_rounds, store, wanted)
        if not no_search:
            phases += planning.search(rows, judged_by, refines, tree, negatives_per_prompt, max_tokens, wanted)
        click.echo(json.dumps(planning.data(phases)) if as_json else planning.text(phases))
        return
    if (not judged_by.model or RULES in refiners or checkers != "beside") and not wanted:
        raise SparError(
            f"{prompts}: rules need the constraints of the prompts: the prompts.parquet of a release is expected"
        )
    settings = {
        **folder.source(rows, prompts),
        "actor": folder.model(actor),
        "judge": folder.judge(judged_by),
        **dataclasses.asdict(config),
        "min_valid": min_valid,
        "exact_vote": "" if checkers == "beside" else checkers,
        "search": None if no_search else {
            "refiner": folder.model(refines.model), "order": order, "branch": branch, "beam": beam, "depth": depth,
            "nodes": nodes, "tokens": tree_tokens, "early_stop": early_stop, "refine_tokens": refine_tokens,
            "rules_first": refines.rules_first,
        },
    }  # fmt: skip
    run_folder.claim(out, _RUN, settings, ("search",))
    facts: dict[str, Any] = {
        "state": "begun",
        "source": folder.place(prompts),
        "models": {"actor": actor, "refiner": " + ".join(refiners), "judge": judged_by.model or RULES},
    }
    with meter() as bar, Store(store_file) as store:
        budget = Budget(limits)
        found = collect(rows, actor, judged_by, config, out, store, budget, bar.calls, wanted)
        facts |= {
            "funnel": found.funnel.to_dict(),
            "calibration": found.funnel.calibration.to_dict(),
            "phases": {phase: tally.to_dict() for phase, tally in found.tallies},
            "stopped": found.stopped,
        }
        if not as_json:
            _tell(found)
        grown = None
        if not no_search and not found.stopped:
            grown = _grow(found, refines, judged_by, tree, out / _TREES, store, budget, bar.calls("search"), wanted)
            facts["trees"] = {name: grown[name] for name in ("counts", "unfinished", "stopped")}
            facts["phases"] |= {"search": grown["calls"]} if "calls" in grown else {}
            facts["stopped"] = grown.get("stopped", "")
    facts["state"] = "stopped" if facts["stopped"] else "negatives" if no_search else "finished"
    run_folder.finish(out, _RUN, settings, facts, ("search",))
    if as_json:
        click.echo(json.dumps({**facts, "out": str(out)}))
        return
    if grown:
        if "asked" in grown:
            click.echo(f"search: {grown['asked']}")
        click.echo("search: " + ", ".join(f"{count:,} {name}" for name, count in grown["counts"].items()))
        if grown["unfinished"]:
            click.echo(
                f"{grown['unfinished']:,} trees are unfinished: {grown['stopped']}. The same command goes on from here."
            )
    click.echo(str(out))


def _grow(found: Any, refiner: Any, judge: Any, tree: Any, file: Path, store: Any, limits: Any,
          report: Any, wanted: Any) -> dict[str, Any]:  # fmt: skip
    """Trees of the negatives; what to say of them. Without negatives an empty file, and no search."""
    from spar_data.core.files import write_parquet
    from spar_data.core.records import frame
    from spar_data.models.summary import closing
    from spar_data.selfplay.records import Node, Sample
    from spar_data.selfplay.run_folder import read
    from spar_data.selfplay.search.many_trees import grow

    if not found.funnel.negatives:
        write_parquet(file, frame([], Node))
        return {"counts": {"trees": 0}, "unfinished": 0, "stopped": ""}
    grown = grow(read(found.negatives, Sample, replies=True), refiner, judge, tree, file, store, limits, report, wanted)
    return {
        "counts": dict(grown.counts),
        "unfinished": grown.unfinished,
        "stopped": grown.stopped,
        "calls": grown.tally.to_dict(),
        "asked": closing(grown.tally),
    }


def _tell(found: Any) -> None:
    from spar_data.models.summary import closing

    for phase, tally in found.tallies:
        click.echo(f"{phase}: {closing(tally)}")
    for line in found.funnel.lines():
        click.echo(line)
