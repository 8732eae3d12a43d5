"""Items from the samples of the harness."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from harness_tasks import needs_harness
from server import Reply

from spar_eval.benchmarks.general.config import GeneralConfig
from spar_eval.benchmarks.general.run import evaluate_general
from spar_eval.benchmarks.general.samples import Lengths, items_of, notes_on_filters


@needs_harness
def test_replies_that_are_cut_off_are_counted(tasks: Path, tiny: str, tmp_path: Path) -> None:
    config = GeneralConfig("sums", include=tasks, max_tokens=2, cache=tmp_path / "cache")
    assert evaluate_general(tiny, config).counts["cut off"] == 3


@needs_harness
def test_a_reply_without_content_is_counted(tasks: Path, serve: Callable[..., Any], tmp_path: Path) -> None:
    server = serve(lambda prompt, nth: Reply(None) if "17" in prompt else "#### 5")
    result = evaluate_general(f"openai:m@{server.url}", GeneralConfig("sums", include=tasks, cache=tmp_path / "cache"))
    assert [(item.response, item.problem) for item in result.items] == [("", "empty"), ("#### 5", ""), ("#### 5", "")]
    assert result.counts["empty"] == 1 and result.score("sums exact_match,strict-match").value == pytest.approx(1 / 3)


def _sample(document: int, name: str, answer: str, score: float) -> dict[str, Any]:
    return {
        "doc_id": document, "filter": name, "filtered_resps": [answer], "metrics": ["exact_match"], "exact_match": score,
        "target": "18", "resps": [["It is 18"]], "arguments": [("17 + 1?", {"max_gen_toks": 4})],
    }  # fmt: skip


def test_items_of_hand_made_samples() -> None:
    """One item a document, with a verdict for each filter; an answer that a filter does not find is counted."""
    samples = [
        _sample(0, "strict", "[invalid]", 0.0),
        _sample(0, "flexible", "18", 1.0),
        _sample(1, "flexible", "7", 0.5),
    ]
    counts: Counter[str] = Counter()
    first, second = items_of("sums", samples, Lengths(str.split, 256), counts)
    assert first.checks[0].verdicts == {"exact_match,strict": False, "exact_match,flexible": True}
    assert first.checks[0].reason == "found [invalid] by strict, 18 by flexible; expected 18"
    assert second.checks == () and second.detail["metrics"] == {"exact_match,flexible": 0.5}
    assert counts == {
        "cut off": 2
    }  # three words of at most four tokens: one may be lost when the text is tokenised again
    [note] = notes_on_filters("sums", samples, counts)
    assert note.startswith("sums, strict: 1 of 1 replies hold no answer") and note.endswith("no reply is left")
