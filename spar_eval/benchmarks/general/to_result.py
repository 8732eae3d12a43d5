"""What lm-evaluation-harness returns, as a Result: its values and standard errors, and every reply with its verdicts."""

from __future__ import annotations

import hashlib
import json
import math
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator, Sequence
from typing import Any, NamedTuple

from spar_data.core.intervals import Estimate, Z, wilson
from spar_eval.results import Check, Item, Result, Table

_INVALID = "[invalid]"  # what the harness's regex filters return where nothing matches
_NOTHING = "LMEVAL_MODEL_NONE_ANSWER_PLACEHOLDER"  # the variable that names its text for a reply without content


class Lengths(NamedTuple):
    """tokens: a text's tokens, by the model's own tokenizer; most: of a reply, where the task does not say."""

    tokens: Callable[[str], Sequence[int]]
    most: int


def fold(
    output: dict[str, Any],
    chosen: Sequence[str],
    model: str,
    signature: Sequence[str],
    settings: dict[str, Any],
    lengths: Lengths | None,
) -> Result:
    """output: of simple_evaluate, with samples. chosen: tasks and groups in the order asked for. signature: what decides
    the scores beside tasks and data. lengths: to see which replies were cut off; None where that cannot be known."""
    counts: Counter[str] = Counter()
    notes: list[str] = []
    items: list[Item] = []
    binary: dict[tuple[str, str], list[bool]] = {}
    for task, samples in output["samples"].items():
        items += _items(task, samples, lengths, counts)
        for key, values in _values(samples).items():
            if all(value in (0, 1) for value in values):
                binary[task, key] = [bool(value) for value in values]
        notes += _not_found(task, samples, counts)
    scores: list[Estimate] = []
    tables: list[Table] = []
    for name in chosen:
        rows = list(_scores(output, name, binary))
        below = [each for leaf in _leaves(output, name) for each in _scores(output, leaf, binary)]
        if not rows:
            scores += below
            continue
        scores += rows
        if name in output.get("group_subtasks", {}) and below:
            tables.append(Table(f"{name}, by task", tuple(below)))
    if lengths is None:
        notes.append("lm-eval does not tell which replies of a server were cut off at the limit of tokens")
    limit = [f"{name}: {n['effective']:,} of {n['original']:,}" for name, n in output["n-samples"].items()
             if n["effective"] < n["original"]]  # fmt: skip
    if limit:
        more = f" and {len(limit) - 4:,} more" if len(limit) > 4 else ""
        notes.append(f"the first items only: {', '.join(limit[:4])}{more}")
    tasks = [_task_signature(output, name) for name in chosen]
    return Result(
        task="general",
        model=model,
        signature="|".join(["general", *tasks, f"data:{_digest(output['samples'])}", f"model:{model}", *signature]),
        scores=tuple(scores),
        items=tuple(items),
        tables=tuple(tables),
        counts={name: count for name, count in counts.items() if count},
        notes=tuple(notes),
        settings=settings,
    )


def _scores(output: dict[str, Any], name: str, binary: dict[tuple[str, str], list[bool]]) -> Iterator[Estimate]:
    """Every metric and filter of a task or group. The interval is Wilson's for verdicts of single items, else normal."""
    row = output["results"].get(name) or output.get("groups", {}).get(name) or {}
    n = sum(output["n-samples"][leaf]["effective"] for leaf in _leaves(output, name))
    for key, value in row.items():
        metric, comma, kept = key.partition(",")
        if not comma or metric.endswith("_stderr") or not isinstance(value, int | float):
            continue
        value, title = float(value), f"{name} {_title(key)}"
        told = row.get(f"{metric}_stderr,{kept}")
        stderr = float(told) if isinstance(told, int | float) else math.nan
        unit = "%" if 0 <= value <= 1 else ""
        verdicts = binary.get((name, key))
        if verdicts and math.isclose(sum(verdicts) / len(verdicts), value, abs_tol=1e-9):
            interval = wilson(title, sum(verdicts), len(verdicts))
            yield Estimate(
                title, value, len(verdicts), interval.low, interval.high, stderr, "Wilson; stderr of lm-eval"
            )
        elif math.isnan(stderr):
            yield Estimate.without_interval(title, value, n, "lm-eval gives no stderr", unit)
        else:
            low, high = value - Z * stderr, value + Z * stderr
            if unit == "%":
                low, high = max(0.0, low), min(1.0, high)
            yield Estimate(title, value, n, low, high, stderr, "normal, stderr of lm-eval", unit)


def _items(
    task: str, samples: Sequence[dict[str, Any]], lengths: Lengths | None, counts: Counter[str]
) -> Iterator[Item]:
    """One item a document; the harness has one sample for each document and filter."""
    by_document: defaultdict[int, list[dict[str, Any]]] = defaultdict(list)
    for sample in samples:
        by_document[sample["doc_id"]].append(sample)
    for document, own in sorted(by_document.items()):
        first = own[0]
        prompt, response, more = _reply(first)
        problem = "" if response.strip() else "empty"
        if problem:
            counts[problem] += 1
        if lengths and _cut(first, response, lengths):  # the harness scores what there is, and so may find an answer
            counts["cut off"] += 1
            more["cut off"] = True
        verdicts: dict[str, bool | None] = {
            _title(key): bool(values[0]) for key, values in _values(own).items() if values[0] in (0, 1)
        }
        others = {_title(key): values[0] for key, values in _values(own).items() if values[0] not in (0, 1)}
        detail = {
            "target": first["target"],
            "filtered": {each["filter"]: each["filtered_resps"] for each in own},
            **more,
        }
        if others:
            detail["metrics"] = others
        checks = (Check(task, verdicts, _reason(own, response, more.get("likelihoods"))),) if verdicts else ()
        yield Item(f"{task}/{document}", prompt, response, checks, 0, task, problem, _plain(detail))


def _reply(sample: dict[str, Any]) -> tuple[str, str, dict[str, Any]]:
    """Prompt, response, and what else there is: the other responses, or the log-likelihoods of given answers."""
    context = sample["arguments"][0][0]
    prompt = str(getattr(context, "prompt", context))
    replies = sample["resps"][0]
    if isinstance(replies[0], str):
        text = "" if replies[0] == _placeholder() else replies[0]
        return prompt, text, {"responses": replies} if len(replies) > 1 else {}
    likelihoods = [each[0][0] if isinstance(each[0], list | tuple) else each[0] for each in sample["resps"]]
    answers = [str(arguments[1]) if len(arguments) > 1 else "" for arguments in sample["arguments"]]
    best = max(range(len(likelihoods)), key=likelihoods.__getitem__)
    return prompt, answers[best].strip(), {"likelihoods": dict(zip(answers, likelihoods, strict=True))}


def _cut(sample: dict[str, Any], response: str, lengths: Lengths) -> bool:
    """As many tokens as were allowed. The text is tokenised again, which may come out one token shorter."""
    given = sample["arguments"][0][1] if len(sample["arguments"][0]) > 1 else None
    if not isinstance(given, dict):
        return False
    return len(lengths.tokens(response)) >= given.get("max_gen_toks", lengths.most) - 1


def _not_found(task: str, samples: Sequence[dict[str, Any]], counts: Counter[str]) -> Iterator[str]:
    """Replies in which a filter finds no answer: counted, with the score under the other rule."""
    for kept in dict.fromkeys(sample["filter"] for sample in samples):
        own = [sample for sample in samples if sample["filter"] == kept]
        found = [sample for sample in own if _INVALID not in map(str, sample["filtered_resps"])]
        if len(found) == len(own):
            continue
        counts[f"no answer found ({task}, {kept})"] = len(own) - len(found)
        metric = own[0]["metrics"][0]
        without = f"{sum(sample[metric] for sample in found):g} of {len(found):,}" if found else "no reply is left"
        yield (
            f"{task}, {kept}: {len(own) - len(found):,} of {len(own):,} replies hold no answer that the filter finds; they "
            f"count as wrong. Without them {metric}: {without}"
        )


def _values(samples: Sequence[dict[str, Any]]) -> dict[str, list[Any]]:
    """By 'metric,filter' the values of the samples that are numbers."""
    found: defaultdict[str, list[Any]] = defaultdict(list)
    for sample in samples:
        for metric in sample["metrics"]:
            if isinstance(sample.get(metric), int | float):
                found[f"{metric},{sample['filter']}"].append(sample[metric])
    return found


def _reason(own: Sequence[dict[str, Any]], response: str, likelihoods: dict[str, float] | None) -> str:
    target = own[0]["target"]
    if likelihoods is not None:
        answers = [each.strip() for each in likelihoods]
        known = isinstance(target, int) and 0 <= target < len(answers)
        return f"chose {_short(response)}; expected {_short(answers[target] if known else target)}"
    found = [(each["filter"], _short(each["filtered_resps"][0] if each["filtered_resps"] else "")) for each in own]
    told = ", ".join(text if kept == "none" else f"{text} by {kept}" for kept, text in found)
    return f"found {told}; expected {_short(target)}"


def _short(value: Any) -> str:
    text = " ".join(str(value).split())
    return text if len(text) <= 60 else f"...{text[-57:]}"


def _title(key: str) -> str:
    """'acc,none' -> 'acc', 'exact_match,strict-match' as it is."""
    return key.removesuffix(",none")


def _leaves(output: dict[str, Any], name: str) -> list[str]:
    below = output.get("group_subtasks", {}).get(name)
    if not below:
        return [name] if name in output["n-samples"] else []
    return [leaf for each in below for leaf in _leaves(output, each)]


def _task_signature(output: dict[str, Any], name: str) -> str:
    leaves = _leaves(output, name)
    versions = [output["versions"].get(each) for each in (name, *leaves)]
    version = next((each for each in versions if each is not None), "none")
    shots = sorted({output["n-shot"].get(leaf, 0) for leaf in leaves})
    row = output["results"].get(name) or output["results"].get(leaves[0], {})
    metrics = [key for key in row if "," in key and "_stderr," not in key]
    shown = f"{version:g}" if isinstance(version, int | float) else str(version)
    return f"{name}-v{shown}:{'/'.join(map(str, shots))}-shot:{'+'.join(_title(key) for key in metrics)}"


def _digest(samples: dict[str, Sequence[dict[str, Any]]]) -> str:
    """Of all documents that were asked, in order."""
    hashes = [f"{task}:{sample['doc_id']}:{sample['doc_hash']}" for task in sorted(samples) for sample in samples[task]]
    return hashlib.sha256("\n".join(dict.fromkeys(hashes)).encode()).hexdigest()[:12]


def _plain(value: Any) -> Any:
    return json.loads(json.dumps(value, default=str))


def _placeholder() -> str:
    try:
        from lm_eval.models import api_models
    except ImportError:
        return _NOTHING
    return str(getattr(api_models, _NOTHING, _NOTHING))
