"""Exact duplicates: after normalisation, over batches, in a table that grows."""

from __future__ import annotations

from source_rows import source_rows

from spar_data.core.ids import row_id
from spar_data.prompts.seeds.duplicates import ExactDuplicates


def test_duplicates_after_normalisation_name_the_first_row() -> None:
    prompts = ["Write a  Poem!", "write a poem", "Write a poem?!", "Write two poems", "\u217b men"]
    check = ExactDuplicates()
    verdicts = check(source_rows(prompts))
    assert verdicts["reason"].to_list() == [None, "duplicate", "duplicate", None, None]
    assert verdicts["cause"].to_list()[1:3] == [row_id(prompts[0])] * 2
    later = check(source_rows(["XII MEN", "write TWO poems."]))  # over batches; NFKC writes the numeral out
    assert later["reason"].to_list() == ["duplicate", "duplicate"]


def test_duplicates_table_grows() -> None:
    prompts = [f"prompt number {i}" for i in range(70_000)]
    check = ExactDuplicates()
    assert check(source_rows(prompts))["reason"].null_count() == 70_000
    assert check(source_rows(prompts[::-1]))["reason"].null_count() == 0
