"""Which items, samples and checks of several runs belong together, and what the runs do not have in common."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Sequence
from fractions import Fraction
from typing import NamedTuple

from spar_data.core.errors import SparError
from spar_eval.results import Check, Item, Result

_DATA = {"data", "n", "prompts", "items", "pairs"}  # parts of a signature that say what was asked

Key = tuple[str, int]
"""Id and sample."""


class Outcome(NamedTuple):
    """One check of one item over all its responses: shares that passed, and the reasons to tell."""

    kind: str
    a: Fraction
    b: Fraction
    reason: str
    before: str


class Row(NamedTuple):
    """One item under one metric. a, b: shares of its responses of which all checks passed. cluster: of `Item`, or its id."""

    id: str
    a: Fraction
    b: Fraction
    outcomes: list[Outcome]
    undecided: tuple[bool, bool]
    cluster: str


def rows_of(
    a: Sequence[dict[Key, Item]], b: Sequence[dict[Key, Item]], keys: Sequence[Key], metric: str
) -> tuple[list[Row], int]:
    """The items that any run checks under this metric, and how many of their checks not every run has."""
    samples: defaultdict[str, list[Key]] = defaultdict(list)
    for key in keys:
        samples[key[0]].append(key)
    found, alone = [], 0
    for id, own in samples.items():
        side_a = [checks_of(each[key], metric) for each in a for key in own]
        side_b = [checks_of(each[key], metric) for each in b for key in own]
        places = list(dict.fromkeys(place for each in (*side_a, *side_b) for place in each))
        if not places:
            continue
        alone += sum(any(place not in each for each in (*side_a, *side_b)) for place in places)
        outcomes = []
        for place in places:
            share_a, share_b = _share(side_a, place, metric), _share(side_b, place, metric)
            reason = _reason(side_b, place, metric, share_b > share_a)
            outcomes.append(
                Outcome(place[0], share_a, share_b, reason, _reason(side_a, place, metric, share_a > share_b))
            )
        undecided = tuple(
            any(check.verdicts[metric] is None for each in side for check in each.values()) for side in (side_a, side_b)
        )
        cluster = a[0][own[0]].cluster or id
        whole = _whole(side_a, metric), _whole(side_b, metric)
        found.append(Row(id, *whole, outcomes, (undecided[0], undecided[1]), cluster))
    return found, alone


def checks_of(item: Item, metric: str) -> dict[tuple[str, int], Check]:
    """The item's checks under the metric by kind and how manieth of the kind: an instruction may stand there twice."""
    seen: Counter[str] = Counter()
    found = {}
    for check in item.checks:
        place = (check.kind, seen[check.kind])
        seen[check.kind] += 1
        if metric in check.verdicts:
            found[place] = check
    return found


def _share(side: Sequence[dict[tuple[str, int], Check]], place: tuple[str, int], metric: str) -> Fraction:
    passed = sum(place in each and each[place].verdicts[metric] is True for each in side)
    return Fraction(passed, len(side))


def _whole(side: Sequence[dict[tuple[str, int], Check]], metric: str) -> Fraction:
    """Of an item's responses those that have checks and pass all of them."""
    passed = sum(bool(each) and all(c.verdicts[metric] is True for c in each.values()) for each in side)
    return Fraction(passed, len(side))


def _reason(side: Sequence[dict[tuple[str, int], Check]], place: tuple[str, int], metric: str, passed: bool) -> str:
    """Of the first response whose verdict is of the wanted sort, else of the first that has the check."""
    found = [each[place] for each in side if place in each]
    if not found:
        return "not checked"
    return next((c.reason for c in found if (c.verdicts[metric] is True) == passed), found[0].reason)


def by_key(run: Result) -> dict[Key, Item]:
    """A run's items by id and sample. Raises SparError for one that stands there twice."""
    found: dict[Key, Item] = {}
    for item in run.items:
        key = (item.id, item.sample)
        if key in found:
            raise SparError(f"{run.model}: item {label(key)} stands in responses.jsonl twice: one each is expected")
        found[key] = item
    return found


def label(key: Key) -> str:
    return f"{key[0]}, sample {key[1]}" if key[1] else key[0]


def told(keys: Sequence[Key]) -> str:
    return ", ".join(label(key) for key in keys) or "none"


def differing(runs: Sequence[Result]) -> list[str]:
    """What stands in the signature of the first run and not in that of another, and the other way round."""
    first = _parts(runs[0])
    notes = []
    for parts in dict.fromkeys(map(_parts, runs[1:])):
        left, right = [p for p in first if p not in parts], [p for p in parts if p not in first]
        if not left and not right:
            continue
        data = any(part.partition(":")[0] in _DATA for part in (*left, *right))
        what = "the runs were not made on the same data" if data else "the runs were not made with the same settings"
        notes.append(f"{what}: {'|'.join(left) or 'nothing'} against {'|'.join(right) or 'nothing'}")
    return notes


def _parts(run: Result) -> tuple[str, ...]:
    """Of the signature, but for the model: that is what is compared."""
    return tuple(part for part in run.signature.split("|") if not part.startswith("model:"))


def other_prompts(maps: Sequence[dict[Key, Item]], keys: Sequence[Key]) -> list[str]:
    other = [key for key in keys if len({each[key].prompt for each in maps}) > 1]
    if not other:
        return []
    more = ", ..." if len(other) > 5 else ""
    return [f"{len(other):,} prompts have another wording under the same id: {told(other[:5])}{more}"]
