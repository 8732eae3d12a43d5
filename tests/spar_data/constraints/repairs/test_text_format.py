"""JSON, headings, lists, tables and postscripts get their form."""

from __future__ import annotations

import json

from repair_table import TEA, TWO, repair_test

STEPS = "Three steps:\n\n- Boil the water\n- Warm the pot\n- Wait for four minutes"

test_small_faults = repair_test(
    ("text_format.bullets", {"n": 2}, STEPS, STEPS.replace("- Wait", "  - Wait")),
    ("text_format.bullets", {"n": 4}, STEPS, f"{STEPS}\n- Details differ from case to case."),
    ("text_format.bullets", {"n": 3}, TEA, "- Tea is a drink.\n- It comes from Asia and it warms you.\n- Many people like it in the morning, some at night."),
    ("text_format.json_document", {}, 'Here you are:\n{"tea": ["green", "black"],}', '{"tea": ["green", "black"]}'),
    ("text_format.json_document", {}, TEA, json.dumps({"text": TEA}, indent=2)),
    ("text_format.markdown_headings", {"relation": "at least", "n": 1}, f"**On tea:**\n\n{TEA}", f"## On tea\n\n{TEA}"),
    ("text_format.markdown_headings", {"relation": "exactly", "n": 1}, f"# Tea\n\n{TEA}\n\n## More\n\nYes.", f"# Tea\n\n{TEA}\n\n**More**\n\nYes."),
    ("text_format.numbered_list", {"n": 3}, STEPS, "Three steps:\n\n1. Boil the water\n2. Warm the pot\n3. Wait for four minutes"),
    ("text_format.numbered_list", {"n": 2}, "1. Boil\n3. Warm", "1. Boil\n2. Warm"),
    ("text_format.postscript", {"marker": "P.S."}, TWO, f"{TWO}\n\nP.S. Details differ from case to case."),
    ("text_format.table", {"columns": 2}, "| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |", "| a | b, c |\n| --- | --- |\n| 1 | 2, 3 |"),
)  # fmt: skip
