"""New prompts in the manner of IFEval, from the project's own seeds and the 25 instruction types.

No model has been trained on them: a model that scores much better on the public prompts than on these has seen the public
ones. Types are drawn as often as IFEval has them, one to three a prompt as there, and never two that exclude each other.
"""

from __future__ import annotations

import random
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources

import msgspec

from spar_data.constraints import ifeval
from spar_data.constraints.ifeval.language import LANGUAGES
from spar_data.core.errors import SparError
from spar_data.prompts.evolve.rules import content_words
from spar_data.prompts.evolve.understand import understand
from spar_data.prompts.evolve.weave import render, weave
from spar_data.prompts.taxonomy_files import load_taxonomy
from spar_data.sources.json_rows import JsonRow
from spar_data.sources.prompts import SourceConfig, read_batches
from spar_eval.instructions.prompts import BenchmarkPrompt, Parameters

_YES_OR_NO = "detectable_format:constrained_response"  # stands alone
_QUESTION = re.compile(r"(?:is|are|can|should|do|does|will|would|may|am)\b[^\n]*\?$", re.IGNORECASE)


@dataclass(frozen=True)
class InstructionType:
    """How often an instruction is drawn, beside which others it may stand, and how a prompt asks for it."""

    count: int
    clauses: tuple[str, ...] = ()
    only_with: tuple[str, ...] | None = None
    not_with: tuple[str, ...] = ()


@dataclass(frozen=True)
class Wordings:
    """The content of spar_eval/assets/fresh_prompts.toml. sizes: prompts with one, two and three instructions."""

    sizes: tuple[int, ...]
    repeat: str
    endings: tuple[str, ...]
    exclusive: tuple[tuple[str, ...], ...]
    types: dict[str, InstructionType]


def fresh_prompts(size: int, seed: int = 0) -> list[BenchmarkPrompt]:
    """New prompts. The same seed gives the same prompts, and a greater size gives the same ones and more."""
    requests, questions = _seeds()
    prompts = []
    for number in range(size):
        draw = random.Random(f"{seed}:{number}")
        names = _draw_types(draw)
        request = draw.choice(questions if names[0] == _YES_OR_NO else requests)
        drawn = [(name, _draw_parameters(name, request, draw)) for name in names]
        text = _prompt_text(request, drawn, draw)
        instructions = tuple((name, ifeval.validate(name, values)) for name, values in drawn)
        prompts.append(BenchmarkPrompt(f"fresh-{seed}-{number}", text, instructions))
    return prompts


def ifeval_rows(prompts: list[BenchmarkPrompt]) -> list[JsonRow]:
    """Prompts as rows of IFEval's file format."""
    return [
        {
            "key": prompt.id,
            "prompt": prompt.text,
            "instruction_id_list": [name for name, _ in prompt.instructions],
            "kwargs": [values for _, values in prompt.instructions],
        }
        for prompt in prompts
    ]


_taxonomy = cache(load_taxonomy)


@cache
def _wordings() -> Wordings:
    file = resources.files("spar_eval") / "assets" / "fresh_prompts.toml"
    return msgspec.toml.decode(file.read_bytes(), type=Wordings)


@cache
def _seeds() -> tuple[list[str], list[str]]:
    """English seeds without constraints: all of them, and those that are questions to answer with yes or no."""
    requests = []
    for batch in read_batches(SourceConfig()):
        for row in batch.rows.iter_rows(named=True):
            prompt = " ".join(row["prompt"].split())
            if row["language"] == "en" and 25 <= len(prompt) <= 300:
                understood = understand(prompt, "en", _taxonomy())
                if not understood.skip and not understood.present:
                    requests.append(prompt)
    questions = [prompt for prompt in requests if _QUESTION.match(prompt)]
    if not requests or not questions:
        raise SparError("the seeds of this installation have no plain English prompts to build fresh ones from")
    return sorted(set(requests)), sorted(set(questions))


def _draw_types(draw: random.Random) -> list[str]:
    wordings = _wordings()
    size = draw.choices((1, 2, 3), wordings.sizes)[0]
    names: list[str] = []
    for _ in range(100):
        name = draw.choices(list(wordings.types), [kind.count for kind in wordings.types.values()])[0]
        if all(_fits(name, other) and _fits(other, name) for other in names):
            names.append(name)
        if len(names) == size or names[0] == _YES_OR_NO:
            break
    return names


def _fits(name: str, other: str) -> bool:
    """Whether an instruction may stand beside another one."""
    kind = _wordings().types[name]
    if name == other or other in kind.not_with or (kind.only_with is not None and other not in kind.only_with):
        return False
    return not any(name.startswith(group) and other.startswith(group) for group in _wordings().exclusive)


def _draw_parameters(name: str, request: str, draw: random.Random) -> Parameters:
    """The parameters of an instruction. Those of all types are drawn each time, so that a seed gives the same prompts."""
    english = _taxonomy().languages["en"]
    words = content_words(request, english) or list(english.stopwords)
    lexicon = sorted(set(english.lexicon["keywords"]) - set(words))
    relation = draw.choice(("at least", "less than"))
    drawn: dict[str, Parameters] = {
        "change_case:capital_word_frequency": {"capital_frequency": draw.randint(2, 12), "capital_relation": relation},
        "combination:repeat_prompt": {"prompt_to_repeat": request},
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
        "length_constraints:nth_paragraph_first_word": _nth_paragraph(draw, lexicon),
        "length_constraints:number_paragraphs": {"num_paragraphs": draw.randint(2, 6)},
        "length_constraints:number_sentences": {"num_sentences": draw.randint(4, 30), "relation": relation},
        "length_constraints:number_words": {"num_words": 50 * draw.randint(2, 12), "relation": relation},
        "startend:end_checker": {"end_phrase": draw.choice(_wordings().endings)},
    }  # fmt: skip
    return drawn.get(name, {})


def _nth_paragraph(draw: random.Random, lexicon: list[str]) -> Parameters:
    number = draw.randint(2, 5)
    return {"num_paragraphs": number, "nth_paragraph": draw.randint(1, number), "first_word": draw.choice(lexicon)}


def _prompt_text(request: str, instructions: list[tuple[str, Parameters]], draw: random.Random) -> str:
    english = _taxonomy().languages["en"]
    wordings = _wordings()
    clauses = []
    for name, values in instructions:
        if wordings.types[name].clauses:
            clause = draw.choice(wordings.types[name].clauses)
            for key in ("relation", "let_relation", "capital_relation"):  # `render` quotes other texts
                clause = clause.replace(f"{{{key}}}", str(values.get(key)))
            clause = clause.replace("{language_name}", LANGUAGES.get(values.get("language", ""), ""))
            clauses.append(render(clause, values, english))
    text = weave(request, clauses, "", english, draw)
    repeats = any(name == "combination:repeat_prompt" for name, _ in instructions)
    return f"{text}\n\n{wordings.repeat}" if repeats else text
