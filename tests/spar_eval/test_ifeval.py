"""`spar-eval ifeval` from the outside, and the scoring behind it."""

from __future__ import annotations

import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner, Result
from hypothesis import given
from hypothesis import strategies as st
from server import Reply, ScriptedServer

from spar_data.constraints import ifeval
from spar_data.constraints.verdict import Verdict
from spar_data.core.errors import SparError
from spar_eval.benchmarks.ifeval.benchmark import FINAL_RELEASE, IFEVAL
from spar_eval.cli.main import cli
from spar_eval.instructions import accuracy
from spar_eval.instructions.prompts import BenchmarkPrompt, digest, load_prompts
from spar_eval.instructions.score import score, variants
from spar_eval.responses import ResponseSample, read_responses
from spar_eval.run_folder import load_result

_ROWS = [
    {"key": 1, "prompt": "Say it without commas.", "instruction_id_list": ["punctuation:no_comma"], "kwargs": [{}]},
    {
        "key": 2,
        "prompt": "Say it in JSON, with a title.",
        "instruction_id_list": ["detectable_format:title", "detectable_format:json_format"],
        "kwargs": [{"num_words": None}, {}],
    },
    {
        "key": 3,
        "prompt": "At least 3 words.",
        "instruction_id_list": ["length_constraints:number_words"],
        "kwargs": [{"num_words": 3, "relation": "at least"}],
    },
]


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("SPAR_BENCHMARKS", raising=False)
    return _write(tmp_path / "data.jsonl", *_ROWS)


def _write(path: Path, *rows: object) -> Path:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return path


def _run(*arguments: object) -> Result:
    result = CliRunner().invoke(cli, [*map(str, arguments)])
    if result.exception and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def _responses(tmp_path: Path, *texts: str | None) -> Path:
    rows = [{"key": i, "response": text} for i, text in enumerate(texts, 1) if text is not None]
    return _write(tmp_path / "responses.jsonl", *rows)


_GOOD = ("no commas here", '{"t": "<<a>>"}', "one two three")


def test_all_four_accuracies_their_mean_types_and_reasons(data: Path, tmp_path: Path) -> None:
    file = _responses(tmp_path, "a, b", '{"t": "<<a>>"}', "Here goes:\none two")
    result = _run("ifeval", "--data", data, "--responses", file, "--out", tmp_path / "out")
    found = load_result(tmp_path / "out")
    assert [(s.name, round(s.value, 4), s.n) for s in found.scores] == [
        ("prompt-strict", 0.6667, 3), ("instruction-strict", 0.75, 4), ("prompt-loose", 0.6667, 3),
        ("instruction-loose", 0.75, 4), ("mean of the four", 0.7083, 3),
    ]  # fmt: skip
    assert found.items[0].checks[0].reason == "1 comma, first at character 2"
    assert [t.title for t in found.tables] == [
        "instruction-strict, by group", "instruction-strict, by type", "instruction-loose, by type",
    ]  # fmt: skip
    assert found.signature in result.output
    assert f"data:3 prompts,{digest(IFEVAL.load(data))}|n:3/4|checker:official," in found.signature
    assert (tmp_path / "out" / "report.html").exists()


def test_loose_is_met_by_a_variant(data: Path, tmp_path: Path) -> None:
    file = _responses(tmp_path, "Sure, here:\nno commas", "```\n<<a>> {\n```", "*one* two")
    _run("ifeval", "--data", data, "--responses", file, "--out", tmp_path / "out")
    first, second, third = load_result(tmp_path / "out").items
    assert first.checks[0].verdicts == {"strict": False, "loose": True}
    assert [c.verdicts for c in second.checks] == [{"strict": True, "loose": True}, {"strict": False, "loose": False}]
    assert third.checks[0].verdicts == {"strict": False, "loose": False}


@given(st.text(alphabet="ab*, \n", max_size=40))
def test_variants_are_the_eight_of_the_paper(text: str) -> None:
    """Against the list as the paper has it, with repeats and blanks, under a checker that tells them apart."""
    lines = text.split("\n")
    cut = [text, "\n".join(lines[1:]).strip(), "\n".join(lines[:-1]).strip(), "\n".join(lines[1:-1]).strip()]
    eight = [*cut, *(each.replace("*", "") for each in cut)]
    assert {text, *variants(text)} == {text, *(each for each in eight if each.strip())}
    assert len(list(variants(text))) == len(set(variants(text)) - {text})


def test_missing_duplicate_empty_and_thinking_are_reported(data: Path, tmp_path: Path) -> None:
    rows = [
        {"prompt": "Say it without commas.", "response": "<think>a, b</think>no commas"},
        {"prompt": "Say it without commas.", "response": "a second one"},
        {"prompt": "At least 3 words.", "response": "<think>never ends"},
    ]
    result = _run("ifeval", "--data", data, "--responses", _write(tmp_path / "r.jsonl", *rows), "--json")
    told = json.loads(result.output)
    assert told["counts"] == {"duplicate": 1, "missing": 1, "thinking but no answer": 1}
    assert told["scores"][0]["value"] == pytest.approx(1 / 3)
    assert any("a second response to prompt 1" in note for note in told["notes"])
    items = load_result(Path(told["out"])).items
    assert items[0].detail["thinking"] == "a, b"
    assert items[2].checks[0].reason == "thinking but no answer"


def test_a_file_in_order_with_another_wording_is_matched_by_place(tmp_path: Path) -> None:
    texts = [f"prompt {i}" for i in range(20)]
    rows = [{"prompt": text if i != 7 else "older wording", "response": str(i)} for i, text in enumerate(texts)]
    found = read_responses(_write(tmp_path / "r.jsonl", *rows), [str(i) for i in range(20)], texts)
    assert [each[0].text for each in found.samples] == [str(i) for i in range(20)]
    assert found.counts == {"matched by place": 1}
    swapped = [rows[1], rows[0], *rows[2:]]  # here the place says nothing
    shuffled = [swapped[-1], *swapped[:-1]]
    with pytest.raises(SparError, match=r"line 9: prompt 'older wording' is not in the data \(1 such lines\)"):
        read_responses(_write(tmp_path / "s.jsonl", *shuffled), [str(i) for i in range(20)], texts)


@pytest.mark.parametrize(
    ("line", "told"),
    [
        ("{no json", "line 2: not JSON"),
        ("[1]", "line 2: a JSON object is expected, not list"),
        ('{"key": 99, "response": "x"}', "line 2: key 99 is not in the data (1 such lines)"),
        ('{"key": 2, "response": 7}', "line 2: 'response' is 7, text is expected"),
        ('{"key": 2}', "line 2: 'response' is None, text is expected"),
        ('{"key": 2, "response": "x", "sample": -1}', "line 2: 'sample' is -1, a whole number from 0 up"),
    ],
)
def test_a_wrong_line_of_responses_is_named(data: Path, tmp_path: Path, line: str, told: str) -> None:
    file = tmp_path / "r.jsonl"
    file.write_text('{"key": 1, "response": "fine"}\n' + line + "\n")
    with pytest.raises(SparError) as error:
        _run("ifeval", "--data", data, "--responses", file, "--out", tmp_path / "out")
    assert told in str(error.value) and str(file) in str(error.value)
    assert not (tmp_path / "out").exists()


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"instruction_id_list": ["punctuation:no_komma"]}, "line 1: Unknown instruction 'punctuation:no_komma'. Did you mean"),
        ({"kwargs": []}, "line 1: 1 instructions with 0 kwargs"),
        ({"kwargs": [{"num_words": 3}]}, "line 1: 'punctuation:no_comma' has no parameter 'num_words'"),
        ({"prompt": None}, "line 1: 'prompt' is missing or of the wrong type"),
        ({"key": 2}, "line 2: key 2 is there twice"),
    ],
)  # fmt: skip
def test_a_wrong_row_of_prompts_is_named(tmp_path: Path, change: dict[str, Any], told: str) -> None:
    file = _write(tmp_path / "data.jsonl", {**_ROWS[0], **change}, *_ROWS[1:])
    with pytest.raises(SparError) as error:
        _run("ifeval", "--data", file, "--responses", file)
    assert told in str(error.value)


def test_strange_responses_are_scored_and_written(data: Path, tmp_path: Path) -> None:
    texts = ["NUL \x00, \u202e and </script>", "x" * 1_200_000, "\ufeff"]
    _run("ifeval", "--data", data, "--responses", _responses(tmp_path, *texts), "--out", tmp_path / "out")
    found = load_result(tmp_path / "out")
    assert found.items[0].response == texts[0]
    assert found.items[1].checks[0].reason == "not checked: 1,200,000 characters, more than 1,000,000"
    assert found.counts == {"not checked": 1}


def test_two_processes_find_what_one_finds(tmp_path: Path) -> None:
    prompts = [BenchmarkPrompt(str(i), f"p{i}", (("length_constraints:number_words", {"num_words": 3, "relation": "at least"}),))
               for i in range(900)]  # fmt: skip
    responses = [[ResponseSample("word " * (i % 6))] for i in range(900)]
    told: list[int] = []
    one = score(prompts, responses, IFEVAL.checkers(tuple(ifeval.FIXES)))
    two = score(
        prompts, responses, IFEVAL.checkers(tuple(ifeval.FIXES)), workers=2, progress=lambda phase, n: told.append(n)
    )
    assert one == two and sum(told) == 900


def test_fixed_checkers_stand_beside_the_official_ones(data: Path, tmp_path: Path) -> None:
    file = _responses(tmp_path, "一，二", 'Here:\n```json\n{"t": "<<a>>"}\n```', "one two three")
    _run("ifeval", "--data", data, "--responses", file, "--checker", "fixed", "--out", tmp_path / "out")
    found = load_result(tmp_path / "out")
    assert found.score("prompt-strict (fixed)").value == pytest.approx(2 / 3)
    delta = {row.name: row.value for row in found.tables[0].rows}
    assert (delta["instruction-strict"], delta["instruction-strict (fixed)"]) == (3 / 4, 3 / 4)
    assert [c.verdicts["strict"] for c in (found.items[0].checks[0], found.items[1].checks[1])] == [True, False]
    assert [c.verdicts["strict (fixed)"] for c in (found.items[0].checks[0], found.items[1].checks[1])] == [False, True]
    assert "|checker:fixed," in found.signature
    _run("ifeval", "--data", data, "--responses", file, "--fix", "comma", "--out", tmp_path / "one")
    one = load_result(tmp_path / "one")
    assert "|checker:fixed(comma)," in one.signature
    assert one.score("instruction-strict (fixed)").value == 2 / 4


def test_a_model_is_asked_once_and_what_failed_again(
    data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    down = True

    def answer(prompt: str, nth: int) -> Reply | str | int:
        if prompt.startswith("At least"):
            return Reply("one", finish_reason="length") if down else "one two three"
        return _GOOD[0] if "commas" in prompt else _GOOD[1]

    server = serve(answer)
    ask = ("ifeval", "--data", data, "--model", f"openai:m@{server.url}", "--out", tmp_path / "out", "--json")
    first = json.loads(_run(*ask).output)
    assert first["counts"] == {"length": 1}
    assert first["scores"][0]["value"] == pytest.approx(2 / 3)
    assert any("counts as failed" in note for note in first["notes"])
    assert {body["temperature"] for body in server.requests} == {0}
    assert {body["max_tokens"] for body in server.requests} == {2048}
    down = False
    second = json.loads(_run(*ask).output)
    assert second["counts"] == {} and second["scores"][0]["value"] == 1
    assert sorted(server.calls.values()) == [1, 1, 2]


def test_a_server_that_is_down_gives_no_score(data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    down = True
    server = serve(lambda prompt, nth: 500 if down and prompt.startswith("At least") else _GOOD[0])
    ask = ("ifeval", "--data", data, "--model", f"openai:m@{server.url}", "--out", tmp_path / "out", "--attempts", 1)
    with pytest.raises(SparError, match=r"1 of 3 responses could not be had \(1 x status 500\), so nothing is scored"):
        _run(*ask)
    assert not (tmp_path / "out").exists()
    assert json.loads(_run(*ask, "--partial", "--json").output)["counts"] == {"status 500": 1}
    down = False
    assert json.loads(_run(*ask, "--json").output)["counts"] == {}
    assert [n for prompt, n in server.calls.items() if not prompt.startswith("At least")] == [1, 1]


def test_samples_give_the_mean_and_pass_at_k(data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    rows = [{"key": key, "sample": i, "response": text} for key, texts in
            ((1, ["ok", "a,b", "a,b", "a,b"]), (2, [_GOOD[1]] * 4), (3, ["no"] * 4)) for i, text in enumerate(texts)]  # fmt: skip
    _run("ifeval", "--data", data, "--responses", _write(tmp_path / "r.jsonl", *rows), "--out", tmp_path / "out")
    found = load_result(tmp_path / "out")
    assert found.score("prompt-strict").value == pytest.approx(5 / 12)
    assert found.score("prompt-strict").method == "clustered by prompt"
    table = {row.name: row.value for row in found.tables[0].rows}
    # prompt 1 has 1 of 4 right: pass@2 = 1 - C(3,2)/C(4,2) = 1/2; prompt 2 all, prompt 3 none
    assert table == pytest.approx({"pass@1": 5 / 12, "pass@2": (1 / 2 + 1) / 3, "pass@4": 2 / 3})
    server = serve(lambda prompt, nth: _GOOD[0])
    _run(
        "ifeval",
        "--data",
        data,
        "--model",
        f"openai:m@{server.url}",
        "--samples",
        3,
        "--temperature",
        0.5,
        "--limit",
        1,
    )
    assert {body["n"] for body in server.requests} == {3}


def test_dry_run_asks_and_writes_nothing(data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]) -> None:
    server = serve()
    result = _run("ifeval", "--data", data, "--model", f"openai:m@{server.url}", "--dry-run", "--system", "Be brief.")
    assert "3 calls for 3 samples" in result.output and "No call was made." in result.output
    assert not server.calls and list(tmp_path.iterdir()) == [data]


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        ((), "one of --model SPEC"),
        (("--model", "smollm2", "--responses", "x.jsonl"), "one of --model SPEC"),
        (("--model", "smollm2", "--samples", "3"), "--samples 3 at temperature 0 gives the same response 3 times"),
    ],
)
def test_options_that_do_not_go_together(data: Path, arguments: tuple[str, ...], told: str) -> None:
    with pytest.raises(SparError, match=told):
        _run("ifeval", "--data", data, *arguments)


def test_a_wrong_spec_is_an_error_before_anything_is_written(data: Path, tmp_path: Path) -> None:
    with pytest.raises(SparError, match="openai:MODEL@URL"):
        _run("ifeval", "--data", data, "--model", "gpt-4")
    assert list(tmp_path.iterdir()) == [data]


def test_a_folder_in_the_format_of_datasets_is_read(data: Path, tmp_path: Path) -> None:
    """As google/IFEval comes from the Hub: a struct of all kwargs, nulls where an instruction has no such parameter."""
    datasets = pytest.importorskip("datasets")
    names = {"num_words", "relation"}
    rows = [{**row, "kwargs": [{name: each.get(name) for name in names} for each in row["kwargs"]]} for row in _ROWS]  # type: ignore[attr-defined]
    (tmp_path / "hub").mkdir()
    datasets.Dataset.from_list(rows).to_parquet(str(tmp_path / "hub" / "train.parquet"))
    for source in (tmp_path / "hub", tmp_path / "hub" / "train.parquet"):
        assert load_prompts(str(source), ifeval.validate) == load_prompts(str(data), ifeval.validate)


def test_a_source_that_is_nowhere_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(
        SparError, match=r"no/such/file.jsonl does not exist: a .jsonl or .parquet file, a folder, or a name"
    ):
        load_prompts("no/such/file.jsonl", ifeval.validate)


def test_instruction_level_is_not_the_mean_over_prompts() -> None:
    """The macro average over prompts, which some harnesses print as instruction level, is another number."""
    prompts = [
        BenchmarkPrompt("1", "a", (("punctuation:no_comma", {}),)),
        BenchmarkPrompt("2", "b", (("punctuation:no_comma", {}),) * 3),
    ]
    items = score(prompts, [[ResponseSample("x")], [ResponseSample("a,b")]], IFEVAL.checkers())
    assert accuracy.by_instruction("x", items, "strict").value == pytest.approx(1 / 4)  # the macro average is 1/2


def test_a_checker_is_not_asked_twice_for_the_same_text() -> None:
    asked: list[str] = []

    def check(name: str, text: str, kwargs: Any) -> Verdict:
        asked.append(text)
        return Verdict(False, "no")

    score([BenchmarkPrompt("1", "a", (("x", {}),))], [[ResponseSample("one\n*two*\nthree")]], {"": check})
    assert len(asked) == len(set(asked)) == 8
    asked.clear()
    score([BenchmarkPrompt("1", "a", (("x", {}),))], [[ResponseSample("one")]], {"": check})
    assert asked == ["one"]


_DATA = os.environ.get("SPAR_TEST_DATA", "")
needs_data = pytest.mark.skipif(not _DATA, reason="SPAR_TEST_DATA is not set")


@pytest.mark.data
@needs_data
def test_every_verdict_on_gpt4s_responses_is_the_official_one(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = Path(_DATA) / "ifeval"
    monkeypatch.chdir(tmp_path)
    file = folder / "input_response_data_gpt4_20231107_145030.jsonl"
    told = json.loads(_run("ifeval", "--data", folder / "input_data.jsonl", "--responses", file, "--json").output)
    reference = [json.loads(line) for line in (folder / "reference_results_gpt4_20231107.jsonl").open()]
    items = load_result(Path(told["out"])).items
    for item, row in zip(items, reference, strict=True):
        assert item.id == str(row["key"])
        for metric in ("strict", "loose"):
            assert [c.verdicts[metric] for c in item.checks] == row[f"follow_instruction_list_{metric}"], item.id
    passed = [round(s["value"] * s["n"]) for s in told["scores"][:4]]
    assert passed == [417, 698, 431, 714]
    prompt, instruction = told["scores"][:2]
    assert [round(100 * prompt[x], 2) for x in ("value", "stderr", "low", "high")] == [77.08, 1.81, 73.35, 80.42]
    assert [round(100 * instruction[x], 2) for x in ("value", "stderr")] == [83.69, 1.29]
    assert told["signature"].startswith(f"ifeval|data:final release,{FINAL_RELEASE}|n:541/834|")
    assert any("1122, 1129" in note for note in told["notes"])
    assert told["counts"] == {"matched by place": 1}


@pytest.mark.data
@needs_data
def test_selftest_says_where_it_stands(tmp_path: Path) -> None:
    result = _run("selftest", _DATA)
    assert result.exit_code == 0
    assert "ok      IFEval verdicts" in result.output and "417/698/431/714" in result.output
    assert "FAILED" not in result.output
    (tmp_path / "ifeval").mkdir()
    for name in ("input_data.jsonl", "input_response_data_gpt4_20231107_145030.jsonl"):
        (tmp_path / "ifeval" / name).symlink_to(Path(_DATA) / "ifeval" / name)
    name = "reference_results_gpt4_20231107.jsonl"
    lines = (Path(_DATA) / "ifeval" / name).read_text().splitlines()
    lines[0] = lines[0].replace("[true, true, false]", "[true, true, true]", 1)
    (tmp_path / "ifeval" / name).write_text("\n".join(lines))
    broken = _run("selftest", tmp_path)
    assert broken.exit_code == 1
    assert (
        "FAILED  IFEval verdicts" in broken.output
        and "1 prompts differ" in broken.output
        and "first 1000 strict" in broken.output
    )


@pytest.mark.data
@needs_data
def test_the_doctor_finds_the_three_known_rows_and_no_other() -> None:
    result = _run("doctor", Path(_DATA) / "ifeval" / "input_data.jsonl")
    errors = [line for line in result.output.splitlines() if ": error:" in line]
    assert result.exit_code == 1
    assert [line.split("key ")[1].split(":")[0] for line in errors] == ["2078", "30", "337"]
    assert "num_words is 336, the prompt has 400" in errors[2]


def test_the_doctor_names_what_is_wrong(tmp_path: Path) -> None:
    rows = [
        {**_ROWS[0], "instruction_id_list": ["punctuation:no_comma"] * 2, "kwargs": [{}, {}]},
        {**_ROWS[0], "key": 5},
        {**_ROWS[2], "prompt": "At least 5 words.", "key": 6},
        {"key": 6, "prompt": "Use capitals.", "instruction_id_list": ["change_case:english_capital", "nope"], "kwargs": [{}, {}]},
        {"key": 8, "prompt": "English, capitals, lower case", "instruction_id_list":
            ["change_case:english_capital", "change_case:english_lowercase"], "kwargs": [{}, {}]},
        {"key": 9, "prompt": "", "instruction_id_list": [], "kwargs": []},
    ]  # fmt: skip
    found = [
        json.loads(line) for line in _run("doctor", _write(tmp_path / "d.jsonl", *rows), "--json").output.splitlines()
    ]
    assert [(f["key"], f["severity"]) for f in found] == [
        ("1", "error"), ("5", "error"), ("6", "error"), ("6", "error"), ("6", "error"), ("8", "error"), ("9", "error"),
    ]  # fmt: skip
    assert "2 times with the same kwargs" in found[0]["what"]
    assert found[1]["what"] == "the same prompt as key 1"
    assert "num_words is 3, the prompt has 5" in found[2]["what"]


def test_fresh_prompts_are_sound_new_and_reproducible(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    _run("fresh", "--out", "a.jsonl", "--size", 150)
    _run("fresh", "--out", "b.jsonl", "--size", 60)
    _run("fresh", "--out", "c.jsonl", "--size", 60, "--seed", 1)
    a, b, c = (Path(f"{name}.jsonl").read_text().splitlines() for name in "abc")
    assert len(set(a)) == 150 and a[:60] == b
    assert not {json.loads(x)["prompt"] for x in b} & {json.loads(x)["prompt"] for x in c}
    assert _run("doctor", "a.jsonl").output.endswith("0 errors, 0 doubts\n")
    names = {name for line in a for name in json.loads(line)["instruction_id_list"]}
    assert len(names) >= 23


def test_responses_of_a_run_can_be_scored_again(data: Path, tmp_path: Path) -> None:
    first = tmp_path / "first"
    _run("ifeval", "--data", data, "--responses", _responses(tmp_path, *_GOOD), "--out", first)
    _run("ifeval", "--data", data, "--responses", first / "responses.jsonl", "--out", tmp_path / "second")
    assert load_result(tmp_path / "second").scores == load_result(first).scores


@pytest.mark.parametrize("order", ["bfs", "dfs", "best-first", "best-of-n", "iterative"])
def test_responses_that_are_judged_no_are_refined(
    order: str, data: Path, tmp_path: Path, serve: Callable[..., ScriptedServer]
) -> None:
    """One is right and stays, one is mended, one is judged Yes although it is wrong, so nobody refines it."""

    def answer(messages: str, nth: int) -> Reply | str:
        if "Reflection on how" in messages:
            return Reply(texts=("no form", f"[[start]]{_GOOD[1]}[[end]]"))
        if "Step-by-step verification" in messages:
            bad = "no json" in messages
            return Reply(texts=tuple(f"Final Judgement: {'No' if bad and i else 'Yes'}" for i in range(10)))
        return _GOOD[0] if "commas" in messages else "no json" if "JSON" in messages else "one"

    server = serve(answer, whole=True)
    model = f"openai:m@{server.url}"
    expected = 1 / 3 if order == "iterative" else 2 / 3  # iterative has one sample, which is not in form
    ask = ("ifeval", "--data", data, "--model", model, "--refine", order, "--out", tmp_path / "out")
    assert "Refining is not in that" in _run(*ask, "--dry-run").output and not server.calls
    told = _run(*ask).output
    found = load_result(tmp_path / "out")
    assert found.score("prompt-strict").value == pytest.approx(expected)
    assert found.tables[0].title == "before refinement" and found.tables[0].rows[0].value == pytest.approx(1 / 3)
    assert any("said No to 1 of 3 responses" in note for note in found.notes)
    assert found.signature.endswith(f"|refine:{order},m,votes:5,T:0.7") and "respond: " in told
    calls = server.calls.total()
    _run(*ask)
    assert server.calls.total() == calls
    if order == "bfs":
        _run("ifeval", "--data", data, "--responses", _responses(tmp_path, *_GOOD[:1], "no json", "one"), "--refine", "bfs",
             "--refiner", model, "--out", tmp_path / "from-file")  # fmt: skip
        assert load_result(tmp_path / "from-file").score("prompt-strict").value == pytest.approx(2 / 3)
        assert server.calls.total() == calls, "the same questions"
        with pytest.raises(SparError, match="--refine with --responses needs --refiner"):
            _run("ifeval", "--data", data, "--responses", tmp_path / "responses.jsonl", "--refine", "bfs")
