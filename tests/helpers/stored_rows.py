"""Samples, votes and trees written by hand, and the folder of a run that holds them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from spar_data.core.files import write_json, write_parquet
from spar_data.core.ids import row_id
from spar_data.core.records import Constraint, PromptRow
from spar_data.core.tables import frame
from spar_data.models import Message
from spar_data.selfplay.pairs.pair_set import Cut
from spar_data.selfplay.records import Dialogue, Node, Sample, Votes


def judgement(word: str, number: int) -> str:
    return f"Step-by-step verification: look {number}\nFinal Judgement (if the Output accurately follows the Prompt): {word}"


def votes(yes: int, no: int, unparsed: int = 0, exact: str = "", verdict: str = "") -> Votes:
    """Yes votes first; more than half of all have to be valid."""
    words = ["Yes"] * yes + ["No"] * no + ["unparsed"] * unparsed
    replies = [judgement(word, i) if word != "unparsed" else "hm" for i, word in enumerate(words)]
    valid = yes + no
    if not verdict:
        short = valid < len(words) // 2 + 1
        verdict = "unparsed" if short else "tie" if yes == no else "Yes" if yes > no else "No"
    value = yes / valid if valid else None
    first = next((r for r, w in zip(replies, words, strict=True) if w == verdict), "")
    return Votes(words, replies, verdict, value, first, exact)


def sample(
    prompt: str, number: int, response: str, voted: Votes | None = None, problem: str = "", actor: str = "actor"
) -> Sample:
    none = Votes([], [], "", None, "", "")
    return Sample(
        row_id(prompt, str(number)), row_id(prompt), prompt, number, "" if problem.startswith("length") else response, "",
        problem, voted or none, actor, "judge",
    )  # fmt: skip


def refiner_reply(text: str) -> str:
    return f"Reflection on how to refine the Output: shorter\nFinal Refined Output: [[start]] {text} [[end]]"


def tree(root: Sample, *children: tuple[int, str, Votes, str] | tuple[int, str, Votes]) -> list[Node]:
    """children: (parent, text, votes[, problem]), numbered from 1."""
    nodes = [Node(root.id, root.prompt_id, root.prompt, 0, -1, 0, root.response, "", "", root.votes, 0, 0, "")]
    for number, (parent, text, voted, *rest) in enumerate(children, 1):
        depth = nodes[parent].depth + 1
        problem = rest[0] if rest else ""
        nodes.append(
            Node(root.id, root.prompt_id, root.prompt, number, parent, depth, text, refiner_reply(text), problem, voted, 10, 50, "refiner")
        )  # fmt: skip
    return nodes


def sft_row(prompt: str, response: str, kind: str = "actor") -> Dialogue:
    turns = [Message("user", prompt), Message("assistant", response)]
    return Dialogue(row_id(prompt, response), kind, "sft", row_id(prompt), turns, "", [])


WORDS = Constraint(
    "format.length.words", "use at most 3 words", "length.words", "whole", {"n": 3, "relation": "at most"}
)
BEE = Constraint("content.keyword.include", "say bee", "keyword.include", "whole", {"words": ["bee"]})


def prompts_file(folder: Path, prompts: Sequence[str]) -> Path:
    """The prompts.parquet of a release; every prompt asks for at most three words, bee among them."""
    rows = [
        PromptRow(row_id(p), p, "seed", "s", "en", "t", "t", [WORDS, BEE], "rules", "src", i)
        for i, p in enumerate(prompts)
    ]
    file = folder / "data" / "prompts.parquet"
    write_parquet(file, frame(rows, PromptRow))
    manifest = {"name": "tiny", "version": "1.0.0", "recipe": {"evolve": {"teacher": "rules"}}}
    write_json(folder / "manifest.json", manifest)
    return file


def run_folder(folder: Path, samples: Sequence[Sample], nodes: Sequence[Node] | None, **facts: Any) -> Path:
    write_parquet(folder / "samples.parquet", frame(list(samples), Sample))
    if nodes is not None:
        write_parquet(folder / "trees.parquet", frame(list(nodes), Node))
    known = {"settings": {"seed": 7, "actor": {"name": "tiny-actor"}, "judge": {"name": "tiny-judge"}}}
    (folder / "run.json").write_text(json.dumps({**known, **facts}))
    return folder


def world() -> tuple[list[Sample], list[Node]]:
    """Four prompts: one refined in a tree of two levels, one whose tree fails, one without a failing response, one without a
    response that passes."""
    samples = [
        sample("p1", 0, "a bee sat on me today", votes(1, 4, exact="No")),
        sample("p1", 1, "one bee", votes(4, 1, exact="Yes")),
        sample("p1", 2, "bee bee bee", votes(2, 2, 1, exact="Yes")),
        sample("p2", 0, "nothing of the kind", votes(0, 5, exact="No")),
        sample("p2", 1, "a bee again", votes(5, 0, exact="Yes")),
        sample("p2", 2, "x", problem="length: cut off at 5 tokens"),
        sample("p3", 0, "bee", votes(5, 0, exact="Yes")),
        sample("p4", 0, "no such thing here", votes(0, 5, exact="No")),
        sample("p4", 1, "two", votes(0, 1, 4, exact="No")),
    ]
    by_name = {(s.prompt, s.sample): s for s in samples}
    nodes = tree(
        by_name["p1", 0],
        (0, "a bee sat on me", votes(1, 4, exact="No")),
        (0, "a bee sat", votes(2, 3, exact="Yes")),
        (1, "bee sat today", votes(4, 1, exact="Yes")),
        (1, "a bee today", votes(5, 0, exact="Yes")),
        (2, "", Votes([], [], "", None, "", ""), "unparsed: no [[start]]"),
    )
    nodes += tree(by_name["p2", 0], (0, "nothing", votes(1, 4, exact="No")), (0, "of it", votes(0, 5, exact="No")))
    return samples, nodes


def reasons(cut: Cut, unit: str) -> dict[str, int]:
    """Numbers of the excluded units by reason."""
    return {reason: n for (excluded, reason), n in cut.excluded.items() if excluded == unit}
