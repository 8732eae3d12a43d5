"""The judge's side: what it is shown, what its reply says, and how votes are counted.

As in the repository it sees how the instruction grew, level by level, names the constraints that were added, and ends with
a list of YES and NO, one for each. The wording is ours; the form of the last line is the repository's.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.models import Answer, Completion, Message, Request, Unparsed, fill
from spar_eval.benchmarks.followbench.data import Group, Row

PROMPT_VERSION = 1
TEMPERATURE = 0.7  # of several votes; a single one is greedy, as the repository's is

_TEMPLATE = """\
An instruction was made harder step by step: each step added one {kind}. You decide for each added constraint whether an \
answer to the final instruction satisfies it.

{path}

### Answer to the final instruction
{answer}

### Your task
1. Compare each step with the one before it and name the constraint that it added. There {are}.
2. Take the constraints in that order, each by itself, and say whether the answer satisfies it and why.
3. Let the last line of your reply hold nothing but a Python list of {size}, each 'YES' (satisfied) or 'NO' (not \
satisfied), in the same order."""

_KINDS = {
    "content": "constraint on the content",
    "situation": "constraint of the situation (a scenario or background that the answer has to fit)",
    "style": "constraint on the style",
    "format": "constraint on the format",
    "mixed": "constraint",
}

_WORDS = {"YES": True, "NO": False, "PARTIAL": None, "MAYBE": None, "UNKNOWN": None, "N/A": None}
_MARKS = " \t\r\n'\"`*_‘’“”"
_LIST = re.compile(r"\[([^\[\]]*)\]")
_VERDICT = re.compile(r"\b(?:yes|no)\b", re.IGNORECASE)


def judge_request(group: Group, row: Row, answer: str, votes: int = 1, max_tokens: int = 1024) -> Request:
    """Instructions and answer may hold braces and template words. max_tokens: the repository's."""
    n = row.level
    text = fill(
        _TEMPLATE,
        kind=_KINDS[row.category],
        path=_path(group, n),
        answer=answer,
        are="is 1 constraint" if n == 1 else f"are {n} constraints",
        size="exactly 1 element" if n == 1 else f"exactly {n} elements",
    )
    return Request((Message("user", text),), TEMPERATURE if votes > 1 else 0.0, max_tokens, n=votes)


def _path(group: Group, level: int) -> str:
    """The instruction at level 0 and after each step."""
    parts = []
    for row in group.rows:
        if row.level <= level:
            name = f"Instruction with {row.level} added constraint{'s' if row.level > 1 else ''}"
            final = " (the final instruction)" if row.level == level else ""
            parts.append(
                f"### {name if row.level else 'Initial instruction'}{final}\n{row.instruction.strip() or '(empty)'}"
            )
    return "\n\n".join(parts)


def parse_list(reply: str, n: int) -> tuple[bool | None, ...] | Unparsed:
    """The n verdicts of a reply. None for PARTIAL, MAYBE, UNKNOWN and N/A, which the repository takes for NO.

    The last list with a verdict in it counts, in any case, with or without quotes, on one line or several; judges quote
    the form before they decide. It must have n elements, all of them verdicts, and what follows must not say yes or no
    again. Without any such list, a last line that is nothing but n verdicts with commas between counts. Nothing is
    evaluated as code.
    """
    found: tuple[re.Match[str], list[str]] | None = None
    for match in _LIST.finditer(reply):
        words = _split(match[1])
        if any(word in _WORDS for word in words):
            found = match, words
    if found:
        match, words = found
        if _VERDICT.search(reply, match.end()):
            return Unparsed("yes or no after the list")
    else:
        words = _split((reply.strip(_MARKS + ".").splitlines() or [""])[-1])
        if not all(word in _WORDS for word in words):
            return Unparsed("no list of YES and NO")
    wrong = next((word for word in words if word not in _WORDS), None)
    if wrong is not None:
        return Unparsed(f"{wrong[:40]!r} in the list")
    if len(words) != n:
        return Unparsed(f"{len(words)} verdicts for {n} constraints")
    return tuple(_WORDS[word] for word in words)


def _split(inside: str) -> list[str]:
    words = [word.strip(_MARKS).upper() for word in inside.split(",")]
    return words[:-1] if len(words) > 1 and not words[-1] else words


@dataclass(frozen=True)
class Judged:
    """satisfied: by constraint, by majority of the votes that say; None for a tie or no such vote. replies: as told.
    unparsed, failed: replies without verdicts, with the reasons, and calls without a reply."""

    satisfied: tuple[bool | None, ...]
    reasons: tuple[str, ...]
    replies: tuple[str, ...]
    unparsed: tuple[str, ...]
    failed: tuple[str, ...]


def judged(answers: Sequence[Answer], n: int) -> Judged:
    """The votes on one response to n constraints."""
    lists, unparsed, failed, replies = [], [], [], []
    for answer in answers:
        if not isinstance(answer, Completion):
            failed.append(str(answer))
            replies.append(f"no reply: {answer}")
            continue
        replies.append(answer.text)
        verdicts = parse_list(answer.text, n)
        if isinstance(verdicts, Unparsed):
            unparsed.append(verdicts.reason)
        else:
            lists.append(verdicts)
    satisfied, reasons = [], []
    for at in range(n):
        votes = Counter(verdicts[at] for verdicts in lists)
        yes, no = votes[True], votes[False]
        satisfied.append(None if yes == no else yes > no)
        told = f"judge: {yes} YES, {no} NO" if len(answers) > 1 else f"judge: {'YES' if yes else 'NO' if no else '?'}"
        rest = [*unparsed, *failed] + ["neither YES nor NO"] * votes[None]
        reasons.append(f"{told} on constraint {at + 1} of {n}" + (f" ({'; '.join(rest)})" if rest else ""))
    return Judged(tuple(satisfied), tuple(reasons), tuple(replies), tuple(unparsed), tuple(failed))
