"""Pairs from rows written by hand: what is chosen, what is left out and why, and that no pair has equal sides, ever."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from server import Reply, ScriptedServer, completion
from stored_rows import sample, sft_row, tree, votes, world

from spar_data.errors import SparError
from spar_data.ids import row_id
from spar_data.models import Store, Unparsed
from spar_data.selfplay.calibration import calibrate
from spar_data.selfplay.pairs.cut import Cut, Rows, fold
from spar_data.selfplay.pairs.direct import DirectConfig, direct
from spar_data.selfplay.pairs.elo import elo
from spar_data.selfplay.pairs.meta_rewarding import (
    MetaRewardingConfig,
    battles,
    length_control,
    meta_rewarding,
    parse_winner,
    position_weights,
)
from spar_data.selfplay.pairs.recipes import RECIPES
from spar_data.selfplay.pairs.self_rewarding import (
    Scored,
    SelfRewardingConfig,
    parse_score,
    score_request,
    self_rewarding,
)
from spar_data.selfplay.pairs.spar import SparConfig, spar
from spar_data.selfplay.pairs.spin import SpinConfig, spin
from spar_data.selfplay.records import Node, Pair, Sample, Votes
from spar_data.selfplay.rounds import Rounds
from spar_data.selfplay.statistics import forest, measure, overlap

_SPEC = "openai:tiny@{url}"


def _reasons(cut: Cut, what: str) -> dict[str, int]:
    return {why: n for (kind, why), n in cut.excluded.items() if kind == what}


# spar


def test_spar_takes_the_best_refined_node_and_the_root() -> None:
    samples, nodes = world()
    cut = spar(Rows(nodes=nodes), SparConfig())
    [pair] = cut.pairs
    assert (pair.chosen, pair.rejected) == ("a bee today", "a bee sat on me today")
    assert (pair.chosen_value, pair.rejected_value) == (1.0, 0.2)
    assert pair.source == [f"{samples[0].id}:4", f"{samples[0].id}:0"]
    assert [(m.role, m.content) for m in pair.prompt] == [("user", "p1")]
    assert cut.started == {"trees": 2} and cut.excluded == {("tree", "no refinement with V > 0.5"): 1}


@pytest.mark.parametrize(
    ("children", "root", "reason"),
    [
        ([], votes(0, 5), "no refinement was tried"),
        ([(0, "", votes(0, 0), "unparsed: no [[start]]")], votes(0, 5), "no refinement that could be used"),
        ([(0, "new", votes(5, 0), "length: cut off")], votes(0, 5), "no refinement that could be used"),
        ([(0, "new", votes(1, 0, 4))], votes(0, 5), "no refinement with a verdict"),  # one Yes, four unparsed: V is 1.0
        ([(0, "new", votes(2, 2, 1))], votes(0, 5), "no refinement with a verdict"),
        ([(0, "new", votes(2, 3))], votes(0, 5), "no refinement with V > 0.5"),
        ([(0, " root\n text ", votes(5, 0))], votes(0, 5), "equal sides"),
        ([(0, "new", votes(5, 0))], votes(5, 0), "root judged Yes, not No"),
        ([(0, "new", votes(5, 0))], votes(2, 2, 1), "root judged tie, not No"),
    ],
)
def test_trees_without_a_pair_and_why(children: list[Any], root: Votes, reason: str) -> None:
    nodes = tree(sample("p", 0, "root text", root), *children)
    cut = spar(Rows(nodes=nodes), SparConfig())
    assert not cut.pairs and cut.excluded == {("tree", reason): 1}


def test_spar_of_equal_values_the_first_and_never_a_copy_of_the_root() -> None:
    root = sample("p", 0, "root", votes(0, 5))
    nodes = tree(root, (0, "root ", votes(5, 0)), (0, "one", votes(4, 1)), (0, "two", votes(4, 1)))
    assert [p.chosen for p in spar(Rows(nodes=nodes), SparConfig()).pairs] == ["one"]
    assert not spar(Rows(nodes=nodes), SparConfig(above=0.8)).pairs
    with pytest.raises(SparError, match="above"):
        SparConfig(above=1.0)


def test_equal_trees_of_one_prompt_make_one_pair() -> None:
    nodes = [n for i in (0, 1) for n in tree(sample("p", i, "root", votes(0, 5)), (0, "new", votes(5, 0)))]
    cut = spar(Rows(nodes=nodes), SparConfig())
    assert len(cut.pairs) == 1 and _reasons(cut, "pair") == {"duplicate": 1}
    unfinished = replace(nodes[0], problem="no search: the response is empty")
    assert _reasons(spar(Rows(nodes=[unfinished]), SparConfig()), "tree") == {"root: no search": 1}
    assert _reasons(spar(Rows(nodes=nodes[1:2]), SparConfig()), "tree") == {"no root": 1}


# direct


def test_direct_pairs_and_what_is_left_out() -> None:
    samples, _ = world()
    cut = direct(Rows(samples=samples), DirectConfig())
    assert [(p.chosen, p.rejected) for p in sorted(cut.pairs, key=lambda p: p.chosen)] == [
        ("a bee again", "nothing of the kind"),
        ("one bee", "a bee sat on me today"),
    ]
    assert _reasons(cut, "prompt") == {"no No": 1, "no Yes": 1}
    assert _reasons(cut, "response") == {"judged tie": 1, "length": 1, "judged unparsed": 1}
    assert sum(cut.started.values()) == 4 + len(samples)


def test_direct_draws_by_seed_and_never_equal_sides() -> None:
    many = [sample("p", i, f"text {i}", votes(5, 0) if i % 2 else votes(0, 5)) for i in range(10)]
    found = {seed: direct(Rows(samples=many), DirectConfig(pairs=3, seed=seed)).pairs for seed in range(6)}
    assert all(len({p.id for p in pairs}) == 3 for pairs in found.values())
    assert len({tuple(p.id for p in pairs) for pairs in found.values()}) > 1
    assert found[0] == direct(Rows(samples=many[::-1]), DirectConfig(pairs=3, seed=0)).pairs
    assert len(direct(Rows(samples=many), DirectConfig(pairs=99)).pairs) == 25
    same = [sample("p", 0, "same  text", votes(5, 0)), sample("p", 1, "same text\n", votes(0, 5))]
    cut = direct(Rows(samples=same), DirectConfig())
    assert not cut.pairs and _reasons(cut, "prompt") == {"equal sides": 1}


_verdicts = st.sampled_from([votes(5, 0), votes(3, 2), votes(0, 5), votes(2, 2, 1), votes(1, 0, 4)])
_texts = st.sampled_from(["", " ", "a", "a ", "b", "a b", "a\n b", "c"])
_samples = st.lists(st.tuples(st.sampled_from("pqr"), st.integers(0, 9), _texts, _verdicts), max_size=25)


@settings(max_examples=60, deadline=None)
@given(_samples, st.randoms(use_true_random=False))
def test_no_equal_sides_ids_once_and_any_order_of_rows(rows: list[tuple[str, int, str, Votes]], random: Any) -> None:
    samples = list({(p, i): sample(p, i, text, voted) for p, i, text, voted in rows}.values())
    nodes = [
        n
        for s in samples
        if s.votes.verdict == "No"
        for n in tree(s, *[(0, other.response, other.votes) for other in samples[:4]])
    ]
    sft = [sft_row(p, "a") for p in "pq"]
    mixed, mixed_nodes = random.sample(samples, len(samples)), random.sample(nodes, len(nodes))
    for name in ("spar", "direct", "spin", "rft", "refiner-paper", "refiner-authors"):
        recipe = RECIPES[name]
        cut = recipe.cut(Rows(samples, nodes, sft), recipe.config())
        again = recipe.cut(Rows(mixed, mixed_nodes, sft[::-1]), recipe.config())
        assert cut.rows == again.rows and cut.excluded == again.excluded
        assert len({row.id for row in cut.rows}) == len(cut.rows)
        for pair in cut.pairs:
            assert fold(pair.chosen) and fold(pair.rejected) and fold(pair.chosen) != fold(pair.rejected)
            assert pair.id == row_id(name, pair.prompt[0].content, pair.chosen, pair.rejected)


# spin


def test_spin_pairs_sft_against_samples_and_mixes_the_previous_iteration() -> None:
    new = [sample("p", 0, "gold", votes(0, 5)), sample("p", 1, "new"), sample("q", 0, "q", problem="length: cut")]
    old = [sample("p", 0, "old")]
    rows = Rows(samples=new, sft=[sft_row("p", "gold"), sft_row("q", "g"), sft_row("p", "j", "judge")], previous=old)
    cut = spin(rows, SpinConfig())
    assert sorted((p.chosen, p.rejected) for p in cut.pairs) == [("gold", "new"), ("gold", "old")]
    assert all(p.chosen_value is None for p in cut.pairs) and cut.started == {"SFT rows": 4}
    why = {"no sample of its prompt (newest iteration)": 1, "no sample of its prompt (previous iteration)": 1}
    assert _reasons(cut, "SFT row") == why
    assert [p.rejected for p in spin(rows, SpinConfig(mix=False)).pairs] == ["new"]


def test_spin_takes_no_sample_of_another_prompt_with_the_same_id() -> None:
    stranger = replace(sample("another prompt", 0, "s"), prompt_id=row_id("p"))
    cut = spin(Rows(samples=[stranger], sft=[sft_row("p", "gold")]), SpinConfig())
    assert not cut.pairs and _reasons(cut, "SFT row") == {"no sample of its prompt (newest iteration)": 1}


# scores


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
    text = score_request("{response} {x}", "{prompt} }{", 1, 0.7, 0.9, 10).messages[0].content
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
    cut = self_rewarding(Rows(rows), SelfRewardingConfig(), _SPEC.format(url=server.url), Rounds(store))
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
    rows = Rows([sample("p", i, text) for i, text in enumerate(scores)])
    cut = meta_rewarding(rows, config, _SPEC.format(url=server.url), Rounds(store))
    actor, judge = sorted(cut.pairs, key=lambda p: p.recipe)
    assert (actor.recipe, actor.chosen, actor.rejected) == ("meta-rewarding", "short good", "worse")
    assert (judge.recipe, judge.chosen[-1], judge.rejected[-1]) == ("meta-rewarding-judge", "4", "0")
    assert judge.prompt[0].content == score_request("p", "bad", 1, 0, 1, 1).messages[0].content
    assert judge.chosen_value == pytest.approx(-(judge.rejected_value or 0)) and (judge.chosen_value or 0) > 0
    assert sum(server.calls.values()) == 4 + 6  # three judgements of "bad", each pair of them in both orders
    without = replace(config, judge_pairs=False)
    again = meta_rewarding(rows, without, _SPEC.format(url=server.url), Rounds(store))
    assert again.pairs == [actor] and sum(server.calls.values()) == 10  # stored answers


def test_a_meta_judge_that_always_says_a_makes_no_judge_pair(
    serve: Callable[..., ScriptedServer], store: Store
) -> None:
    def answer(prompt: str, nth: int) -> Reply | str:
        return "Winner: A" if "Judgement A" in prompt else _several("a Score: 1", "b Score: 5", "c Score: 3")

    spec = _SPEC.format(url=serve(answer).url)
    rows = Rows([sample("p", 0, "one"), sample("p", 1, "two")])
    cut = meta_rewarding(rows, MetaRewardingConfig(scores=3), spec, Rounds(store))
    assert not cut.pairs and _reasons(cut, "response") == {"no judgement is better than another": 1}


# statistics, calibration


def _pair(chosen: str, rejected: str, recipe: str = "spar", prompt: str = "p") -> Pair:
    cut = Cut(recipe, {})
    from spar_data.selfplay.pairs.cut import Side, user

    cut.pair(row_id(prompt), user(prompt), Side(chosen, 1.0, "c"), Side(rejected, 0.25, "r"))
    return cut.pairs[0]


def test_statistics_by_hand() -> None:
    pairs = [_pair("the big cat", "the cat"), _pair("ab", "a b!", prompt="q")]
    found = measure(pairs)
    # characters: 2*7/(11+7) and 2*2/(2+4); tokens: 2*2/(3+2) and 0 of 1+3
    assert found.character_similarity == pytest.approx((14 / 18 + 4 / 6) / 2)
    assert found.token_similarity == pytest.approx((4 / 5 + 0) / 2)
    assert found.edit_tokens == pytest.approx((1 + 4) / 2)
    assert found.longer_characters == pytest.approx((4 - 2) / 2) and found.longer_tokens == pytest.approx((1 - 2) / 2)
    assert (found.chosen_longer, found.chosen_value, found.rejected_value) == (0.5, 1.0, 0.25)
    assert (found.pairs, found.prompts, found.over_cutoff) == (2, 2, 0.0)
    assert measure([_pair("x" * 9000, "y")]).over_cutoff == 1.0
    assert measure([]).character_similarity is None


def test_overlap_counts_prompts_and_sides() -> None:
    one = [_pair("a", "r"), _pair("b", "s", prompt="q")]
    other = [_pair("c", "r ", "direct"), _pair("b", "t", "direct", "q"), _pair("a", "r", "direct", "z")]
    found = overlap(one, other)
    assert (found.prompts, found.rejected, found.chosen) == (2, 1, 1)


def test_forest_by_hand() -> None:
    found = forest(world()[1])
    assert (found.trees, found.successes, found.nodes, found.nodes_per_tree) == (2, 1, 7, 3.5)
    assert found.depths == {"2": 1} and found.problems == {"unparsed": 1}
    assert (found.refine_tokens, found.judge_tokens) == (70, 350)


def test_calibration_beside_scikit_learn() -> None:
    metrics = pytest.importorskip("sklearn.metrics")
    kinds = [
        ("Yes", "Yes", 7),
        ("Yes", "No", 5),
        ("No", "Yes", 2),
        ("No", "No", 9),
        ("tie", "No", 3),
        ("unparsed", "Yes", 1),
    ]
    samples: list[Sample] = []
    for said, true, number in kinds:
        shown = {"Yes": votes(5, 0, exact=true), "No": votes(0, 5, exact=true), "tie": votes(2, 2, 1, exact=true)}
        voted = shown.get(said) or votes(0, 1, 4, exact=true)
        samples += [sample("p", len(samples), f"t{len(samples)}", voted) for _ in range(number)]
        samples = [replace(s, sample=i) for i, s in enumerate(samples)]
    samples += [sample("p", 99, "t", votes(5, 0, exact="unknown")), sample("p", 98, "t", problem="length: cut")]
    found = calibrate(samples)
    decided = [(said, true) for said, true, n in kinds[:4] for _ in range(n)]
    judge, truth = zip(*decided, strict=True)
    assert found.kappa == pytest.approx(metrics.cohen_kappa_score(truth, judge))
    assert found.f1 == pytest.approx(metrics.f1_score(truth, judge, pos_label="Yes"))
    assert found.accuracy == pytest.approx(metrics.accuracy_score(truth, judge))
    assert found.accuracy_of_all == pytest.approx(16 / 27)
    assert (found.known, found.decided) == (27, 23) and found.counts["tie", "No"] == 3
    by_checkers = sample("p", 97, "t", Votes([], [], "No", 0.0, "because", "No"))
    none = calibrate([by_checkers])
    assert none.known == 0
    assert none.accuracy is None and none.kappa is None and none.f1 is None


def test_calibration_by_the_type_of_the_only_broken_constraint() -> None:
    wanted: dict[str, list[dict[str, Any]]] = {}
    from dataclasses import asdict

    from stored_rows import BEE, WORDS

    half = {**asdict(BEE), "covers": "part"}
    wanted[row_id("p")] = [asdict(WORDS), asdict(BEE)]
    wanted[row_id("q")] = [asdict(WORDS), half]
    samples = [
        sample("p", 0, "a bee that sat", votes(0, 5, exact="No")),  # too long
        sample("p", 1, "one wasp", votes(5, 0, exact="No")),  # no bee
        sample("p", 2, "wasps bite you and me", votes(0, 5, exact="No")),  # both
        sample("p", 3, "one bee", votes(5, 0, exact="Yes")),
        sample("q", 0, "too many words, bee", votes(2, 2, 1, exact="No")),  # too long; not checked wholly
    ]
    found = calibrate(samples, constraints=wanted)
    assert found.by_type == {"format.length": (1, 1, 2), "content.keyword": (0, 1, 1)}
    assert found.known == 4 and found.whole
    nodes: list[Node] = tree(samples[0], (0, "one bee", votes(5, 0, exact="Yes")))
    assert calibrate(samples, nodes, wanted).known == 5  # the root is a sample: counted once
