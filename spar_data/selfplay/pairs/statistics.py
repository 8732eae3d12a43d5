"""What pairs are like: how similar their sides are, how long, how sure the judge was. SPaR's claim is that pairs from
refinement differ in little but the constraints; beside `direct` the claim becomes a number."""

from __future__ import annotations

import statistics
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import polars as pl

from spar_data.models import estimate_tokens
from spar_data.selfplay.records import Pair, squeeze
from spar_data.selfplay.refine.similarity import ratio, similarity

# A word, a character of a script without spaces, or one mark: the units of the self-BLEU filter.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Myanmar}\p{Khmer}"
_TOKENS = rf"[{_UNSPACED}]|[\w&&[^{_UNSPACED}]]+|[^\w\s]"
CUTOFF = 2048  # tokens: where the authors' DPO cuts prompt and response off


@dataclass(frozen=True)
class Statistics:
    """Means over the pairs of one recipe, but for `characters`, which are sorted values for a histogram.

    character_similarity, token_similarity   0 to 1, see similarity.py; tokens are words and marks.
    edit_tokens                 tokens inserted and deleted from rejected to chosen.
    longer_characters, longer_tokens   chosen minus rejected.
    chosen_longer               share of the pairs whose chosen side has more characters.
    chosen_value, rejected_value   share of Yes votes, or score; None where nobody judged.
    prompts                     different ones.
    over_cutoff                 share of the pairs with prompt and longer side above CUTOFF tokens, as estimated.
    """

    pairs: int
    prompts: int
    character_similarity: float | None
    token_similarity: float | None
    edit_tokens: float | None
    longer_characters: float | None
    longer_tokens: float | None
    chosen_longer: float | None
    chosen_value: float | None
    rejected_value: float | None
    over_cutoff: float | None
    characters: list[float]

    def to_dict(self) -> dict[str, Any]:
        return {name: _round(value) for name, value in asdict(self).items()}


@dataclass(frozen=True)
class Overlap:
    """Prompts, rejected sides and chosen sides that two recipes have in common, each counted once."""

    prompts: int
    rejected: int
    chosen: int


def measure(pairs: Sequence[Pair]) -> Statistics:
    """About a millisecond a pair of independent sides of 2,000 characters; the time grows with their product."""
    if not pairs:
        return Statistics(0, 0, None, None, None, None, None, None, None, None, None, [])
    sides = [tokens([p.chosen for p in pairs]), tokens([p.rejected for p in pairs])]
    alike = [ratio(one, other) for one, other in zip(*sides, strict=True)]
    characters = [similarity(p.chosen, p.rejected) for p in pairs]
    lengths = [(len(one), len(other)) for one, other in zip(*sides, strict=True)]
    wider = [len(p.chosen) - len(p.rejected) for p in pairs]
    long = [
        estimate_tokens("".join(m.content for m in p.prompt)) + max(map(estimate_tokens, (p.chosen, p.rejected)))
        for p in pairs
    ]
    mean = statistics.fmean
    return Statistics(
        pairs=len(pairs),
        prompts=len({pair.prompt_id for pair in pairs}),
        character_similarity=mean(characters),
        token_similarity=mean(alike),
        edit_tokens=mean((one + other) * (1 - same) for (one, other), same in zip(lengths, alike, strict=True)),
        longer_characters=mean(wider),
        longer_tokens=mean(one - other for one, other in lengths),
        chosen_longer=mean(each > 0 for each in wider),
        chosen_value=_mean([p.chosen_value for p in pairs]),
        rejected_value=_mean([p.rejected_value for p in pairs]),
        over_cutoff=mean(each > CUTOFF for each in long),
        characters=sorted(characters),
    )


def overlap(one: Sequence[Pair], other: Sequence[Pair]) -> Overlap:
    """What both have in common: a side is the same if its prompt and its text are, but for white space."""

    def sides(pairs: Sequence[Pair], side: str) -> set[tuple[str, str]]:
        return {(pair.prompt_id, squeeze(getattr(pair, side))) for pair in pairs}

    return Overlap(
        len({p.prompt_id for p in one} & {p.prompt_id for p in other}),
        len(sides(one, "rejected") & sides(other, "rejected")),
        len(sides(one, "chosen") & sides(other, "chosen")),
    )


def tokens(texts: Sequence[str]) -> list[list[str]]:
    return pl.Series(texts, dtype=pl.String).str.extract_all(_TOKENS).to_list()


def table(found: Mapping[str, Statistics]) -> list[tuple[str, list[str]]]:
    """One line a figure, one cell a recipe."""
    lines = [(label, [_cell(getattr(each, name), form) for each in found.values()]) for name, label, form in _LINES]
    return [line for line in lines if any(cell != "-" for cell in line[1])]


_LINES = (
    ("pairs", "pairs", "{:,}"),
    ("prompts", "prompts", "{:,}"),
    ("character_similarity", "similarity of sides (characters)", "{:.3f}"),
    ("token_similarity", "similarity of sides (tokens)", "{:.3f}"),
    ("edit_tokens", "tokens inserted and deleted", "{:,.1f}"),
    ("longer_characters", "chosen longer by (characters)", "{:+,.1f}"),
    ("longer_tokens", "chosen longer by (tokens)", "{:+,.1f}"),
    ("chosen_longer", "pairs with the longer side chosen", "{:.1%}"),
    ("chosen_value", "value of the chosen side", "{:.3f}"),
    ("rejected_value", "value of the rejected side", "{:.3f}"),
    ("over_cutoff", f"pairs above {CUTOFF:,} tokens (estimated)", "{:.1%}"),
)


def _cell(value: float | None, form: str) -> str:
    return "-" if value is None else form.format(value)


def _mean(values: Sequence[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return statistics.fmean(known) if known else None


def _round(value: Any) -> Any:
    if isinstance(value, list):
        return [round(each, 4) for each in value]
    return round(value, 6) if isinstance(value, float) else value
