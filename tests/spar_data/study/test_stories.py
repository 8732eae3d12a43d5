"""Stories: the two arms differ as promised, and the checker is right."""

from __future__ import annotations

from pathlib import Path

import pytest
from study_folder import arms

from spar_data.study import stories


def test_stories_differ_as_promised(study: Path) -> None:
    refined, sampled = arms(study, "stories")
    flaws = set()
    for one, other in zip(refined, sampled, strict=True):
        right, wrong, another = (_sentences(t) for t in (one["chosen"], one["rejected"], other["chosen"]))
        assert (right[0], right[-1]) == (another[0], another[-1])
        assert set(right[1:-1]) <= set(wrong) and not set(another[1:-1]) & set(wrong)
        assert "".join(right[1:-1]) in "".join(wrong)  # the middle as it was
        flaws.add(one["source"][1])
    assert len(flaws) == 7


def _sentences(text: str) -> list[str]:
    return [part for part in text.replace(". ", ".\n").split("\n") if part]


@pytest.mark.parametrize(
    ("response", "passed", "loose", "reason"),
    [
        ("It began. Then more. It ended.", True, True, ""),
        ("\nIt began.\n\nThen more.\n\nIt ended.\n", True, True, ""),
        ("It began. It ended.", False, False, "nothing between"),
        ("It began.It ended.", False, False, "nothing between"),
        ("it began. Then more. It ended.", False, True, "wrong start"),
        ("It began. Then more. It ended. The end.", False, False, "wrong end"),
        ("So it went. Then more.", False, False, "wrong start and end"),
        ("# A title\n\n“It began.” Then more. **It ended.**", False, True, "wrong start and end"),
        ("Sure!\nWell.\nIt began. Then more. It ended.", False, False, "wrong start"),
        ("", False, False, "empty"),
    ],
)
def test_the_checker_of_stories(response: str, passed: bool, loose: bool, reason: str) -> None:
    verdict = stories.check(response, "It began.", "It ended.")
    assert (verdict.passed, verdict.loose, verdict.reason) == (passed, loose, reason)


def test_one_sentence_does_not_count_twice() -> None:
    ends = ("It was so.", "It was so.")
    assert not stories.check("It was so.", *ends).passed and stories.check("It was so. And. It was so.", *ends).passed
