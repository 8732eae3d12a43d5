"""The dataset card, written from the manifest alone."""

from __future__ import annotations

import json
import math

from spar_data.prompts.taxonomy import Taxonomy
from spar_data.release.load import Manifest
from spar_data.release.tables import cell, files_table, funnel_table, size_category


def card(manifest: Manifest, taxonomy: Taxonomy, examples: list[Manifest]) -> str:
    """README.md of a release: a YAML header for the Hub, then the sections. Every number comes from the manifest.

    examples: rows of the prompts. The text is part of committed releases: changing it changes them.
    """
    parts = [
        _header(manifest),
        _intro(manifest),
        _loading(manifest),
        funnel_table(manifest),
        _examples(examples),
        _balance(manifest, taxonomy),
        _provenance(manifest),
        _decontamination(manifest["decontamination"]),
        _limits(manifest),
        files_table(manifest),
    ]
    return "\n".join(parts)


def _header(manifest: Manifest) -> str:
    release = manifest["recipe"]["release"]
    rows = manifest["files"]["data/prompts.parquet"]["rows"]
    size = size_category(rows)
    languages = "".join(f"  - {json.dumps(code)}\n" for code in manifest["balance"]["languages"])
    return (
        "---\n"
        f"license: {json.dumps(release['license'])}\n"
        f"pretty_name: {json.dumps(release['title'] or manifest['name'])}\n"
        f"language:\n{languages}"
        "task_categories:\n  - text-generation\n"
        "tags:\n  - instruction-following\n  - constraints\n  - synthetic\n  - spar\n"
        f"size_categories:\n  - {json.dumps(size)}\n"
        "configs:\n"
        "  - config_name: prompts\n    default: true\n    data_files:\n      - split: train\n        path: data/prompts.parquet\n"
        "  - config_name: seeds\n    data_files:\n      - split: train\n        path: data/seeds.parquet\n"
        "---\n"
    )


def _intro(manifest: Manifest) -> str:
    balance, files = manifest["balance"], manifest["files"]
    title = manifest["recipe"]["release"]["title"] or manifest["name"]
    teacher = manifest["recipe"]["evolve"]["teacher"]
    origin = (
        "composed by code from a constraint taxonomy (no model was asked), so a program can verify most of them"
        if teacher == "rules"
        else f"written by the teacher `{teacher}`; which constraints it chose is not recorded, only the type it was asked for"
    )
    verifiable = balance["verifiable"]
    verified = (
        f" Of {balance['constraints']:,} constraints {verifiable['whole']:,} can be verified by a program and {verifiable['part']:,} in"
        f" part; {verifiable['prompts']:,} prompts can be verified entirely."
        if balance["constraints"]
        else ""
    )
    return (
        f"# {title}\n\n"
        f"{files['data/prompts.parquet']['rows']:,} complex prompts made from {files['data/seeds.parquet']['rows']:,} seed prompts"
        f" after the method of SPaR (arXiv 2412.11605): each seed was given a main constraint of a drawn type and further ones,"
        f" {origin}.{verified}\n\n"
        "![The funnel from source rows to prompts, and the constraints per type](overview.png)\n"
    )


def _loading(manifest: Manifest) -> str:
    folder = f"{manifest['name']}-{manifest['version']}"
    repository = manifest["recipe"]["release"]["repository"] or folder
    return (
        "## Loading\n\n```python\n"
        "from datasets import load_dataset\n"
        f'prompts = load_dataset("{repository}", split="train")            # or "seeds" as second argument\n\n'
        "import polars as pl\n"
        f'prompts = pl.read_parquet("{folder}/data/prompts.parquet")\n```\n\n'
        "Columns of `prompts`: `id`, `prompt`, `original_prompt` (the seed), `seed_id`, `language`, `drawn_type` and `main_type`"
        " (type of the main constraint as drawn and as used), `constraints` (a list: `leaf` of the taxonomy, its `text`, the"
        " `checker` that verifies a response with `params` (JSON), and whether it `covers` the whole of the constraint), `teacher`,"
        " `source` and `row`. Columns of `seeds`: `id`, `prompt`, `language`, `source`, `row`. An id is a hash of the text.\n"
    )


def _examples(examples: list[Manifest]) -> str:
    lines = ["## Examples\n"]
    for row in examples:
        quoted = row["prompt"].replace("\n", "\n> ")
        lines.append(f"> {quoted}\n")
        if row["constraints"]:
            lines.append("Constraints: " + ", ".join(f"`{c['leaf']}`" for c in row["constraints"]) + "\n")
    return "\n".join(lines)


def _balance(manifest: Manifest, taxonomy: Taxonomy) -> str:
    balance = manifest["balance"]
    lines = [
        "## Balance\n",
        "| type | drawn as main | used as main | in all constraints |",
        "|---|---:|---:|---:|",
    ]
    for kind in taxonomy.types:
        counts = (balance[key][kind.id] for key in ("drawn", "main", "types"))
        lines.append(f"| {kind.id} | " + " | ".join(f"{count:,}" for count in counts) + " |")
    sizes = ", ".join(f"{size}: {count:,}" for size, count in balance["sizes"].items())
    languages = ", ".join(f"{code}: {count:,}" for code, count in balance["languages"].items())
    lines.append(f"\nPrompts by number of constraints: {sizes}. Prompts by language: {languages}.")
    if balance["pairs"]:
        pairs = ", ".join(f"{a} + {b}: {count}" for a, b, count in balance["pairs"][:5])
        unused = sum(count == 0 for count in balance["leaves"].values())
        lines.append(
            f"Most frequent pairs of types: {pairs}; {len(balance['pairs'])} of {math.comb(len(taxonomy.types), 2)} pairs occur."
            f" Leaves never used: {unused} of {len(balance['leaves'])}. All counts are in `manifest.json`."
        )
    return "\n".join(lines) + "\n"


def _provenance(manifest: Manifest) -> str:
    recipe, tokens = manifest["recipe"], manifest["tokens"]
    source = recipe["release"]["source"] or "see the recipe"
    cost = "" if tokens["usd"] is None else f", {tokens['usd']:.2f} USD at list price"
    calls = (
        f"The teacher read {tokens['prompt']:,} and wrote {tokens['completion']:,} tokens{cost}."
        if tokens["prompt"]
        else "No model was called."
    )
    return (
        "## How it was made\n\n"
        f"Source: {source}. First user turn of each row; then, in this order, exact duplicates after normalisation, length,"
        f" keywords, language and self-BLEU were filtered: `{manifest['signature']}`. Taxonomy {manifest['taxonomy']['name']}"
        f" {manifest['taxonomy']['version']}, seed {recipe['seed']}, spar-suite {manifest['suite']}, recipe fingerprint"
        f" `{manifest['fingerprint']}`. {calls} `manifest.json` holds the whole recipe; the same recipe gives the same bytes.\n"
    )


def _decontamination(report: Manifest) -> str:
    lines = ["## Decontamination\n"]
    if not report["benchmarks"]:
        lines.append("Not checked: no benchmark files were given when this release was built.\n")
        return "\n".join(lines)
    names = ", ".join(f"{b['name']} ({b['prompts']:,} prompts)" for b in report["benchmarks"])
    lines.append(
        f"No released prompt shares a {report['ngram']}-gram with, or nearly equals (token Jaccard {report['near_equal']:g} or more), a"
        f" prompt of {names}. Dropped for it: {len(report['matches']):,}.\n"
    )
    if report["matches"]:
        lines += ["| benchmark item | matched span |", "|---|---|"]
        lines += [f"| {cell(m['cause'])} | {cell(m['span'])} |" for m in report["matches"][:20]]
        if len(report["matches"]) > 20:
            lines.append(f"\n{len(report['matches']) - 20} more in `manifest.json`.")
        lines.append("")
    return "\n".join(lines)


def _limits(manifest: Manifest) -> str:
    if manifest["recipe"]["evolve"]["teacher"] == "rules":
        text = (
            "Constraints were put together by code. They fit the seed and each other as far as cues and declared conflicts tell;"
            " some combinations are unusual on purpose, a few will be odd. Checkers judge form, not quality, and a checker that"
            " covers a part only is necessary, not sufficient. Seeds taken for maths or code carry no constraint and were dropped,"
            " by patterns that err in both directions."
        )
    else:
        text = (
            "Prompts were written by a model and inherit its habits and errors; no program verified that a prompt carries the"
            " constraint it was asked for, or that its constraints fit each other."
        )
    return f"## Limits\n\n{text} There are no responses in this set.\n"
