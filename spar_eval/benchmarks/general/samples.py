"""Items of a Result from the samples that lm-evaluation-harness returns: one for each document and filter."""

from __future__ import annotations

import json
import os
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple, TypeAlias

from spar_eval.results import Check, Item

Sample: TypeAlias = Mapping[str, Any]
"""A row of `output["samples"][task]` as simple_evaluate gives it."""

_INVALID = "[invalid]"  # what the harness's regex filters return where nothing matches
_NOTHING = "LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER"  # the variable with its text for a reply without content; default ""


class Lengths(NamedTuple):
    """tokens: the tokens of a text, by the model's own tokenizer. limit: tokens of a reply, if the task does not say."""

    tokens: Callable[[str], Sequence[int]]
    limit: int


class Reply(NamedTuple):
    """What a model was asked and what it said. detail: "likelihoods", the log-likelihood of each answer, or "responses"."""

    prompt: str
    text: str
    detail: dict[str, Any]


def items_of(task: str, samples: Sequence[Sample], lengths: Lengths | None, counts: Counter[str]) -> Iterator[Item]:
    """One item a document. Counts empty and cut-off replies; the harness scores what there is of the latter."""
    by_document: defaultdict[int, list[Sample]] = defaultdict(list)
    for sample in samples:
        by_document[sample["doc_id"]].append(sample)
    for document, filtered in sorted(by_document.items()):
        first = filtered[0]
        reply = _reply(first)
        problem = "" if reply.text.strip() else "empty"
        if problem:
            counts[problem] += 1
        values = {title(key): numbers[0] for key, numbers in metric_values(filtered).items()}
        verdicts: dict[str, bool | None] = {key: bool(value) for key, value in values.items() if value in (0, 1)}
        detail = {
            "target": first["target"],
            "filtered": {sample["filter"]: sample["filtered_resps"] for sample in filtered},
            **reply.detail,
        }
        if lengths and _is_cut_off(first, reply.text, lengths):
            counts["cut off"] += 1
            detail["cut off"] = True
        if others := {key: value for key, value in values.items() if value not in (0, 1)}:
            detail["metrics"] = others
        checks = (Check(task, verdicts, _reason(filtered, reply)),) if verdicts else ()
        plain = json.loads(json.dumps(detail, default=str))
        yield Item(f"{task}/{document}", reply.prompt, reply.text, checks, 0, task, problem, plain)


def notes_on_filters(task: str, samples: Sequence[Sample], counts: Counter[str]) -> Iterator[str]:
    """Counts replies in which a filter finds no answer, with the score without them."""
    for name in dict.fromkeys(sample["filter"] for sample in samples):
        filtered = [sample for sample in samples if sample["filter"] == name]
        valid = [sample for sample in filtered if _INVALID not in map(str, sample["filtered_resps"])]
        invalid = len(filtered) - len(valid)
        if not invalid:
            continue
        counts[f"no answer found ({task}, {name})"] = invalid
        metric = filtered[0]["metrics"][0]
        rest = f"{sum(sample[metric] for sample in valid):g} of {len(valid):,}" if valid else "no reply is left"
        yield (
            f"{task}, {name}: {invalid:,} of {len(filtered):,} replies hold no answer that the filter finds; they count as "
            f"wrong. Without them {metric}: {rest}"
        )


def metric_values(samples: Sequence[Sample]) -> dict[str, list[float]]:
    """The numbers of the samples by 'metric,filter'."""
    values: defaultdict[str, list[float]] = defaultdict(list)
    for sample in samples:
        for metric in sample["metrics"]:
            if isinstance(sample.get(metric), int | float):
                values[f"{metric},{sample['filter']}"].append(sample[metric])
    return values


def title(key: str) -> str:
    """'acc,none' -> 'acc'; 'exact_match,strict-match' stays."""
    return key.removesuffix(",none")


def _reply(sample: Sample) -> Reply:
    context = sample["arguments"][0][0]
    prompt = str(getattr(context, "prompt", context))
    replies = sample["resps"][0]
    if isinstance(replies[0], str):
        text = "" if replies[0] == os.environ.get(_NOTHING) else replies[0]
        return Reply(prompt, text, {"responses": replies} if len(replies) > 1 else {})
    likelihoods = [resps[0][0] if isinstance(resps[0], list | tuple) else resps[0] for resps in sample["resps"]]
    answers = [str(arguments[1]) if len(arguments) > 1 else "" for arguments in sample["arguments"]]
    likeliest = max(range(len(likelihoods)), key=likelihoods.__getitem__)
    by_answer = dict(zip(answers, likelihoods, strict=True))
    return Reply(prompt, answers[likeliest].strip(), {"likelihoods": by_answer})


def _is_cut_off(sample: Sample, response: str, lengths: Lengths) -> bool:
    """Whether a reply has as many tokens as were allowed. Tokenising it again may give one token less."""
    options = sample["arguments"][0][1] if len(sample["arguments"][0]) > 1 else None
    if not isinstance(options, dict):
        return False
    return len(lengths.tokens(response)) >= options.get("max_gen_toks", lengths.limit) - 1


def _reason(filtered: Sequence[Sample], reply: Reply) -> str:
    target = filtered[0]["target"]
    if "likelihoods" in reply.detail:
        answers = [answer.strip() for answer in reply.detail["likelihoods"]]
        is_index = isinstance(target, int) and 0 <= target < len(answers)
        return f"chose {_short(reply.text)}; expected {_short(answers[target] if is_index else target)}"
    texts = []
    for sample in filtered:
        text = _short(sample["filtered_resps"][0] if sample["filtered_resps"] else "")
        texts.append(text if sample["filter"] == "none" else f"{text} by {sample['filter']}")
    return f"found {', '.join(texts)}; expected {_short(target)}"


def _short(value: object) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"...{text[-57:]}"
