"""The interference study: sides differ as promised, the checkers are right, nothing leaks."""

from __future__ import annotations

import dataclasses
import json
from collections import Counter
from pathlib import Path
from random import Random
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.records import schema
from spar_data.selfplay.records import Pair
from spar_data.selfplay.refine.similarity import similarity
from spar_data.study import letters, stories
from spar_data.study.interference import StudyConfig, build
from spar_data.study.scoring import score


def _rows(file: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in file.read_text().splitlines()]


@pytest.fixture(scope="module")
def study(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("study")
    build(StudyConfig(size=300, eval_size=80), folder)
    return folder


def _arms(study: Path, task: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    refined, sampled = (pl.read_parquet(study / task / f"{arm}.parquet") for arm in ("refined", "sampled"))
    assert refined.schema == sampled.schema == schema(Pair)
    return refined.to_dicts(), sampled.to_dicts()


@pytest.mark.parametrize("task", ["letters", "stories"])
def test_arms_differ_in_the_chosen_side_alone(study: Path, task: str) -> None:
    refined, sampled = _arms(study, task)
    assert len(refined) == len(sampled) == 300 and len({r["prompt_id"] for r in refined}) == 300
    for one, other in zip(refined, sampled, strict=True):
        assert one["recipe"] == "interference-refined" and other["recipe"] == "interference-sampled"
        assert all(one[name] == other[name] for name in ("prompt", "prompt_id", "rejected", "source"))
        assert one["chosen"] != other["chosen"] != other["rejected"] != one["chosen"]
    trl = _rows(study / task / "sampled.jsonl")
    assert [(r["chosen"][0]["content"], r["rejected"][0]["role"]) for r in trl] == [
        (r["chosen"], "assistant") for r in sampled
    ]
    assert trl[0]["prompt"] == sampled[0]["prompt"]


def test_letters_differ_as_promised(study: Path) -> None:
    refined, sampled = _arms(study, "letters")
    few = 0
    for one, other in zip(refined, sampled, strict=True):
        chosen, rejected = one["chosen"], one["rejected"]
        error = abs(len(chosen) - len(rejected))
        assert one["source"][1] == f"{error} too {'few' if len(rejected) < len(chosen) else 'many'}"
        assert chosen == chosen.lower() and rejected == rejected.lower() and error
        assert len((Counter(chosen) - Counter(rejected)) + (Counter(rejected) - Counter(chosen))) == 1  # one letter
        # nothing but the error was edited: all of the shorter side is in the longer one, in order
        assert similarity(chosen, rejected) == pytest.approx(
            2 * min(map(len, (chosen, rejected))) / len(chosen + rejected)
        )
        assert other["chosen"] == chosen.upper()
        few += len(rejected) < len(chosen)
    assert 0.4 < few / len(refined) < 0.6  # length does not give the right side away


def test_stories_differ_as_promised(study: Path) -> None:
    refined, sampled = _arms(study, "stories")
    flaws = set()
    for one, other in zip(refined, sampled, strict=True):
        right, wrong, another = (_sentences(t) for t in (one["chosen"], one["rejected"], other["chosen"]))
        assert (right[0], right[-1]) == (another[0], another[-1])
        assert set(right[1:-1]) <= set(wrong) and not set(another[1:-1]) & set(wrong)
        assert "".join(right[1:-1]) in "".join(wrong)  # the middle as it was
        flaws.add(one["source"][1])
    assert len(flaws) == 7


def _sentences(text: str) -> list[str]:
    return [part for part in text.replace(". ", ".\n").split("\n") if part]


def test_nothing_of_the_test_set_is_in_training(study: Path) -> None:
    for task in ("letters", "stories"):
        refined, sampled = _arms(study, task)
        trained = {r["prompt"][0]["content"] for r in refined}
        test = _rows(study / task / "test.jsonl")
        assert len(test) == 80 and not trained & {r["prompt"] for r in test}
        text = "\n".join(r[side] for r in (*refined, *sampled) for side in ("chosen", "rejected")) + "\n".join(trained)
        if task == "stories":
            assert not any(r["params"][side] in text for r in test for side in ("start", "end"))
        else:
            made = {tuple(sorted(Counter(r["chosen"]).items())) for r in refined}
            assert len(made) == 300 and not made & {tuple(sorted(r["params"]["wanted"].items())) for r in test}


@pytest.mark.parametrize(
    ("response", "passed", "loose", "reason"),
    [
        ("aaabb", True, True, ""),
        ("ABaba", True, True, ""),
        (" `a a a b b`\n", True, True, ""),
        ("aaab", False, False, "too few letters"),
        ("aaaab", False, False, "too few letters"),
        ("aaaabb", False, False, "too many letters"),
        ("aaabbc", False, False, "other characters"),
        ("a, a, a, b, b", False, False, "other characters"),
        ("Here you are:\nAAABB", False, True, "other characters"),
        ("aaab\nb", True, True, ""),
        ("", False, False, "empty"),
        ("\u0130" * 3, False, False, "other characters"),
    ],
)
def test_the_checker_of_letters(response: str, passed: bool, loose: bool, reason: str) -> None:
    found = letters.check(response, {"wanted": {"a": 3, "b": 2}})
    assert (found.passed, found.loose, found.reason) == (passed, loose, reason)


def test_measures_of_letters() -> None:
    for response in ("AAb", "A abba bad baa:\nA\nAAb\nb"):
        measures = letters.check(response, {"wanted": {"a": 3, "b": 2}}).measures
        assert measures == {"capitals": pytest.approx(2 / 3), "off by": 2.0}
    assert letters.check("123", {"wanted": {"a": 3}}).measures == {"capitals": None, "off by": None}


@pytest.mark.parametrize(
    ("response", "passed", "loose", "reason"),
    [
        ("It began. Then more. It ended.", True, True, ""),
        ("\nIt began.\n\nThen more.\n\nIt ended.\n", True, True, ""),
        ("It began. It ended.", False, False, "nothing between"),
        ("It began.It ended.", False, False, "nothing between"),
        ("it began. Then more. It ended.", False, True, "wrong start"),
        ("It began. Then more. It ended. The end.", False, False, "wrong end"),
        ("So it went. Then more.", False, False, "wrong start and end"),
        ("# A title\n\n“It began.” Then more. **It ended.**", False, True, "wrong start and end"),
        ("Sure!\nWell.\nIt began. Then more. It ended.", False, False, "wrong start"),
        ("", False, False, "empty"),
    ],
)
def test_the_checker_of_stories(response: str, passed: bool, loose: bool, reason: str) -> None:
    found = stories.check(response, {"start": "It began.", "end": "It ended."})
    assert (found.passed, found.loose, found.reason) == (passed, loose, reason)


def test_one_sentence_does_not_count_twice() -> None:
    params = {"start": "It was so.", "end": "It was so."}
    assert not stories.check("It was so.", params).passed and stories.check("It was so. And. It was so.", params).passed


def test_the_same_options_give_the_same_files(study: Path, tmp_path: Path) -> None:
    build(StudyConfig(size=300, eval_size=80), tmp_path)
    files = sorted(p.relative_to(study) for p in study.rglob("*") if p.is_file())
    assert len(files) == 12 and all((study / f).read_bytes() == (tmp_path / f).read_bytes() for f in files)
    told = json.loads((study / "study.json").read_text())
    arms = told["tasks"]["letters"]["arms"]
    assert arms["refined"]["similarity"] > 0.8 and arms["sampled"]["similarity"] == 0
    assert arms["refined"]["similarity without case"] == arms["sampled"]["similarity without case"]
    assert (
        told["tasks"]["stories"]["arms"]["refined"]["similarity"]
        > told["tasks"]["stories"]["arms"]["sampled"]["similarity"]
    )
    text = (study / "README.md").read_text()
    assert "| similarity |" in text and "{" not in text


def test_larger_sets_begin_with_the_smaller_ones(study: Path, tmp_path: Path) -> None:
    build(StudyConfig(size=310, eval_size=80), tmp_path)
    for task in ("letters", "stories"):
        assert (tmp_path / task / "test.jsonl").read_bytes() == (study / task / "test.jsonl").read_bytes()
        assert _rows(tmp_path / task / "refined.jsonl")[:300] == _rows(study / task / "refined.jsonl")
    build(StudyConfig(size=300, eval_size=80, seed=1), tmp_path)
    assert _rows(tmp_path / "letters" / "refined.jsonl") != _rows(study / "letters" / "refined.jsonl")


def test_difficulty_and_sizes(tmp_path: Path) -> None:
    hard = letters.LettersConfig("hard", (3, 3), (10, 12), "uvwxyzä", capitals=0.5)
    items = [letters.make(Random(i), hard) for i in range(200)]
    assert {item.flaw for item in items} == {"1 too few", "1 too many"}
    assert {len(item.params["wanted"]) for item in items} == {3} and {len(i.refined) for i in items} <= set(
        range(30, 37)
    )
    assert 60 < sum(item.sampled == item.refined.upper() for item in items) < 140
    assert {item.sampled for item in items} <= {x for i in items for x in (i.refined, i.refined.upper())}
    told = [stories.make(Random(i), stories.StoriesConfig("hard", (2, 2)), False) for i in range(50)]
    assert {len(_sentences(item.refined)) for item in told} == {4}
    assert {item.flaw for item in told} == {"a word of the start", "a word of the end"}
    easy = [stories.make(Random(i), stories.StoriesConfig("easy", (1, 10)), False) for i in range(200)]
    assert {len(_sentences(item.refined)) for item in easy} == set(range(3, 13))
    once = letters.make(Random(1), letters.LettersConfig(kinds=(1, 1), counts=(1, 1)))
    assert once.flaw.endswith("too many")


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--kinds", "3-2"], "kinds = 3-2"),
        (["--counts", "0-4"], "counts = 0-4"),
        (["--alphabet", "aab"], "each once"),
        (["--alphabet", "ab1"], "small letters that have capitals"),
        (["--alphabet", "ab", "--kinds", "3"], "the alphabet has 2"),
        (["--kinds", "1", "--size", "300"], "at most half"),
        (["--sentences", "4-40"], "sentences = 4-40"),
    ],
)
def test_options_that_cannot_be(options: list[str], said: str, tmp_path: Path) -> None:
    with pytest.raises(SparError, match=said):
        _run("interference", "--out", tmp_path / "s", *options)
    assert not (tmp_path / "s").exists()


def _run(*arguments: object) -> str:
    return CliRunner().invoke(cli, ["study", *map(str, arguments)], catch_exceptions=False).output


def test_the_commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    output = _run("interference", "--out", "s", "--task", "letters", "--size", 20, "--eval-size", 4)
    assert "letters: 4 test prompts" in output and "stories" not in output and not Path("s/stories").exists()
    assert "LEAST-MOST is expected" in _run("interference", "--out", "x", "--counts", "many")
    test = _rows(Path("s/letters/test.jsonl"))
    answers = ["".join(c * n for c, n in row["params"]["wanted"].items()) for row in test]
    lines = [(test[0], answers[0]), (test[1], answers[1].upper()), (test[2], "Here: " + answers[2])]
    rows = [{"prompt": row["prompt"], "response": text} for row, text in lines]
    Path("a.jsonl").write_text("".join(json.dumps(r) + "\n" for r in [*rows, {"prompt": "?", "response": "!"}]))
    output = _run("score", "s", "a.jsonl")
    assert "letters: accuracy 66.7% [20.8, 93.9] (loose 66.7%), 3 responses to 3 of 4 prompts" in output
    assert "50.0% if 1 missing responses count as wrong" in output and "1 x other characters" in output
    found = json.loads(_run("score", "s", "a.jsonl", "--json"))["letters"]
    assert found["responses to other prompts"] == 1 and found["measures"]["capitals"] == {"mean": 0.5, "n": 2}
    with pytest.raises(SparError, match="the folder of a study"):
        _run("score", tmp_path / "nothing", "a.jsonl")
    Path("b.jsonl").write_text('{"prompt": "?", "response": "!"}\n')
    with pytest.raises(SparError, match="none of the 1 responses"):
        _run("score", "s", "b.jsonl")


def test_several_responses_a_prompt_do_not_narrow_the_interval() -> None:
    test = [{"prompt": p, "task": "letters", "params": {"wanted": {"a": 2}}} for p in "xy"]
    once = [{"prompt": "x", "response": "aa"}, {"prompt": "y", "response": "a"}]
    one, twice = score(test, once)["letters"], score(test, once * 2)["letters"]
    assert one["interval"] == twice["interval"] and twice["responses"] == 4 and one["accuracy"] == 0.5


def test_settings_are_in_the_folder(study: Path) -> None:
    told = json.loads((study / "study.json").read_text())
    assert told["settings"] == json.loads(json.dumps(dataclasses.asdict(StudyConfig(size=300, eval_size=80))))
