from __future__ import annotations

import pytest

from spar_data.constraints.repairs.phrases import like, phrases_for, titled


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("Der Tee ist warm und kommt aus Asien.", "de"),
        ("茶很热。它来自亚洲。", "zh"),
        ("Il tè è caldo e viene dall'Asia da molto tempo.", "en"),
    ],
)
def test_phrases_are_in_the_language_of_the_text(text: str, language: str) -> None:
    assert phrases_for(text).language == language


@pytest.mark.parametrize("code", ["Der Tee ist warm.", "The tea is warm and good.", "El té está caliente.", "茶很热。"])
def test_every_language_has_all_phrases(code: str) -> None:
    phrases = phrases_for(code)
    assert all(getattr(phrases, name) for name in ("fill", "word", "words", "question", "remark", "option", "openers"))


def test_an_addition_takes_on_the_case_of_the_whole_text() -> None:
    assert like("ALL OF IT IS LOUD", "So it is.") == "SO IT IS."
    assert like("all of it is quiet", "So it is.") == "so it is."
    assert like("All Of It Is Capitalised Here", "So it is.") == "So It Is."
    assert like("Most of it is plain.", "So it is.") == "So it is."
    assert like("OK", "So it is.") == "So it is."  # too short to tell


def test_titled_leaves_other_letters() -> None:
    assert titled("the NASA report's end") == "The NASA Report's End"
