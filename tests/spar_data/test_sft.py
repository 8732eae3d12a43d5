"""Sets for supervised fine-tuning: gates, split, rows, and `spar-data sft` against a scripted server."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from click.testing import CliRunner, Result
from server import Reply, ScriptedServer

from spar_data.cli.main import cli
from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, PromptRow, frame
from spar_data.models import Failure
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict
from spar_data.selfplay.refine.prompt import parse_refinement, refine_request
from spar_data.sft import gates
from spar_data.sft.gates import GateConfig
from spar_data.sft.languages import wrong_language
from spar_data.sft.split import SplitConfig, held_out, split

Serve = Callable[..., ScriptedServer]
FINAL = "Final Judgement (if the Output accurately follows the Prompt)"
LOWER = Constraint("x", "all lowercase", "character.lowercase", "whole", {})
GERMAN = Constraint("x", "in German", "language.is_language", "whole", {"code": "de"})
STORY = "the river was slow and the boats lay still in the morning light, and nobody spoke. "
DEUTSCH = "Der Fluss war langsam, und die Boote lagen still im Licht des Morgens, und niemand sprach ein Wort. "


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)


def run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, ["sft", *map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def same(text: str, finish: str = "stop") -> Reply:
    return Reply(text, finish_reason=finish, message={"content": text})


def write_prompts(count: int, text: str = "p{}") -> Path:
    Path("prompts.jsonl").write_text("".join(json.dumps({"prompt": text.format(i)}) + "\n" for i in range(count)))
    return Path("prompts.jsonl")


def release(*rows: tuple[str, list[Constraint]]) -> Path:
    """A prompts.parquet with these prompts and constraints."""
    some = [PromptRow(row_id(p), p, "", "", "en", "", "", tuple(c), "", "", 1) for p, c in rows]
    frame(some, PromptRow).write_parquet("prompts.parquet")
    return Path("prompts.parquet")


def kind(prompt: str) -> str:
    return (
        "refine" if prompt.startswith("Now refine") else "judge" if "Step-by-step verification" in prompt else "respond"
    )


def teacher(judge: Callable[[str], str], refine: Callable[[str], str] = lambda p: "") -> Callable[[str, int], Reply]:
    return lambda prompt, nth: same(
        {"refine": refine, "judge": judge, "respond": lambda p: f"{STORY} {p}"}[kind(prompt)](prompt)
    )


def refined(text: str) -> str:
    return f"Reflection on how to refine the Output: shorter\nFinal Refined Output: [[start]] {text} [[end]]"


def told() -> Any:
    return json.loads(Path("out/sft.json").read_text())


def test_all_sets_with_exact_counts_and_the_templates_of_inference(serve: Serve) -> None:
    server = serve(teacher(lambda p: f"seen\n{FINAL}: No", lambda p: refined(f"{STORY} better")))
    actor = serve(lambda prompt, nth: same(f"{STORY} by the actor to {prompt}"))
    prompts = write_prompts(60)
    both = (prompts, "--teacher", f"openai:t@{server.url}", "--actor", f"openai:a@{actor.url}", "--out", "out",
            "--actor-prompts", 10, "--judge-prompts", 10, "--refine-prompts", 20)  # fmt: skip
    plan = run(*both, "--dry-run").output
    assert "10 calls for 10 samples" in plan and "30 calls for 30 samples" in plan and not Path("out").exists()
    assert "at most 20 calls for 20 samples" in plan
    output = run(*both).output
    assert "rows: 10 actor, 10 judge, 18 refine, 2 refine_test" in output
    summary = told()
    assert summary["prompts"] == {"actor": 10, "judge": 10, "refine": 20, "rest": 20}
    assert summary["stages"]["response"] == {"entered": 30, "kept": 30}
    assert summary["stages"]["refine: judgement"] == {"entered": 20, "kept": 20}
    assert summary["labels"] == {"Yes": 0, "No": 10} and 0.3 < summary["similarity"]["mean"] < 1
    sets = {
        name: pl.read_parquet(f"out/{name}.parquet") for name in ("actor", "judge", "refine", "refine_test", "rest")
    }
    ids = [set(sets[name]["prompt_id"]) for name in ("actor", "judge", "refine", "refine_test")] + [
        set(sets["rest"]["id"])
    ]
    assert sum(map(len, ids)) == len(set.union(*ids)) == 60, "no prompt is in two sets"
    for name, rows in sets.items():
        assert name == "rest" or (set(rows["kind"]) == {name.partition("_")[0]} and set(rows["recipe"]) == {"sft"})
    texts = {row_id(f"p{i}"): f"p{i}" for i in range(60)}
    judged = sets["judge"].row(0, named=True)
    prompt, answer = texts[judged["prompt_id"]], f"{STORY} by the actor to {texts[judged['prompt_id']]}"
    assert judged["messages"][0] == {"role": "user", "content": judge_request(prompt, answer).messages[0].content}
    assert parse_verdict(judged["messages"][1]["content"]) is False and judged["label"] == "No"
    row = sets["refine"].row(0, named=True)
    prompt, answer = texts[row["prompt_id"]], f"{STORY} by the actor to {texts[row['prompt_id']]}"
    asked = refine_request(prompt, answer, f"seen\n{FINAL}: No").messages
    assert row["messages"][:-1] == [{"role": m.role, "content": m.content} for m in asked]
    assert parse_refinement(row["messages"][-1]["content"]) == f"{STORY} better"
    assert row["source"] == [row_id(row["prompt_id"], "0")]
    calls = server.calls.total() + actor.calls.total()
    first = Path("out/refine.parquet").read_bytes()
    assert json.loads(run(*both, "--json").output)["rows"] == summary["rows"]
    assert server.calls.total() + actor.calls.total() == calls and Path("out/refine.parquet").read_bytes() == first
    with pytest.raises(SparError, match="other settings"):
        run(*both, "--seed", 3)


def test_the_actor_set_first_then_the_same_split_with_the_actor(serve: Serve) -> None:
    server = serve(teacher(lambda p: f"{FINAL}: Yes"))
    prompts = write_prompts(20)
    output = run(prompts, "--teacher", f"openai:t@{server.url}", "--out", "out").output
    assert "No --actor" in output and told()["state"] == "actor"
    assert told()["prompts"] == {"actor": 12, "judge": 4, "refine": 4, "rest": 0}, "in the proportion of the defaults"
    first = Path("out/actor.parquet").read_bytes()
    run(prompts, "--teacher", f"openai:t@{server.url}", "--actor", f"openai:a@{server.url}", "--out", "out")
    assert told()["state"] == "finished" and Path("out/actor.parquet").read_bytes() == first
    assert told()["stages"]["refine: judgement"] == {"entered": 4, "kept": 0, "passes": 4}
    assert told()["rows"] == {"actor": 12, "judge": 4, "refine": 0, "refine_test": 0}
    run(prompts, "--teacher", f"openai:t@{server.url}", "--out", "out")
    assert told()["settings"]["actor"]["name"] == "a"


def test_replies_that_are_none_are_counted_by_reason(serve: Serve) -> None:
    replies = {0: "", 1: "I'm sorry, but I can't help with that.", 2: DEUTSCH, 3: STORY}

    def answer(prompt: str, nth: int) -> Reply | int:
        number = int(prompt.split()[-1])
        return same(STORY, "length") if number == 4 else 400 if number == 5 else same(replies[number])

    prompts = write_prompts(6, "Write a story about the river, please, story number {}")
    run(
        prompts,
        "--teacher",
        f"openai:t@{serve(answer).url}",
        "--out",
        "out",
        "--judge-prompts",
        0,
        "--refine-prompts",
        0,
    )
    assert told()["stages"]["actor"] == {
        "entered": 6, "kept": 1, "truncated": 1, "empty": 1, "failed": 1, "refusal": 1, "wrong language": 1,
    }  # fmt: skip
    ledger = pl.read_parquet("out/ledger.parquet")
    assert Counter(ledger["status"]) == {"dropped": 5, "kept": 1}
    assert ledger.filter(reason="wrong language")["detail"][0] == "the language is 'de', the prompt is in 'en'"


def test_judgements_and_refinements_that_are_none(serve: Serve) -> None:
    """Two responses a prompt; a refiner that misbehaves in its own way on every prompt."""
    texts = ["unparsed", "refusal", "same", "else", "in foreign words", "good", "again", "cut"]
    by = {
        "unparsed": "I would change it.", "refusal": "I'm sorry, but I can't help with that.", "same": refined(STORY),
        "else": refined("0123456789 " * 9), "in foreign words": refined(DEUTSCH * 2 + STORY), "good": refined(STORY + "End."), "again": refined(STORY + "End."),
        "cut": "Final Refined Output: [[start]] the river",
    }  # fmt: skip

    class Refines:
        """The last message of a refinement does not name its prompt: the requests do."""

        def __call__(self, prompt: str, nth: int) -> Reply:
            if kind(prompt) == "judge":
                return same(f"{FINAL}: No" if "Write: again" not in prompt else "no verdict")
            if kind(prompt) == "refine":
                asked = server.requests[-1]["messages"][0]["content"]
                return same(next(by[text] for text in texts if f"Prompt: “Write: {text}”" in asked))
            return same(STORY)

    server = serve(Refines())
    Path("prompts.jsonl").write_text("".join(json.dumps({"prompt": f"Write: {text}"}) + "\n" for text in texts))
    run("prompts.jsonl", "--teacher", f"openai:t@{server.url}", "--actor", f"openai:a@{server.url}", "--out", "out", "--samples", 2,
        "--actor-prompts", 0, "--judge-prompts", 0, "--refine-prompts", 8, "--concurrency", 1)  # fmt: skip
    stages = told()["stages"]
    assert stages["response"] == {"entered": 16, "kept": 8, "duplicate": 8}
    assert stages["refine: judgement"] == {"entered": 8, "kept": 7, "unparsed": 1}
    assert stages["refine"] == {
        "entered": 7, "kept": 1, "unparsed": 2, "refusal": 1, "unchanged": 1, "changed too much": 1, "wrong language": 1,
    }  # fmt: skip
    assert told()["rows"] == {"actor": 0, "judge": 0, "refine": 1, "refine_test": 0}
    ledger = pl.read_parquet("out/ledger.parquet").filter(stage="refine")
    assert ledger.filter(reason="unchanged")["similarity"][0] == 1.0
    assert ledger.filter(reason="changed too much")["similarity"][0] < 0.3


def test_the_checkers_contradict_a_teacher(serve: Serve) -> None:
    rows = [(f"Write about the river in small letters, number {i}", [LOWER]) for i in range(12)]
    prompts = release(*rows)

    def answer(prompt: str, nth: int) -> Reply:
        if kind(prompt) == "judge":
            return same(f"{FINAL}: {'Yes' if STORY.upper() in prompt else 'No'}")  # wrong each time
        return same(STORY.upper() if int(prompt.split()[-1]) % 2 else STORY)

    server = serve(answer)
    spec = f"openai:t@{server.url}"
    both = (
        prompts,
        "--teacher",
        spec,
        "--actor",
        spec,
        "--actor-prompts",
        6,
        "--judge-prompts",
        3,
        "--refine-prompts",
        3,
    )
    run(*both, "--out", "out")
    stages = told()["stages"]
    assert stages["judge"] == {"entered": 3, "kept": 0, "contradicts the checkers": 3}
    assert stages["refine: judgement"] == {"entered": 3, "kept": 0, "contradicts the checkers": 3}
    assert stages["actor"]["kept"] + stages["actor"]["fails the checkers"] == 6 and stages["actor"]["kept"] in range(
        1, 6
    )
    assert set(pl.read_parquet("out/rest.parquet").columns) >= {"id", "prompt", "constraints"}
    run(*both, "--out", "kept", "--keep-failing")
    assert json.loads(Path("kept/sft.json").read_text())["stages"]["actor"] == {"entered": 6, "kept": 6}


def test_rules_teach_where_programs_can_check(serve: Serve, monkeypatch: pytest.MonkeyPatch) -> None:
    def refine(prompt: str, response: str, wanted: Any) -> str | None:
        return None if "no repair" in prompt else response.lower()

    monkeypatch.setattr("spar_data.selfplay.refine.by_rules.refine_by_rules", refine)
    server = serve(lambda prompt, nth: same(STORY.capitalize() + "[[end]]" if "tags" in prompt else STORY.capitalize()))
    prompts = release(
        *((f"lower {i}", [LOWER]) for i in range(8)), ("no repair", [LOWER]), ("free", []), ("in tags", [LOWER])
    )
    spec = f"openai:a@{server.url}"
    run(prompts, "--teacher", "rules", "--actor", spec, "--out", "a", "--judge-prompts", 0, "--refine-prompts", 0)
    assert json.loads(Path("a/sft.json").read_text())["stages"]["actor"] == {
        "entered": 11,
        "kept": 9,
        "no judgement": 1,
        "no repair": 1,
    }
    run(prompts, "--teacher", "rules", "--actor", spec, "--out", "out", "--actor-prompts", 0, "--judge-prompts", 0)
    stages = told()["stages"]
    assert stages["refine: judgement"] == {"entered": 11, "kept": 10, "no judgement": 1}
    assert stages["refine"]["kept"] + stages["refine"]["no repair"] == 10 and stages["refine"]["no repair"] in (1, 2)
    row = pl.read_parquet("out/refine.parquet").row(0, named=True)
    said = row["messages"][-1]["content"]
    assert parse_refinement(said) == STORY.strip() and '- "all lowercase" is not satisfied: ' in said
    assert "rules needs --actor" in run(prompts, "--teacher", "rules", "--out", "b").output
    with pytest.raises(SparError, match="rules need the constraints"):
        run(write_prompts(3), "--teacher", "rules", "--actor", spec, "--out", "b")


def test_tags_and_braces_in_prompts_and_very_long_responses(serve: Serve) -> None:
    tricky = "Use {prompt} and {0}, say [[start]] a [[end]], and end with Final Judgement: Yes."
    long = "the slow river " * 7000

    def answer(prompt: str, nth: int) -> Reply:
        if kind(prompt) == "refine":
            return same(refined(f"{long} with [[start]] inside [[end]] it"))
        return same(f"Final Judgement: Yes, it asks. But {FINAL}: No" if kind(prompt) == "judge" else long)

    server = serve(answer)
    spec = f"openai:t@{server.url}"
    Path("prompts.jsonl").write_text("".join(json.dumps({"prompt": f"{i} {tricky}"}) + "\n" for i in range(12)))
    run("prompts.jsonl", "--teacher", spec, "--actor", spec, "--out", "out", "--actor-prompts", 0, "--judge-prompts", 0)
    assert told()["rows"] == {"actor": 0, "judge": 0, "refine": 11, "refine_test": 1}
    row = pl.read_parquet("out/refine.parquet").row(0, named=True)
    assert "Use {prompt} and {0}, say [[start]] a [[end]]" in row["messages"][0]["content"] and len(long) > 100_000


def test_kill_9_and_resume_give_the_same_rows(serve: Serve) -> None:
    def answer(prompt: str, nth: int) -> Reply:
        text = {"judge": f"{FINAL}: No", "refine": refined(STORY + "End."), "respond": STORY}[kind(prompt)]
        return Reply(text, message={"content": text}, delay=0.03)

    server = serve(answer)
    spec, prompts = f"openai:t@{server.url}", write_prompts(30)

    def arguments(name: str) -> list[str]:
        there = ["--out", f"{name}/out", "--store", f"{name}/store.sqlite", "--concurrency", "2"]
        sizes = ["--actor-prompts", "10", "--judge-prompts", "10", "--refine-prompts", "10"]
        return ["sft", str(prompts), "--teacher", spec, "--actor", spec, *sizes, *there]

    code = [sys.executable, "-c", "from spar_data.cli.main import main; main()"]
    process = subprocess.Popen([*code, *arguments("killed")], env=os.environ, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 30
    while server.calls.total() < 36 and time.monotonic() < deadline:
        time.sleep(0.01)
    process.kill()
    process.wait()
    assert 36 <= server.calls.total() < 60 and not Path("killed/out/actor.parquet").exists()
    before = server.calls.total()
    CliRunner().invoke(cli, arguments("killed"), catch_exceptions=False)
    assert server.calls.total() - before <= 60 - 36 + 2 and max(server.calls.values()) <= 12
    CliRunner().invoke(cli, arguments("unbroken"), catch_exceptions=False)
    for name in ("actor", "judge", "refine", "refine_test", "ledger", "rest"):
        assert Path(f"killed/out/{name}.parquet").read_bytes() == Path(f"unbroken/out/{name}.parquet").read_bytes()


def test_the_split_depends_on_ids_and_seed_alone() -> None:
    ids = [row_id(str(i)) for i in range(1000)]
    config = SplitConfig(400, 100, 100, 20)
    first = split(ids, config)
    assert {name: len(part) for name, part in first.items()} == {"actor": 400, "judge": 100, "refine": 100, "rest": 400}
    assert sorted(at for part in first.values() for at in part) == list(range(1000))
    turned = split(ids[::-1], config)
    assert {ids[at] for at in first["judge"]} == {ids[::-1][at] for at in turned["judge"]}
    assert split(ids, SplitConfig(400, 100, 100, 20, seed=1)) != first
    small = split(ids[:7], SplitConfig(8000, 2500, 2500))
    assert {name: len(part) for name, part in small.items()} == {"actor": 4, "judge": 2, "refine": 1, "rest": 0} or sum(
        map(len, small.values())
    ) == 7
    assert (
        len(held_out(ids, config)) == 20
        and len(held_out(ids[:55] * 2, config)) == 5
        and held_out(ids[:9], config) == set()
    )
    with pytest.raises(SparError, match="all sets are empty"):
        SplitConfig(0, 0, 0)


@pytest.mark.parametrize(
    ("prompt", "text", "wanted", "wrong"),
    [
        ("Write about a river.", STORY, [], False),
        ("Write about a river.", DEUTSCH, [], True),
        ("Write about a river in German.", DEUTSCH, [], False),
        ("Write about a river.", DEUTSCH, [GERMAN], False),
        ("Write about a river.", STORY, [GERMAN], True),
        ("Schreibe etwas über einen Fluss in dieser Stadt.", STORY, [], True),
        ("Schreibe auf Englisch über einen Fluss in dieser Stadt.", STORY, [], False),
        ("Translate this.", DEUTSCH, [], False),
        ("Answer in another language than this one.", DEUTSCH, [], False),
        (f"Shorten this text:\n{DEUTSCH}", DEUTSCH, [], False),
        ("Write about a river.", "Oui.", [], False),
        ("Write about a river.", "这条河在早晨的阳光下缓缓流淌。", [], True),
        ("写一首关于河流的诗。", "这条河在早晨的阳光下缓缓流淌。", [], False),
        ("Write about a river.", "```\nDer Fluss war langsam und die Boote lagen still am Ufer\n```", [], False),
    ],
)
def test_wrong_language(prompt: str, text: str, wanted: list[dict[str, str]], wrong: bool) -> None:
    assert bool(wrong_language(prompt, text, wanted)) == wrong


def test_gates_of_similarity() -> None:
    config = GateConfig()
    assert gates.change(" a text", "a text ", config)[0] == gates.Drop("unchanged")
    assert gates.change("a text", "a texts", config)[0] is None
    drop, found = gates.change("aaaa", "bbbb", config)
    assert drop and drop.reason == "changed too much" and found == 0
    assert gates.change("aaaa", "bbbb", GateConfig(least_similarity=0))[0] is None
    assert gates.answered(Failure("status 500", "x")) == gates.Drop("failed", "status 500: x")
    assert all(drop is None or drop.reason in gates.REASONS for drop in (gates.answered(Failure("no repair")),))
