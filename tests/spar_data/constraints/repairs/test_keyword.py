"""Words come in, go, or give way to others."""

from __future__ import annotations

import pytest
from repair_table import TEA, TWO, repair_test

from spar_data.constraints.repairs import repair

test_small_faults = repair_test(
    ("keyword.exclude", {"words": ["many", "very"]}, f"{TEA} This is very nice.", f"{TEA} This is nice.".replace("Many", "Numerous")),
    ("keyword.exclude", {"words": ["always", "simply"]}, f"{TWO} Simply, it is **always** (simply) hot.\n\n******\n\nAlways!", f"{TWO} It is **at all times** hot.\n\n******\n\nAt all times!"),
    ("keyword.frequency", {"word": "tea", "relation": "at least", "n": 2}, TWO, f"{TWO} A fitting word here is tea."),
    ("keyword.frequency", {"word": "tea", "relation": "at most", "n": 1}, f"{TEA} Green tea is mild.", f"{TEA} Green one is mild."),
    ("keyword.include", {"words": ["pot", "leaf"]}, TWO, f"{TWO} Words that fit here are pot and leaf."),
)  # fmt: skip


def test_what_no_edit_mends() -> None:
    assert repair("keyword.include", "   ", {"words": ["tea"]}) is None


@pytest.mark.parametrize(
    ("code", "text", "added"),
    [
        ("de", "Der Tee ist warm. Er kommt aus Asien und viele Menschen trinken ihn am Morgen.", " Ein passendes Wort ist hier Kanne."),
        ("es", "El té está caliente. Viene de Asia y mucha gente lo bebe por la mañana.", " Una palabra adecuada aquí es Kanne."),
        ("fr", "Le thé est chaud. Il vient d'Asie et beaucoup de gens le boivent le matin.", " Un mot juste ici est Kanne."),
        ("zh", "茶很热。它来自亚洲，很多人早上喝茶。", "这里可以说到Kanne。"),
        ("it", "Il tè è caldo. Viene dall'Asia e molte persone lo bevono la mattina presto.", " A fitting word here is Kanne."),
    ],
)  # fmt: skip
def test_words_come_in_the_language_of_the_response(code: str, text: str, added: str) -> None:
    assert repair("keyword.include", text, {"words": ["Kanne"]}) == text + added
