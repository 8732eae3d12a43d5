"""Rows as the filters get them, and rows of source files with the prompts in them or the reason why there is none."""

from __future__ import annotations

from typing import Any

import polars as pl

from spar_data.core.ids import row_id


def source_rows(prompts: list[str], languages: list[str | None] | None = None) -> pl.DataFrame:
    """The rows of a `RowBatch`."""
    return pl.DataFrame(
        {
            "id": [row_id(p) for p in prompts],
            "prompt": prompts,
            "language": languages or [None] * len(prompts),
            "source": ["s"] * len(prompts),
            "row": list(range(1, len(prompts) + 1)),
        },
        schema_overrides={"language": pl.String},
    )


SHAPES: list[tuple[dict[str, Any], str, str | None]] = [
    ({"conversations": [{"from": "human", "value": "Hi there"}, {"from": "gpt", "value": "x"}], "langdetect": "en"}, "Hi there", "en"),
    ({"conversations": [{"from": "system", "value": "s"}, {"from": "user", "value": "Q"}]}, "Q", None),
    ({"messages": [{"role": "system", "content": "s"}, {"role": "user", "content": "Ask"}]}, "Ask", None),
    ({"messages": [{"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]}]}, "a\nb", None),
    ({"instruction": "Sum up", "input": "text", "output": "o"}, "Sum up\n\ntext", None),
    ({"instruction": "Sum up", "input": ""}, "Sum up", None),
    ({"prompt": "  plain ", "language": "German"}, "plain", "de"),
    ({"prompt": [{"role": "user", "content": "chat"}], "lang": "zh-CN"}, "chat", "zh"),
]  # fmt: skip

BAD: list[tuple[Any, str]] = [
    ({"text": "x"}, "fields are text"),
    ({"prompt": 3}, "prompt is a int"),
    ({"messages": [{"role": "assistant", "content": "x"}]}, "no user turn"),
    ({"messages": [{"role": "user", "content": [{"type": "image_url"}]}]}, "content is not text alone"),
    ({"conversations": [{"from": "human", "value": None}]}, "holds nothing"),
    ({"prompt": "a\0b"}, "NUL"),
    ({"prompt": "a\ud800b"}, "surrogate"),
    ({"prompt": " \n "}, "blank"),
    ([1], "row is a list"),
]
