"""Markdown tables that the cards of both kinds of release share."""

from __future__ import annotations

from spar_data.release.load import Manifest

_SIZES = ((1_000, "n<1K"), (10_000, "1K<n<10K"), (100_000, "10K<n<100K"), (1_000_000, "100K<n<1M"))
_REASONS = 6  # reasons of a stage that the funnel names


def size_category(rows: int) -> str:
    """The Hub's tag for a number of rows."""
    return next((name for limit, name in _SIZES if rows < limit), "n>1M")


def funnel_table(manifest: Manifest) -> str:
    """One line per stage: rows in, kept, dropped and failed, with the most frequent reasons."""
    lines = ["## Funnel\n", "| stage | rows in | kept | dropped | failed | reasons |", "|---|---:|---:|---:|---:|---|"]
    for step in manifest["funnel"]:
        reasons = "; ".join(f"{cell(reason)}: {count:,}" for reason, count in step["reasons"][:_REASONS])
        more = len(step["reasons"]) - _REASONS
        reasons += f"; {more} more reasons" if more > 0 else ""
        lines.append(
            f"| {step['stage']} | {step['entered']:,} | {step['kept']:,} | {step['dropped']:,} | {step['failed']:,} | {reasons} |"
        )
    return "\n".join(lines) + "\n"


def files_table(manifest: Manifest) -> str:
    """One line per file with rows, bytes and checksum, then the licence."""
    lines = ["## Files and licence\n", "| file | rows | bytes | sha256 |", "|---|---:|---:|---|"]
    for name, file in manifest["files"].items():
        lines.append(f"| {name} | {file['rows']:,} | {file['bytes']:,} | `{file['sha256']}` |")
    lines.append(f"\nLicence: {manifest['recipe']['release']['license']}. Method: SPaR, arXiv 2412.11605.")
    return "\n".join(lines) + "\n"


def cell(text: str) -> str:
    """Text that cannot break out of a Markdown table."""
    return " ".join(text.split()).replace("|", "\\|")
