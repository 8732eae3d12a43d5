"""The command `spar-eval`. Every evaluator is a file in spar_eval/commands."""

from __future__ import annotations

import click

from spar_data import __version__
from spar_data.entry import entry
from spar_eval.commands.compare import compare
from spar_eval.commands.contamination import contamination
from spar_eval.commands.doctor import doctor, fresh
from spar_eval.commands.followbench import followbench
from spar_eval.commands.general import general
from spar_eval.commands.ifbench import ifbench
from spar_eval.commands.ifeval import ifeval
from spar_eval.commands.llmbar import llmbar
from spar_eval.commands.pool import pool
from spar_eval.commands.refinement import refinement
from spar_eval.commands.report import report
from spar_eval.commands.selftest import selftest
from spar_eval.commands.verifiable import verifiable


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="spar-eval")
def cli() -> None:
    """Score models and responses, with intervals, reasons and a signature on every score."""


_EVALUATORS = (ifeval, ifbench, llmbar, refinement, followbench, verifiable, general)
_RUNS = (compare, pool, contamination, report)
_DATA = (doctor, fresh, selftest)
for command in (*_EVALUATORS, *_RUNS, *_DATA):
    cli.add_command(command)

main = entry(cli)
