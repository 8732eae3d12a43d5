"""New prompts in the manner of IFEval, from the project's own seeds and the 25 instruction types.

Nobody has trained on them: a model that scores much better on the public prompts than on these has seen the public ones.
Types are drawn as often as IFEval has them, one to three a prompt as there, and never two that exclude each other.
"""

from __future__ import annotations

import random
import re
from functools import cache
from typing import Any

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval.language import LANGUAGES
from spar_data.core.errors import SparError
from spar_data.prompts import taxonomy
from spar_data.prompts.evolve.rules import content_words
from spar_data.prompts.evolve.understand import understand
from spar_data.prompts.evolve.weave import render, weave
from spar_data.sources.prompts import SourceConfig, read_batches
from spar_eval.benchmarks.ifeval.wording import CLAUSES, ENDINGS, REPEAT
from spar_eval.instructions.prompts import BenchmarkPrompt

COUNTS = {
    "punctuation:no_comma": 66, "length_constraints:number_sentences": 52, "length_constraints:number_words": 52,
    "keywords:forbidden_words": 49, "detectable_format:number_highlighted_sections": 48, "keywords:frequency": 42,
    "combination:repeat_prompt": 41, "startend:quotation": 41, "keywords:existence": 39,
    "change_case:english_lowercase": 39, "detectable_format:title": 37, "keywords:letter_frequency": 33,
    "language:response_language": 31, "detectable_format:number_bullet_lists": 31,
    "detectable_content:number_placeholders": 27, "length_constraints:number_paragraphs": 27,
    "detectable_content:postscript": 26, "startend:end_checker": 26, "change_case:english_capital": 25,
    "change_case:capital_word_frequency": 25, "combination:two_responses": 24, "detectable_format:json_format": 17,
    "detectable_format:multiple_sections": 14, "length_constraints:nth_paragraph_first_word": 12,
    "detectable_format:constrained_response": 10,
}  # fmt: skip
"""How often the final release of IFEval has each type."""

SIZES = (305, 179, 57)
"""Prompts with one, two and three instructions in the final release."""

_ALONE = {"detectable_format:constrained_response"}
_ONLY_WITH = {
    "combination:repeat_prompt": {"keywords:existence", "detectable_format:title"},
    "combination:two_responses": {"keywords:existence", "keywords:forbidden_words", "punctuation:no_comma"},
    "detectable_format:json_format": {"keywords:existence", "keywords:forbidden_words"},
    "language:response_language": {
        "detectable_format:number_bullet_lists", "detectable_format:number_highlighted_sections", "punctuation:no_comma",
        "detectable_format:title", "length_constraints:number_paragraphs",
    },
}  # fmt: skip
_PARTS = ("length_constraints:number_paragraphs", "length_constraints:nth", "detectable_format:multiple_sections")
_ENDS = ("startend:", "detectable_content:postscript")
_NEVER_TOGETHER = (
    ("change_case:",),
    _PARTS,
    _ENDS,
    ("length_constraints:number_words", "length_constraints:number_sentences"),
)
_CAPITALS = ("detectable_content:postscript", "detectable_format:multiple_sections", "startend:end_checker")
_QUESTION = re.compile(r"(?:is|are|can|should|do|does|will|would|may|am)\b[^\n]*\?$", re.IGNORECASE)


def fresh_prompts(size: int, seed: int = 0) -> list[BenchmarkPrompt]:
    """`size` prompts; the same seed gives the same prompts, and a greater size the same ones and more."""
    plain, questions = _seeds()
    prompts = []
    for number in range(size):
        draw = random.Random(f"{seed}:{number}")
        names = _types(draw)
        about = draw.choice(questions if names[0] in _ALONE else plain)
        kwargs = [_kwargs(name, about, draw) for name in names]
        text = _text(about, list(zip(names, kwargs, strict=True)), draw)
        instructions = tuple((name, ifeval.validate(name, k)) for name, k in zip(names, kwargs, strict=True))
        prompts.append(BenchmarkPrompt(f"fresh-{seed}-{number}", text, instructions))
    return prompts


def ifeval_rows(prompts: list[BenchmarkPrompt]) -> list[dict[str, Any]]:
    """In IFEval's file format."""
    return [
        {"key": p.id, "prompt": p.text, "instruction_id_list": [n for n, _ in p.instructions],
         "kwargs": [k for _, k in p.instructions]}
        for p in prompts
    ]  # fmt: skip


_taxonomy = cache(taxonomy.load)


@cache
def _seeds() -> tuple[list[str], list[str]]:
    """English seeds that ask for nothing of the kind yet: all of them, and those that are questions for yes or no."""
    known = _taxonomy()
    plain = []
    for batch in read_batches(SourceConfig()):
        for row in batch.rows.iter_rows(named=True):
            prompt = " ".join(row["prompt"].split())
            if row["language"] == "en" and 25 <= len(prompt) <= 300:
                found = understand(prompt, "en", known)
                if not found.skip and not found.present:
                    plain.append(prompt)
    questions = [prompt for prompt in plain if _QUESTION.match(prompt)]
    if not plain or not questions:
        raise SparError("the seeds of this installation have no plain English prompts to build fresh ones from")
    return sorted(set(plain)), sorted(set(questions))


def _types(draw: random.Random) -> list[str]:
    wanted = draw.choices((1, 2, 3), SIZES)[0]
    names: list[str] = []
    for _ in range(100):
        name = draw.choices(list(COUNTS), list(COUNTS.values()))[0]
        if all(_fit(name, other) and _fit(other, name) for other in names):
            names.append(name)
        if len(names) == wanted or names[0] in _ALONE:
            break
    return names


def _fit(name: str, other: str) -> bool:
    if name == other or name in _ALONE or (name in _ONLY_WITH and other not in _ONLY_WITH[name]):
        return False
    if name == "change_case:english_lowercase" and other in _CAPITALS:
        return False
    return not any(name.startswith(group) and other.startswith(group) for group in _NEVER_TOGETHER)


def _kwargs(name: str, about: str, draw: random.Random) -> dict[str, Any]:
    english = _taxonomy().languages["en"]
    words = content_words(about, english) or list(english.words["stopwords"])
    lexicon = sorted(set(english.lexicon["keywords"]) - set(words))
    relation = draw.choice(("at least", "less than"))
    drawn: dict[str, dict[str, Any]] = {
        "change_case:capital_word_frequency": {"capital_frequency": draw.randint(2, 12), "capital_relation": relation},
        "combination:repeat_prompt": {"prompt_to_repeat": about},
        "detectable_content:number_placeholders": {"num_placeholders": draw.randint(1, 8)},
        "detectable_content:postscript": {"postscript_marker": draw.choice(("P.S.", "P.P.S"))},
        "detectable_format:multiple_sections": {
            "section_spliter": draw.choice(("Section", "SECTION", "Part", "Day")), "num_sections": draw.randint(2, 5)},
        "detectable_format:number_bullet_lists": {"num_bullets": draw.randint(2, 8)},
        "detectable_format:number_highlighted_sections": {"num_highlights": draw.randint(1, 6)},
        "keywords:existence": {"keywords": sorted(draw.sample(lexicon, 2))},
        "keywords:forbidden_words": {"forbidden_words": sorted(draw.sample(words, min(2, len(words))))},
        "keywords:frequency": {"keyword": draw.choice(words), "frequency": draw.randint(2, 6), "relation": relation},
        "keywords:letter_frequency": {"letter": draw.choice("abcdefghiklmnopqrstuvwy"),
                                      "let_frequency": draw.randint(3, 40), "let_relation": relation},
        "language:response_language": {"language": draw.choice(sorted(set(LANGUAGES) - {"en"}))},
        "length_constraints:nth_paragraph_first_word": _paragraphs(draw, lexicon),
        "length_constraints:number_paragraphs": {"num_paragraphs": draw.randint(2, 6)},
        "length_constraints:number_sentences": {"num_sentences": draw.randint(4, 30), "relation": relation},
        "length_constraints:number_words": {"num_words": 50 * draw.randint(2, 12), "relation": relation},
        "startend:end_checker": {"end_phrase": draw.choice(ENDINGS)},
    }  # fmt: skip
    return drawn.get(name, {})


def _paragraphs(draw: random.Random, lexicon: list[str]) -> dict[str, Any]:
    number = draw.randint(2, 5)
    return {"num_paragraphs": number, "nth_paragraph": draw.randint(1, number), "first_word": draw.choice(lexicon)}


def _text(about: str, instructions: list[tuple[str, dict[str, Any]]], draw: random.Random) -> str:
    english = _taxonomy().languages["en"]
    clauses = []
    for name, kwargs in instructions:
        if name in CLAUSES:
            clause = draw.choice(CLAUSES[name])
            for key in ("relation", "let_relation", "capital_relation"):  # the other texts are quoted
                clause = clause.replace(f"{{{key}}}", str(kwargs.get(key)))
            clause = clause.replace("{language_name}", LANGUAGES.get(kwargs.get("language", ""), ""))
            clauses.append(render(clause, kwargs, english))
    whole = weave(about, clauses, "", english, draw)
    return f"{whole}\n\n{REPEAT}" if any(name == "combination:repeat_prompt" for name, _ in instructions) else whole
