"""Failing responses with a refiner and a judge whose answers depend on the text alone, for decodings without a tree.

A refinement adds a number to the text: "r3/0", "r3/0/2". Some refinements are unchanged, return to an earlier text, do not
parse, or fail; some judgements do not parse.
"""

from __future__ import annotations

import hashlib
import json
import random
import re
from collections.abc import Sequence

from server import Reply, ScriptedServer

NAMES = [f"r{number}" for number in range(40)]
JUDGEMENT = "Step-by-step verification: wrong\nFinal Judgement (if the Output accurately follows the Prompt): No"
_OUTPUT = re.compile("Output: “([^”]*)”")


def _refinement(text: str, number: int) -> str:
    kind = random.Random(f"refinement {number} of {text}").random()
    earlier = text.rpartition("/")[0]
    if text.startswith(("r8", "r20")):  # one returns to an earlier text, one never ends; the judge says No to all of it
        kind = 0.2 if text == "r8/0/0" else 1.0
    if kind < 0.08:
        return "I would rather not."
    refined = text if kind < 0.14 else earlier if earlier and kind < 0.32 else f"{text}/{0 if kind < 0.45 else number}"
    return f"Reflection.\nFinal Refined Output: [[start]] {refined} [[end]]"


def _vote(text: str, number: int) -> str:
    """Three of five votes are valid at least."""
    if number in (1, 3) and random.Random(f"form {text} {number}").random() < 0.2:
        return "Hard to say."
    if text.startswith(("r8", "r20")):
        return f"Step {number} on {text}\nFinal Judgement (if ...): No"
    good = random.Random(f"good {text}").random() * 0.9
    yes = good > random.Random(f"vote {text} {number}").random()
    return f"Step {number} on {text}\nFinal Judgement (if ...): {'Yes' if yes else 'No'}"


def answer(messages: str, nth: int) -> Reply | int:
    """For a ScriptedServer(whole=True): choice i of every call is sample i."""
    match = _OUTPUT.search(messages)
    assert match
    if "[[start]]" not in messages:
        return Reply(texts=tuple(_vote(match[1], number) for number in range(5)))
    if match[1] in ("r7", "r9/0"):
        return 400
    return Reply(texts=tuple(_refinement(match[1], number) for number in range(5)))


def calls(server: ScriptedServer) -> str:
    """A digest of all calls, whatever their order."""
    asked = sorted(json.dumps([body["messages"], body.get("n", 1), body["temperature"]]) for body in server.requests)
    return f"{len(asked)} calls, {hashlib.sha256(json.dumps(asked).encode()).hexdigest()[:16]}"


def record(texts: Sequence[str], problems: Sequence[str], server: ScriptedServer) -> dict[str, object]:
    """What a decoding comes to: text or the kind of problem, case by case, and the calls."""
    outcomes = [text or problem.partition(":")[0] for text, problem in zip(texts, problems, strict=True)]
    return {"outcomes": outcomes, "calls": calls(server)}
