"""Items of the study: difficulty, sizes, and no task of the test set in training."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from random import Random

from study_folder import arms, json_rows

from spar_data.study import letters, stories
from spar_data.study.config import StudyConfig
from spar_data.study.interference import build_study


def _sentences(text: str) -> list[str]:
    return [part for part in text.replace(". ", ".\n").split("\n") if part]


def test_nothing_of_the_test_set_is_in_training(study: Path) -> None:
    for task in ("letters", "stories"):
        refined, sampled = arms(study, task)
        trained = {r["prompt"][0]["content"] for r in refined}
        test = json_rows(study / task / "test.jsonl")
        assert len(test) == 80 and not trained & {r["prompt"] for r in test}
        text = "\n".join(r[side] for r in (*refined, *sampled) for side in ("chosen", "rejected")) + "\n".join(trained)
        if task == "stories":
            assert not any(r["params"][side] in text for r in test for side in ("start", "end"))
        else:
            trained_tasks = {tuple(sorted(Counter(r["chosen"]).items())) for r in refined}
            assert len(trained_tasks) == 300 and not trained_tasks & {
                tuple(sorted(r["params"]["wanted"].items())) for r in test
            }


def test_larger_sets_begin_with_the_smaller_ones(study: Path, tmp_path: Path) -> None:
    build_study(StudyConfig(size=310, eval_size=80), tmp_path)
    for task in ("letters", "stories"):
        assert (tmp_path / task / "test.jsonl").read_bytes() == (study / task / "test.jsonl").read_bytes()
        assert json_rows(tmp_path / task / "refined.jsonl")[:300] == json_rows(study / task / "refined.jsonl")
    build_study(StudyConfig(size=300, eval_size=80, seed=1), tmp_path)
    assert json_rows(tmp_path / "letters" / "refined.jsonl") != json_rows(study / "letters" / "refined.jsonl")


def test_difficulty_and_sizes(tmp_path: Path) -> None:
    hard = StudyConfig(difficulty="hard", kinds="3", counts="10-12", alphabet="uvwxyzä", capitals=0.5)
    items = [letters.make(Random(i), hard) for i in range(200)]
    assert {item.flaw for item in items} == {"1 too few", "1 too many"}
    assert {isinstance(w := item.params["wanted"], dict) and len(w) for item in items} == {3} and {
        len(i.refined) for i in items
    } <= set(range(30, 37))
    assert 60 < sum(item.sampled == item.refined.upper() for item in items) < 140
    assert {item.sampled for item in items} <= {x for i in items for x in (i.refined, i.refined.upper())}
    shown = [stories.make(Random(i), StudyConfig(difficulty="hard", sentences="2"), False) for i in range(50)]
    assert {len(_sentences(item.refined)) for item in shown} == {4}
    assert {item.flaw for item in shown} == {"a word of the start", "a word of the end"}
    easy = [stories.make(Random(i), StudyConfig(difficulty="easy", sentences="1-10"), False) for i in range(200)]
    assert {len(_sentences(item.refined)) for item in easy} == set(range(3, 13))
    once = letters.make(Random(1), StudyConfig(kinds="1", counts="1"))
    assert once.flaw.endswith("too many")
