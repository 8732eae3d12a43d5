"""Matches the items, samples and checks of several runs, and reports what the runs do not share."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from fractions import Fraction
from typing import NamedTuple

from spar_data.core.errors import SparError
from spar_data.core.intervals import Estimate
from spar_eval.results import Check, Item, Result

_DATA = {"data", "n", "prompts", "items", "pairs"}  # parts of a signature that describe the data

Key = tuple[str, int]
"""Id of an item and number of the sample."""
Checks = Mapping[tuple[str, int], Check]
"""The checks of a response by kind and position among those of that kind: an item may have the same instruction twice."""


class MatchedCheck(NamedTuple):
    """One check of an item on both sides. a, b: shares of the responses that pass it; reason_a, reason_b: of a response
    that shows the difference."""

    kind: str
    a: Fraction
    b: Fraction
    reason_a: str
    reason_b: str


class MatchedItem(NamedTuple):
    """An item under one metric. a, b: shares of its responses that pass all checks. undecided: whether A, and B, has a
    verdict None. cluster: that of the `Item`, or its id."""

    id: str
    a: Fraction
    b: Fraction
    checks: list[MatchedCheck]
    undecided: tuple[bool, bool]
    cluster: str


def match(
    a: Sequence[Mapping[Key, Item]], b: Sequence[Mapping[Key, Item]], keys: Sequence[Key], metric: str
) -> tuple[list[MatchedItem], int]:
    """Matches the items that any run checks under this metric. Also returns the number of checks that some run lacks."""
    samples: defaultdict[str, list[Key]] = defaultdict(list)
    for key in keys:
        samples[key[0]].append(key)
    matched, unmatched = [], 0
    for name, item_keys in samples.items():
        side_a, side_b = ([checks_by_place(run[key], metric) for run in side for key in item_keys] for side in (a, b))
        responses = [*side_a, *side_b]
        places = dict.fromkeys(place for checks in responses for place in checks)
        if not places:
            continue
        unmatched += sum(any(place not in checks for checks in responses) for place in places)
        checks = []
        for place in places:
            share_a, share_b = _share(side_a, place, metric), _share(side_b, place, metric)
            reason_a = _reason(side_a, place, metric, passed=share_a > share_b)
            reason_b = _reason(side_b, place, metric, passed=share_b > share_a)
            checks.append(MatchedCheck(place[0], share_a, share_b, reason_a, reason_b))
        share_a, share_b = _share_of_all(side_a, metric), _share_of_all(side_b, metric)
        undecided = _undecided(side_a, metric), _undecided(side_b, metric)
        matched.append(MatchedItem(name, share_a, share_b, checks, undecided, a[0][item_keys[0]].cluster or name))
    return matched, unmatched


def checks_by_place(item: Item, metric: str) -> dict[tuple[str, int], Check]:
    """The item's checks under a metric. Their positions count the checks of other metrics, too."""
    position: Counter[str] = Counter()
    checks = {}
    for check in item.checks:
        place = (check.kind, position[check.kind])
        position[check.kind] += 1
        if metric in check.verdicts:
            checks[place] = check
    return checks


def _share(side: Sequence[Checks], place: tuple[str, int], metric: str) -> Fraction:
    passed = sum(place in checks and checks[place].verdicts[metric] is True for checks in side)
    return Fraction(passed, len(side))


def _share_of_all(side: Sequence[Checks], metric: str) -> Fraction:
    """Share of the responses that have checks and pass all of them."""
    passed = sum(bool(checks) and all(c.verdicts[metric] is True for c in checks.values()) for checks in side)
    return Fraction(passed, len(side))


def _undecided(side: Sequence[Checks], metric: str) -> bool:
    return any(check.verdicts[metric] is None for checks in side for check in checks.values())


def _reason(side: Sequence[Checks], place: tuple[str, int], metric: str, passed: bool) -> str:
    """The reason of the first response whose verdict is `passed`, else of the first that has the check."""
    checks = [response[place] for response in side if place in response]
    if not checks:
        return "not checked"
    return next((c.reason for c in checks if (c.verdicts[metric] is True) == passed), checks[0].reason)


class CommonItems(NamedTuple):
    """The items of several runs of one task. by_run: all items of each. keys: those in every run. others: those that are not."""

    by_run: list[dict[Key, Item]]
    keys: list[Key]
    others: list[Key]

    @property
    def ids(self) -> int:
        return len({name for name, _ in self.keys})


def common_items(runs: Sequence[Result]) -> CommonItems:
    """Raises SparError for runs of different tasks, an item that is twice in a run, and runs without a common item."""
    tasks = sorted({run.task for run in runs})
    if len(tasks) > 1:
        raise SparError(f"runs of different tasks, {' and '.join(tasks)}: runs of the same task are expected")
    by_run = [items_by_key(run) for run in runs]
    order = dict.fromkeys(key for items in by_run for key in items)
    keys = [key for key in order if all(key in items for items in by_run)]
    if not keys:
        examples = " and ".join(labels(list(items)[:1]) for items in (by_run[0], by_run[-1]))
        raise SparError(f"the runs have no item in common: runs on the same data are expected (ids such as {examples})")
    in_all = set(keys)
    return CommonItems(by_run, keys, [key for key in order if key not in in_all])


def items_by_key(run: Result) -> dict[Key, Item]:
    """Raises SparError for an item that is in the run twice."""
    items: dict[Key, Item] = {}
    for item in run.items:
        key = (item.id, item.sample)
        if key in items:
            raise SparError(f"{run.model}: item {label(key)} is in responses.jsonl twice: one each is expected")
        items[key] = item
    return items


def label(key: Key) -> str:
    return f"{key[0]}, sample {key[1]}" if key[1] else key[0]


def labels(keys: Sequence[Key], at_most: int = 5) -> str:
    """The first keys as text, with '...' if there are more."""
    return ", ".join(map(label, keys[:at_most])) + (", ..." if len(keys) > at_most else "") or "none"


def reported_scores(runs: Sequence[Result]) -> Iterator[tuple[Estimate, list[float]]]:
    """The headline scores that every run has, with the value in each run."""
    for score in runs[0].scores:
        values = [other.value for run in runs for other in run.scores if other.name == score.name]
        if len(values) == len(runs):
            yield score, values


def signature_notes(runs: Sequence[Result]) -> list[str]:
    """Notes on the parts of a signature in which the other runs differ from the first one."""
    first = _parts(runs[0])
    notes = []
    for parts in dict.fromkeys(map(_parts, runs[1:])):
        removed, added = [p for p in first if p not in parts], [p for p in parts if p not in first]
        if not removed and not added:
            continue
        data = any(part.partition(":")[0] in _DATA for part in (*removed, *added))
        fact = "the runs were not made on the same data" if data else "the runs were not made with the same settings"
        notes.append(f"{fact}: {'|'.join(removed) or 'nothing'} against {'|'.join(added) or 'nothing'}")
    return notes


def _parts(run: Result) -> tuple[str, ...]:
    """Parts of the signature without the model."""
    return tuple(part for part in run.signature.split("|") if not part.startswith("model:"))


def wording_notes(runs: Sequence[Mapping[Key, Item]], keys: Sequence[Key]) -> list[str]:
    """A note on the prompts whose text differs between runs."""
    other = [key for key in keys if len({run[key].prompt for run in runs}) > 1]
    return [f"{len(other):,} prompts have another wording under the same id: {labels(other)}"] if other else []
