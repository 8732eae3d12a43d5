"""`spar-eval report`."""

from __future__ import annotations

from pathlib import Path

import click

from spar_data.cli.options import FILE


@click.command()
@click.argument("run", type=FILE)
@click.argument("run2", type=FILE, required=False)
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="File of the page.  [default: report.html in RUN; comparison.html in RUN2]")  # fmt: skip
def report(run: Path, run2: Path | None, out: Path | None) -> None:
    """Write the HTML page of the finished run in the folder RUN, or of two runs of the same task side by side.

    The page is one file that needs no network. Every run has its own page, report.html. With RUN2 the page compares RUN (A)
    and RUN2 (B): differences paired by prompt, regressions and improvements, both responses beside each other.

    \b
    Examples:
      spar-eval report runs/eval/ifeval/tuned --out tuned.html
      spar-eval report runs/eval/ifeval/base runs/eval/ifeval/tuned --out both.html
    """
    from spar_eval.report.page import page
    from spar_eval.run_folder import load_result

    file = out or (run2 / "comparison.html" if run2 else run / "report.html")
    page([load_result(folder) for folder in (run, run2) if folder], file)
    click.echo(str(file))
