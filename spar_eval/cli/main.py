"""The command `spar-eval`."""

from __future__ import annotations

import click

from spar_data import __version__
from spar_data.cli.exit_codes import entry
from spar_eval.cli.doctor import doctor, fresh, selftest
from spar_eval.cli.followbench import followbench
from spar_eval.cli.general import general
from spar_eval.cli.instructions import benchmark_commands, ifeval, verifiable
from spar_eval.cli.llmbar import llmbar
from spar_eval.cli.refinement import refinement
from spar_eval.cli.runs import compare, contamination, pool, report


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 110})
@click.version_option(__version__, prog_name="spar-eval")
def cli() -> None:
    """Score models and responses, with intervals, reasons and a signature on every score."""


_EVALUATORS = (ifeval, *benchmark_commands(), llmbar, refinement, followbench, verifiable, general)
_RUNS = (compare, pool, contamination, report)
_DATA = (doctor, fresh, selftest)
for command in (*_EVALUATORS, *_RUNS, *_DATA):
    cli.add_command(command)

main = entry(cli)
