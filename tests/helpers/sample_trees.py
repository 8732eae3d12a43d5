"""A small tree with a node of every kind."""

from __future__ import annotations

from spar_data.selfplay.judge.votes import NO_VOTES
from spar_data.selfplay.records import Node, Votes

TEXT = "Tea is [bold]warm[/bold], and [/x] costs $5 or $6.\n\nIt keeps for a very long time indeed, they say."


def _sample_votes(yes: int, no: int, verdict: str) -> Votes:
    value = yes / (yes + no) if verdict in ("Yes", "No", "tie") else None
    return Votes(["Yes"] * yes + ["No"] * no, ["r"] * (yes + no), verdict, value, "j", "")


def sample_tree(name: str) -> list[Node]:
    """Root, a node with V 0.2, one unparsed, and below the first one a result and a copy."""
    new = TEXT.replace("warm", "hot").replace("It keeps for", "It keeps, cold, for")
    rows: list[tuple[int, int, str, str, str, Votes]] = [
        (-1, 0, TEXT, "", "", _sample_votes(0, 5, "No")),
        (0, 1, TEXT.replace("warm", "hot"), "reply", "", _sample_votes(1, 4, "No")),
        (0, 1, "", "I would [rather] not.", "unparsed: no [[start]]", NO_VOTES),
        (1, 2, new, "reply", "", _sample_votes(4, 1, "Yes")),
        (1, 2, "", "the same", "copy of node 3", NO_VOTES),
    ]
    what = "p" + name, "Write about {tea} & $x_1$ [red]."
    return [
        Node(name, *what, i, parent, depth, text, reply, problem, votes, 10, 20, "rules" if i in (2, 3) else "m")
        for i, (parent, depth, text, reply, problem, votes) in enumerate(rows)
    ]
