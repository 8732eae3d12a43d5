"""Statistics of pairs: how similar their sides are, how long, and how sure the judge was.

SPaR claims that pairs from refinement differ in little but the constraints; compared with `direct`, the claim becomes a
number.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass

import polars as pl

from spar_data.core.files import JsonValue
from spar_data.models import estimate_tokens
from spar_data.selfplay.records import Pair, squeeze
from spar_data.selfplay.refine.similarity import similarity

# A word, a character of a script without spaces, or one mark: the units of the self-BLEU filter.
_UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Myanmar}\p{Khmer}"
_TOKENS = rf"[{_UNSPACED}]|[\w&&[^{_UNSPACED}]]+|[^\w\s]"
CUTOFF = 2048  # tokens: where the authors' DPO cuts prompt and response off


@dataclass(frozen=True)
class PairStatistics:
    """Means over the pairs of one recipe; None where undefined.

    prompts                            number of different prompts.
    character_similarity, token_similarity   0 to 1, see similarity.py; tokens are words and marks.
    edit_tokens                        tokens inserted and deleted from rejected to chosen.
    longer_characters, longer_tokens   length of chosen minus that of rejected.
    chosen_longer                      share of the pairs whose chosen side has more characters.
    chosen_value, rejected_value       share of Yes votes, or score; None where nobody judged.
    over_cutoff                        share of the pairs with prompt and longer side above CUTOFF tokens, as estimated.
    characters                         sorted similarities of all pairs, for a histogram.
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

    def to_dict(self) -> dict[str, JsonValue]:
        means = {name: round(v, 6) if isinstance(v, float) else v for name, v in asdict(self).items()}
        return {**means, "characters": [round(value, 4) for value in self.characters]}


@dataclass(frozen=True)
class Overlap:
    """Numbers of prompts, rejected sides and chosen sides that two recipes have in common, each counted once."""

    prompts: int
    rejected: int
    chosen: int


def measure(pairs: Sequence[Pair]) -> PairStatistics:
    """Measures the pairs of one recipe.

    A pair of independent sides of 2,000 characters takes about a millisecond; the time grows with the product of lengths.
    """
    chosen, rejected = (_tokens([getattr(p, side) for p in pairs]) for side in ("chosen", "rejected"))
    alike = [similarity(one, other) for one, other in zip(chosen, rejected, strict=True)]
    characters = sorted(similarity(p.chosen, p.rejected) for p in pairs)
    sizes = [(len(one), len(other)) for one, other in zip(chosen, rejected, strict=True)]
    wider = [len(p.chosen) - len(p.rejected) for p in pairs]
    lengths = [
        estimate_tokens("".join(m.content for m in p.prompt)) + max(map(estimate_tokens, (p.chosen, p.rejected)))
        for p in pairs
    ]
    return PairStatistics(
        pairs=len(pairs),
        prompts=len({pair.prompt_id for pair in pairs}),
        character_similarity=mean(characters),
        token_similarity=mean(alike),
        edit_tokens=mean([(one + other) * (1 - same) for (one, other), same in zip(sizes, alike, strict=True)]),
        longer_characters=mean(wider),
        longer_tokens=mean([one - other for one, other in sizes]),
        chosen_longer=mean([difference > 0 for difference in wider]),
        chosen_value=mean([p.chosen_value for p in pairs]),
        rejected_value=mean([p.rejected_value for p in pairs]),
        over_cutoff=mean([length > CUTOFF for length in lengths]),
        characters=characters,
    )


def overlap(one: Sequence[Pair], other: Sequence[Pair]) -> Overlap:
    """Counts what two recipes have in common. Sides are equal if prompt and text are, white space aside."""

    def sides(pairs: Sequence[Pair], side: str) -> set[tuple[str, str]]:
        return {(pair.prompt_id, squeeze(getattr(pair, side))) for pair in pairs}

    return Overlap(
        len({p.prompt_id for p in one} & {p.prompt_id for p in other}),
        len(sides(one, "rejected") & sides(other, "rejected")),
        len(sides(one, "chosen") & sides(other, "chosen")),
    )


def _tokens(texts: Sequence[str]) -> list[list[str]]:
    return pl.Series(texts, dtype=pl.String).str.extract_all(_TOKENS).to_list()


def statistics_table(recipes: Mapping[str, PairStatistics]) -> list[tuple[str, list[str]]]:
    """One line for each figure, with a cell for each recipe."""
    lines = [(label, [_cell(getattr(stats, name), form) for stats in recipes.values()]) for name, label, form in _LINES]
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


def mean(values: Iterable[float | None]) -> float | None:
    """The mean of the defined values, None if there are none."""
    defined = [value for value in values if value is not None]
    return statistics.fmean(defined) if defined else None
