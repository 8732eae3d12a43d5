"""`rules` as a refiner: the smallest edit after which all the verifiable constraints of a prompt pass.

Repairs of different constraints get in each other's way: a sentence that is added has a comma, a cut drops a keyword. So
each repair is the first of its candidates that breaks nothing that passes, or the one that breaks least; what it breaks is
repaired in the next round. Several orders are tried, and of the texts that pass everything the one most like the original
is taken. Half a result is none: a text that fails anything is never returned.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import NamedTuple

from spar_data.constraints import repairs, run_checker
from spar_data.models import Answer, Completion, Failure, Unparsed
from spar_data.selfplay.judge.checkers import Constraints, checkable
from spar_data.selfplay.refine.prompt import parse_refinement
from spar_data.selfplay.refine.similarity import similarity

_ROUNDS = 6
_LONG = 20_000  # characters; a longer response is tried in one order
_WORK = 4_000_000  # characters that all checks of one order read: a long response is given up early

# From what changes the whole to what is a matter of single characters; the ends of a text after what is added to it.
_ORDER = (
    "language.", "text_format.json_document", "genre.", "text_format.table", "template.labelled_parts",
    "length.paragraphs", "length.sections", "text_format.markdown_headings", "text_format.bullets",
    "text_format.numbered_list", "length.", "keyword.exclude", "punctuation.absent", "template.multiple_choice",
    "keyword.", "sentence.contains", "numbers.", "symbol.placeholders", "symbol.custom", "sentence.distinct_openings",
    "sentence.questions", "punctuation.count", "character.capital_words", "symbol.emojis", "text_format.postscript",
    "sentence.starts", "symbol.title", "sentence.ends", "punctuation.ends", "punctuation.starts", "template.wrapped",
    "character.",
)  # fmt: skip
_NONE = "no repair"  # the cause of a failure
_REPLY = "Reflection on how to refine the Output: {reflection}\nFinal Refined Output: [[start]] {text} [[end]]"


class _Rule(NamedTuple):
    """A constraint that a program checks, whether it covers the whole of it or a part."""

    text: str
    checker: str
    params: Mapping[str, object]

    def passes(self, response: str) -> bool:
        return run_checker(self.checker, response, self.params).passed


def refine(prompt: str, response: str, constraints: Constraints) -> str | None:
    """The response with the smallest edit, of those the repairs know, after which all its verifiable constraints pass.

    The response itself if they all pass already. None if there is nothing to verify, no way is found, or the response is
    empty or longer than `repairs.LONGEST`. The prompt is not read: its constraints say it all.
    Raises SparError for a constraint with an unknown checker or wrong parameters.
    """
    rules = _rules(constraints)
    if not rules or not response.strip() or len(response) > repairs.LONGEST:
        return None
    found: dict[str, float] = {}
    for order in _orders(rules):
        text = _search(response, order)
        if text == response:
            return response
        if text is not None and all(rule.passes(text.strip()) for rule in rules):
            text = text.strip()  # as it comes back out of a reply
        if text is not None and text not in found:
            found[text] = similarity(response, text)
            if found[text] > 0.9:  # no other order is going to change much less
                break
        if len(response) > _LONG:
            break
    return max(found, key=found.__getitem__) if found else None


def _rules(constraints: Constraints) -> list[_Rule]:
    return [_Rule(each.text, each.checker, each.params) for each in constraints if each.checker]


def _rank(rule: _Rule) -> int:
    return next(at for at, head in enumerate(_ORDER) if rule.checker.startswith(head))


def _orders(rules: list[_Rule]) -> Iterator[list[_Rule]]:
    """By rank; then the lengths last, which cut or fill what the others left; then the other way round; then from the middle."""
    ranked = sorted(rules, key=_rank)
    seen = []
    for order in (
        ranked,
        sorted(ranked, key=lambda rule: rule.checker.startswith("length.")),
        ranked[::-1],
        ranked[len(ranked) // 2 :] + ranked[: len(ranked) // 2],
    ):
        names = [id(rule) for rule in order]
        if names not in seen:
            seen.append(names)
            yield order


def _search(response: str, order: list[_Rule]) -> str | None:
    text, seen = response, {response}
    work = _WORK
    passing = [rule.passes(text) for rule in order]
    for _ in range(_ROUNDS):
        if all(passing):
            return text
        for at, rule in enumerate(order):
            if passing[at]:
                continue
            best: tuple[int, str, list[bool]] | None = None
            for draft in repairs.edits(rule.checker, text, rule.params):
                work -= len(draft)
                if not rule.passes(draft):
                    continue
                now = [True if i == at else other.passes(draft) for i, other in enumerate(order)]
                work -= len(draft) * len(order)
                broken = sum(before and not after for before, after in zip(passing, now, strict=True))
                if (best is None or broken < best[0]) and draft not in seen:
                    best = (broken, draft, now)
                if not broken or work < 0:
                    break
            if best is None:
                return None
            _, text, passing = best
            seen.add(text)
            if work < 0:
                return text if all(passing) else None
    return text if all(passing) else None


def reflection(response: str, text: str, constraints: Constraints) -> str:
    """Which constraints the response fails, why, and what was done about each: sentences on lines of their own."""
    lines = []
    for rule in _rules(constraints):
        before = run_checker(rule.checker, response, rule.params)
        after = run_checker(rule.checker, text, rule.params)
        if not before.passed and after.passed:
            reason = _TAGS.sub("", before.reason).rstrip(".")
            done = _TAGS.sub("", after.reason).rstrip(".")
            how = _HOW.get(rule.checker) or next(v for k, v in _HOW.items() if rule.checker.startswith(k))
            wanted = _TAGS.sub("", " ".join(rule.text.split())).rstrip(".")
            lines.append(f'- "{wanted}" is not satisfied: {reason}. {how} Afterwards: {done}.')
    if not lines:
        return "The Output satisfies every constraint that can be verified; nothing has to change."
    return "\n".join([*lines, "Everything else stays as it is."])


_TAGS = re.compile(r"\[\[\s*(?:start|end)\s*\]\]", re.IGNORECASE)
_HOW = {
    "character.capital_words": "The case of single words has to change.",
    "character.": "The case of the letters has to change.",
    "genre.": "The text has to be brought into that form, with its content kept.",
    "keyword.include": "What is missing can come in with a short sentence.",
    "keyword.exclude": "Each such word has to go or give way to another.",
    "keyword.frequency": "The word has to be added or replaced until the number is right.",
    "language.": "The parts in another language have to go.",
    "length.characters": "The text has to be cut at sentences, or filled with neutral ones.",
    "length.words": "The text has to be cut at sentences, or filled with neutral ones.",
    "length.sentences": "Sentences have to be joined, left out or added.",
    "length.": "The text has to be divided differently.",
    "numbers.": "Numbers have to be written in that form, or added in a short sentence.",
    "punctuation.": "The marks have to change; the words can stay.",
    "sentence.distinct_openings": "A sentence that opens like the one before needs a word in front.",
    "sentence.": "The sentence has to come in at the right place.",
    "symbol.title": "A title has to stand on the first line.",
    "symbol.": "The signs have to be added or taken out.",
    "template.": "The frame has to be put round the content, which can stay.",
    "text_format.": "The form has to change; the content can stay.",
}


def reply(prompt: str, response: str, constraints: Constraints) -> Answer:
    """What a refiner would answer: the reflection, and the text between its tags. A failure "no repair" says why there is none.

    `parse_refinement(reply.text, prompt, response)` gives the text back, without the white space around it; a text whose own
    tags would make it come back as another has no reply. Raises SparError as `refine` does.
    """
    if not checkable(constraints):
        return Failure(_NONE, "the prompt has no constraints to mend it by")
    text = refine(prompt, response, constraints)
    if text is None:
        return Failure(_NONE, "no known repair makes all constraints pass")
    said = _REPLY.replace("{reflection}", reflection(response, text, constraints), 1)
    head, _, tail = said.rpartition("{text}")
    whole = f"{head}{text.strip()}{tail}"
    back = parse_refinement(whole, prompt, response)
    if isinstance(back, Unparsed):
        return Failure(_NONE, f"the repaired text does not come back out of a reply: {back.reason}")
    if back != text.strip():
        return Failure(_NONE, "the repaired text holds marks of a reply's form and would be read back as another")
    return Completion(whole)
