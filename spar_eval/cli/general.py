"""`spar-eval general`."""

from __future__ import annotations

from pathlib import Path

import click

from spar_data.cli.options import config_options, dry_run_option, json_option
from spar_eval.benchmarks.general.config import GeneralConfig
from spar_eval.cli.options import finish, out_option, result_folder, show_plan


@click.command()
@click.option("--model", required=True, metavar="SPEC", help="hf:PATH, vllm:PATH, smollm2 or openai:MODEL@URL.")
@config_options(GeneralConfig, "config")
@out_option
@dry_run_option()
@json_option
def general(model: str, config: GeneralConfig, out: Path | None, dry_run: bool, as_json: bool) -> None:
    """Score general abilities (GSM8K, TriviaQA, MMLU, HumanEval) by lm-evaluation-harness.

    Needs: pip install 'spar-suite[general]'. The data of the tasks come from the Hub, unless --include names others.

    \b
    Examples:
      spar-eval general --model hf:models/tuned --tasks gsm8k,mmlu --limit 100
      spar-eval general --model vllm:models/tuned --tasks humaneval --allow-code
      spar-eval general --model openai:my-model@http://localhost:8000/v1 --tasks gsm8k,triviaqa
      spar-eval general --model smollm2 --tasks my_gsm8k --include my_tasks --max-tokens 128 --limit 4
    """
    from spar_eval.benchmarks.general.run import evaluate_general, plan_general

    if dry_run:
        show_plan(plan_general(model, config), model, as_json)
        return
    finish(evaluate_general(model, config), out or result_folder("general", model), as_json)
