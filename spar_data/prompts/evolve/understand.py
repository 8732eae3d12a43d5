"""Reads a seed prompt by the cues of its language: what it is and what it asks for already."""

from __future__ import annotations

from typing import NamedTuple

from spar_data.prompts.taxonomy import Taxonomy


class Understanding(NamedTuple):
    """skip: the reason to add nothing, "" if there is none. present: leaves that the seed asks for. blocked: leaves that
    do not fit."""

    skip: str
    present: frozenset[str]
    blocked: frozenset[str]


def understand(prompt: str, language: str, taxonomy: Taxonomy) -> Understanding:
    """Reads a seed. The language must be one of the taxonomy's."""
    patterns = taxonomy.languages[language]
    tasks = [taxonomy.tasks[name] for name, pattern in patterns.tasks.items() if pattern.search(prompt)]
    skip = next((task.skip for task in tasks if task.skip), "")
    present = frozenset(leaf for leaf, pattern in patterns.cues.items() if pattern.search(prompt))
    return Understanding(skip, present, frozenset().union(*(task.blocks for task in tasks)))
