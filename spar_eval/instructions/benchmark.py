"""A benchmark whose instructions code can verify, and the Result of one."""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from itertools import chain

from spar_data import __version__
from spar_data.core.errors import SparError, nearest
from spar_data.models.sampling import Sampling
from spar_data.sources.json_rows import RowSource, locate
from spar_eval.instructions import accuracy
from spar_eval.instructions.config import InstructionConfig
from spar_eval.instructions.prompts import BenchmarkPrompt, Validate, digest, load_prompts
from spar_eval.instructions.score import Checker
from spar_eval.responses import ResponseSet
from spar_eval.results import Item, Result, Table

FIXED = " (fixed)"
"""The suffix of the metrics of repaired checkers."""


@dataclass(frozen=True)
class Benchmark:
    """Prompts with instructions that code can verify, and their checkers.

    task         name in commands, results and folders.
    check        the verdict on a response.
    validate     cleans the parameters of an instruction.
    versions     names the checkers and the libraries that decide verdicts, for the signature.
    files, hub   where the prompts are: names of a file, and the dataset on the Hub.
    notes        what a reader of scores on these prompts has to know.
    releases     names of known releases of the prompts, by `digest`.
    checker      name of the checkers in the signature.
    repairs      names of defects of the checkers that `repair` can mend.
    repair       gives checkers with these defects repaired.
    """

    task: str
    check: Checker
    validate: Validate
    versions: Callable[[], str]
    files: tuple[str, ...] = ()
    hub: str = ""
    notes: Callable[[Sequence[BenchmarkPrompt]], list[str]] = lambda prompts: []
    releases: Mapping[str, str] = dataclasses.field(default_factory=dict)
    checker: str = "official"
    repairs: Sequence[str] = ()
    repair: Callable[[tuple[str, ...]], Checker] | None = None

    @property
    def source(self) -> str:
        """Where its own prompts are: a local file, or the name on the Hub."""
        return locate(self.files, self.hub)

    def load(self, data: RowSource) -> list[BenchmarkPrompt]:
        """The prompts in `data`. Raises SparError as `load_prompts` does."""
        return load_prompts(data, self.validate)

    def repaired(self, config: InstructionConfig) -> tuple[str, ...]:
        """The repairs that a config asks for. Raises SparError for an unknown one."""
        for name in config.fixes:
            if name not in self.repairs:
                raise SparError(f"--fix {name}: no such repair.{nearest(name, self.repairs)}")
        return config.fixes or (tuple(self.repairs) if config.checker == "fixed" else ())

    def checkers(self, repaired: tuple[str, ...] = ()) -> dict[str, Checker]:
        """The checkers by the suffix of their metrics: the official ones and, if there are repairs, the repaired ones."""
        return {"": self.check, **({FIXED: self.repair(repaired)} if self.repair and repaired else {})}


def package_versions(*packages: str) -> str:
    """Names the installed versions for a signature: "nltk 3.10.4,emoji not installed"."""
    versions = dict.fromkeys(packages, "not installed")
    for package in packages:
        with suppress(PackageNotFoundError):
            versions[package] = version(package)
    return ",".join(f"{package} {number}" for package, number in versions.items())


def decoding(sampling: Sampling | None) -> str:
    """'greedy, max_tokens 2048', or that the responses came from a file."""
    if sampling is None:
        return "responses from a file"
    method = "greedy" if sampling.temperature == 0 else f"T {sampling.temperature:g}, top_p {sampling.top_p:g}"
    system = ", system prompt" if sampling.system else ""
    return f"{method}, max_tokens {sampling.max_tokens}{system}"


def assemble(
    benchmark: Benchmark,
    model: str,
    prompts: Sequence[BenchmarkPrompt],
    responses: ResponseSet,
    items: Sequence[Item],
    sampling: Sampling | None,
    source: str,
    repaired: tuple[str, ...] = (),
) -> Result:
    """The Result of scored items. sampling: None for responses that were given. With repairs the headline is theirs."""
    samples = len(responses.samples[0])
    instructions = sum(len(prompt.instructions) for prompt in prompts)
    checker = benchmark.checker
    if repaired:
        checker = "fixed" if len(repaired) == len(benchmark.repairs) else f"fixed({','.join(repaired)})"
    signature = "|".join(
        (
            benchmark.task,
            f"data:{benchmark.releases.get(digest(prompts), f'{len(prompts)} prompts')},{digest(prompts)}",
            f"n:{len(prompts)}/{instructions}" + (f"x{samples}" if samples > 1 else ""),
            f"checker:{checker},{benchmark.versions()}",
            f"model:{model}",
            f"decoding:{decoding(sampling)}",
            f"spar-suite-{__version__}",
        )
    )
    scores = accuracy.headline(items)
    tables = accuracy.tables(items)
    if repaired:
        fixed = accuracy.headline(items, FIXED)
        both = Table("official checkers, and the fixed ones", tuple(chain(*zip(scores, fixed, strict=True))))
        tables = [both, *accuracy.tables(items, FIXED), *tables]
        scores = fixed
    if samples > 1:
        tables.insert(0, accuracy.pass_at(items, f"strict{FIXED if repaired else ''}"))
    counts = {**responses.counts, **accuracy.problems(items)}
    notes = [*benchmark.notes(prompts), *responses.notes]
    if counts.keys() - {"matched by place", "duplicate"}:
        notes.append(
            "a prompt without a usable response counts as failed in every score; what was cut off is not scored"
        )
    sampled = sampling and {field.name: getattr(sampling, field.name) for field in dataclasses.fields(Sampling)}
    settings = {"data": source, "checker": checker, "sampling": sampled}
    return Result(benchmark.task, model, signature, scores, tuple(items), tuple(tables), counts, tuple(notes), settings)
