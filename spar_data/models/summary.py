"""The counts of a run in words."""

from __future__ import annotations

from spar_data.models.spending.tally import Tally


def line(tally: Tally) -> str:
    """'1,204 of 5,000 samples, 17 failed, 300 stored before, 2,310 tokens/s, 0.42 USD of about 1.75, 12 min left'"""
    of = "" if tally.total is None else f" of {tally.total:,}"
    parts = [f"{tally.finished:,}{of} samples"]
    parts += [f"{tally.failed.total():,} failed"] if tally.failed else []
    parts += [f"{tally.cached:,} stored before"] if tally.cached else []
    if tally.done or tally.failed:
        parts.append(f"{tally.completion_tokens / tally.seconds:,.0f} tokens/s")
    seconds, usd = tally.projected()
    if tally.usd:
        parts.append(f"{tally.usd:.4f} USD" + (f" of about {usd:.4f}" if usd and tally.ended is None else ""))
    if seconds and tally.ended is None:
        parts.append(f"{duration(seconds)} left")
    parts += [tally.note] if tally.note and tally.ended is None else []
    return ", ".join(parts)


def duration(seconds: float) -> str:
    """'8 s', '12 min', '3 h 05 min'"""
    if seconds < 90:
        return f"{seconds:.0f} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"


def closing(tally: Tally) -> str:
    """The closing lines of a command, with failures by cause."""
    money = "" if tally.usd is None else f", {tally.usd:.4f} USD"
    rate = tally.completion_tokens / tally.seconds
    lines = [
        f"{tally.model}: {tally.done:,} new answers, {tally.cached:,} stored before, {tally.failed.total():,} failed, "
        f"{tally.not_asked:,} not asked",
        f"{tally.prompt_tokens:,} + {tally.completion_tokens:,} tokens{money} in {duration(tally.seconds)}, "
        f"{rate:,.0f} tokens/s written, {tally.retries:,} retries",
    ]
    lines += [f"  failed: {count:,} x {cause}" for cause, count in tally.failed.most_common()]
    if tally.stopped:
        lines.append(f"Stopped by the {tally.stopped}. The same command goes on from here.")
    elif tally.failed:
        lines.append("The same command asks again only for what failed.")
    return "\n".join(lines)
