"""What a seed prompt already is and asks, as far as the cues of its language tell."""

from __future__ import annotations

from typing import NamedTuple

from spar_data.prompts.taxonomy import Taxonomy


class Understanding(NamedTuple):
    """skip: the reason to add nothing ("" = none); present: leaves it asks for already; blocked: leaves that do not fit."""

    skip: str
    present: frozenset[str]
    blocked: frozenset[str]


def understand(prompt: str, language: str, taxonomy: Taxonomy) -> Understanding:
    """Reads a seed. The language must be one of the taxonomy's."""
    words = taxonomy.languages[language]
    tasks = [taxonomy.tasks[name] for name, pattern in words.tasks.items() if pattern.search(prompt)]
    skip = next((task.skip for task in tasks if task.skip), "")
    present = frozenset(leaf for leaf, pattern in words.cues.items() if pattern.search(prompt))
    return Understanding(skip, present, frozenset().union(*(task.blocks for task in tasks)))
