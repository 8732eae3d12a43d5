"""Lets a model refine, and every judge judge what came out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from spar_data import __version__
from spar_data.core.errors import SparError
from spar_data.models import AnyModel, Limits, Request, Store, Tally, identify
from spar_data.models.estimate import CallPlan
from spar_data.models.model_spec import RULES
from spar_data.models.phases import Reports, Rounds
from spar_data.selfplay.judge.checkers import wholly
from spar_data.selfplay.judge.judges import Judge, JudgedResponse, Question, judge_all, judge_of
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.records import Votes
from spar_data.selfplay.refine.refiners import Case, ModelRefiner
from spar_data.selfplay.refine.similarity import similarity, word_similarity
from spar_data.selfplay.search.orders import SearchConfig, most_expansions, most_refinements
from spar_data.selfplay.search.refine import Refined, refine_all
from spar_eval.benchmarks.refinement import figures
from spar_eval.benchmarks.refinement.data import Data
from spar_eval.results import Check, Item, Result

SELF = "self"
TREES = ("bfs", "dfs", "best-first")
_UNKNOWN = JudgedResponse(
    Question("", ""), Votes([], [], "unknown", None, "no refinement; not every constraint is checkable", "")
)


@dataclass(frozen=True)
class Settings:
    """judges, guide: `self` (the refiner), `rules` or a model. The guide decides inside all decodings but greedy. samples: of
    best-of-n; depth: rounds of iterative, levels of a tree; branch, beam, nodes: of a tree (nodes: 0 = no limit)."""

    model: str
    judges: tuple[str, ...]
    decoding: str = "greedy"
    guide: str = SELF
    samples: int = 5
    depth: int = 3
    temperature: float = 0.0
    top_p: float = 1.0
    max_tokens: int = 3072
    votes: int = 5
    judge_temperature: float = 0.7
    judge_max_tokens: int = 2048
    branch: int = 3
    beam: int = 2
    nodes: int = 0

    @property
    def refiner(self) -> ModelRefiner:
        return ModelRefiner(self.model, self.temperature, self.top_p, self.max_tokens)

    def judge(self, name: str) -> Judge:
        spec = self.model if name == SELF else name
        return judge_of(spec, VoteRule(self.votes), self.judge_temperature, self.judge_max_tokens)

    @property
    def search(self) -> SearchConfig:
        """A tie of the guide stays one: whoever scores the result votes with further samples of the same request."""
        return SearchConfig(
            self.decoding, self.branch, self.samples, self.beam, self.depth, nodes=self.nodes, rounds=1,
            last_text=self.decoding in ("greedy", "iterative"),
        )  # fmt: skip

    @property
    def guided(self) -> bool:
        return self.decoding != "greedy"


def names(settings: Settings) -> dict[str, str]:
    """Judge as it is called in the report, to `self`, `rules` or spec; the same judge once. Raises SparError for a spec that
    is none."""
    found: dict[str, str] = {}
    seen: dict[str, str] = {}
    for judge in settings.judges:
        who = _identity(settings.judge(judge))
        name = judge if judge in (SELF, RULES) else identify(judge).name
        name = judge if name in found else name
        if seen.setdefault(who, name) == name:
            found[name] = judge
    return found


def check(data: Data, settings: Settings) -> None:
    """Raises SparError for what cannot be run."""
    judges = (*settings.judges, *([settings.guide] if settings.guided else []))
    if RULES in judges and not any(case.constraints for case in data.cases):
        raise SparError(
            "judge rules: no row has constraints: give them in the rows, or --prompts with a release's prompts"
        )
    identify(settings.model)
    names(settings)
    if settings.guided:
        _identity(settings.judge(settings.guide))


def _identity(judge: Judge) -> str:
    """What tells judges apart. Raises SparError for a spec that is none."""
    return identify(judge.model).key if judge.model else judge.name


def plans(data: Data, settings: Settings) -> Iterator[tuple[str, AnyModel, CallPlan]]:
    """What the run asks at most, in phases; answers that are stored are not taken off. The refined texts are not known yet:
    they are taken to be as long as the original ones."""
    refiner, guide, search = settings.refiner, settings.judge(settings.guide), settings.search
    expansions, judged = most_expansions(search), most_refinements(search)
    phase = f"refine, {expansions} rounds" if expansions > 1 and settings.decoding == "iterative" else "refine"
    samples = search.children
    yield (
        phase,
        settings.model,
        CallPlan.of(settings.model, [refiner.request(c, samples) for c in data.cases], expansions),
    )
    judged -= search.last_text  # the last text is not judged
    if settings.guided and judged and guide.model:
        yield "guide", guide.model, CallPlan.of(guide.model, _votes(data.cases, guide), judged)
    for name in names(settings).values():
        judge = settings.judge(name)
        if judge.model:
            asked = _votes(data.cases, judge, 2 if _fresh(judge, settings) else 1)
            yield "judge", judge.model, CallPlan.of(judge.model, asked, 1)


def _votes(cases: Sequence[Case], judge: Judge, rounds: int = 1) -> list[Request]:
    requests = (judge.request(Question(case.prompt, case.response, case.constraints), rounds) for case in cases)
    return [request for request in requests if request]


def run(
    data: Data, settings: Settings, store: Store, limits: Limits = Limits(), reports: Reports | None = None
) -> tuple[Result, list[tuple[str, Tally]]]:
    """The result, and what each round of questions took."""
    check(data, settings)
    rounds = Rounds(store, limits, reports) if reports else Rounds(store, limits)
    guide = settings.judge(settings.guide)
    refined = refine_all(data.cases, settings.refiner, guide, rounds, settings.search)
    judges = names(settings)
    verdicts = {name: _judge(name, judge, data.cases, refined, settings, rounds) for name, judge in judges.items()}
    items = [
        _item(name, case, found, {judge: each[at] for judge, each in verdicts.items()})
        for at, (name, case, found) in enumerate(zip(data.ids, data.cases, refined, strict=True))
    ]
    model = identify(settings.model).name
    result = Result(
        "refinement",
        settings.model,
        _signature(data, settings, model, list(judges)),
        tuple(figures.scores(items, list(judges))),
        tuple(items),
        tuple(figures.tables(items, list(judges))),
        {**data.counts, **figures.counts(items, list(judges))},
        tuple(_notes(items, settings, list(judges), rounds)),
        {**asdict(settings), "judges": list(settings.judges), "data": data.sha256},
    )
    return result, rounds.tallies


def _judge(
    name: str, judge: str, cases: Sequence[Case], refined: Sequence[Refined], settings: Settings, rounds: Rounds
) -> list[JudgedResponse | None]:
    """None where there is nothing to judge."""
    refined_at = [at for at, each in enumerate(refined) if each.text]
    questions = [Question(cases[at].prompt, refined[at].text, cases[at].constraints) for at in refined_at]
    how = settings.judge(judge)
    judged = judge_all(f"judge: {name}", questions, how, rounds, _fresh(how, settings))
    by_case: dict[int, JudgedResponse] = dict(zip(refined_at, judged, strict=True))
    if not how.model:  # what no program can tell is not counted, whether or not there is a refinement
        unknown = {at: _UNKNOWN for at, case in enumerate(cases) if not wholly(case.constraints)}
        by_case = unknown | by_case
    return [by_case.get(at) for at in range(len(cases))]


def _fresh(judge: Judge, settings: Settings) -> bool:
    """Whether this judge chose the texts by its own votes: then others have to score them."""
    guide = settings.judge(settings.guide)
    if not settings.guided or not judge.model or not guide.model:
        return False
    return identify(judge.model) == identify(guide.model)


def _item(name: str, case: Case, refined: Refined, verdicts: dict[str, JudgedResponse | None]) -> Item:
    checks = []
    judges: dict[str, Any] = {}
    for judge, verdict in verdicts.items():
        if verdict is None:
            checks.append(Check(judge, {"accurate": False}, f"no refinement: {refined.problem}"))
            judges[judge] = {"verdict": figures.NONE}
        else:
            checks.append(Check(judge, {"accurate": verdict.passed}, verdict.reason))
            votes = verdict.votes
            judges[judge] = {"verdict": votes.verdict, "value": votes.value, "votes": verdict.transcript}
    detail: dict[str, Any] = {"original": case.response, "judgement": case.judgement, "judges": judges}
    if refined.text:
        detail["similarity"] = {
            "characters": similarity(case.response.strip(), refined.text),
            "words": word_similarity(case.response, refined.text),
        }
    detail["steps"] = refined.steps
    return Item(name, case.prompt, refined.text, tuple(checks), problem=refined.problem, detail=detail)


def _notes(items: Sequence[Item], settings: Settings, judges: Sequence[str], rounds: Rounds) -> Iterator[str]:
    if rounds.stopped:
        yield f"incomplete: stopped by the {rounds.stopped}; the same command goes on from there"
    if any(item.problem for item in items):
        yield (
            "a refinement that failed, did not parse or changed nothing counts as not accurate, and so does a tie, an unparsed "
            "or a failed judgement; the table 'left out' is over the others"
        )
    elif any(figures.word(item, judge) in ("tie", "unparsed", "failed") for item in items for judge in judges):
        yield "a tie, an unparsed or a failed judgement counts as not accurate; the table 'left out' is over the others"
    for judge in judges:
        unknown = sum(figures.word(item, judge) == "unknown" for item in items)
        if unknown:
            yield f"{judge}: {unknown:,} items have constraints that no program can check wholly; they are not counted"
    if SELF in judges:
        yield "self: a refiner tends to accept what it wrote itself; the gap to another judge is part of the result"
    if any(_fresh(settings.judge(judge), settings) for judge in settings.judges):
        yield "a judge that also guided the decoding scores by votes of its own that the guide did not see"


def _signature(data: Data, settings: Settings, model: str, judges: Sequence[str]) -> str:
    request = settings.refiner.request(Case("{prompt}", "{response}", "{judgement}"))
    template = hashlib.sha256("\n".join(m.content for m in request.messages).encode()).hexdigest()[:8]
    guided = {"best-of-n": f"samples:{settings.samples}", "iterative": f"depth:{settings.depth}"}.get(settings.decoding)
    if settings.decoding in TREES:
        guided = f"branch:{settings.branch}|beam:{settings.beam}|depth:{settings.depth}|nodes:{settings.nodes}"
    parts = [
        "refinement", f"refiner:{model}", f"decoding:{settings.decoding}",
        *([guided, f"guide:{settings.guide}"] if guided else []),
        f"temperature:{settings.temperature:g}", f"top-p:{settings.top_p:g}", f"max-tokens:{settings.max_tokens}",
        f"judges:{','.join(judges)}", f"votes:{settings.votes}", f"judge-temperature:{settings.judge_temperature:g}",
        f"judge-max-tokens:{settings.judge_max_tokens}", "undecided:wrong", f"template:{template}",
        f"data:{data.sha256[:8]}", f"n:{len(data.cases)}", f"spar-suite-{__version__}",
    ]  # fmt: skip
    return "|".join(parts)
