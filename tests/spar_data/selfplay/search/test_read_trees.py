"""Reading trees.parquet, and errors that name what is wrong."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import polars as pl
import pytest
from sample_trees import sample_tree

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.tables import frame
from spar_data.selfplay.records import Node
from spar_data.selfplay.search.read_trees import best, outcome, path_to, read_trees


def test_a_tree_without_its_root_and_a_column_with_nulls_are_named(tmp_path: Path) -> None:
    file = tmp_path / "trees.parquet"
    nodes = sample_tree("aa11")
    for some in (nodes[1:], [*nodes, nodes[4]], [nodes[0], replace(nodes[1], parent=3)]):
        write_parquet(file, frame(some, Node))
        with pytest.raises(SparError, match="tree aa11: its nodes are not numbered"):
            list(read_trees(file))
    write_parquet(file, frame(nodes, Node).with_columns(text=pl.lit(None, dtype=pl.String)))
    with pytest.raises(SparError, match="row 1: 'text' is null"):
        list(read_trees(file))


def test_the_result_and_the_path_to_it() -> None:
    nodes = sample_tree("aa11")
    result = best(nodes)
    assert result is nodes[3] and [node.node for node in path_to(nodes, nodes[3])] == [0, 1, 3]
    assert best(nodes[:3]) is None and best(nodes, success=0.8) is None
    tie = replace(nodes[3], votes=replace(nodes[3].votes, verdict="unparsed"))
    assert best([*nodes[:3], tie]) is None, "a share of Yes without a verdict is no success"
    assert [outcome(node) for node in nodes[1:]] == ["verdict No", "unparsed", "verdict Yes", "copy"]
