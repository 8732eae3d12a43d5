"""Pairs by scores: Self-Rewarding and Meta-Rewarding, whose replies are read and whose numbers are worked out by hand."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace

import pytest
from server import Reply, ScriptedServer, completion
from stored_rows import sample

from spar_data.core.errors import SparError
from spar_data.models import Store, Unparsed
from spar_data.models.phases import Rounds
from spar_data.selfplay.pairs.elo import elo
from spar_data.selfplay.pairs.pair_set import Ask, Cut, StoredRows
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
    SelfRewardingConfig,
    parse_score,
    score_task,
    self_rewarding,
)


def _ask(server: ScriptedServer, store: Store) -> Ask:
    return lambda phase, requests: Rounds(store).ask(phase, f"openai:tiny@{server.url}", requests)


def _reasons(cut: Cut, what: str) -> dict[str, int]:
    return {why: n for (kind, why), n in cut.excluded.items() if kind == what}


@pytest.mark.parametrize(
    ("reply", "score"),
    [
        ("Reasons: x\nScore: 4", 4),
        ("**Score:** 5/5", 5),
        ("Score: (3)", 3),
        ("score is 2 out of 5.", 2),
        ("Score: 1\nNo: Score: 0", 0),
        ("Score - 4", 4),
        ("Score: 1 + 1 + 1 + 0 + 0 = 3", 3),
        ("Score: 1+1 = **2**/5", 2),
        ("Score (0-5): 3", 3),
        ("Score (out of 5): **4**", 4),
        ("Score: 3 + 1", None),
        ("Score: 0 to 5", None),
        ("Score: (the sum, a whole number from 0 to 5)", None),
        ("Score: 0-5", None),
        ("Score: 4.5", None),
        ("Score: 8/10", None),
        ("Score: 4/10", None),
        ("Score: 7", None),
        ("Score: -1", None),
        ("Score: 10", None),
        ("Score: 3, then again Score: 12", None),
        ("I would give 4", None),
        ("", None),
    ],
)
def test_scores_in_replies(reply: str, score: int | None) -> None:
    found = parse_score(reply)
    assert found == score if score is not None else isinstance(found, Unparsed), found


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
    found = parse_winner(reply)
    assert found is first if first is not None else isinstance(found, Unparsed), found


def test_prompts_with_slots_and_braces_reach_the_judge_as_they_are() -> None:
    text = score_task(sample("{response} {x}", 0, "{prompt} }{"))
    assert "“{response} {x}”" in text and "“{prompt} }{”" in text


def _several(*texts: str) -> Reply:
    body = completion(Reply(), len(texts))
    for choice, text in zip(body["choices"], texts, strict=True):
        choice["message"]["content"] = text
    return Reply(body=json.dumps(body).encode())


def _graded(prompt: str) -> str:
    return prompt.split("Response: “")[1].split("”")[0]


def test_self_rewarding_takes_highest_and_lowest_mean(serve: Callable[..., ScriptedServer], store: Store) -> None:
    scores = {"best": "5 5 4", "good": "5 4 4", "bad": "1 x 0", "broken": "x 4 x", "e1": "3 3 3", "e2": "2 3 4"}

    def answer(prompt: str, nth: int) -> Reply:
        return _several(*(f"Score: {s}" for s in scores[_graded(prompt)].split()))

    server = serve(answer)
    rows = [sample("p", i, text) for i, text in enumerate(["good", "best", "bad", "broken", "fifth"])]
    rows += [sample("q", 0, "e1"), sample("q", 1, "e2"), sample("r", 0, "best"), sample("r", 1, "best ")]
    cut = self_rewarding(StoredRows(rows, ask=_ask(server, store)), SelfRewardingConfig())
    [pair] = cut.pairs
    assert (pair.chosen, pair.rejected) == ("best", "bad")
    assert pair.chosen_value == pytest.approx(14 / 3) and pair.rejected_value == 0.5
    assert _reasons(cut, "prompt") == {"equal scores": 1, "fewer than two different responses": 1}
    assert _reasons(cut, "judgement") == {"unparsed": 3}
    assert _reasons(cut, "response") == {"fewer than 2 valid scores": 1}
    sent = server.requests[0]
    assert (sent["n"], sent["temperature"], sent["top_p"]) == (3, 0.7, 0.9)
    assert sum(server.calls.values()) == 6  # the fifth response of p is beyond N = 4


def _scored(*rows: tuple[float, int]) -> list[Scored]:
    """(score, length of the response)"""
    return [Scored(sample("p", i, "x" * n), [(int(s), "")]) for i, (s, n) in enumerate(rows)]


def test_length_control_by_hand() -> None:
    # max 5, min 1, rho 0.25: chosen among scores >= 0.75*5 + 0.25*1 = 4, rejected among <= 0.75*1 + 0.25*5 = 2
    scored = _scored((5, 90), (4, 40), (3, 10), (2, 80), (1, 20))
    found = length_control(scored, 0.25)
    assert not isinstance(found, str)
    assert [(s.mean, len(s.sample.response)) for s in found] == [(4.0, 40), (2.0, 80)]
    strict = length_control(scored, 0.0)
    assert not isinstance(strict, str) and [s.mean for s in strict] == [5.0, 1.0]
    assert length_control(_scored((3, 1), (3, 9)), 0.1) == "equal scores"
    # rho 1: every response is in both ranges, and the shortest one is also the worst
    assert length_control(_scored((5, 90), (1, 20)), 1.0) == "length control leaves no higher score"
    with pytest.raises(SparError, match="rho"):
        MetaRewardingConfig(rho=1.5)


def test_elo_on_small_examples() -> None:
    # one win and half a win each beforehand: 1.5 to 0.5, odds 3 to 1
    one, other = elo([[0, 1], [0, 0]])
    assert one - other == pytest.approx(400 * math.log10(3)) and one + other == pytest.approx(0)
    # everyone against everyone, a > b > c: b in the middle, a and c as far from it
    a, b, c = elo([[0, 1, 1], [0, 0, 1], [0, 0, 0]])
    assert a > b > c and b == pytest.approx(0, abs=1e-6) and a == pytest.approx(-c)
    assert elo([[0, 2], [2, 0]]) == pytest.approx([0, 0])
    assert elo([[0.0]]) == [0.0] and elo([]) == []


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
    assert not cut.pairs and _reasons(cut, "response") == {"no judgement is better than another": 1}
