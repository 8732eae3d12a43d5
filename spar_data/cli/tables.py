"""Tables that several commands print."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from rich.console import Console

    from spar_data.prompts.ledger import StageCount


def terminal() -> Console:
    """The terminal, or lines of 120 characters where the output goes to a file."""
    from rich.console import Console

    console = Console(highlight=False)
    return console if console.is_terminal else Console(highlight=False, width=120)


def print_funnel(steps: list[StageCount], reasons: int = 3) -> None:
    """Prints one line per step, with the most frequent reasons."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("stage", "in", "kept", "dropped", "failed"):
        table.add_column(name, justify="left" if name == "stage" else "right")
    table.add_column("reasons", overflow="fold")
    for step in steps:
        texts = [f"{reason}: {count:,}" for reason, count in step.reasons[:reasons]]
        if len(step.reasons) > reasons:
            texts.append(f"{len(step.reasons) - reasons} more")
        counts = (f"{n:,}" for n in (step.entered, step.kept, step.dropped, step.failed))
        table.add_row(step.stage, *counts, escape("; ".join(texts)))
    terminal().print(table)


def print_columns(names: list[str], lines: list[tuple[str, list[str]]]) -> None:
    """Prints figures side by side. names: the heads of the columns. lines: label and cells of each line."""
    from rich.markup import escape
    from rich.table import Table

    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("")
    for name in names:
        table.add_column(escape(name), justify="right")
    for label, cells in lines:
        table.add_row(escape(label), *map(escape, cells))
    terminal().print(table)
