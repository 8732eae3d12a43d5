"""The card of a self-play release, written from its manifest alone."""

from __future__ import annotations

import json
from typing import Any

from spar_data.release.tables import cell, files_table, funnel_table, size_category
from spar_data.selfplay.pairs.recipes import RECIPES
from spar_data.selfplay.pairs.statistics import PairStatistics, statistics_table

Manifest = dict[str, Any]  # JSON
_TREES = "every node of every search tree, to cut pairs by another rule"
_FORMATS = {
    "trl": '`trl`: load_dataset("json", ...) for DPOTrainer (`prompt`, `chosen`, `rejected`) and SFTTrainer (`prompt`,'
    " `completion`; `*.messages.jsonl` holds whole dialogues).",
    "llama-factory": "`llama-factory`: `dataset_dir` is this folder; dataset_info.json names the sets. `mask_history: true` puts the"
    " loss of a dialogue on its last message.",
    "axolotl": "`axolotl`: type `chat_template` with `message_field_training: train` for dialogues; `rl: dpo` with type"
    " `chat_template.default`, `field_messages: messages`, `field_chosen: chosen`, `field_rejected: rejected` for pairs.",
    "jsonl": "`jsonl`: the records of data/ as they are.",
}


def card(manifest: Manifest, examples: list[dict[str, str]]) -> str:
    """README.md of a release: YAML header for the Hub, then what a reader needs, every number from the manifest."""
    parts = [
        _header(manifest),
        _intro(manifest),
        _loading(manifest),
        funnel_table(manifest),
        _recipes(manifest),
        _statistics(manifest),
        _forest(manifest["forest"]) if manifest["forest"] else "",
        _calibration(manifest["calibration"]),
        _examples(examples),
        _made(manifest),
        _formats(manifest["formats"]),
        files_table(manifest),
    ]
    return "\n".join(part for part in parts if part)


def _sets(manifest: Manifest) -> dict[str, int]:
    """Rows by name of the set."""
    files = manifest["files"].items()
    return {name[5:-8]: f["rows"] for name, f in files if name.startswith("data/") and name.endswith(".parquet")}


def _header(manifest: Manifest) -> str:
    release, sets = manifest["recipe"]["release"], _sets(manifest)
    configs = "".join(
        f"  - config_name: {json.dumps(name)}\n{'    default: true' + chr(10) if i == 0 else ''}"
        f"    data_files:\n      - split: train\n        path: {json.dumps(f'data/{name}.parquet')}\n"
        for i, name in enumerate(sets)
    )
    return (
        "---\n"
        f"license: {json.dumps(release['license'])}\n"
        f"pretty_name: {json.dumps(release['title'] or manifest['name'])}\n"
        "task_categories:\n  - text-generation\n"
        "tags:\n  - instruction-following\n  - preference\n  - dpo\n  - self-play\n  - synthetic\n  - spar\n"
        f"size_categories:\n  - {json.dumps(size_category(sum(sets.values())))}\n"
        f"configs:\n{configs}---\n"
    )


def _intro(manifest: Manifest) -> str:
    settings, prompts = manifest["run"]["settings"], manifest["run"]["prompts"]
    search = settings.get("search") or {}
    roles = {
        "actor": settings.get("actor"), "judge": settings.get("judge"), "refiner": search.get("refiner"),
    }  # fmt: skip
    names = {role: _model_name(model) for role, model in roles.items()}
    models = ", ".join(f"{role} `{name}`" for role, name in names.items() if name)
    models += " with rules beside it" if search.get("rules_first") else ""
    source = prompts.get("release") or prompts["file"]
    lines = [
        f"# {manifest['recipe']['release']['title'] or manifest['name']}\n",
        "Training data from self-play after the method of SPaR (arXiv 2412.11605): an actor responds to complex prompts, a judge"
        " finds responses that fail, and a refiner searches for the smallest change that makes them pass."
        + (f" Models: {models}." if models else "")
        + (f" Prompts: {cell(source)}." if source else "")
        + "\n",
    ]
    if manifest["rules"]:
        lines.append("Made by rules, not by a model: " + "; ".join(map(cell, manifest["rules"])) + ".\n")
    summaries = {recipe.rows: recipe.summary for recipe in RECIPES.values()} | {"trees": _TREES}
    lines += ["| set | rows | content |", "|---|---:|---|"]
    lines += [f"| `{k}` | {n:,} | {summaries.get(k, 'added from another run')} |" for k, n in _sets(manifest).items()]
    lines.append("\n![The funnel from responses to rows, and the similarity of sides](overview.png)\n")
    return "\n".join(lines)


def _model_name(value: object) -> str:
    """The name in the settings of a model, without the address of a server."""
    name = value.get("name", "") if isinstance(value, dict) else value
    return cell(str(name or "")).partition("@")[0].replace("`", "")


def _loading(manifest: Manifest) -> str:
    folder = f"{manifest['name']}-{manifest['version']}"
    repository = manifest["recipe"]["release"]["repository"] or folder
    first = next(iter(_sets(manifest)), "dpo")
    return (
        "## Loading\n\n```python\n"
        "from datasets import load_dataset\n"
        f'rows = load_dataset("{repository}", "{first}", split="train")\n\n'
        "import polars as pl\n"
        f'rows = pl.read_parquet("{folder}/data/{first}.parquet")\n```\n\n'
        "Pairs: `id`, `recipe`, `prompt_id`, `prompt` (messages), `chosen` and `rejected` (texts), `chosen_value` and"
        " `rejected_value` (share of Yes votes, or score), `source` (ids of sample, or tree:node, of both sides). Dialogues: `id`,"
        " `kind`, `recipe`, `prompt_id`, `messages` (the loss belongs on the last one), `label` (verdict), `source`.\n"
    )


def _recipes(manifest: Manifest) -> str:
    lines = ["## Recipes\n", "| recipe | set | from | rows | left out |", "|---|---|---|---:|---|"]
    for name, facts in manifest["recipes"].items():
        start = ", ".join(f"{number:,} {unit}" for unit, number in facts["started"].items())
        kinds = f" ({', '.join(f'{k}: {n:,}' for k, n in facts['kinds'].items())})" if len(facts["kinds"]) > 1 else ""
        ranked = sorted(facts["excluded"], key=lambda exclusion: -exclusion[2])
        excluded = "; ".join(f"{cell(unit)}, {cell(reason)}: {number:,}" for unit, reason, number in ranked)
        lines.append(f"| {name} | `{facts['set']}` | {start} | {facts['rows']:,}{kinds} | {excluded or 'nothing'} |")
    settings = "; ".join(
        f"{name}: {', '.join(f'{k} {v}' for k, v in values.items()) or 'none'}"
        for name, values in manifest["recipe"]["recipes"].items()
    )
    lines.append(f"\nSettings. {cell(settings)}.")
    lines.append(
        "No pair has equal sides (white space aside) or a side that was cut off. No pair that votes or scores decide rests on"
        " replies without a verdict."
    )
    return "\n".join(lines) + "\n"


def _statistics(manifest: Manifest) -> str:
    recipes = {name: PairStatistics(**numbers) for name, numbers in manifest["statistics"].items()}
    if not recipes:
        return ""
    lines = ["## Pairs\n", "| |" + "".join(f" {name} |" for name in recipes), "|---|" + "---:|" * len(recipes)]
    lines += [f"| {label} | " + " | ".join(cells) + " |" for label, cells in statistics_table(recipes)]
    lines.append(
        "\nSimilarity is twice the longest common subsequence by the length of both sides; the closer to 1, the less the sides"
        " differ in what the constraints do not ask for. Tokens are words and marks."
    )
    for names, n in manifest["overlap"].items():
        sides = f"{n['rejected']:,} rejected and {n['chosen']:,} chosen sides"
        lines.append(f"In common ({names}): {n['prompts']:,} prompts, {sides}.")
    return "\n".join(lines) + "\n"


def _forest(forest: Manifest) -> str:
    depths = ", ".join(f"{depth}: {number:,}" for depth, number in forest["success_by_depth"].items()) or "none"
    outcomes = ", ".join(f"{cell(kind)}: {number:,}" for kind, number in forest["children"].items()) or "none"
    return (
        "## Trees\n\n"
        f"{forest['trees']:,} trees were searched; {forest['success']:,} of them ({forest['success_rate']:.1%}) led to a refined"
        f" response with V > 0.5. A tree has {forest['refinements_per_tree']:.1f} refinements on average. Depth of the refined response:"
        f" {depths}. Outcome of the refinements: {outcomes}. Completion tokens: {forest['refine_tokens']:,} for refining,"
        f" {forest['judge_tokens']:,} for judging.\n"
    )


def _calibration(numbers: Manifest) -> str:
    lines = ["## How far the judge can be trusted\n"]
    if not numbers["texts"]:
        lines.append(
            "Not measured: there is no response that a model judged and on which the checkers of its constraints decide.\n"
        )
        return "\n".join(lines)
    wholly = numbers["prompts checked wholly only"]
    lines.append(
        f"The judge `{_model_name(numbers['judge'])}` compared with the checkers of the constraints, on {numbers['texts']:,} responses"
        f" and refinements ({'prompts that a program can check wholly' if wholly else 'every decidable prompt'}); on"
        f" {numbers['texts'] - numbers['decided']:,} of them it came to no verdict.\n"
    )
    lines += ["| | |", "|---|---:|"]
    for key in ("accuracy", "accuracy with undecided as wrong", "f1 of Yes", "kappa"):
        lines.append(f"| {key} | {'not defined' if numbers[key] is None else f'{numbers[key]:.3f}'} |")
    lines += [f"| {name} | {number:,} |" for name, number in numbers["counts"].items()]
    types = numbers["one broken constraint, found by type"]
    if types:
        lines += [
            "\nOf responses that break exactly one constraint, by its type:\n",
            "| type | judged No | judged | all |",
            "|---|---:|---:|---:|",
        ]
        lines += [f"| {k} | {n['found']:,} | {n['decided']:,} | {n['all']:,} |" for k, n in types.items()]
    return "\n".join(lines) + "\n"


def _examples(examples: list[dict[str, str]]) -> str:
    if not examples:
        return ""
    lines = ["## Examples\n"]
    for example in examples:
        lines.append(f"{example['recipe']}:\n")
        for side in ("prompt", "chosen", "rejected"):
            quoted = example[side].strip().replace("\n", "\n> ")
            lines.append(f"> **{side}** {quoted}\n")
    return "\n".join(lines)


def _made(manifest: Manifest) -> str:
    tokens, prompts = manifest["run"]["tokens"], manifest["run"]["prompts"]
    cost = "" if tokens["usd"] is None else f", {tokens['usd']:.2f} USD at list price"
    source = manifest["recipe"]["release"]["source"]
    settings = json.dumps(manifest["run"]["settings"], ensure_ascii=False)
    return (
        "## How it was made\n\n"
        + (f"{cell(source)} " if source else "")
        + (f"Prompts: {cell(prompts['file'])}, sha256 `{prompts['sha256']}`. " if prompts["file"] else "")
        + f"The models read {tokens['prompt']:,} and wrote {tokens['completion']:,} tokens in the last run of this folder{cost}; stored"
        f" answers are not counted. spar-suite {manifest['suite']}. Settings of the run:\n\n```json\n{settings}\n```\n"
    )


def _formats(formats: list[str]) -> str:
    return "## Formats\n\n" + "\n".join(f"* {_FORMATS[name]}" for name in formats) + "\n" if formats else ""
