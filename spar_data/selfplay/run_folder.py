"""The folder of a self-play run: run.json, and the rows of samples.parquet and trees.parquet."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.core.records import Constraint
from spar_data.core.run_folder import Facts, read_facts
from spar_data.selfplay.judge.votes import VoteRule
from spar_data.selfplay.records import Node, Sample
from spar_data.selfplay.stored_rows import read_records
from spar_data.sources.release_prompts import holds_constraints, read_prompts

_SEED = 42  # if run.json names none


@dataclass(frozen=True)
class PlayFacts:
    """What run.json says about a run, with defaults for what it leaves out.

    settings   as they stand in the file; phases: tokens and money of each phase.
    prompts    the file that the prompts came from, and prompts_sha256 its hash.
    system     the system prompt that the actor responded under.
    rule       how the judge's votes were counted; None if it is not known.
    judge, refiner   names of models, or rules.
    rules_first      whether the rules refined beside a model.
    checkers   also or veto if the checkers voted beside a model, else "".
    """

    settings: Facts = field(default_factory=dict)
    phases: Facts = field(default_factory=dict)
    prompts: Path = Path()
    prompts_sha256: str = ""
    seed: int = _SEED
    system: str = ""
    rule: VoteRule | None = None
    judge: str = ""
    refiner: str = ""
    rules_first: bool = False
    checkers: str = ""


def read_play_facts(folder: Path) -> PlayFacts:
    """Reads run.json; an empty record if there is none. Raises SparError for a file that is not readable."""
    file = folder / "run.json"
    facts = (read_facts(folder, file.name) or {}) if file.is_file() else {}
    for name in ("settings", "source", "phases"):
        if not isinstance(facts.get(name) or {}, dict):
            raise SparError(f"{file}: '{name}' should be an object. Run `spar-data selfplay` again")
    settings, source = _section(facts, "settings"), _section(facts, "source")
    judge, search = _section(settings, "judge"), _section(settings, "search")
    votes, min_valid = judge.get("votes"), settings.get("min_valid", 0)
    seed = facts.get("seed", settings.get("seed"))
    return PlayFacts(
        settings=settings,
        phases=_section(facts, "phases"),
        prompts=Path(_text(source, "path")),
        prompts_sha256=_text(source, "sha256"),
        seed=seed if isinstance(seed, int) else _SEED,
        system=_text(_section(settings, "sampling"), "system"),
        rule=VoteRule(votes, min_valid) if isinstance(votes, int) and isinstance(min_valid, int) else None,
        judge=_text(judge, "name") or _text(settings, "judge"),
        refiner=_text(_section(search, "refiner"), "name"),
        rules_first=bool(search.get("rules_first")),
        checkers=_text(settings, "exact_vote"),
    )


def _section(facts: Mapping[str, JsonValue], name: str) -> Facts:
    value = facts.get(name)
    return value if isinstance(value, dict) else {}


def _text(facts: Mapping[str, JsonValue], name: str) -> str:
    value = facts.get(name)
    return value if isinstance(value, str) else ""


@dataclass(frozen=True)
class PlayFolder:
    """The folder of a run. Samples and nodes are read on demand."""

    path: Path
    facts: PlayFacts

    def samples(self, replies: bool = False) -> list[Sample]:
        """Every response with its votes. replies: with all that the judge said, which most recipes do not need."""
        return read_records(self.path / "samples.parquet", Sample, replies)

    def nodes(self, replies: bool = False) -> list[Node]:
        """Every node of every tree. Raises SparError if no trees were grown."""
        if not self.has_trees:
            raise SparError(
                f"{self.path} holds no trees.parquet: `spar-data selfplay` grows the trees; recipes that go by samples "
                "alone (direct, self-rewarding, meta-rewarding, spin, rft) need none"
            )
        return read_records(self.path / "trees.parquet", Node, replies)

    @property
    def has_trees(self) -> bool:
        return (self.path / "trees.parquet").is_file()

    def constraints(self) -> dict[str, tuple[Constraint, ...]]:
        """Constraints by prompt id, from the prompts that run.json names; {} if they are not there any more."""
        file = self.facts.prompts
        prompts = read_prompts(file) if holds_constraints(file) else []
        return {prompt.id: prompt.constraints for prompt in prompts if prompt.constraints}


def open_folder(path: Path) -> PlayFolder:
    """Raises SparError for a folder that is no self-play run."""
    if not (path / "samples.parquet").is_file():
        raise SparError(
            f"{path} is no self-play run: it has no samples.parquet. `spar-data selfplay` makes one from prompts"
        )
    return PlayFolder(path, read_play_facts(path))
