"""Negatives against a scripted server: votes, ties, funnel, choice, and runs that were stopped."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Callable, Mapping
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from server import Reply, ScriptedServer

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, Prompt
from spar_data.models import Limits, Store
from spar_data.models.sampling import Sampling
from spar_data.selfplay.judge.judges import CheckerJudge, ModelJudge
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.negatives import Negatives, NegativesConfig, collect
from spar_data.selfplay.records import Sample
from spar_data.selfplay.stored_rows import read_records

Serve = Callable[..., ScriptedServer]
SAMPLING = Sampling(3, 0.9, 0.9, 64)
FINAL = "Final Judgement (if the Output accurately follows the Prompt)"


def _read(file: Path) -> list[Sample]:
    return read_records(file, Sample)


def prompts(*texts: str, constraints: Mapping[str, tuple[Constraint, ...]] = {}) -> list[Prompt]:
    return [Prompt(row_id(text), text, constraints.get(text, ())) for text in texts]


def same(text: str, finish: str = "stop") -> Reply:
    """All choices of a call with one text, so that it does not matter which of them were stored before."""
    return Reply(text, finish_reason=finish, message={"content": text})


def is_judge(prompt: str) -> bool:
    return "Step-by-step verification" in prompt


def run(
    server: ScriptedServer,
    rows: list[Prompt],
    out: Path,
    store: Store,
    config: NegativesConfig,
    rule: VoteRule = VoteRule(),
    **more: Any,
) -> Negatives:
    spec = f"openai:m@{server.url}"
    return collect(rows, spec, ModelJudge(spec, rule, max_tokens=64), config, out, store, **more)


def script(verdicts: Callable[[str, int], str]) -> Callable[[str, int], Reply]:
    """A judge that says `verdicts(request, nth call)`, beside an actor that echoes its prompt."""
    return lambda prompt, nth: same(verdicts(prompt, nth) if is_judge(prompt) else f"answer to {prompt}")


def votes_of(words: str) -> bytes:
    """One call's choices: y, n or anything else for a reply without a verdict."""
    said = {"y": f"fine\n{FINAL}: Yes", "n": f"bad\n{FINAL}: No"}
    choices = [
        {"index": i, "finish_reason": "stop", "message": {"role": "assistant", "content": said.get(w, "hm") + " " * i}}
        for i, w in enumerate(words)
    ]
    usage = {"prompt_tokens": 1, "completion_tokens": len(words), "total_tokens": 1 + len(words)}
    return json.dumps(
        {"id": "x", "object": "chat.completion", "created": 0, "model": "m", "choices": choices, "usage": usage}
    ).encode()


def test_every_kind_of_response_is_counted_and_every_prompt_ends_in_one_place(
    serve: Serve, store: Store, tmp_path: Path
) -> None:
    def answer(prompt: str, nth: int) -> Reply | int:
        if is_judge(prompt):
            for text, words in (("passing", "yyynn"), ("failing", "nnnyy"), ("muddled", "???y?"), ("even", "yynn?")):
                if f"to {text}" in prompt:
                    return Reply(body=votes_of(words))
            return 400
        if prompt == "cut":
            return same("half a", "length")
        return 400 if prompt == "refused" else same("" if prompt == "silent" else f"answer to {prompt}")

    rows = prompts("passing", "failing", "muddled", "even", "odd", "cut", "silent", "refused")
    found = run(serve(answer), rows, tmp_path, store, NegativesConfig(SAMPLING))
    told = found.funnel.to_dict()
    assert told["outcomes"] == {"chosen": 1, "all Yes": 1, "undecided": 3, "no response": 3}
    assert told["verdicts"] == {"Yes": 3, "No": 3, "tie": 3, "unparsed": 3, "failed": 3, "unknown": 0}
    assert told["no_response"] == {"empty": 3, "length": 3, "status 400": 3}
    assert (told["prompts"], told["samples"], told["judged"], told["negatives"]) == (8, 24, 15, 1)
    assert told["resampled"] == 3
    samples = _read(found.samples)
    assert [s.prompt for s in samples[::3]] == [prompt.text for prompt in rows]
    assert [len(s.votes.words) for s in samples if s.prompt == "even"] == [15] * 3, "two further rounds, then a tie"
    failing = [s for s in samples if s.prompt == "failing"]
    assert [s.id for s in failing] == [row_id(row_id("failing"), str(i)) for i in range(3)]
    assert all(s.votes.value == 0.4 and s.pass_rate == 0.0 and s.votes.judgement.startswith("bad") for s in failing)
    [negative] = _read(found.negatives)
    assert negative in failing
    cut = next(s for s in samples if s.prompt == "cut")
    assert cut.problem.startswith("length: cut off") and not cut.response and cut.votes.verdict == ""


def test_a_tie_is_judged_again_by_new_samples_and_the_last_round_counts(
    serve: Serve, store: Store, tmp_path: Path
) -> None:
    def answer(prompt: str, nth: int) -> Reply:
        return Reply(body=votes_of(("yynn?", "yynn?", "nnnny")[nth - 1])) if is_judge(prompt) else same("text")

    server = serve(answer)
    config = NegativesConfig(dataclasses.replace(SAMPLING, samples=1))
    found = run(server, prompts("p"), tmp_path, store, config)
    [sample] = _read(found.negatives)
    assert sample.votes.words == ["Yes", "Yes", "No", "No", "unparsed"] * 2 + ["No"] * 4 + ["Yes"]
    assert (sample.votes.verdict, sample.votes.value) == ("No", 0.2)
    assert found.funnel.resampled == 1
    assert [phase for phase, _ in found.tallies] == ["respond", "judge", "ties 1", "ties 2"]
    calls = server.calls.total()
    again = run(server, prompts("p"), tmp_path / "again", store, config)
    assert server.calls.total() == calls == 4, "everything is stored"
    assert again.samples.read_bytes() == found.samples.read_bytes()


def test_min_valid_decides_whether_votes_are_enough(serve: Serve, store: Store, tmp_path: Path) -> None:
    server = serve(lambda p, nth: Reply(body=votes_of("nn???")) if is_judge(p) else same("text"))
    one = dataclasses.replace(SAMPLING, samples=1)
    for least, word in ((0, "unparsed"), (3, "unparsed"), (2, "No")):
        found = run(server, prompts("p"), tmp_path / str(least), store, NegativesConfig(one), VoteRule(5, least))
        assert [s.votes.verdict for s in _read(found.samples)] == [word]
        assert found.funnel.negatives == (word == "No")


def test_judgement_and_negative_are_drawn_by_seed_and_id(serve: Serve, store: Store, tmp_path: Path) -> None:
    def answer(prompt: str, nth: int) -> Reply:
        return Reply(body=votes_of("nnnny")) if is_judge(prompt) else Reply(f"answer to {prompt}")

    server, rows = serve(answer), prompts(*(f"p{i}" for i in range(30)))
    picks, judgements = set(), set()
    for seed in (0, 1):
        config = NegativesConfig(SAMPLING, seed=seed)
        found = run(server, rows, tmp_path / str(seed), store, config)
        negatives = _read(found.negatives)
        assert len(negatives) == 30 and len({s.prompt_id for s in negatives}) == 30
        for s in negatives:
            said = [reply for reply, word in zip(s.votes.replies, s.votes.words, strict=True) if word == "No"]
            assert s.votes.judgement == Random(f"{seed}:{s.id}").choice(said)
        picks.add(tuple(s.sample for s in negatives))
        judgements.add(tuple(s.votes.judgement for s in negatives))
        assert len({s.sample for s in negatives}) == 3 and len({s.votes.judgement for s in negatives}) == 4
    assert len(picks) == len(judgements) == 2
    two = run(server, rows, tmp_path / "two", store, NegativesConfig(SAMPLING, per_prompt=2))
    assert two.funnel.negatives == len(_read(two.negatives)) == 60


def test_a_judge_that_never_parses(serve: Serve, store: Store, tmp_path: Path) -> None:
    found = run(serve(script(lambda p, n: "I like it.")), prompts("a", "b"), tmp_path, store, NegativesConfig(SAMPLING))
    assert found.funnel.to_dict()["verdicts"]["unparsed"] == 6
    assert len(_read(found.samples)) == 6 and not _read(found.negatives)
    assert pl.read_parquet_schema(found.negatives) == pl.read_parquet_schema(found.samples)
    assert "too few replies of the judge hold a verdict" in found.funnel.lines()[-1]
    assert [phase for phase, _ in found.tallies] == ["respond", "judge"], "unparsed votes are no tie"


@pytest.mark.parametrize(("word", "rate", "negatives"), [("Yes", 1.0, 0), ("No", 0.0, 2)])
def test_an_actor_that_always_succeeds_or_always_fails(
    serve: Serve, store: Store, tmp_path: Path, word: str, rate: float, negatives: int
) -> None:
    server = serve(script(lambda p, n: f"{FINAL}: {word}"))
    found = run(server, prompts("a", "b"), tmp_path, store, NegativesConfig(SAMPLING))
    assert found.funnel.negatives == negatives
    assert {s.pass_rate for s in _read(found.samples)} == {rate}
    assert ("no response fails" in found.funnel.lines()[-1]) == (word == "Yes")


def test_long_responses_tags_and_braces_go_through(serve: Serve, store: Store, tmp_path: Path) -> None:
    long = "word " * 20_000
    tricky = (
        "Use {braces} and {prompt}.\nFinal Judgement: Yes\n[[start]] x [[end]]",
        "Reply in this form: Final Judgement (Yes or No)",
    )

    def answer(prompt: str, nth: int) -> Reply:
        if is_judge(prompt):
            return same(f"I quote: Final Judgement: Yes [[end]]\n{FINAL}: No")
        return same(long if prompt == "long" else f"{{response}} Final Judgement: Yes {prompt}")

    server = serve(answer)
    found = run(server, prompts("long", *tricky), tmp_path, store, NegativesConfig(SAMPLING))
    assert found.funnel.verdicts == {"No": 9}
    samples = _read(found.samples)
    assert samples[0].response == long and len(samples[0].response) == 100_000
    asked = [p for p in server.calls if is_judge(p)]
    assert (
        sum(
            f"Prompt: “{t}”" in p and f"Output: “{{response}} Final Judgement: Yes {t}”" in p
            for p in asked
            for t in tricky
        )
        == 2
    )


def test_rules_judge_alone_where_they_can_check_everything(serve: Serve, store: Store, tmp_path: Path) -> None:
    def rule(checker: str, covers: str) -> Constraint:
        return Constraint("x", f"rule {checker}", checker, covers, {})

    lower = rule("character.lowercase", "whole")
    wanted = {"whole": (lower,), "part": (lower, rule("", "none")), "upper": (lower,)}
    server = serve(lambda p, nth: same("ALL CAPS" if p == "upper" else "all lowercase"))
    spec = f"openai:m@{server.url}"
    rows = prompts("whole", "part", "upper", "none", constraints=wanted)
    found = collect(rows, spec, CheckerJudge(), NegativesConfig(SAMPLING), tmp_path, store)
    assert found.funnel.to_dict()["verdicts"] == {"Yes": 3, "No": 3, "tie": 0, "unparsed": 0, "failed": 0, "unknown": 6}
    assert not any(is_judge(p) for p in server.calls)
    [negative] = _read(found.negatives)
    assert negative.prompt == "upper" and negative.votes.exact == "No" and negative.judge == "rules"
    assert negative.votes.words == [] and "rule character.lowercase" in negative.votes.judgement
    with pytest.raises(SparError, match="answers nothing"):
        collect(rows, "rules", CheckerJudge(), NegativesConfig(SAMPLING), tmp_path, store)


def test_the_checkers_beside_a_model(serve: Serve, store: Store, tmp_path: Path) -> None:
    lower = Constraint("x", "lower", "character.lowercase", "whole", {})
    wanted = {"low": (lower,), "UP": (lower,), "PART": (lower, Constraint("x", "lower", "", "none", {}))}
    server = serve(script(lambda p, n: f"{FINAL}: Yes"))
    rows = prompts("low", "UP", "PART", "free", constraints=wanted)
    found = run(server, rows, tmp_path, store, NegativesConfig(SAMPLING))
    assert [s.votes.exact for s in _read(found.samples)][::3] == ["Yes", "No", "No", ""]
    told = found.funnel.calibration
    assert told.counts == {("Yes", "No"): 3, ("Yes", "Yes"): 3}, "PART could only be a No"
    assert (told.agreed, told.decided, told.accuracy, told.kappa) == (3, 6, 0.5, 0.0)
    assert "agreement with the checkers: 50" in "\n".join(found.funnel.lines())


def test_a_spent_budget_leaves_whole_rows_and_the_next_run_goes_on(serve: Serve, store: Store, tmp_path: Path) -> None:
    server = serve(script(lambda p, n: f"{FINAL}: No"))
    rows, config = prompts(*(f"p{i}" for i in range(20))), NegativesConfig(SAMPLING)
    first = run(server, rows, tmp_path, store, config, limits=Limits(concurrency=1, max_tokens_total=1000))
    assert first.stopped and 0 < first.funnel.verdicts["No"] < 60
    told = first.funnel.to_dict()
    assert told["samples"] == 60 and told["judged"] + sum(told["no_response"].values()) == 60
    whole = run(server, rows, tmp_path, store, config)
    assert not whole.stopped and whole.funnel.verdicts == {"No": 60} and whole.funnel.negatives == 20
    assert max(server.calls.values()) == 1, "no call was made twice"
