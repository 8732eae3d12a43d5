"""Puts a FollowBench result together: scores, tables, counts, notes and signature."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from spar_data import __version__
from spar_data.core import templates
from spar_eval.benchmarks.followbench.config import CATEGORIES, FollowBenchConfig
from spar_eval.benchmarks.followbench.data import FollowBenchData
from spar_eval.benchmarks.followbench.judging import PROMPT_VERSION
from spar_eval.benchmarks.followbench.scores import FollowBenchScores, ResponseVerdict
from spar_eval.results import Check, Item, Result, Table


def assemble(
    data: FollowBenchData,
    verdicts: Sequence[ResponseVerdict],
    model: str,
    judge: str,
    config: FollowBenchConfig,
    decoding: str,
    counts: Counter[str],
    notes: Sequence[str] = (),
    official: Sequence[ResponseVerdict] | None = None,
) -> Result:
    """The result of verdicts on all scored prompts and samples.

    model, judge, decoding: as the signature has them; "none" if nobody judges. counts, notes: problems of responses and
    judgements. official: the verdicts by the repository's rules, shown next to those by the fixed rules.
    """
    scores = FollowBenchScores(data.groups, verdicts)
    headline, tables = scores.headline(), scores.tables()
    judged = [verdict for verdict in verdicts if verdict.by != "rule"]
    by_rules = len(verdicts) - len(judged)
    if judged and by_rules:
        ids = {verdict.prompt.group_id for verdict in judged}
        judged_scores = FollowBenchScores([group for group in data.groups if group.id in ids], judged)
        headline.append(judged_scores.soft(f"SSR, the {len(judged):,} judged rows only"))
    undecided = sum(None in verdict.satisfied for verdict in verdicts)
    if undecided:
        headline += FollowBenchScores(data.groups, verdicts, leave_out=True).headline(", undecided left out")
    if official is not None:
        before = FollowBenchScores(data.groups, official).headline(", official rules")
        pairs = zip(before, scores.headline(", fixed rules"), strict=True)
        both = Table("the repository's rules, and the fixed ones", tuple(score for pair in pairs for score in pair))
        tables = (both, *tables)
    notes_on_scores = templates.render_lines(
        "followbench_notes.txt.jinja",
        "spar_eval",
        checker=config.checker,
        by_rules=by_rules,
        judged=len(judged),
        undecided=undecided,
    )
    return Result(
        task="followbench",
        model=model,
        signature=_signature(data, verdicts, model, judge, config, decoding),
        scores=tuple(headline),
        items=tuple(map(_item, verdicts)),
        tables=tables,
        counts=_count(counts, data, verdicts),
        notes=(*data.notes, *notes_on_scores, *notes),
        settings={"judge": judge, "votes": config.votes, "checker": config.checker, "decoding": decoding},
    )


def _count(counts: Counter[str], data: FollowBenchData, verdicts: Sequence[ResponseVerdict]) -> dict[str, int]:
    counts = counts + Counter()
    counts["responses without verdict by the judge"] = sum(None in verdict.satisfied for verdict in verdicts)
    counts["undecided constraints"] = sum(verdict.satisfied.count(None) for verdict in verdicts)
    counts["groups with missing levels"] = sum(not group.complete for group in data.groups)
    problems = (verdict.response.problem for verdict in verdicts)
    counts.update(f"no response: {problem.partition(':')[0]}" for problem in problems if problem)
    return {name: count for name, count in counts.items() if count}


def _item(verdict: ResponseVerdict) -> Item:
    prompt = verdict.prompt
    checks = tuple(
        Check(prompt.category, {"satisfied": satisfied}, reason)
        for satisfied, reason in zip(verdict.satisfied, verdict.reasons, strict=True)
    )
    detail: dict[str, object] = {"level": prompt.level, "source": prompt.source, "scored by": verdict.by}
    if verdict.judgements:
        detail["judge"] = list(verdict.judgements)
    if verdict.response.thinking:
        detail["thinking"] = verdict.response.thinking
    return Item(
        prompt.id, prompt.instruction, verdict.response.text, checks, verdict.sample, prompt.category, verdict.response.problem,
        detail, prompt.group_id,
    )  # fmt: skip


def _signature(
    data: FollowBenchData, verdicts: Sequence[ResponseVerdict], model: str, judge: str, config: FollowBenchConfig,
    decoding: str,
) -> str:  # fmt: skip
    categories = [category for category in CATEGORIES if any(group.category == category for group in data.groups)]
    content = "all" if len(categories) == len(CATEGORIES) else "+".join(categories)
    samples = 1 + max((verdict.sample for verdict in verdicts), default=0)
    size = f"{len(data.prompts)}/{len(data.groups)}" + (f"x{samples}" if samples > 1 else "")
    judging = "" if judge == "none" else f"|votes:{config.votes}|prompt:{PROMPT_VERSION}|undecided:no"
    return (
        f"followbench|data:{content},{data.digest}|n:{size}|checker:{config.checker}|model:{model}|decoding:{decoding}|"
        f"judge:{judge}{judging}|mean:category,level|spar-suite-{__version__}"
    )
