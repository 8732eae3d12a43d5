"""Judges: the votes of the checkers beside a model, and combinations that are refused."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, Prompt
from spar_data.models import Completion, Store
from spar_data.models.phases import Phases
from spar_data.models.sampling import Sampling
from spar_data.selfplay.judge.judges import CheckerJudge, ModelJudge, Question, judge_all, judge_of
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.negatives import NegativesConfig, collect
from spar_data.selfplay.records import Sample
from spar_data.selfplay.stored_rows import read_records

Serve = Callable[..., ScriptedServer]
_LOWER = Constraint("l", "In small letters", "character.lowercase", "whole", {})
_SAMPLING = Sampling(1, 0.9, 0.9, 64)
_WORDS = {  # prompt to the judge's five votes, round after round; the response is the prompt
    "low": ["yyynn"], "low2": ["nnnyy", "yynnn"], "UP": ["yyynn"] * 3, "UPPER": ["yynn?"], "UP2": ["yyyyn"], "free": ["nnnnn"],
}  # fmt: skip


def _judge(prompt: str, nth: int) -> Reply:
    if "Step-by-step verification" not in prompt:
        return Reply(prompt)
    [words] = [words for text, words in _WORDS.items() if f"Output: “{text}”" in prompt]
    said = {"y": "Final Judgement: Yes", "n": "Final Judgement: No", "?": "hm"}
    return Reply(texts=tuple(said[w] for w in words[nth - 1]))


@pytest.mark.parametrize(
    ("checkers", "expected", "counts"),
    [
        (
            "beside",
            {"low": ("Yes", 0.6, 5), "low2": ("No", 0.4, 5), "UP": ("Yes", 0.6, 5), "UPPER": ("tie", 0.5, 5),
             "UP2": ("Yes", 0.8, 5), "free": ("No", 0.0, 5)},
            {("Yes", "Yes"): 1, ("No", "Yes"): 1, ("Yes", "No"): 2, ("tie", "No"): 1},
        ),
        (  # low2: 2 + 1 Yes, 3 No, then the same again: a tie; UP: 3 Yes, 2 + 1 No, twice more; UPPER: 2 Yes, 2 + 1 No
            "also",
            {"low": ("Yes", 4 / 6, 5), "low2": ("tie", 0.5, 10), "UP": ("tie", 0.5, 10), "UPPER": ("No", 2 / 5, 5),
             "UP2": ("Yes", 4 / 6, 5), "free": ("No", 0.0, 5)},
            {("Yes", "Yes"): 1, ("No", "Yes"): 1, ("Yes", "No"): 2, ("tie", "No"): 1},
        ),
        (
            "veto",
            {"low": ("Yes", 0.6, 5), "low2": ("No", 0.4, 5), "UP": ("No", 0.0, 0), "UPPER": ("No", 0.0, 0),
             "UP2": ("No", 0.0, 0), "free": ("No", 0.0, 5)},
            {("Yes", "Yes"): 1, ("No", "Yes"): 1},
        ),
    ],
)  # fmt: skip
def test_the_checkers_vote_on_responses(
    checkers: str, expected: dict[str, tuple[str, float, int]], counts: dict[Any, int], serve: Serve, store: Store,
    tmp_path: Path,
) -> None:  # fmt: skip
    server = serve(_judge)
    rows = [Prompt(row_id(name), name, (_LOWER,) if name != "free" else ()) for name in _WORDS]
    config = NegativesConfig(_SAMPLING, tie_rounds=0 if checkers == "beside" else 1)

    def run(out: Path) -> Any:
        spec = f"openai:m@{server.url}"
        judge = ModelJudge(spec, VoteRule(checkers=checkers), max_tokens=64)
        return collect(rows, spec, judge, config, out, store)

    found = run(tmp_path / "one")
    samples = {s.prompt: s for s in read_records(found.samples, Sample)}
    assert {
        name: (s.votes.verdict, pytest.approx(s.votes.value), len(s.votes.words)) for name, s in samples.items()
    } == (expected)
    assert found.funnel.calibration.counts == counts, "of the judge alone: its own vote is not the checkers'"
    rounds = sum(len(s.votes.words) for s in samples.values()) // 5
    assert server.calls.total() == len(_WORDS) + rounds, "what is vetoed is not judged, and only ties are judged again"
    assert {s.prompt for s in read_records(found.negatives, Sample)} == {
        n for n, (word, *_) in expected.items() if word == "No"
    }
    if checkers == "veto":
        vetoed = samples["UP"].votes
        assert (vetoed.exact, vetoed.replies) == ("No", []) and "In small letters" in vetoed.judgement
    calls, first = server.calls.total(), found.samples.read_bytes()
    assert run(tmp_path / "two").samples.read_bytes() == first and server.calls.total() == calls
    with pytest.raises(SparError, match="the checkers are the judge already"):
        judge_of("rules", VoteRule(checkers="veto" if checkers == "beside" else checkers))


_PART = Constraint("l", "Sound sad, in small letters", "character.lowercase", "part", {})
_YES = [Completion("Final Judgement: Yes")] * 5


def test_judges_of_specs() -> None:
    model = judge_of("smollm2", VoteRule(3), 0.5, 64)
    request = model.request(Question("p", "r"), rounds=2)
    assert request and (request.n, request.temperature, request.max_tokens) == (6, 0.5, 64)
    rules = judge_of("rules")
    assert rules.model is None and rules.name == "rules" and rules.request(Question("p", "r", (_LOWER,))) is None
    with pytest.raises(SparError, match="checkers veto: the checkers are the judge already"):
        judge_of("rules", VoteRule(checkers="veto"))


def test_what_the_checkers_veto_is_not_asked() -> None:
    judge = ModelJudge("smollm2", VoteRule(checkers="veto"))
    failing, passing = Question("p", "LARGE", (_LOWER,)), Question("p", "small", (_LOWER,))
    assert judge.request(failing) is None and judge.request(passing) and judge.request(Question("p", "LARGE"))
    assert judge.count(failing, []).verdict == "No" and judge.count(passing, _YES).verdict == "Yes"
    assert ModelJudge("smollm2").request(failing), "beside a model they only stand in the rows"
    assert ModelJudge("smollm2").count(failing, _YES).exact == "No"


@pytest.mark.parametrize(
    ("response", "constraints", "whole", "verdict", "exact"),
    [
        ("small", (_LOWER,), True, "Yes", "Yes"),
        ("LARGE", (_LOWER,), True, "No", "No"),
        ("LARGE", (_LOWER, _PART), True, "unknown", "No"),
        ("LARGE", (_LOWER, _PART), False, "No", "No"),
        ("small", (_LOWER, _PART), False, "unknown", "unknown"),
        ("small", (), True, "unknown", ""),
    ],
)
def test_the_checkers_alone(
    response: str, constraints: tuple[Constraint, ...], whole: bool, verdict: str, exact: str
) -> None:
    votes = CheckerJudge(whole).count(Question("p", response, constraints))
    assert (votes.verdict, votes.exact) == (verdict, exact) and votes.words == []
    assert votes.value == {"Yes": 1.0, "No": 0.0}.get(verdict)


def test_judging_all_asks_for_what_a_judge_has_to_be_asked(serve: Serve, store: Store) -> None:
    server = serve(lambda prompt, nth: Reply(texts=("Final Judgement: Yes", "hm", "Final Judgement: No") * 3))
    judge = ModelJudge(f"openai:m@{server.url}", VoteRule(3, 2, "veto"))
    questions = [Question("p", "LARGE", (_LOWER,)), Question("p", "small", (_LOWER,)), Question("q", "LARGE")]
    vetoed, tied, other = judge_all("judge", questions, judge, Phases(store))
    assert server.calls.total() == 2 and vetoed.passed is False and not vetoed.answers
    assert (tied.passed, tied.votes.verdict, other.votes.verdict) == (None, "tie", "tie")
    assert tied.reason == "tie: 1 Yes, 1 No, 1 unparsed, 0 failed" and "small letters" in vetoed.reason
    assert [vote["vote"] for vote in tied.transcript] == ["Yes", "unparsed: no final judgement", "No"]
    [again] = judge_all("again", questions[2:], judge, Phases(store), fresh=True)
    assert server.requests[-1]["n"] == 3 and len(again.answers) == 3, "three further votes of the same request"
