"""Judge and refine rows: the requests that models are asked, and the replies to learn."""

from __future__ import annotations

from stored_rows import world

from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.pairs.pair_recipe import NoConfig
from spar_data.selfplay.pairs.pair_set import StoredRows
from spar_data.selfplay.pairs.recipes.refiner_paper import refiner_paper
from spar_data.selfplay.records import Dialogue
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request


def _turns(row: Dialogue) -> list[tuple[str, str]]:
    return [(m.role, m.content) for m in row.messages]


def test_refine_rows_are_the_request_of_refining_and_the_reply() -> None:
    samples, nodes = world()
    [row] = [d for d in refiner_paper(StoredRows(samples, nodes), NoConfig()).dialogues if d.kind == "refine"]
    parent, child = nodes[1], nodes[4]  # "a bee sat on me" is what "a bee today" refines
    requests = refine_request(parent.prompt, parent.text, parent.votes.judgement)
    assert child.parent == parent.node
    assert _turns(row) == [*((m.role, m.content) for m in requests.messages), ("assistant", child.reply)]
    assert [m.role for m in row.messages] == ["user", "assistant", "user", "assistant"]
    assert parse_refinement(row.messages[-1].content) == child.text and row.label == ""
    assert parse_verdict(row.messages[1].content) is False


def test_judge_rows_are_the_request_of_judging_and_a_judgement_of_the_majority() -> None:
    samples, nodes = world()
    cut = refiner_paper(StoredRows(samples, nodes), NoConfig())
    texts = {s.response: s for s in samples} | {n.text: n for n in nodes[1:6] + nodes[7:]}
    judged = [d for d in cut.dialogues if d.kind == "judge"]
    requests = {judge_request(row.prompt, text).messages[0].content: row for text, row in texts.items() if text}
    for row in judged:
        [(role, request), (answer, judgement)] = _turns(row)
        assert (role, answer) == ("user", "assistant")
        assert parse_verdict(judgement) is (row.label == "Yes") and requests[request].votes.verdict == row.label
    # samples: 4 + 4 + 5 + 5 + 5 + 5, nodes: 4 + 3 + 4 + 5, and 4 + 5 of the second tree
    assert len(judged) == 28 + 16 + 9
    assert cut.excluded["judgement", "of the minority"] == 2 + (1 + 2 + 1) + 1
    assert cut.excluded["response", "judged tie"] == 1 and cut.excluded["response", "length"] == 1
    assert cut.excluded["response", "judged unparsed"] == 1
