"""Tasks of lm-evaluation-harness over three sums."""

from __future__ import annotations

import importlib.util
import json
from pathlib import Path

import pytest

needs_harness = pytest.mark.skipif(not importlib.util.find_spec("lm_eval"), reason="lm-eval is not installed")

# the same filters as lm-eval's gsm8k
GENERATE = """
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
CHOICE = """
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
GROUP = """
group: choices
task: [first, second]
aggregate_metric_list: [{metric: acc, weight_by_size: true}]
metadata: {version: 2}
"""


def write_tasks(folder: Path, sums: Path) -> None:
    """The YAML files of sums, coder, first, second, choices (a group of both) and remote (its data cannot be had)."""
    folder.mkdir()
    sums.write_text("".join(
        json.dumps({"question": f"{n} + 1?", "answer": f"{n} + 1 = {n + 1}\n#### {n + 1}", "gold": n % 2}) + "\n"
        for n in (17, 4, 1200)
    ))  # fmt: skip
    (folder / "sums.yaml").write_text(GENERATE.format(name="sums", file=sums, unsafe="false"))
    (folder / "coder.yaml").write_text(GENERATE.format(name="coder", file=sums, unsafe="true"))
    for name in ("first", "second"):
        (folder / f"{name}.yaml").write_text(CHOICE.format(name=name, file=sums))
    (folder / "choices.yaml").write_text(GROUP)
    remote = CHOICE.format(name="remote", file=sums).replace("dataset_path: json", "dataset_path: nobody/nothing")
    (folder / "remote.yaml").write_text(remote)
