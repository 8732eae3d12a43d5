"""The release of a self-play run: data/*.parquet, formats/, README.md, overview.png and, last, manifest.json."""

from __future__ import annotations

import dataclasses
import importlib.metadata
import json
import re
import shutil
from collections.abc import Iterable
from pathlib import Path

import spar_data
from spar_data.core.errors import SparError
from spar_data.core.files import sha256, write_json, write_text
from spar_data.models.model_spec import RULES
from spar_data.release.card import card
from spar_data.release.config import ReleaseConfig
from spar_data.release.load import Manifest
from spar_data.selfplay.pairs.make_pairs import Pairs
from spar_data.selfplay.pairs.recipes import RECIPES
from spar_data.selfplay.pairs.statistics import PairStatistics, statistics_table
from spar_data.selfplay.pairs.trainer_formats import write_formats
from spar_data.selfplay.release.picture import overview
from spar_data.selfplay.run_folder import PlayFacts

_NAME = re.compile(r"([A-Za-z0-9][\w.-]*?)(?:-(\d+\.\d+\.\d+))?", re.ASCII)
_CHECKERS = {"also": "one more vote", "veto": "their No decides"}
_EXAMPLE = 1260  # characters of a pair that is shown, at most


def write_release(pairs: Pairs, name: str, parent: Path, formats: Iterable[str], settings: ReleaseConfig) -> Path:
    """Writes `parent/NAME-VERSION` and returns it; an older folder of that name is replaced as a whole.

    name: with its version, "spar-mini-selfplay-1.0.0", or without one, which means 1.0.0. Nothing in the folder depends on
    the clock or the machine: equal runs with equal libraries give equal bytes. Raises SparError for an invalid name.
    """
    match = _NAME.fullmatch(name)
    if not match:
        raise SparError(f"--release {name!r}: letters, digits, '-', '_' and '.' are expected, e.g. my-selfplay-1.0.0")
    title, version = match[1], match[2] or "1.0.0"
    target = parent / f"{title}-{version}"
    work = parent / f".{target.name}.tmp"
    shutil.rmtree(work, ignore_errors=True)
    try:
        _write(pairs, title, version, work, list(dict.fromkeys(formats)), settings)
    except BaseException:
        shutil.rmtree(work, ignore_errors=True)
        raise
    shutil.rmtree(target, ignore_errors=True)
    work.rename(target)
    return target


def _write(pairs: Pairs, title: str, version: str, work: Path, formats: list[str], settings: ReleaseConfig) -> None:
    files = pairs.write_parquet(work / "data")
    if pairs.folder.has_trees:
        shutil.copyfile(pairs.folder.path / "trees.parquet", work / "data" / "trees.parquet")
        files[work / "data" / "trees.parquet"] = sum(1 for _ in pairs.folder.nodes())
    counts = {path.name: rows for path, rows in files.items()}
    for path in write_formats(work / "formats", pairs.sets, formats):
        files[path] = counts.get(path.name.split(".")[0] + ".parquet", len(pairs.sets))
    funnel, run = [step._asdict() for step in pairs.funnel], _run_facts(pairs.folder.facts)
    manifest: Manifest = {
        "name": title,
        "version": version,
        "suite": spar_data.__version__,
        "libraries": {"polars": importlib.metadata.version("polars")},
        "recipe": {
            "release": dataclasses.asdict(settings),
            "recipes": {key: dataclasses.asdict(config) for key, config in pairs.configs.items()},
        },
        "run": run,
        "rules": _by_rules(pairs, run["prompts"].get("teacher", "")),
        "funnel": funnel,
        **pairs.to_dict(),
        "formats": formats,
        "files": {
            path.relative_to(work).as_posix(): {"rows": rows, "bytes": path.stat().st_size, "sha256": sha256(path)}
            for path, rows in files.items()
        },
    }
    similarities = {key: stats.characters for key, stats in pairs.statistics.items()}
    overview(f"{title}-{version}", funnel, similarities, work / "overview.png")
    write_text(work / "README.md", _card(manifest, _examples(pairs)))
    write_json(work / "manifest.json", manifest)


def _card(manifest: Manifest, examples: list[dict[str, str]]) -> str:
    files = manifest["files"].items()
    sets = {name[5:-8]: file["rows"] for name, file in files if re.fullmatch(r"data/.*\.parquet", name)}
    summaries = {recipe.rows: recipe.summary for recipe in RECIPES.values()}
    summaries["trees"] = "every node of every search tree, to cut pairs by another rule"
    statistics = statistics_table({name: PairStatistics(**means) for name, means in manifest["statistics"].items()})
    texts = {"sets": sets, "summaries": summaries, "statistics": statistics, "examples": examples}
    return card("selfplay", manifest, sum(sets.values()), **texts)


def _run_facts(facts: PlayFacts) -> Manifest:
    """The part of run.json for readers and the public: no paths, no addresses of servers, no times."""
    phases: list[Manifest] = [phase for phase in facts.phases.values() if isinstance(phase, dict)]
    money = [phase.get("usd") for phase in phases]
    return {
        "settings": facts.settings,
        "prompts": {"file": facts.prompts.name, "sha256": facts.prompts_sha256, **_prompts_release(facts.prompts)},
        "tokens": {
            "prompt": sum(int(phase.get("prompt_tokens") or 0) for phase in phases),
            "completion": sum(int(phase.get("completion_tokens") or 0) for phase in phases),
            "usd": sum(money) if money and None not in money else None,
        },
    }


def _prompts_release(path: Path) -> dict[str, str]:
    """Name and teacher of the release that the prompts come from, if it still exists."""
    try:
        manifest = json.loads((path.parent.parent / "manifest.json").read_text(encoding="utf-8"))
        return {
            "release": f"{manifest['name']}-{manifest['version']}",
            "teacher": str(manifest["recipe"]["evolve"]["teacher"]),
        }
    except (OSError, ValueError, KeyError, TypeError):
        return {}


def _by_rules(pairs: Pairs, teacher: str) -> list[str]:
    """The parts that no model made, as sentences for the card. teacher: of the prompts, "" if it is not known."""
    facts = pairs.folder.facts
    sentences = []
    if teacher == RULES:
        sentences.append("constraints of the prompts: composed by code")
    if facts.judge == RULES:
        sentences.append("verdicts and judgements: by the checkers of the constraints")
    if facts.checkers:
        sentences.append(f"some verdicts: the checkers vote beside the judge ({_CHECKERS[facts.checkers]})")
    if facts.refiner == RULES:
        sentences.append("refined responses: smallest edits by code")
    elif facts.rules_first:
        sentences.append("some refined responses: the first child of a node is the smallest edit by code")
    for cut in pairs.cuts.values():
        sentences += [f"{n:,} {note} (set {RECIPES[cut.recipe].rows})" for note, n in sorted(cut.notes.items()) if n]
    return sentences


def _examples(pairs: Pairs) -> list[dict[str, str]]:
    """The first short pair of each recipe by id, which is a random choice, since ids are hashes."""
    examples = []
    for name, cut in pairs.cuts.items():
        short = (p for p in cut.pairs if len(p.prompt[-1].content + p.chosen + p.rejected) < _EXAMPLE)
        pair = min(short, key=lambda p: p.id, default=None)
        if pair:
            texts = {"prompt": pair.prompt[-1].content, "chosen": pair.chosen, "rejected": pair.rejected}
            examples.append({"recipe": name, **texts})
    return examples
