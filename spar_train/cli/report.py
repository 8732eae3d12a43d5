"""`spar-train report`: the HTML page of loops."""

from __future__ import annotations

from pathlib import Path

import click

from spar_data.cli.options import FILE


@click.command()
@click.argument("loops", nargs=-1, required=True, type=FILE, metavar="LOOP...")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="File to write.  [default: report.html in the first LOOP]")  # fmt: skip
def report(loops: tuple[Path, ...], out: Path | None) -> None:
    """Write an HTML page about one or several loops: scores by iteration with 95% intervals, training curves, rows, time.

    The page is one file that needs no network. Loops that differ only in their seed share a curve: the mean, with an interval
    over seeds. Other recipes or settings have their own curves. The page of an unfinished loop shows what exists so far.

    \b
    Examples:
      spar-train report runs/loop
      spar-train report runs/spar-0 runs/spar-1 runs/spar-2 runs/direct-0 runs/direct-1 runs/direct-2 --out both.html
    """
    from spar_train.report.page import page

    file = out or loops[0] / "report.html"
    page(loops, file)
    click.echo(str(file))
