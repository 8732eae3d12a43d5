"""How evenly a prompt set covers the taxonomy."""

from __future__ import annotations

from typing import Any

import polars as pl

from spar_data.prompts.taxonomy import Taxonomy


def balance(prompts: pl.DataFrame, taxonomy: Taxonomy) -> dict[str, Any]:
    """Counts over the rows of a prompt set (columns of `records.PromptRow`).

    drawn, main  prompts per type as drawn, and as used, for the main constraint.
    types        constraints per type; leaves: per leaf, those never used included.
    pairs        prompts per pair of types that occur together, most frequent first, as [a, b, count].
    sizes        prompts by number of constraints; languages: prompts by language.
    verifiable   constraints that a checker covers wholly and in part, and prompts all of whose constraints it covers wholly.
    """
    names = [t.id for t in taxonomy.types]
    used = (
        prompts.select("id", "constraints")
        .explode("constraints", keep_nulls=False, empty_as_null=False)
        .unnest("constraints")
    )
    used = used.with_columns(type=pl.col("leaf").str.replace(r"\.[^.]+$", ""))
    leaves = _counts(used["leaf"])
    covers = _counts(used["covers"])
    per_prompt = used.group_by("id").agg((pl.col("covers") == "whole").all().alias("whole"))
    return {
        "prompts": len(prompts),
        "constraints": len(used),
        "drawn": {name: _counts(prompts["drawn_type"]).get(name, 0) for name in names},
        "main": {name: _counts(prompts["main_type"]).get(name, 0) for name in names},
        "types": {name: _counts(used["type"]).get(name, 0) for name in names},
        "leaves": {leaf: leaves.get(leaf, 0) for leaf in taxonomy.leaves},
        "pairs": _pairs(used),
        "sizes": {str(k): v for k, v in sorted(_counts(prompts["constraints"].list.len()).items())},
        "languages": dict(sorted(_counts(prompts["language"]).items(), key=lambda item: (-item[1], item[0]))),
        "verifiable": {
            "whole": covers.get("whole", 0),
            "part": covers.get("part", 0),
            "prompts": int(per_prompt["whole"].sum()),
        },
    }


def _counts(values: pl.Series) -> dict[Any, int]:
    return dict(values.value_counts().iter_rows())


def _pairs(used: pl.DataFrame) -> list[list[Any]]:
    types = used.select("id", "type")
    pairs = (
        types.join(types, on="id", suffix="_other")
        .filter(pl.col("type") < pl.col("type_other"))
        .group_by("type", "type_other")
        .len()
        .sort(["len", "type", "type_other"], descending=[True, False, False])
    )
    return [list(row) for row in pairs.iter_rows()]
