"""The `rules` teacher: composes constraints from the taxonomy by code, so that responses can be verified by code."""

from __future__ import annotations

import random
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from spar_data.constraints import parameters, run_checker
from spar_data.core.ids import rng
from spar_data.core.records import Constraint
from spar_data.prompts.evolve.draw import Draw
from spar_data.prompts.evolve.outcomes import Dropped, Evolved
from spar_data.prompts.evolve.understand import understand
from spar_data.prompts.evolve.weave import render, weave
from spar_data.prompts.taxonomy import Language, Leaf, Parameter, Phrasing, Taxonomy

# Types that would crowd out the others as extra constraints: length (the published notes ask for others first) and the
# language of the answer (which excludes most leaves).
_RARE_AS_EXTRA = {"format.length": 0.4, "general.language": 0.3}


@dataclass(frozen=True)
class _Chosen:
    leaf: Leaf
    phrasing: Phrasing
    params: dict[str, Any]


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
    chosen: list[_Chosen] = []
    for type_id in drawn.types:
        if len(chosen) > drawn.extra:
            break
        if chosen and random.random() > _RARE_AS_EXTRA.get(type_id, 1.0):
            continue
        leaves = [leaf for t in taxonomy.types if t.id == type_id for leaf in t.leaves]
        random.shuffle(leaves)
        for leaf in leaves:
            fits = leaf.id not in understood.blocked and leaf.not_for_language != language
            others = [*understood.present, *(c.leaf.id for c in chosen)]
            if fits and leaf.id in words.phrasings and not any(taxonomy.conflict(leaf.id, other) for other in others):
                candidate = _choose(leaf, seed, words, random, any(c.phrasing.lead for c in chosen))
                if candidate and not any(_clash(candidate, c) or _clash(c, candidate) for c in chosen):
                    chosen.append(candidate)
                    break
    if not chosen:
        return Dropped("no constraint of the taxonomy fits this prompt")
    main_type = chosen[0].leaf.type
    random.shuffle(chosen)
    chosen.sort(key=lambda c: not c.phrasing.lead)
    texts = [render(c.phrasing.text, c.params, words) for c in chosen]
    lead = texts.pop(0) if chosen[0].phrasing.lead else ""
    prompt = weave(seed, texts, lead, words, random)
    rows = [_constraint(c, text) for c, text in zip(chosen, [lead, *texts] if lead else texts, strict=True)]
    return Evolved(prompt, main_type, tuple(rows))


def _choose(leaf: Leaf, seed: str, words: Language, random: random.Random, has_lead: bool) -> _Chosen | None:
    first = re.match(r"\w+", seed)
    can_lead = not has_lead and first and first[0].lower() in words.words["imperatives"] and "\n" not in seed
    phrasings = [p for p in words.phrasings[leaf.id] if can_lead or not p.lead]
    if not phrasings:
        return None
    phrasing = random.choice(phrasings)
    drawn = {
        name: _draw(parameter, seed, words, random)
        for name, parameter in leaf.parameters.items()
        if name not in phrasing.fixed
    }
    return _Chosen(leaf, phrasing, {**leaf.fixed, **phrasing.fixed, **drawn})


def _draw(parameter: Parameter, seed: str, words: Language, random: random.Random) -> Any:
    if not parameter.lexicon:
        return random.randrange(parameter.start, parameter.stop + 1, parameter.step)
    if parameter.seed_word and random.random() < 0.7:
        candidates = content_words(seed, words)
        if candidates:
            return random.choice(candidates)
    entries = words.lexicon[parameter.lexicon]
    if parameter.count[1]:
        return random.sample(entries, random.randint(*parameter.count))
    return random.choice(entries)


def content_words(seed: str, words: Language) -> list[str]:
    """Words of the seed that can carry a keyword constraint: lower case, five letters or more, no function words."""
    if not words.words["space"]:
        return []  # words cannot be told apart without spaces
    found = re.findall(r"(?<![\w'’-])[^\W\d_]{5,}(?![\w'’-])", seed)
    return sorted({w for w in found if w.islower() and w not in words.words["stopwords"]})


def _clash(a: _Chosen, b: _Chosen) -> bool:
    """Whether `a` forbids a word or mark that a given text of `b` contains."""
    if a.leaf.checker not in ("keyword.exclude", "punctuation.absent"):
        return False
    return any(not run_checker(a.leaf.checker, text, a.params).passed for text in _texts(b.params))


def _texts(params: dict[str, Any]) -> Iterator[str]:
    for value in params.values():
        if isinstance(value, str):
            yield value
        elif isinstance(value, list):
            yield from value


def _constraint(chosen: _Chosen, text: str) -> Constraint:
    params = chosen.params
    if chosen.leaf.checker:
        known = parameters(chosen.leaf.checker)
        params = {name: value for name, value in params.items() if name in known}
    return Constraint(
        leaf=chosen.leaf.id,
        text=text,
        checker=chosen.leaf.checker,
        covers=chosen.leaf.covers,
        params=params,
    )
