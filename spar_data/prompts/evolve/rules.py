"""The `rules` teacher: composes constraints from the taxonomy by code, so that programs can verify responses."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from spar_data.constraints import parameters, run_checker
from spar_data.core.files import JsonValue
from spar_data.core.ids import rng
from spar_data.core.records import Constraint
from spar_data.prompts.evolve.draw import Draw
from spar_data.prompts.evolve.outcomes import Dropped, Evolved
from spar_data.prompts.evolve.understand import Understanding, understand
from spar_data.prompts.evolve.weave import render, weave
from spar_data.prompts.taxonomy import Language, Leaf, Parameter, Phrasing, Taxonomy

# Probabilities of types that would crowd out the others as extra constraints: length (the published notes prefer other
# types) and the language of the answer (which excludes most leaves).
_RARE_AS_EXTRA = {"format.length": 0.4, "general.language": 0.3}
_SEED_WORD_PROBABILITY = 0.7


@dataclass(frozen=True)
class _Choice:
    """A leaf with its wording and parameters."""

    leaf: Leaf
    phrasing: Phrasing
    params: Mapping[str, JsonValue]


def compose(seed: str, row_id: str, language: str, drawn: Draw, run_seed: int, taxonomy: Taxonomy) -> Evolved | Dropped:
    """Adds the drawn number of constraints that fit the seed and each other; drops the seed if none does.

    Deterministic in (row_id, run_seed). Constraints are phrased in the language of the seed.
    """
    if language not in taxonomy.languages:
        return Dropped(f"language {language}: the taxonomy has no phrasings for it")
    understood = understand(seed, language, taxonomy)
    if understood.skip:
        return Dropped(understood.skip)
    random = rng(run_seed, "compose", row_id)
    words = taxonomy.languages[language]
    choices = _choose_constraints(seed, understood, drawn, words, taxonomy, random)
    if not choices:
        return Dropped("no constraint of the taxonomy fits this prompt")
    main_type = choices[0].leaf.type
    random.shuffle(choices)
    choices.sort(key=lambda choice: not choice.phrasing.lead)
    texts = [render(choice.phrasing.text, choice.params, words) for choice in choices]
    lead, clauses = (texts[0], texts[1:]) if choices[0].phrasing.lead else ("", texts)
    prompt = weave(seed, clauses, lead, words, random)
    constraints = (_constraint(choice, text) for choice, text in zip(choices, texts, strict=True))
    return Evolved(prompt, main_type, tuple(constraints))


def content_words(seed: str, language: Language) -> list[str]:
    """Words of the seed that can carry a keyword constraint: lower case, five letters or more, no function words."""
    if not language.space:
        return []  # words cannot be told apart without spaces
    words = re.findall(r"(?<![\w'’-])[^\W\d_]{5,}(?![\w'’-])", seed)
    return sorted({word for word in words if word.islower() and word not in language.stopwords})


def _choose_constraints(
    seed: str, understood: Understanding, drawn: Draw, language: Language, taxonomy: Taxonomy, random: random.Random
) -> list[_Choice]:
    """At most one constraint of each drawn type, the main one first."""
    leaves = {kind.id: kind.leaves for kind in taxonomy.types}
    choices: list[_Choice] = []
    for type_id in drawn.types:
        if len(choices) > drawn.extra:
            break
        if choices and random.random() > _RARE_AS_EXTRA.get(type_id, 1.0):
            continue
        candidates = list(leaves[type_id])
        random.shuffle(candidates)
        for leaf in candidates:
            others = [*understood.present, *(choice.leaf.id for choice in choices)]
            fits = leaf.id not in understood.blocked and leaf.not_for_language != language.code
            if not fits or leaf.id not in language.phrasings or any(taxonomy.conflict(leaf.id, o) for o in others):
                continue
            choice = _choose_wording(leaf, seed, language, random, any(c.phrasing.lead for c in choices))
            if choice and not any(_clash(choice, other) or _clash(other, choice) for other in choices):
                choices.append(choice)
                break
    return choices


def _choose_wording(leaf: Leaf, seed: str, language: Language, random: random.Random, has_lead: bool) -> _Choice | None:
    first = re.match(r"\w+", seed)
    can_lead = not has_lead and first and first[0].lower() in language.imperatives and "\n" not in seed
    phrasings = [phrasing for phrasing in language.phrasings[leaf.id] if can_lead or not phrasing.lead]
    if not phrasings:
        return None
    phrasing = random.choice(phrasings)
    drawn = {
        name: _draw_value(parameter, seed, language, random)
        for name, parameter in leaf.parameters.items()
        if name not in phrasing.fixed
    }
    return _Choice(leaf, phrasing, {**leaf.fixed, **phrasing.fixed, **drawn})


def _draw_value(parameter: Parameter, seed: str, language: Language, random: random.Random) -> JsonValue:
    if not parameter.lexicon:
        return random.randrange(parameter.start, parameter.stop + 1, parameter.step)
    if parameter.seed_word and random.random() < _SEED_WORD_PROBABILITY:
        candidates = content_words(seed, language)
        if candidates:
            return random.choice(candidates)
    entries = language.lexicon[parameter.lexicon]
    if parameter.count[1]:
        return list[JsonValue](random.sample(entries, random.randint(*parameter.count)))
    return random.choice(entries)


def _clash(a: _Choice, b: _Choice) -> bool:
    """Whether `a` forbids a word or mark that a parameter of `b` contains."""
    if a.leaf.checker not in ("keyword.exclude", "punctuation.absent"):
        return False
    return any(not run_checker(a.leaf.checker, text, a.params).passed for text in _texts(b.params))


def _texts(params: Mapping[str, JsonValue]) -> Iterator[str]:
    for value in params.values():
        items = value if isinstance(value, list) else [value]
        yield from (item for item in items if isinstance(item, str))


def _constraint(choice: _Choice, text: str) -> Constraint:
    leaf, params = choice.leaf, choice.params
    if leaf.checker:
        accepted = parameters(leaf.checker)
        params = {name: value for name, value in params.items() if name in accepted}
    return Constraint(leaf.id, text, leaf.checker, leaf.covers, params)
