"""Trees in the terminal: a list of them, or one with its votes and what each refinement changed."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from spar_data.models.model_spec import RULES
from spar_data.selfplay.records import Node
from spar_data.selfplay.search.read_trees import Forest, best, path

_CONTEXT = 4  # words that are shown around a change
_ID = 12  # characters of an id in the list: its beginning is enough to ask for a tree
_MOST = 4_000  # words and spaces that are compared, between what is the same at both ends: about a second
_GROUPS = ((0.5, "green"), (0.25, "yellow"), (-1.0, "red"))


def changes(before: str, after: str, context: int = _CONTEXT) -> list[tuple[str, str]]:
    """Word by word: (" ", kept), ("-", taken out), ("+", put in), in order; of long kept parts the ends, with "..." between.

    White space is kept as it is, so that a change of line breaks alone is seen.
    """
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    shorter = min(len(old), len(new))
    start = next((i for i in range(shorter) if old[i] != new[i]), shorter)
    end = next((i for i in range(shorter - start) if old[-1 - i] != new[-1 - i]), shorter - start)
    head, tail = old[:start], old[len(old) - end :]
    old, new = _capped(old[start : len(old) - end]), _capped(new[start : len(new) - end])
    found = [(" ", _shorten(head, context, True, not (old or new or tail)))] if head else []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            same = (not head and a == 0, not tail and b == len(old))
            found.append((" ", _shorten(old[a:b], context, *same)))
            continue
        found += [("-", "".join(old[a:b]))] if b > a else []
        found += [("+", "".join(new[c:d]))] if d > c else []
    return found + ([(" ", _shorten(tail, context, not (head or old or new), True))] if tail else [])


def trees(console: Console, found: Iterable[tuple[str, Sequence[Node]]], limit: int) -> int:
    """A table of trees, the first `limit` of them; returns how many there are."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("tree", "refinements", "depth", "result", "best V", "tokens"):
        table.add_column(
            name,
            justify="left" if name == "tree" else "right",
            no_wrap=True,
            min_width=_ID if name == "tree" else len(name),
        )
    table.add_column("prompt", overflow="ellipsis", no_wrap=True)
    number = 0
    for number, (_, nodes) in enumerate(found, 1):
        if number > limit:
            continue
        result = best(nodes)
        values = [n.votes.value for n in nodes[1:] if n.votes.value is not None]
        table.add_row(
            nodes[0].tree[:_ID],
            f"{len(nodes) - 1:,}",
            str(max(n.depth for n in nodes)),
            f"node {result.node}" if result else "no search" if nodes[0].problem else "none",
            f"{max(values):.2f}" if values else "-",
            f"{sum(n.refine_tokens + n.judge_tokens for n in nodes):,}",
            Text(_first(nodes[0].prompt, 50)),
        )
    if number:
        console.print(table)
    if number > limit:
        console.print(Text(f"... and {number - limit:,} more: --limit {number} shows all"))
    return number


def forest(console: Console, found: Forest) -> None:
    """The statistics of many trees."""
    told = found.to_dict()
    at = ", ".join(f"{number:,} at depth {depth}" for depth, number in found.by_depth.items())
    lines = [
        f"{found.trees:,} trees searched, {found.success:,} with a result ({told['success_rate']:.1%})"
        + (f": {at}" if at else "")
        + (
            f"; {', '.join(f'{n:,} by {who}' for who, n in found.by_refiner.items())}"
            if RULES in found.by_refiner
            else ""
        ),
        f"a tree: {told['refinements_per_tree']} refinements, {told['judgements_per_tree']} judgements, "
        f"{told['tokens_per_tree']:,} completion tokens",
        "children: " + (", ".join(f"{number:,} {name}" for name, number in found.became.items()) or "none"),
    ]
    lines += [f"{found.skipped:,} negatives without a judgement to go by: not searched"] if found.skipped else []
    for line in lines:
        console.print(Text(line))


def tree(console: Console, nodes: Sequence[Node], width: int = 60, whole: bool = False) -> None:
    """One tree, node by node, in the order of its branches. whole: prompt, texts and diffs are not shortened."""
    root, result = nodes[0], best(nodes)
    on_path = {node.node for node in path(nodes, result)} if result else set()
    console.print(Text(f"tree {root.tree}, prompt {root.prompt_id}"))
    console.print(Text("Prompt: " + (root.prompt if whole else _first(root.prompt, 4 * width)), style="dim"))
    drawn = Tree(_line(root, root.text, True, width, whole))
    branches = {0: drawn}
    for node in nodes[1:]:
        label = _line(node, node.text or node.reply, node.node in on_path, width, whole)
        if node.text:
            label.append("\n")
            for kind, words in changes(nodes[node.parent].text, node.text, 10_000 if whole else _CONTEXT):
                label.append_text(_marked(kind, words))
        branches[node.node] = branches[node.parent].add(label)
    console.print(drawn)
    refined = f"result: node {result.node}, V {result.votes.value:.2f}" if result else "no result"
    if root.problem:
        refined = root.problem
    tokens = (sum(n.refine_tokens for n in nodes), sum(n.judge_tokens for n in nodes))
    made = len(nodes) - 1
    console.print(
        Text(
            f"{refined}; {made} refinement{'s' * (made != 1)}, {tokens[0]:,} tokens for them and {tokens[1]:,} for judgements"
        )
    )


def colour(value: float | None) -> str:
    """Green above 0.5, yellow from 0.25, else red; no colour without a V."""
    return "" if value is None else next(name for least, name in _GROUPS if value > least)


def _line(node: Node, text: str, emphasised: bool, width: int, whole: bool) -> Text:
    votes, line = node.votes, Text()
    line.append(f"{'*' if emphasised and node.node else ''}{node.node}", style="bold" if emphasised else "")
    if node.by_rules:
        line.append("  by rules")
    if node.node:
        value = "-" if votes.value is None else f"{votes.value:.2f}"
        line.append(f"  V {value}", style=f"bold {colour(votes.value)}")
    if votes.words:
        said = [f"{votes.words.count(w)} {w}" for w in ("Yes", "No", "unparsed", "failed") if w in votes.words]
        line.append(f"  {votes.verdict}: {', '.join(said)}")
    elif votes.verdict:
        line.append(f"  {votes.verdict}")
    if votes.exact:
        line.append(f"  checkers: {votes.exact}")
    if node.refine_tokens or node.judge_tokens:
        line.append(f"  {node.refine_tokens:,} + {node.judge_tokens:,} tokens", style="dim")
    if node.problem:
        line.append(f"  {node.problem}", style="italic")
    if text:
        line.append("\n" + (text if whole else _first(text, width)), style="dim")
    return line


def _marked(kind: str, words: str) -> Text:
    """Signs for those who see no colours."""
    match kind:
        case "-":
            return Text(f"[-{words}-]", style="red")
        case "+":
            return Text("{+" + words + "+}", style="green")
    return Text(words)


def _capped(words: list[str]) -> list[str]:
    return words if len(words) <= _MOST else [*words[:_MOST], "".join(words[_MOST:])]


def _shorten(words: Sequence[str], context: int, at_start: bool, at_end: bool) -> str:
    units = 2 * context  # a word and the white space after it
    head, tail = (0 if at_start and not at_end else units), (0 if at_end and not at_start else units)
    if len(words) <= head + tail + 2:
        return "".join(words)
    return "".join(words[:head]) + " ... " + "".join(words[len(words) - tail :])


def _first(text: str, width: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else f"{flat[: width - 3].rstrip()}..."
