"""Frames are completed."""

from __future__ import annotations

from repair_table import TEA, TWO, repair_test

test_small_faults = repair_test(
    ("template.labelled_parts", {"labels": ["Before", "Now"]}, TWO, f"Before: {TWO}".replace("\n\n", "\n\nNow: ")),
    ("template.labelled_parts", {"labels": ["A one", "B two"]}, f"A one: {TEA}", f"A one: {TEA}\nB two: A closer look is worth the effort."),
    ("template.multiple_choice", {"n": 2}, f"{TEA}\nA) Hot\nB) Cold\nC) Iced", f"{TEA}\nA) Hot\nB) Cold"),
    ("template.multiple_choice", {"n": 3}, f"{TEA}\nA) Hot\nB) Cold", f"{TEA}\nA) Hot\nB) Cold\nC) None of this is true."),
    ("template.wrapped", {"opening": "<answer>", "closing": "</answer>"}, TEA, f"<answer>{TEA}</answer>"),
    ("template.wrapped", {"opening": "[BEGIN]", "closing": "[END]"}, f"Sure:\n[BEGIN]\n{TEA}\n[END]", f"[BEGIN]\n{TEA}\n[END]"),
)  # fmt: skip
