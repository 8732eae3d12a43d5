"""How evenly a prompt set covers the taxonomy."""

from __future__ import annotations

from typing import Any

import polars as pl

from spar_data.prompts.taxonomy import Taxonomy


def balance(prompts: pl.DataFrame, taxonomy: Taxonomy) -> dict[str, Any]:
    """Counts over the rows of a prompt set (columns of `records.PromptRow`), as manifests hold them.

    drawn, main  prompts by type of the main constraint, as drawn and as used.
    types        constraints by type; leaves: by leaf, unused ones included.
    pairs        prompts by pair of types that occur together, most frequent first, as [a, b, count].
    sizes        prompts by number of constraints; languages: prompts by language.
    verifiable   constraints that a checker covers wholly and in part, and prompts whose constraints it covers wholly.
    """
    types = [kind.id for kind in taxonomy.types]
    constraints = (
        prompts.select("id", "constraints")
        .explode("constraints", keep_nulls=False, empty_as_null=False)
        .unnest("constraints")
        .with_columns(type=pl.col("leaf").str.replace(r"\.[^.]+$", ""))
    )
    covers = _counts(constraints["covers"])
    whole = constraints.group_by("id").agg((pl.col("covers") == "whole").all().alias("whole"))["whole"]
    languages = _counts(prompts["language"])
    return {
        "prompts": len(prompts),
        "constraints": len(constraints),
        "drawn": _in_order(_counts(prompts["drawn_type"]), types),
        "main": _in_order(_counts(prompts["main_type"]), types),
        "types": _in_order(_counts(constraints["type"]), types),
        "leaves": _in_order(_counts(constraints["leaf"]), list(taxonomy.leaves)),
        "pairs": _pairs(constraints),
        "sizes": {str(size): count for size, count in sorted(_counts(prompts["constraints"].list.len()).items())},
        "languages": dict(sorted(languages.items(), key=lambda item: (-item[1], item[0]))),
        "verifiable": {
            "whole": covers.get("whole", 0),
            "part": covers.get("part", 0),
            "prompts": int(whole.sum()),
        },
    }


def _counts(values: pl.Series) -> dict[Any, int]:
    return dict(values.value_counts().iter_rows())


def _in_order(counts: dict[str, int], names: list[str]) -> dict[str, int]:
    return {name: counts.get(name, 0) for name in names}


def _pairs(constraints: pl.DataFrame) -> list[list[Any]]:
    types = constraints.select("id", "type")
    pairs = (
        types.join(types, on="id", suffix="_other")
        .filter(pl.col("type") < pl.col("type_other"))
        .group_by("type", "type_other")
        .len()
        .sort(["len", "type", "type_other"], descending=[True, False, False])
    )
    return [list(row) for row in pairs.iter_rows()]
