"""The result of FollowBench: signature, counts, notes, and the items that are stored."""

from __future__ import annotations

from collections import Counter

from spar_eval.benchmarks.followbench.assemble import assemble
from spar_eval.benchmarks.followbench.config import FollowBenchConfig
from spar_eval.benchmarks.followbench.data import FollowBenchData, LeveledPrompt, PromptGroup
from spar_eval.benchmarks.followbench.scores import ResponseVerdict
from spar_eval.responses import ResponseSample

PROMPTS = tuple(LeveledPrompt("content", 7, level, "xsum", f"text {level}", "", "") for level in (1, 2))
DATA = FollowBenchData((PromptGroup(PROMPTS),), ("a note of the data",))
VERDICTS = [
    ResponseVerdict(
        PROMPTS[0], 0, ResponseSample("fine", "hm"), (True,), ("judge: YES",), "judge", judgements=("['YES']",)
    ),
    ResponseVerdict(PROMPTS[1], 0, ResponseSample("", problem="length: 9"), (False, None), ("x", "y"), "judge"),
]


def test_signature_counts_and_notes() -> None:
    config = FollowBenchConfig(votes=3)
    result = assemble(DATA, VERDICTS, "m", "j,max_tokens 9", config, "greedy", Counter({"failed": 1, "none": 0}))
    assert result.signature.startswith(f"followbench|data:content,{DATA.digest}|n:2/1|checker:official|model:m|")
    assert (
        "|decoding:greedy|judge:j,max_tokens 9|votes:3|prompt:1|undecided:no|mean:category,level|" in result.signature
    )
    assert result.counts == {
        "failed": 1, "responses without verdict by the judge": 1, "undecided constraints": 1,
        "groups with missing levels": 1, "no response: length": 1,
    }  # fmt: skip
    assert result.notes[0] == "a note of the data" and "1 of 2 responses have constraints without" in result.notes[-1]
    assert [score.name for score in result.scores][3:] == [f"{s}, undecided left out" for s in ("HSR", "SSR", "CSL")]


def test_items() -> None:
    first, second = assemble(DATA, VERDICTS, "m", "none", FollowBenchConfig(), "greedy", Counter()).items
    assert (first.id, first.group, first.cluster, first.response) == ("content/7/1", "content", "content/7", "fine")
    assert first.detail == {
        "level": 1, "source": "xsum", "scored by": "judge", "judge": ["['YES']"], "thinking": "hm",
    }  # fmt: skip
    assert second.problem == "length: 9" and [c.verdicts["satisfied"] for c in second.checks] == [False, None]


def test_fixed_rules_are_shown_beside_the_official_ones() -> None:
    result = assemble(
        DATA, VERDICTS, "m", "none", FollowBenchConfig(checker="fixed"), "greedy", Counter(), official=VERDICTS
    )
    assert [row.name for row in result.tables[0].rows][:2] == ["HSR, official rules", "HSR, fixed rules"]
