"""`rules` as a refiner: the smallest edit after which all the verifiable constraints of a prompt pass.

Repairs of different constraints get in each other's way: an added sentence brings a comma, a cut removes a keyword. So each
repair is the first candidate that breaks nothing that passes, or the one that breaks least; the next round repairs what it
broke. Several orders are tried, and of the texts that pass everything the one most similar to the original is taken. A text
that fails a constraint is never returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cache

import msgspec

from spar_data.constraints import repairs, run_checker
from spar_data.core.assets import asset
from spar_data.core.config import read_toml
from spar_data.core.records import Constraint, decode_constraints
from spar_data.models import Answer, Completion, Failure, Unparsed
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.similarity import similarity

_ROUNDS = 6
_LONG = 20_000  # characters; a longer response is tried in one order
_WORK = 4_000_000  # characters that all checks of one order read: a long response is given up early

_TAGS = re.compile(r"\[\[\s*(?:start|end)\s*\]\]", re.IGNORECASE)
_NO_REPAIR = "no repair"  # the cause of a failure
_REPLY = "Reflection on how to refine the Output: {reflection}\nFinal Refined Output: [[start]] {text} [[end]]"


def refine_by_rules(prompt: str, response: str, constraints: Iterable[Constraint | Mapping[str, object]]) -> str | None:
    """Makes the smallest known edit of a response after which all its verifiable constraints pass. No model is asked.

    constraints: those of a `Prompt`, or rows of a release. The prompt is not read: its constraints say everything. Returns
    the response itself if they all pass already, and None if there is nothing to verify, no repair succeeds, or the
    response is empty or longer than `repairs.LONGEST`. Raises SparError for a malformed constraint, an unknown checker and
    wrong parameters.

    >>> from spar_data import Constraint, refine_by_rules
    >>> no_commas = Constraint("format.punctuation.without", "Use no commas.", "punctuation.absent", "whole", {"mark": ","})
    >>> refine_by_rules("Describe a bee. Use no commas.", "A bee is small, quick and loud.", [no_commas])
    'A bee is small quick and loud.'
    """
    rules = _verifiable(constraints)
    if not rules or not response.strip() or len(response) > repairs.LONGEST:
        return None
    similarities: dict[str, float] = {}
    for order in _orders(rules):
        text = _search(response, order)
        if text == response:
            return response
        if text is not None and all(_passes(text.strip(), rule) for rule in rules):
            text = text.strip()  # as it comes back out of a reply
        if text is not None and text not in similarities:
            similarities[text] = similarity(response, text)
            if similarities[text] > 0.9:  # no other order is going to change much less
                break
        if len(response) > _LONG:
            break
    return max(similarities, key=similarities.__getitem__) if similarities else None


def _verifiable(constraints: Iterable[Constraint | Mapping[str, object]]) -> list[Constraint]:
    """The constraints with a checker, whether it covers all of them or a part."""
    return [
        constraint for constraint in decode_constraints(tuple(constraints), "refine_by_rules") if constraint.checker
    ]


def _passes(response: str, rule: Constraint) -> bool:
    return run_checker(rule.checker, response, rule.params).passed


@dataclass(frozen=True)
class _Tables:
    """The content of `_assets/rules_refiner.toml`; keys are heads of checker names."""

    order: list[str]
    remedies: dict[str, str]


@cache
def _tables() -> _Tables:
    return msgspec.convert(read_toml(asset("rules_refiner.toml")), _Tables)


def _rank(rule: Constraint) -> int:
    order = _tables().order
    return next((at for at, head in enumerate(order) if rule.checker.startswith(head)), len(order))


def _orders(rules: list[Constraint]) -> Iterator[list[Constraint]]:
    """The rules by rank; with lengths last, which cut or fill what the others left; reversed; and from the middle on."""
    ranked = sorted(rules, key=_rank)
    tried = []
    for order in (
        ranked,
        sorted(ranked, key=lambda rule: rule.checker.startswith("length.")),
        ranked[::-1],
        ranked[len(ranked) // 2 :] + ranked[: len(ranked) // 2],
    ):
        identities = [id(rule) for rule in order]
        if identities not in tried:
            tried.append(identities)
            yield order


def _search(response: str, order: list[Constraint]) -> str | None:
    text, texts = response, {response}
    work = _WORK
    passing = [_passes(text, rule) for rule in order]
    for _ in range(_ROUNDS):
        if all(passing):
            return text
        for at, rule in enumerate(order):
            if passing[at]:
                continue
            best: tuple[int, str, list[bool]] | None = None
            for draft in repairs.edits(rule.checker, text, rule.params):
                work -= len(draft)
                if not _passes(draft, rule):
                    continue
                passing_now = [i == at or _passes(draft, other) for i, other in enumerate(order)]
                work -= len(draft) * len(order)
                broken = sum(before and not after for before, after in zip(passing, passing_now, strict=True))
                if (best is None or broken < best[0]) and draft not in texts:
                    best = (broken, draft, passing_now)
                if not broken or work < 0:
                    break
            if best is None:
                return None
            _, text, passing = best
            texts.add(text)
            if work < 0:
                return text if all(passing) else None
    return text if all(passing) else None


def reflection(response: str, text: str, constraints: Iterable[Constraint]) -> str:
    """Says which constraints the response fails, why, and how `text` mends each: one sentence a line."""
    lines = []
    for rule in _verifiable(constraints):
        before = run_checker(rule.checker, response, rule.params)
        after = run_checker(rule.checker, text, rule.params)
        if not before.passed and after.passed:
            remedies = _tables().remedies.items()
            remedy = next((sentence for head, sentence in remedies if rule.checker.startswith(head)), "")
            wording = _without_tags(" ".join(rule.text.split()))
            sentences = [f"{_without_tags(before.reason)}.", remedy, f"Afterwards: {_without_tags(after.reason)}."]
            lines.append(f'- "{wording}" is not satisfied: {" ".join(filter(None, sentences))}')
    if not lines:
        return "The Output satisfies every constraint that can be verified; nothing has to change."
    return "\n".join([*lines, "Everything else stays as it is."])


def _without_tags(text: str) -> str:
    return _TAGS.sub("", text).rstrip(".")


def reply(prompt: str, response: str, constraints: Iterable[Constraint]) -> Answer:
    """Writes what a refiner would answer: the reflection, and the refined text between its tags.

    `parse_refinement(reply.text, prompt, response)` gives the text back, without white space around it. Returns a Failure
    "no repair" with the reason if there is no such text, or if its own tags would make it come back as another one. Raises
    SparError as `refine_by_rules` does.
    """
    rules = _verifiable(constraints)
    if not rules:
        return Failure(_NO_REPAIR, "the prompt has no constraints to mend it by")
    text = refine_by_rules(prompt, response, rules)
    if text is None:
        return Failure(_NO_REPAIR, "no known repair makes all constraints pass")
    head, _, tail = _REPLY.replace("{reflection}", reflection(response, text, rules), 1).rpartition("{text}")
    whole = f"{head}{text.strip()}{tail}"
    parsed = parse_refinement(whole, prompt, response)
    if isinstance(parsed, Unparsed):
        return Failure(_NO_REPAIR, f"the repaired text does not come back out of a reply: {parsed.reason}")
    if parsed != text.strip():
        return Failure(_NO_REPAIR, "the repaired text holds marks of a reply's form and would be read back as another")
    return Completion(whole)
