"""`spar-eval general`."""

from __future__ import annotations

from pathlib import Path

import click

from spar_eval.cli.options import FILE


@click.command()
@click.option("--model", required=True, metavar="SPEC", help="hf:PATH, vllm:PATH, smollm2 or openai:MODEL@URL.")
@click.option(
    "--tasks",
    default="gsm8k,triviaqa,mmlu",
    show_default=True,
    help="Tasks of lm-eval, with commas between; humaneval, the paper's fourth, needs --allow-code.",
)
@click.option("--include", type=FILE, metavar="FOLDER", help="YAML tasks of your own, e.g. over local files.")
@click.option(
    "--shots", type=click.IntRange(0), metavar="N", help="Examples in the prompt.  [default: as the task says]"
)
@click.option("--chat/--no-chat", default=True, show_default=True, help="Prompts go through the model's chat template.")
@click.option("--system", default="", help="A system prompt.")
@click.option("--max-tokens", type=click.IntRange(2), help="Of one reply.  [default: as the task says, else 256]")
@click.option("--allow-code", is_flag=True, help="Tasks may run code that the model writes, on this machine.")
@click.option(
    "--concurrency",
    type=click.IntRange(1),
    default=16,
    show_default=True,
    metavar="N",
    help="Calls to a server in flight.",
)
@click.option("--limit", type=click.IntRange(min=1), metavar="N", help="The first N items of each task only.")
@click.option(
    "--cache",
    type=FILE,
    default=Path("runs/lm-eval"),
    show_default=True,
    help="Folder where lm-eval keeps answers: the same command goes on where it stopped.",
)
@click.option("--out", type=FILE, help="Folder for the result.  [default: runs/eval/general/MODEL]")
@click.option("--dry-run", is_flag=True, help="Print calls, tokens and money, make no call. Loads the tasks' data.")
@click.option("--json", "as_json", is_flag=True, help="Print the result as JSON.")
def general(
    model: str, tasks: str, include: Path | None, shots: int | None, chat: bool, system: str, max_tokens: int | None,
    allow_code: bool, concurrency: int, limit: int | None, cache: Path, out: Path | None, dry_run: bool, as_json: bool,
) -> None:  # fmt: skip
    """Score general abilities (GSM8K, TriviaQA, MMLU, HumanEval) by lm-evaluation-harness.

    Needs: pip install 'spar-suite[general]'. The tasks' data come from the Hub, unless --include names others.

    \b
    Examples:
      spar-eval general --model hf:models/tuned --tasks gsm8k,mmlu --limit 100
      spar-eval general --model vllm:models/tuned --tasks humaneval --allow-code
      spar-eval general --model openai:my-model@http://localhost:8000/v1 --tasks gsm8k,triviaqa
      spar-eval general --model smollm2 --tasks my_gsm8k --include my_tasks --max-tokens 128 --limit 4
    """
    from spar_data.cli.models import show_plan
    from spar_eval.benchmarks.general import run as work
    from spar_eval.cli.options import finish, result_folder

    names = tuple(dict.fromkeys(filter(None, (each.strip() for each in tasks.split(",")))))
    if not names:
        raise click.UsageError("--tasks is empty: names of lm-eval tasks are expected, e.g. gsm8k,mmlu")
    settings = work.Settings(
        names, shots, limit, max_tokens, chat, system, include, allow_code, concurrency, cache
    )  # fmt: skip
    if dry_run:
        show_plan(work.plan(model, settings), model, as_json)
        return
    finish(work.run(model, settings), out or result_folder("general", model), as_json)
