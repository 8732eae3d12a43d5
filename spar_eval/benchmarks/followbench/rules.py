"""The prompts that FollowBench scores by rules, and the rules.

`official` gives the verdicts of the repository's code, defects included; `fixed` follows the instruction where the two differ
(docs/followbench.md lists each difference). Both share their rules; they differ in how a text is read and where a comment
says so.
"""

from __future__ import annotations

import ast
import re
import string
from collections.abc import Callable

from spar_eval.benchmarks.followbench.data import LeveledPrompt
from spar_eval.benchmarks.followbench.response_text import ResponseText, Ruling, count, read_response
from spar_eval.benchmarks.followbench.rules_format import format_22, format_30


def has_rule(prompt: LeveledPrompt) -> bool:
    """Whether a rule scores the prompt, not the judge."""
    return prompt.category == "example" or prompt.source in _RULES or _is_rule_format(prompt)


def _is_rule_format(prompt: LeveledPrompt) -> bool:
    return prompt.category == "format" and prompt.example_id in (22, 30)


def check_by_rules(prompt: LeveledPrompt, response: str, checker: str = "official") -> list[Ruling]:
    """Checks a response; all rulings have to pass.

    checker: official or fixed. Returns one ruling for each constraint of the level if the rules look at them one by one,
    else a single one. Raises KeyError for a prompt that no rule scores.
    """
    text = read_response(response, checker == "fixed")
    if prompt.category == "example":
        return [_example(prompt, text)]
    if _is_rule_format(prompt):
        return (format_22 if prompt.example_id == 22 else format_30)(prompt, text)[: prompt.level]
    return _RULES[prompt.source](prompt, text)[: prompt.level]


def _same(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    return [Ruling(text.text == prompt.target, f"the response has to be {prompt.target[:80]!r}")]


def _events(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    """Official: every line is a right one, however few and however often. Fixed: as many different ones as the level asks."""
    right = prompt.target.split("\n")
    lines = text.text.split("\n")
    if not text.fixed:
        return [_lines(lines, right)]
    lines = [line.strip() for line in lines if line.strip()]
    number = len(set(lines))
    if number != prompt.level or len(lines) != prompt.level:
        return [count(number, f"{prompt.level} different lines", False)]
    return [_lines(lines, [line.strip() for line in right])]


def _lines(lines: list[str], right: list[str]) -> Ruling:
    wrong = next((line for line in lines if line not in right), None)
    return Ruling(
        wrong is None, "every line is a right event" if wrong is None else f"{wrong[:80]!r} is no right event"
    )


def _entity(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    right = ast.literal_eval(prompt.target)
    return [Ruling(text.text in right, f"one of {', '.join(right)} wanted")]


def _last(pattern: str) -> Callable[[LeveledPrompt, ResponseText], list[Ruling]]:
    """A rule for which the last match of the pattern is the answer."""

    def rule(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
        last = (re.findall(pattern, text.text) or ["none"])[-1]
        return [Ruling(last == prompt.target, f"{prompt.target} wanted, the last answer found is {last}")]

    return rule


def _money(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    """Official: cents and thousands are cut off. Fixed: amounts are compared as numbers."""
    if not text.fixed:
        return _last(r"\$\d+")(prompt, text)
    last, expected = _amount(text.text), _amount(prompt.target)
    return [
        Ruling(expected is not None and last == expected, f"{prompt.target} wanted, the last amount found is {last}")
    ]


def _amount(text: str) -> float | None:
    """The last amount in dollars."""
    amounts = re.findall(r"\$ ?(\d[\d,]*(?:\.\d+)?)", text)
    return float(amounts[-1].replace(",", "")) if amounts else None


def _within(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    """Official: anywhere, so that "120th floor" contains "20th floor". Fixed: as whole words, in any case."""
    contained = prompt.target in text.text
    if text.fixed:
        contained = re.search(rf"(?<!\w){re.escape(prompt.target)}(?!\w)", text.text, re.IGNORECASE) is not None
    return [Ruling(contained, f"{prompt.target!r} has to be in the response")]


def _cnn(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    n, longest = len(text.sentences), max((len(s.split()) for s in text.sentences), default=0)
    keywords = text.has("Potter", 1) and text.has("actor", 2) and text.has("films", 3)
    perfect = n >= 3 and re.search(r"\b(has|have)\s+\w+", text.sentences[2]) is not None
    return [
        count(n, "3 sentences", n == 3),
        count(longest, "under 15 words a sentence", longest < 15),
        Ruling(keywords, "'Potter', 'actor' and 'films' have to be in sentences 1, 2 and 3"),
        Ruling(not text.has("lavish", 2), "'lavish' must not be in sentence 2"),
        Ruling(perfect, "sentence 3 needs has or have and a word after it"),
    ]


def _xsum(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    continuous = re.search(r"\b(am|is|are)\s+\w+ing\b", text.text) is not None
    return [
        *_one_sentence(text, "under 20 words", len(text.words) < 20),
        Ruling(not text.has("Newton Stewart"), "'Newton Stewart' must not appear"),
        Ruling(continuous, "am, is or are and a word in -ing are needed"),
        Ruling(text.has("operation"), "'operation' has to appear"),
    ]


def _samsum(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    marks = sum(c in string.punctuation for c in text.text)
    return [
        *_one_sentence(text, "under 15 words", len(text.words) < 15),
        Ruling(text.has("stuff"), "'stuff' has to appear"),
        Ruling(not re.search("procrast", text.text, re.IGNORECASE), "no form of 'procrast' may appear"),
        count(marks, "1 punctuation mark", marks == 1),
    ]


def _gigaword(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    return [
        count(len(text.words), "8 words", len(text.words) == 8),
        Ruling(not any(c in string.punctuation for c in text.text), "no punctuation may appear"),
        Ruling(text.text.islower(), "all letters have to be lower case"),
        Ruling(not text.has("bus"), "'bus' must not appear"),
        Ruling(text.has("in"), "'in' has to appear"),
    ]


def _arxiv(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    we = text.text.startswith("We") if not text.fixed else re.match(r"We\b", text.text) is not None
    return [
        *_one_sentence(text, "at most 20 words", len(text.words) <= 20),
        Ruling(we, "'We' has to come first"),  # official: "Western" does
        Ruling(text.has("activations"), "'activations' has to appear"),
        Ruling(not text.has("transformer"), "'transformer' must not appear"),
    ]


def _one_sentence(text: ResponseText, words: str, met: bool) -> list[Ruling]:
    n = len(text.sentences)
    return [count(n, "1 sentence", n == 1), count(len(text.words), words, met)]


def _example(prompt: LeveledPrompt, text: ResponseText) -> Ruling:
    """The response has to have the form of the examples: the template with any answer.

    Official: the answer is one line, so that the reference answers of billsum fail. Fixed: it may have several lines if the
    reference has, and is not empty.
    """
    template = prompt.target.replace("{instruction}\n", "").replace("{{", "{").replace("}}", "}")
    answer = ".*" if not text.fixed else r"\s*\S[\s\S]*" if "\n" in prompt.answer else r"[^\S\n]*\S.*"
    pattern = answer.join(map(re.escape, template.split("{answer}")))
    return Ruling(re.fullmatch(pattern, text.text) is not None, f"the form {template!r} is wanted")


_RULES: dict[str, Callable[[LeveledPrompt, ResponseText], list[Ruling]]] = {
    "E2E": _same,
    "WIKIEVENTS": _events,
    "CONLL2003": _entity,
    "text_editing": _same,
    "cnn_dailymail": _cnn,
    "xsum": _xsum,
    "samsum": _samsum,
    "gigaword": _gigaword,
    "arxiv": _arxiv,
    "BBH_logical": _last(r"\([A-Z]\)"),
    "BBH_time": _last(r"\d{2}/\d{2}/\d{4}"),
    "self_made_space": _within,
    "gsm_8k": _money,
}
