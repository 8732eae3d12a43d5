"""Self-Rewarding: scores in replies, and pairs from them."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest
from server import Reply, ScriptedServer, completion
from stored_rows import reasons, sample

from spar_data.models import Store, Unparsed
from spar_data.models.phases import Phases
from spar_data.selfplay.pairs.pair_set import Ask, StoredRows
from spar_data.selfplay.pairs.recipes.self_rewarding import (
    SelfRewardingConfig,
    parse_score,
    score_task,
    self_rewarding,
)


def _ask(server: ScriptedServer, store: Store) -> Ask:
    return lambda phase, requests: Phases(store).ask(phase, f"openai:tiny@{server.url}", requests)


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
    result = parse_score(reply)
    assert result == score if score is not None else isinstance(result, Unparsed), result


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
    assert reasons(cut, "prompt") == {"equal scores": 1, "fewer than two different responses": 1}
    assert reasons(cut, "judgement") == {"unparsed": 3}
    assert reasons(cut, "response") == {"fewer than 2 valid scores": 1}
    sent = server.requests[0]
    assert (sent["n"], sent["temperature"], sent["top_p"]) == (3, 0.7, 0.9)
    assert sum(server.calls.values()) == 6  # the fifth response of p is beyond N = 4
