"""What becomes of a seed: an evolved prompt, or a reason why there is none."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.records import Constraint


@dataclass(frozen=True)
class Evolved:
    """main_type: the type of the main constraint. constraints: in the order of the text; empty for a model teacher."""

    prompt: str
    main_type: str
    constraints: tuple[Constraint, ...]


@dataclass(frozen=True)
class Dropped:
    """reason, e.g. 'teacher answered None', 'unparsable: ...', 'unchanged' or why nothing fits the seed."""

    reason: str
