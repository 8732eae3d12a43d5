"""General abilities by lm-evaluation-harness: real runs of it on local data with a tiny model and a scripted server."""

from __future__ import annotations

import importlib.util
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from server import Reply

from spar_data.core.errors import SparError
from spar_data.models.model_spec import parse_spec
from spar_eval.benchmarks.general.config import GeneralConfig
from spar_eval.benchmarks.general.harness import harness_model
from spar_eval.benchmarks.general.run import evaluate_general
from spar_eval.cli.main import cli
from spar_eval.comparison.compare import compare
from spar_eval.run_folder import load_result, save_result

needs_harness = pytest.mark.skipif(not importlib.util.find_spec("lm_eval"), reason="lm-eval is not installed")

# the same filters as lm-eval's gsm8k
_GENERATE = """
task: {name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {file}}}}}
test_split: test
output_type: generate_until
doc_to_text: "Question: {{{{question}}}}\\nAnswer:"
doc_to_target: "{{{{answer}}}}"
metric_list:
  - metric: exact_match
    aggregation: mean
    higher_is_better: true
    regexes_to_ignore: [",", "(?s).*#### "]
generation_kwargs: {{until: ["Question:"], do_sample: false, temperature: 0.0}}
num_fewshot: 0
unsafe_code: {unsafe}
filter_list:
  - name: strict-match
    filter: [{{function: regex, regex_pattern: "#### (\\\\-?[0-9\\\\.\\\\,]+)"}}, {{function: take_first}}]
  - name: flexible-extract
    filter:
      - {{function: regex, group_select: -1, regex_pattern: "(-?[$0-9.,]{{2,}})|(-?[0-9]+)"}}
      - {{function: take_first}}
metadata: {{version: 3.0}}
"""
_CHOICE = """
task: {name}
dataset_path: json
dataset_kwargs: {{data_files: {{test: {file}}}}}
test_split: test
output_type: multiple_choice
doc_to_text: "{{{{question}}}}\\nAnswer:"
doc_to_choice: ["A", "B"]
doc_to_target: gold
metric_list: [{{metric: acc, aggregation: mean, higher_is_better: true}}]
metadata: {{version: 1.0}}
"""
_GROUP = """
group: choices
task: [first, second]
aggregate_metric_list: [{metric: acc, weight_by_size: true}]
metadata: {version: 2}
"""


@pytest.fixture
def tasks(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tasks over three sums; the harness lists no tasks but these, and keeps its files in tmp_path."""
    import datasets
    import lm_eval.tasks

    real = lm_eval.tasks.TaskManager

    def only_included(include_path: str | None = None, include_defaults: bool = True) -> Any:
        return real(include_path=include_path, include_defaults=False)

    monkeypatch.setattr(lm_eval.tasks, "TaskManager", only_included)
    monkeypatch.setattr(datasets.config, "HF_DATASETS_CACHE", tmp_path / "hub")
    monkeypatch.chdir(tmp_path)
    sums, folder = tmp_path / "sums.jsonl", tmp_path / "tasks"
    folder.mkdir()
    sums.write_text("".join(
        json.dumps({"question": f"{n} + 1?", "answer": f"{n} + 1 = {n + 1}\n#### {n + 1}", "gold": n % 2}) + "\n"
        for n in (17, 4, 1200)
    ))  # fmt: skip
    (folder / "sums.yaml").write_text(_GENERATE.format(name="sums", file=sums, unsafe="false"))
    (folder / "coder.yaml").write_text(_GENERATE.format(name="coder", file=sums, unsafe="true"))
    for name in ("first", "second"):
        (folder / f"{name}.yaml").write_text(_CHOICE.format(name=name, file=sums))
    (folder / "choices.yaml").write_text(_GROUP)
    (folder / "remote.yaml").write_text(
        _CHOICE.format(name="remote", file=sums).replace("dataset_path: json", "dataset_path: nobody/nothing")
    )
    return folder


@pytest.fixture(scope="module")
def tiny(tmp_path_factory: pytest.TempPathFactory) -> str:
    from tiny_model import build

    return f"hf:{build(tmp_path_factory.mktemp('model'))},device=cpu,dtype=float32,batch=2"


@needs_harness
def test_a_local_model_on_local_data(tasks: Path, tiny: str, tmp_path: Path) -> None:
    """The tiny model answers with letters: nothing is right, no filter finds a number, and all of it is told."""
    out = tmp_path / "run"
    command = ["general", "--model", tiny, "--tasks", "sums", "--include", str(tasks), "--max-tokens", "16"]
    done = CliRunner().invoke(cli, [*command, "--out", str(out), "--json"])
    assert done.exception is None
    plain = json.loads(done.stdout)
    assert [(s["name"], s["value"], s["n"]) for s in plain["scores"]] == [
        ("sums exact_match,strict-match", 0.0, 3),
        ("sums exact_match,flexible-extract", 0.0, 3),
    ]
    assert plain["scores"][0]["high"] == pytest.approx(0.5615, abs=1e-4)  # Wilson's, for 0 of 3
    assert plain["counts"] == {"no answer found (sums, strict-match)": 3, "no answer found (sums, flexible-extract)": 3}
    assert "Without them exact_match: no reply is left" in plain["notes"][0]
    start = "general|sums-v3:0-shot:exact_match,strict-match+exact_match,flexible-extract|data:"
    assert plain["signature"].startswith(start)
    assert "|chat:yes|max-tokens:16|thinking:removed|lm-eval-" in plain["signature"]
    result = load_result(out)
    assert [item.id for item in result.items] == ["sums/0", "sums/1", "sums/2"]
    first = result.items[0]
    assert first.prompt == "<|user|>Question: 17 + 1?\nAnswer:<|assistant|>" and 3 <= len(first.response) <= 7
    assert first.checks[0].verdicts == {"exact_match,strict-match": False, "exact_match,flexible-extract": False}
    assert "expected 17 + 1 = 18 #### 18" in first.checks[0].reason
    assert compare([result], [result]).metrics[0].items.p == 1.0
    text = CliRunner().invoke(cli, [*command, "--limit", "2", "--out", str(out)])  # answers come from the cache
    assert "the first items only: sums: 2 of 3" in text.stdout and "|limit:2|" in text.stdout
    assert load_result(out).items == result.items[:2]


@needs_harness
def test_replies_that_are_cut_off_are_counted(tasks: Path, tiny: str, tmp_path: Path) -> None:
    config = GeneralConfig("sums", include=tasks, max_tokens=2, cache=tmp_path / "cache")
    assert evaluate_general(tiny, config).counts["cut off"] == 3


@needs_harness
def test_code_runs_by_leave_only(tasks: Path, tiny: str, tmp_path: Path) -> None:
    config = GeneralConfig("coder", include=tasks, max_tokens=16, cache=tmp_path / "cache", allow_code=True)
    assert evaluate_general(tiny, config).scores[0].n == 3
    assert "HF_ALLOW_CODE_EVAL" not in os.environ  # the leave ends with the run


@needs_harness
def test_multiple_choice_and_groups(tasks: Path, tiny: str, tmp_path: Path) -> None:
    result = evaluate_general(tiny, GeneralConfig("choices", include=tasks, cache=tmp_path / "cache"))
    (score,) = result.scores
    assert (score.name, score.n) == ("choices acc", 6)
    assert [row.name for row in result.tables[0].rows] == ["first acc", "second acc"]
    assert result.signature.startswith("general|choices-v2:0-shot:acc|")
    right = 0
    for item in result.items:
        likelihoods = item.detail["likelihoods"]
        assert item.response == max(likelihoods, key=likelihoods.__getitem__).strip()
        right += item.checks[0].verdicts["acc"] is True
        assert item.checks[0].reason.startswith(f"chose {item.response}; expected ")
        assert (item.checks[0].reason[-1] == item.response) == item.checks[0].verdicts["acc"]
    assert score.value == pytest.approx(right / 6)


@needs_harness
def test_a_server(tasks: Path, serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two of three are right; the third says its sum without the four signs, which one filter finds and one does not."""
    replies = {"17": "<think>12?</think>So #### 18", "4": "It is 5", "1200": "#### 1,201"}
    server = serve(lambda prompt, nth: replies[prompt.split()[1]])
    monkeypatch.setenv("SPAR_API_KEY", "sk-secret")
    config = GeneralConfig("sums", include=tasks, cache=tmp_path / "cache", system="Be brief.")
    result = evaluate_general(f"openai:m@{server.url}", config)
    assert [score.value for score in result.scores] == [pytest.approx(2 / 3), 1.0]
    assert [item.checks[0].verdicts["exact_match,strict-match"] for item in result.items] == [True, False, True]
    assert result.items[0].response == "So #### 18"
    assert "strict-match: 1 of 3 replies hold no answer" in result.notes[0] and "exact_match: 2 of 2" in result.notes[0]
    assert any("which replies of a server were cut off" in note for note in result.notes)
    save_result(result, tmp_path / "run")
    assert any("sk-secret" in key for key in server.keys)
    assert "sk-secret" not in "".join(f.read_text() for f in (tmp_path / "run").iterdir())
    assert server.requests[0]["messages"][0] == {"role": "system", "content": "Be brief."}
    calls = sum(server.calls.values())
    again = evaluate_general(f"openai:m@{server.url}", config)
    assert (again.items, sum(server.calls.values())) == (result.items, calls)


@needs_harness
def test_a_reply_without_content_is_counted(tasks: Path, serve: Callable[..., Any], tmp_path: Path) -> None:
    server = serve(lambda prompt, nth: Reply(None) if "17" in prompt else "#### 5")
    result = evaluate_general(f"openai:m@{server.url}", GeneralConfig("sums", include=tasks, cache=tmp_path / "cache"))
    assert [(item.response, item.problem) for item in result.items] == [("", "empty"), ("#### 5", ""), ("#### 5", "")]
    assert result.counts["empty"] == 1 and result.score("sums exact_match,strict-match").value == pytest.approx(1 / 3)


@needs_harness
def test_a_server_that_refuses(
    tasks: Path, serve: Callable[..., Any], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("time.sleep", lambda seconds: None)
    server = serve(lambda prompt, nth: 401)
    config = GeneralConfig("sums", include=tasks, cache=tmp_path / "cache", concurrency=1)
    with pytest.raises(SparError, match=r"does not answer: 401"):
        evaluate_general(f"openai:m@{server.url}", config)


@needs_harness
def test_dry_run_makes_no_call(tasks: Path, serve: Callable[..., Any]) -> None:
    server = serve()
    command = ["general", "--model", f"openai:m@{server.url}", "--tasks", "sums", "--include", str(tasks), "--dry-run"]
    plan = json.loads(CliRunner().invoke(cli, [*command, "--max-tokens", "100", "--json"]).stdout)
    assert (plan["calls"], plan["completion_tokens"]) == (3, 300) and 12 <= plan["prompt_tokens"] <= 30
    assert not server.calls and not Path("runs").exists()


@needs_harness
def test_what_a_user_can_mend(tasks: Path, tiny: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import datasets
    import huggingface_hub

    def refused(model: str, task: str, **more: Any) -> str:
        with pytest.raises(SparError) as error:
            evaluate_general(model, GeneralConfig(task, include=tasks, cache=tmp_path / "cache", **more))
        return str(error.value)

    url = "openai:m@http://127.0.0.1:9/v1"
    assert "'choice' is not known to lm-eval. Did you mean 'choices'?" in refused(tiny, "choice")
    assert "which chat completions do not give" in refused(url, "choices")
    assert "task 'coder' runs code that the model writes" in refused(tiny, "coder")
    assert "--allow-code permits" in refused(tiny, "humaneval")
    assert "hf:PATH, vllm:PATH, smollm2 or openai:MODEL@URL is expected" in refused(f"replay:{tiny}", "sums")
    assert "hf:PATH, vllm:PATH" in refused("ray:vllm:/models/x", "sums")
    assert "one URL is expected" in refused(f"{url},http://127.0.0.1:10/v1", "sums")
    assert "takes messages only" in refused(url, "sums", chat=False)
    for module, name in ((datasets.config, "HF_HUB_OFFLINE"), (huggingface_hub.constants, "HF_HUB_OFFLINE")):
        monkeypatch.setattr(module, name, True)
    said = refused(tiny, "remote")
    assert said.startswith("task 'remote' cannot be loaded: ") and "--include" in said and "HF_HOME" in said
    monkeypatch.setitem(sys.modules, "lm_eval", None)
    assert "pip install 'spar-suite[general]'" in refused(tiny, "sums")


def test_backends(tmp_path: Path) -> None:
    for name in ("base", "adapter"):
        (tmp_path / name).mkdir()
    (tmp_path / "base/config.json").write_text("{}")
    (tmp_path / "adapter/adapter_config.json").write_text('{"r": 64}')
    base, adapter = str(tmp_path / "base"), str(tmp_path / "adapter")
    spec = parse_spec(f"vllm:{base},lora={adapter},tp=2,max_len=4096,memory=0.8,dtype=bfloat16")
    assert harness_model(spec, GeneralConfig()) == (
        "vllm",
        {"pretrained": base, "dtype": "bfloat16", "tensor_parallel_size": 2, "max_model_len": 4096,
         "gpu_memory_utilization": 0.8, "lora_local_path": adapter, "max_lora_rank": 64, "think_end_token": "</think>"},
        "auto",
    )  # fmt: skip
    kind, args, _ = harness_model(parse_spec("openai:gpt-4o-mini"), GeneralConfig(concurrency=5))
    assert kind == "local-chat-completions"
    assert args["base_url"] == "https://api.openai.com/v1/chat/completions" and args["num_concurrent"] == 5
    pytest.importorskip("torch")
    kind, args, batch = harness_model(
        parse_spec(f"hf:{base},lora={adapter},dtype=float32,device=cpu,batch=3"), GeneralConfig()
    )
    assert (kind, args["peft"], args["dtype"], args["device"], batch) == ("hf", adapter, "float32", "cpu", 3)
