"""Letters, posts, scripts and verse get the form that they lack."""

from __future__ import annotations

from repair_table import TEA, repair_test

from spar_data.constraints.repairs import repair
from spar_data.constraints.repairs.phrases import phrases_for

test_small_faults = repair_test(
    ("genre.hashtag_post", {"limit": 280}, TEA, f"{TEA} #morning"),
    ("genre.letter", {"greeting": "Dear friend", "closing": "Best wishes"}, f"Dear friend,\n\n{TEA}", f"Dear friend,\n\n{TEA}\n\nBest wishes,"),
    ("genre.letter", {"greeting": "Dear friend", "closing": "Best wishes"}, f"Hi Ann,\n\n{TEA}\n\nYours,\nTom", f"Dear friend,\n\n{TEA}\n\nBest wishes,\nTom"),
    ("genre.poem_lines", {"n": 4}, "Tea is warm,\nthe night is long and the moon is late,\nI wait.", "Tea is warm,\nthe night is long and\nthe moon is late,\nI wait."),
    ("genre.script_lines", {"n": 4}, "ANN: Is the tea ready yet?\nBEN: Wait for it a little.\nANN: It smells so good in here.", "ANN: Is the tea ready yet?\nBEN: Wait for it a little.\nANN: It smells so good in here.\nBEN: Details differ from case to case."),
)  # fmt: skip


def test_what_no_edit_mends() -> None:
    assert repair("genre.poem_lines", "Tea is warm.", {"n": 40}) is None


def test_a_script_that_has_all_neutral_sentences_gets_them_again() -> None:
    script = "ANN: Is the tea ready?\nBEN: " + " ".join(phrases_for("Is the tea ready yet?").fill)
    repaired = repair("genre.script_lines", script, {"n": 3})
    assert repaired and repaired.startswith(script)
