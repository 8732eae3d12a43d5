"""FollowBench (Jiang et al., ACL 2024): instructions that gain one constraint a level, five levels.

Facts follow YJiangcm/FollowBench at 6278f4c and the paper (arXiv 2310.20410). The judge's wording is ours.
"""

from spar_eval.benchmarks.followbench.data import CATEGORIES, LEVELS, Data, Group, Row, default_data, load
from spar_eval.benchmarks.followbench.judging import judge_request, judged, parse_list
from spar_eval.benchmarks.followbench.rules import by_rules, check
from spar_eval.benchmarks.followbench.run import Job, plans, run, select
from spar_eval.benchmarks.followbench.score import Settings, Verdict, result

__all__ = [
    "CATEGORIES",
    "LEVELS",
    "Data",
    "Group",
    "Job",
    "Row",
    "Settings",
    "Verdict",
    "by_rules",
    "check",
    "default_data",
    "judge_request",
    "judged",
    "load",
    "parse_list",
    "plans",
    "result",
    "run",
    "select",
]
