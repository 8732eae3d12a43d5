"""Meta-Rewarding: length control, comparisons of judgements, and pairs of both kinds."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace

import pytest
from server import Reply, ScriptedServer, completion
from stored_rows import reasons, sample

from spar_data.core.errors import SparError
from spar_data.models import Store, Unparsed
from spar_data.models.phases import Phases
from spar_data.selfplay.pairs.pair_set import Ask, StoredRows
from spar_data.selfplay.pairs.recipes.meta_rewarding import (
    MetaRewardingConfig,
    battles,
    length_control,
    meta_rewarding,
    parse_winner,
    position_weights,
)
from spar_data.selfplay.pairs.recipes.self_rewarding import (
    Scored,
    score_task,
)


def _ask(server: ScriptedServer, store: Store) -> Ask:
    return lambda phase, requests: Phases(store).ask(phase, f"openai:tiny@{server.url}", requests)


@pytest.mark.parametrize(
    ("reply", "first"),
    [
        ("Comparison: ...\nWinner: A", True),
        ("**Winner:** (B)", False),
        ("winner is judgement b", False),
        ("Winner: (A or B)\nWinner: B", False),
        ("Winner: (A or B)", None),
        ("Winner: A/B", None),
        ("winner: (a)", True),
        ("Winner: b.\nThat is all", False),
        ("Winner: Both", None),
        ("Winner: a tie", None),
        ("Winner: A tie", None),
        ("The winner is a close call", None),
        ("A is better", None),
    ],
)
def test_winners_in_replies(reply: str, first: bool | None) -> None:
    result = parse_winner(reply)
    assert result is first if first is not None else isinstance(result, Unparsed), result


def _several(*texts: str) -> Reply:
    body = completion(Reply(), len(texts))
    for choice, text in zip(body["choices"], texts, strict=True):
        choice["message"]["content"] = text
    return Reply(body=json.dumps(body).encode())


def _graded(prompt: str) -> str:
    return prompt.split("Response: “")[1].split("”")[0]


def _scored(*rows: tuple[float, int]) -> list[Scored]:
    """(score, length of the response)"""
    return [Scored(sample("p", i, "x" * n), [(int(s), "")]) for i, (s, n) in enumerate(rows)]


def test_length_control_by_hand() -> None:
    # max 5, min 1, rho 0.25: chosen among scores >= 0.75*5 + 0.25*1 = 4, rejected among <= 0.75*1 + 0.25*5 = 2
    scored = _scored((5, 90), (4, 40), (3, 10), (2, 80), (1, 20))
    result = length_control(scored, 0.25)
    assert not isinstance(result, str)
    assert [(s.mean, len(s.sample.response)) for s in result] == [(4.0, 40), (2.0, 80)]
    strict = length_control(scored, 0.0)
    assert not isinstance(strict, str) and [s.mean for s in strict] == [5.0, 1.0]
    assert length_control(_scored((3, 1), (3, 9)), 0.1) == "equal scores"
    # rho 1: every response is in both ranges, and the shortest one is also the worst
    assert length_control(_scored((5, 90), (1, 20)), 1.0) == "length control leaves no higher score"
    with pytest.raises(SparError, match="rho"):
        MetaRewardingConfig(rho=1.5)


def test_a_place_that_wins_more_often_counts_less() -> None:
    assert position_weights([True, True, True, False]) == (0.25, 0.75)
    # m in first place beat n; n in first place beat m: a bias, and both wins weigh the same
    assert battles({(0, 1): True, (1, 0): True}, 2, (0.25, 0.75)) == [[0, 0.25], [0.25, 0]]
    assert battles({(0, 1): True, (1, 0): False}, 2, (0.25, 0.75)) == [[0, 1.0], [0, 0]]


def test_meta_rewarding_makes_pairs_of_responses_and_of_judgements(
    serve: Callable[..., ScriptedServer], store: Store
) -> None:
    scores = {"long good response": [5, 5, 5], "short good": [5, 4, 5], "bad": [0, 2, 4], "worse": [0, 1, 0]}

    def answer(prompt: str, nth: int) -> Reply | str:
        if "Judgement A" in prompt:
            first, second = (prompt.split(f"Judgement {x}: “")[1].split("”")[0] for x in "AB")
            return f"Winner: {'A' if first[-1] > second[-1] else 'B'}"  # the higher score wins in either place
        return _several(*(f"Reasons: r{i}\nScore: {s}" for i, s in enumerate(scores[_graded(prompt)])))

    server = serve(answer)
    config = MetaRewardingConfig(scores=3, rho=0.1)
    rows = StoredRows([sample("p", i, text) for i, text in enumerate(scores)], ask=_ask(server, store))
    cut = meta_rewarding(rows, config)
    actor, judge = sorted(cut.pairs, key=lambda p: p.recipe)
    assert (actor.recipe, actor.chosen, actor.rejected) == ("meta-rewarding", "short good", "worse")
    assert (judge.recipe, judge.chosen[-1], judge.rejected[-1]) == ("meta-rewarding-judge", "4", "0")
    assert judge.prompt[0].content == score_task(sample("p", 0, "bad"))
    assert judge.chosen_value == pytest.approx(-(judge.rejected_value or 0)) and (judge.chosen_value or 0) > 0
    assert sum(server.calls.values()) == 4 + 6  # three judgements of "bad", each pair of them in both orders
    without = replace(config, judge_pairs=False)
    again = meta_rewarding(rows, without)
    assert again.pairs == [actor] and sum(server.calls.values()) == 10  # stored answers


def test_a_meta_judge_that_always_says_a_makes_no_judge_pair(
    serve: Callable[..., ScriptedServer], store: Store
) -> None:
    def answer(prompt: str, nth: int) -> Reply | str:
        return "Winner: A" if "Judgement A" in prompt else _several("a Score: 1", "b Score: 5", "c Score: 3")

    rows = StoredRows([sample("p", 0, "one"), sample("p", 1, "two")], ask=_ask(serve(answer), store))
    cut = meta_rewarding(rows, MetaRewardingConfig(scores=3))
    assert not cut.pairs and reasons(cut, "response") == {"no judgement is better than another": 1}
