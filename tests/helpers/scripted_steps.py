"""Stands in for the commands of a loop: writes the result file that each would leave, in milliseconds.

A file `plan.json` beside the loop's folder says what goes wrong: {"iteration-1/actor": "fail" | "hang" | "unfinished" |
"empty"}; of "hang" the process says its number in the file `hangs` and sleeps. Every start is a line of `starts`.
"""

import json
import os
import shutil
import sys
import time
from pathlib import Path


def main(argv: list[str]) -> int:
    kind, out = argv[1], Path(argv[argv.index("--out") + 1])
    top = (
        next(each for each in out.parents if each.name.startswith("iteration-"))
        if "iteration-" not in out.name
        else out
    )
    base = top.parent.parent
    name = str(out.relative_to(top.parent))
    with (base / "starts").open("a") as starts:
        starts.write(name + "\n")
    wrong = json.loads((base / "plan.json").read_text()).get(name, "")
    sys.stdout.write(f"this is {name}\n")
    if wrong == "fail":
        sys.stderr.write("Error: no such luck\n")
        return 2
    if wrong == "hang":
        (base / "hangs").write_text(str(os.getpid()))
        time.sleep(60)
    out.mkdir(parents=True, exist_ok=True)
    rows = base / ("empty.parquet" if wrong == "empty" else "rows.parquet")
    if kind == "selfplay":
        state = "negatives" if "--no-search" in argv else "finished"
        facts = {"state": "stopped" if wrong == "unfinished" else state, "stopped": "token budget",
                 "funnel": {"samples": 7, "verdicts": {"Yes": 2, "No": 5}, "negatives": 3},
                 "trees": {"counts": {"trees": 3, "succeeded": 2}}}  # fmt: skip
        write(out / "run.json", facts)
    elif kind == "pairs":
        shutil.copy(rows, out / "dpo.parquet")
        if wrong != "no rft":
            shutil.copy(rows, out / "rft.parquet")
        cut = {"rows": 4, "started": {"trees": 3}, "excluded": [["tree", "no refinement that could be used", 2]]}
        write(out / "statistics.json", {"recipes": {"spar": cut}})
    elif kind in ("dpo", "sft", "rft"):
        (out / "model").mkdir(exist_ok=True)
        (out / "metrics.jsonl").write_text(
            json.dumps({"step": 9, "loss": 0.5, "margin": 0.25, "accuracy": 0.75}) + "\n"
        )
        write(out / "train.json", {"finished": wrong != "unfinished"})
    else:
        scores = [{"name": "prompt-strict", "value": 0.25, "low": 0.1, "high": 0.4}]
        notes = ["incomplete: stopped by the budget"] if wrong == "unfinished" else []
        write(out / "results.json", {"format": 1, "scores": scores, "notes": notes})
    return 0


def write(file: Path, facts: object) -> None:
    file.write_text(json.dumps(facts))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
