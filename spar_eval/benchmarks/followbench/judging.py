"""The judge's request, the parsing of its reply, and the counting of votes.

As in the repository, the judge sees how the instruction grew, level by level, names the constraints that were added, and
ends with a list of YES and NO, one for each. The wording is ours; the form of the last line is the repository's.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from spar_data.core import templates
from spar_data.models import Answer, Completion, Message, Request, Unparsed
from spar_data.selfplay.judge.votes import majority
from spar_eval.benchmarks.followbench.data import LeveledPrompt, PromptGroup

PROMPT_VERSION = 1
TEMPERATURE = 0.7  # of several votes; a single one is greedy, as in the repository

_WORDS = {"YES": True, "NO": False, "PARTIAL": None, "MAYBE": None, "UNKNOWN": None, "N/A": None}
_MARKS = " \t\r\n'\"`*_‘’“”"
_LIST = re.compile(r"\[([^\[\]]*)\]")
_VERDICT = re.compile(r"\b(?:yes|no)\b", re.IGNORECASE)


def judge_request(
    group: PromptGroup, prompt: LeveledPrompt, answer: str, votes: int = 1, max_tokens: int = 1024
) -> Request:
    """Instructions and answer may contain braces and template words. max_tokens: the default is the repository's."""
    text = templates.render(
        "followbench_judge.txt.jinja",
        "spar_eval",
        category=prompt.category,
        prompts=[earlier for earlier in group.prompts if earlier.level <= prompt.level],
        n=prompt.level,
        answer=answer,
    ).removesuffix("\n")
    return Request((Message("user", text),), TEMPERATURE if votes > 1 else 0.0, max_tokens, n=votes)


def parse_list(reply: str, n: int) -> tuple[bool | None, ...] | Unparsed:
    """Parses the n verdicts of a reply. None for PARTIAL, MAYBE, UNKNOWN and N/A, which the repository takes for NO.

    The last list with a verdict in it counts, in upper or lower case, with or without quotes, on one line or several; judges
    quote the form before they decide. It must have n elements, all of them verdicts, and the text after it must not say yes
    or no again. Without such a list, a last line that consists of n verdicts separated by commas counts. Nothing is evaluated
    as code.
    """
    last: tuple[re.Match[str], list[str]] | None = None
    for match in _LIST.finditer(reply):
        words = _split(match[1])
        if any(word in _WORDS for word in words):
            last = match, words
    if last:
        match, words = last
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
class ListVotes:
    """The votes on one response.

    satisfied: by constraint; None if the votes come to no verdict. replies: texts of the judge. unparsed, failed: the reasons
    of replies without verdicts, and of calls without a reply.
    """

    satisfied: tuple[bool | None, ...]
    reasons: tuple[str, ...]
    replies: tuple[str, ...]
    unparsed: tuple[str, ...]
    failed: tuple[str, ...]


def count_lists(answers: Sequence[Answer], n: int) -> ListVotes:
    """Counts the votes on one response to n constraints, each constraint by the rule of `votes.majority`: more than half of
    the votes have to say YES or NO, and the majority decides."""
    failed = [str(answer) for answer in answers if not isinstance(answer, Completion)]
    replies = [answer.text if isinstance(answer, Completion) else f"no reply: {answer}" for answer in answers]
    parsed = [parse_list(answer.text, n) for answer in answers if isinstance(answer, Completion)]
    unparsed = [verdicts.reason for verdicts in parsed if isinstance(verdicts, Unparsed)]
    lists = [verdicts for verdicts in parsed if not isinstance(verdicts, Unparsed)]
    satisfied, reasons = [], []
    for position in range(n):
        words = [{True: "Yes", False: "No", None: "unparsed"}[verdicts[position]] for verdicts in lists]
        yes, no, open_votes = words.count("Yes"), words.count("No"), words.count("unparsed")
        words += ["unparsed"] * len(unparsed) + ["failed"] * len(failed)
        satisfied.append({"Yes": True, "No": False}.get(majority(words)[0]))
        votes = f"{yes} YES, {no} NO" if len(answers) > 1 else "YES" if yes else "NO" if no else "?"
        problems = "; ".join([*unparsed, *failed] + ["neither YES nor NO"] * open_votes)
        reasons.append(f"judge: {votes} on constraint {position + 1} of {n}{f' ({problems})' if problems else ''}")
    return ListVotes(tuple(satisfied), tuple(reasons), tuple(replies), tuple(unparsed), tuple(failed))
