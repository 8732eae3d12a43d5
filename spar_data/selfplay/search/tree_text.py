"""Prints trees in the terminal: a list of them, or one with its votes and the changes of each refinement."""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Sequence

from rich.console import Console
from rich.table import Table
from rich.text import Text
from rich.tree import Tree

from spar_data.models.model_spec import RULES
from spar_data.selfplay.records import VOTE_WORDS, Node
from spar_data.selfplay.refine.similarity import equal_ends
from spar_data.selfplay.search.read_trees import best, path_to
from spar_data.selfplay.search.tree_statistics import TreeStatistics

_CONTEXT = 4  # words that are shown around a change
_ID = 12  # characters of an id in the list: its beginning is enough to ask for a tree
_LONGEST = 4_000  # words and spaces that are compared, between equal beginnings and ends: about a second
_LEAST = {0.5: "green", 0.25: "yellow", -1.0: "red"}  # colours of V above these values
_COLOURS = {"-": "red", "+": "green", " ": ""}
MARKS = {"-": "[-{}-]", "+": "{{+{}+}}", " ": "{}"}
"""Signs around a change: words taken out, put in, and kept."""


def word_changes(before: str, after: str, context: int = _CONTEXT) -> list[tuple[str, str]]:
    """The changes from one text to another, word by word: (" ", kept), ("-", taken out) and ("+", put in), in order.

    Of long kept parts the ends are shown, with "..." between them. White space is kept, so that a change of line breaks alone
    is visible.
    """
    old, new = re.findall(r"\s+|\S+", before), re.findall(r"\s+|\S+", after)
    start, end = equal_ends(old, new)
    head, tail = old[:start], old[len(old) - end :]
    old, new = _capped(old[start : len(old) - end]), _capped(new[start : len(new) - end])
    parts = [(" ", _shorten(head, context, True, not (old or new or tail)))] if head else []
    for kind, a, b, c, d in difflib.SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            ends = (not head and a == 0, not tail and b == len(old))
            parts.append((" ", _shorten(old[a:b], context, *ends)))
            continue
        parts += [("-", "".join(old[a:b]))] if b > a else []
        parts += [("+", "".join(new[c:d]))] if d > c else []
    return parts + ([(" ", _shorten(tail, context, not (head or old or new), True))] if tail else [])


def print_list(console: Console, trees: Iterable[Sequence[Node]], limit: int) -> None:
    """Prints a table of the first `limit` trees."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("tree", no_wrap=True, min_width=_ID)
    for name in ("refinements", "depth", "result", "best V", "tokens"):
        table.add_column(name, justify="right", no_wrap=True, min_width=len(name))
    table.add_column("prompt", overflow="ellipsis", no_wrap=True)
    number = 0
    for number, nodes in enumerate(trees, 1):
        if number <= limit:
            table.add_row(*_cells(nodes))
    if number:
        console.print(table)
    if number > limit:
        console.print(Text(f"... and {number - limit:,} more: --limit {number} shows all"))


def _cells(nodes: Sequence[Node]) -> list[str | Text]:
    result = best(nodes)
    values = [node.votes.value for node in nodes[1:] if node.votes.value is not None]
    return [
        nodes[0].tree[:_ID],
        f"{len(nodes) - 1:,}",
        str(max(node.depth for node in nodes)),
        f"node {result.node}" if result else "no search" if nodes[0].problem else "none",
        f"{max(values):.2f}" if values else "-",
        f"{sum(node.refine_tokens + node.judge_tokens for node in nodes):,}",
        Text(_shortened(nodes[0].prompt, 50)),
    ]


def print_statistics(console: Console, statistics: TreeStatistics) -> None:
    """Prints the statistics of many trees."""
    numbers = statistics.to_dict()
    depths = ", ".join(f"{number:,} at depth {depth}" for depth, number in sorted(statistics.by_depth.items()))
    refiners = ", ".join(f"{number:,} by {name}" for name, number in sorted(statistics.by_refiner.items()))
    lines = [
        f"{statistics.trees:,} trees searched, {statistics.success:,} with a result ({numbers['success_rate']:.1%})"
        + (f": {depths}" if depths else "")
        + (f"; {refiners}" if RULES in statistics.by_refiner else ""),
        f"per tree: {numbers['refinements_per_tree']} refinements, {numbers['judgements_per_tree']} judgements, "
        f"{numbers['tokens_per_tree']:,} completion tokens",
        "children: "
        + (", ".join(f"{number:,} {name}" for name, number in sorted(statistics.outcomes.items())) or "none"),
    ]
    if statistics.skipped:
        lines.append(f"{statistics.skipped:,} negatives without a judgement to refine by: not searched")
    for line in lines:
        console.print(Text(line))


def print_tree(console: Console, nodes: Sequence[Node], width: int = 60, whole: bool = False) -> None:
    """Prints one tree, node by node, in the order of its branches. whole: prompt, texts and changes are not shortened."""
    root, result = nodes[0], best(nodes)
    on_path = {node.node for node in path_to(nodes, result)} if result else set()
    console.print(Text(f"tree {root.tree}, prompt {root.prompt_id}"))
    console.print(Text("Prompt: " + (root.prompt if whole else _shortened(root.prompt, 4 * width)), style="dim"))
    drawn = Tree(_line(root, root.text, True, width, whole))
    branches = {0: drawn}
    for node in nodes[1:]:
        label = _line(node, node.text or node.reply, node.node in on_path, width, whole)
        if node.text:
            label.append("\n")
            for kind, words in word_changes(nodes[node.parent].text, node.text, 10_000 if whole else _CONTEXT):
                label.append(MARKS[kind].format(words), style=_COLOURS[kind])
        branches[node.node] = branches[node.parent].add(label)
    console.print(drawn)
    refined = f"result: node {result.node}, V {result.votes.value:.2f}" if result else "no result"
    refinements, judgements = sum(node.refine_tokens for node in nodes), sum(node.judge_tokens for node in nodes)
    children = len(nodes) - 1
    console.print(
        Text(
            f"{root.problem or refined}; {children} refinement{'s' * (children != 1)}, {refinements:,} tokens for them and "
            f"{judgements:,} for judgements"
        )
    )


def _line(node: Node, text: str, emphasised: bool, width: int, whole: bool) -> Text:
    votes, line = node.votes, Text()
    line.append(f"{'*' if emphasised and node.node else ''}{node.node}", style="bold" if emphasised else "")
    if node.by_rules:
        line.append("  by rules")
    if node.node:
        colour = "" if votes.value is None else next(name for least, name in _LEAST.items() if votes.value > least)
        line.append("  V -" if votes.value is None else f"  V {votes.value:.2f}", style=f"bold {colour}")
    if votes.words:
        counts = [f"{votes.number(word)} {word}" for word in VOTE_WORDS if word in votes.words]
        line.append(f"  {votes.verdict}: {', '.join(counts)}")
    elif votes.verdict:
        line.append(f"  {votes.verdict}")
    if votes.exact:
        line.append(f"  checkers: {votes.exact}")
    if node.refine_tokens or node.judge_tokens:
        line.append(f"  {node.refine_tokens:,} + {node.judge_tokens:,} tokens", style="dim")
    if node.problem:
        line.append(f"  {node.problem}", style="italic")
    if text:
        line.append("\n" + (text if whole else _shortened(text, width)), style="dim")
    return line


def _capped(words: list[str]) -> list[str]:
    return words if len(words) <= _LONGEST else [*words[:_LONGEST], "".join(words[_LONGEST:])]


def _shorten(words: Sequence[str], context: int, at_start: bool, at_end: bool) -> str:
    units = 2 * context  # a word and the white space after it
    head, tail = (0 if at_start and not at_end else units), (0 if at_end and not at_start else units)
    if len(words) <= head + tail + 2:
        return "".join(words)
    return "".join(words[:head]) + " ... " + "".join(words[len(words) - tail :])


def _shortened(text: str, width: int) -> str:
    flat = " ".join(text.split())
    return flat if len(flat) <= width else f"{flat[: width - 3].rstrip()}..."
