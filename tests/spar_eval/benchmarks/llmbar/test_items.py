"""Items of a judge's answers: verdicts, transcripts, and counts of what is missing."""

from __future__ import annotations

from spar_data.models import Completion, Failure
from spar_eval.benchmarks.llmbar.data import OutputPair
from spar_eval.benchmarks.llmbar.items import pairwise_item, pointwise_item, problem_counts

PAIR = OutputPair("Natural", 3, "Name a fruit.", ("A pear.", "A carrot."), 1)


def test_an_output_alone() -> None:
    replies = ["Final Judgement: Yes", "Final Judgement: No", "hm", "Final Judgement: Yes", "Final Judgement: Yes"]
    item = pointwise_item(PAIR, 2, [*map(Completion, replies)])
    assert (item.id, item.response, item.cluster) == ("Natural/3/output_2", "A carrot.", "Natural/3")
    assert item.checks[0].verdicts == {"correct": False}
    assert [vote["vote"].partition(":")[0] for vote in item.detail["votes"]] == ["Yes", "No", "unparsed", "Yes", "Yes"]
    assert problem_counts([item]) == {"votes unparsed": 1}


def test_both_orders() -> None:
    item = pairwise_item(PAIR, [Completion("Better Output: A", thinking="so")], [Failure("length")])
    assert item.checks[0].verdicts == {"output 1 first": True, "output 2 first": None, "consistent": None}
    assert item.checks[0].reason == (
        "gold output 1; output 1 first: output 1 (1 for the first, 0 for the second, 0 unparsed, 0 failed); output 2 first: "
        "failed (0 for the first, 0 for the second, 0 unparsed, 1 failed)"
    )
    assert item.detail["votes"] == [
        {"vote": "first", "reply": "Better Output: A", "thinking": "so"}, {"vote": "failed: length"}
    ]  # fmt: skip
    assert item.problem == "" and problem_counts([item]) == {"pairwise, output 2 first: failed": 1, "votes failed": 1}


def test_no_reply_at_all_is_a_problem_of_the_item() -> None:
    item = pointwise_item(PAIR, 1, [Failure("status 500"), Failure("length")])
    assert (item.problem, item.detail["verdict"]) == ("status 500", "failed")
    assert problem_counts([item]) == {"pointwise failed": 1, "votes failed": 2}
