"""SFT rows of STaR (arXiv 2203.14465): one greedy rationale for each problem and, where it is wrong, one more with a hint.

The hint is the gold answer. Right rationales are kept, always under the prompt without the hint. The paper prompts with
worked examples; this asks instruct models, without any. Train from the original base each round, on this round's rows alone.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence

from spar_data.models import Message, Request, fill
from spar_data.selfplay.gold.answers import answer_text
from spar_data.selfplay.gold.attempts import Attempt
from spar_data.selfplay.gold.config import GoldConfig
from spar_data.selfplay.gold.gold_recipe import GoldRecipe
from spar_data.selfplay.gold.problems import Problem, solved_dialogue
from spar_data.selfplay.records import Dialogue

NAME = "star"
_HINT = """\
{prompt}

(Hint: the right answer is {answer}. Explain how to get there as if you had found it yourself, without mentioning the hint.)"""
_TELLS = re.compile(
    r"\b(?:hint|(?:given|provided|stated|known|supplied) (?:that )?(?:the )?(?:(?:right|correct|final) )?answer"
    r"|answer (?:is|was|we were|you) (?:given|provided|told|gave|stated))\b",
    re.IGNORECASE,
)


def hint_request(problem: Problem, first: Attempt, config: GoldConfig) -> Request | None:
    """The problem with its gold answer, if the first attempt is wrong, has no answer, was cut off or is empty.

    A call that failed for another reason is repeated without a hint when the command runs again.
    """
    if first.verdict not in ("wrong", "no answer") and first.detail not in ("length", "empty"):
        return None
    answer = answer_text(problem.gold.answer)
    if problem.gold.options:
        answer += f") {dict(problem.gold.options)[answer]}"
    text = fill(_HINT, prompt=problem.prompt, answer=answer)
    return Request((Message("user", text),), 0.0, config.max_tokens)


def rationales_of(
    problem: Problem, samples: Sequence[Attempt], config: GoldConfig, counts: Counter[str]
) -> list[Dialogue]:
    """The first attempt if it is right, else the attempt with the hint, if it was made and is right.

    A rationale that mentions the hint is dropped, because the prompt that it is trained with has none.
    """
    first, *hinted = samples
    if first.verdict == "right":
        counts["right at once"] += 1
        return [solved_dialogue(NAME, problem, first.text, ["direct"])]
    if not hinted:
        counts["failed calls"] += 1
        return []
    second = hinted[0]
    if second.verdict != "right":
        detail = f" ({second.detail})" if second.answer is None else ""
        counts[f"{second.verdict} with the hint{detail}"] += 1
        return []
    if _TELLS.search(second.text):
        counts["right with the hint, but speaks of it"] += 1
        return []
    counts["right with the hint"] += 1
    return [solved_dialogue(NAME, problem, second.text, ["hint"])]


RECIPE = GoldRecipe(
    name=NAME,
    kind=Dialogue,
    samples=1,
    temperature=0.0,
    rows=rationales_of,
    phase="solve",
    hint=hint_request,
    from_base=True,
)
