"""The config of self-play: one field for each option of `spar-data selfplay`."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

from spar_data.core.config import Config, required, setting
from spar_data.core.errors import SparError
from spar_data.models import AnyModel
from spar_data.models.model_spec import RULES
from spar_data.selfplay.records import CHECKERS
from spar_data.selfplay.search.orders import ORDER_NAMES, SearchConfig

if TYPE_CHECKING:  # the command line imports this module for every --help: polars is loaded when a config is used
    from spar_data.selfplay.judge.judges import Judge
    from spar_data.selfplay.negatives import NegativesConfig
    from spar_data.selfplay.refine.refiners import Refiner


@dataclass(frozen=True)
class PlayConfig(Config):
    """Every value that a self-play run depends on. The defaults are the paper's or its authors'."""

    actor: AnyModel = required(
        "Model that responds to the prompts; `spar-data models` lists the kinds.", metavar="SPEC"
    )
    refiner: tuple[AnyModel, ...] = required(
        "Model that judges and refines. Use `rules` for the rule-based refiner; repeat the option to combine both.",
        metavar="SPEC",
    )
    judge: AnyModel | None = setting(
        None, "Model that judges, or `rules` for the checkers.  [default: the model that refines]", metavar="SPEC"
    )
    checkers: str = setting(
        "beside",
        "What the checkers count for beside a model judge. beside: nothing; also: one more vote; veto: their No is final.",
        choices=CHECKERS,
    )
    samples: int = setting(5, "Responses to a prompt.", at_least=1)
    temperature: float = setting(0.9, "Temperature of responses.", at_least=0, at_most=2)
    top_p: float = setting(0.9, "top_p of responses.", above=0, at_most=1)
    max_tokens: int = setting(2048, "Tokens of a response, and of a judgement, at most.", at_least=1)
    system: str = setting("", "System prompt of the actor.")
    votes: int = setting(5, "Judgements of a response, at temperature 0.7.", at_least=1)
    min_valid: int = setting(0, "Valid votes that a verdict needs.", at_least=0, shown="more than half")
    tie_rounds: int = setting(2, "How often a tie is judged again.", at_least=0)
    negatives_per_prompt: int = setting(1, "Failing responses of a prompt that are refined, at most.", at_least=1)
    search: str = setting("bfs", "Order of the search.", choices=ORDER_NAMES)
    no_search: bool = setting(False, "Stop after the negatives.")
    branch: int = setting(3, "Children of a node; for best-of-n the n.", at_least=1)
    beam: int = setting(2, "Nodes that are expanded per level (bfs) or family (dfs).", at_least=1)
    depth: int = setting(3, "Depth of a tree.", at_least=1)
    nodes: int = setting(0, "Refinements of a tree at most.", at_least=0, shown="no limit")
    tree_tokens: int = setting(0, "Completion tokens of a tree.", at_least=0, shown="no limit")
    early_stop: bool = setting(False, "Make children one by one and stop at the first success.")
    refine_tokens: int = setting(3072, "Tokens of a refinement at most.", at_least=1)
    verifiable: bool = setting(False, "Use only prompts all of whose constraints a program can check wholly.")
    seed: int = setting(0, "Seed of the choice among judgements and negatives.")

    def __post_init__(self) -> None:
        super().__post_init__()
        if self.actor == RULES:
            raise SparError("actor rules: rules cannot respond to prompts; a model is expected (`spar-data models`)")
        assert self.judging  # raises for a judge that cannot be
        if not self.no_search:
            from spar_data.selfplay.search.many_trees import check_children

            check_children(self.refining, self.tree)

    @cached_property
    def refining(self) -> Refiner:
        """The refiner: a model, the rules, or both."""
        from spar_data.selfplay.refine.refiners import refiner_of

        return refiner_of(self.refiner, 0.7, max_tokens=self.refine_tokens)

    @cached_property
    def judging(self) -> Judge:
        """The judge: a model that votes, or the checkers."""
        from spar_data.selfplay.judge.judges import judge_of
        from spar_data.selfplay.judge.votes import VoteRule

        model = self.judge or self.refining.model or RULES
        return judge_of(model, VoteRule(self.votes, self.min_valid, self.checkers), max_tokens=self.max_tokens)

    @property
    def negatives(self) -> NegativesConfig:
        """How failing responses are collected."""
        from spar_data.models.sampling import Sampling
        from spar_data.selfplay.negatives import NegativesConfig

        sampling = Sampling(self.samples, self.temperature, self.top_p, self.max_tokens, self.system)
        return NegativesConfig(sampling, self.tie_rounds, self.negatives_per_prompt, self.seed)

    @property
    def tree(self) -> SearchConfig:
        """How each tree is searched."""
        return SearchConfig(
            self.search, self.branch, self.branch, self.beam, self.depth, nodes=self.nodes, tokens=self.tree_tokens,
            early_stop=self.early_stop, rounds=self.tie_rounds + 1, seed=self.seed,
        )  # fmt: skip

    @property
    def needs_constraints(self) -> bool:
        """Whether rules or checkers take part."""
        return self.judging.model is None or RULES in self.refiner or self.checkers != "beside"
