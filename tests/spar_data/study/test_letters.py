"""Character sequences: the two arms differ as promised, and the checker is right."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest
from study_folder import arms

from spar_data.selfplay.refine.similarity import similarity
from spar_data.study import letters


def test_letters_differ_as_promised(study: Path) -> None:
    refined, sampled = arms(study, "letters")
    few = 0
    for one, other in zip(refined, sampled, strict=True):
        chosen, rejected = one["chosen"], one["rejected"]
        error = abs(len(chosen) - len(rejected))
        assert one["source"][1] == f"{error} too {'few' if len(rejected) < len(chosen) else 'many'}"
        assert chosen == chosen.lower() and rejected == rejected.lower() and error
        assert len((Counter(chosen) - Counter(rejected)) + (Counter(rejected) - Counter(chosen))) == 1  # one letter
        # nothing but the error was edited: all of the shorter side is in the longer one, in order
        assert similarity(chosen, rejected) == pytest.approx(
            2 * min(map(len, (chosen, rejected))) / len(chosen + rejected)
        )
        assert other["chosen"] == chosen.upper()
        few += len(rejected) < len(chosen)
    assert 0.4 < few / len(refined) < 0.6  # length does not give the right side away


@pytest.mark.parametrize(
    ("response", "passed", "loose", "reason"),
    [
        ("aaabb", True, True, ""),
        ("ABaba", True, True, ""),
        (" `a a a b b`\n", True, True, ""),
        ("aaab", False, False, "too few letters"),
        ("aaaab", False, False, "too few letters"),
        ("aaaabb", False, False, "too many letters"),
        ("aaabbc", False, False, "other characters"),
        ("a, a, a, b, b", False, False, "other characters"),
        ("Here you are:\nAAABB", False, True, "other characters"),
        ("aaab\nb", True, True, ""),
        ("", False, False, "empty"),
        ("\u0130" * 3, False, False, "other characters"),
    ],
)
def test_the_checker_of_letters(response: str, passed: bool, loose: bool, reason: str) -> None:
    verdict = letters.check(response, {"a": 3, "b": 2})
    assert (verdict.passed, verdict.loose, verdict.reason) == (passed, loose, reason)


def test_measures_of_letters() -> None:
    for response in ("AAb", "A abba bad baa:\nA\nAAb\nb"):
        measures = letters.check(response, {"a": 3, "b": 2}).measures
        assert measures == {"capitals": pytest.approx(2 / 3), "off by": 2.0}
    assert letters.check("123", {"a": 3}).measures == {"capitals": None, "off by": None}
