"""`spar-train report`."""

from __future__ import annotations

from pathlib import Path

import click

from spar_data.cli.options import FILE


@click.command()
@click.argument("loops", nargs=-1, required=True, type=FILE, metavar="LOOP...")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), metavar="FILE",
              help="The page.  [default: report.html in the first LOOP]")  # fmt: skip
def report(loops: tuple[Path, ...], out: Path | None) -> None:
    """Write the HTML page of one loop or several: scores by iteration with 95% intervals, training curves, rows, time.

    One file that needs no network. Loops of equal settings but other seeds are one curve, the mean with an interval over
    seeds; other recipes or settings are curves of their own beside it. A loop that is not finished shows what there is.

    \b
    Examples:
      spar-train report runs/loop
      spar-train report runs/spar-0 runs/spar-1 runs/spar-2 runs/direct-0 runs/direct-1 runs/direct-2 --out both.html
    """
    from spar_train.report.page import page

    file = out or loops[0] / "report.html"
    page(loops, file)
    click.echo(str(file))
