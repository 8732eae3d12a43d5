"""Who refines, guides and judges: names, equal judges, wrong specs."""

from __future__ import annotations

import pytest

from spar_data import FunctionModel
from spar_data.core.errors import SparError
from spar_eval.benchmarks.refinement.config import RefinementConfig
from spar_eval.benchmarks.refinement.roles import assign_roles

_A = "openai:m@http://127.0.0.1:9/v1"


def test_equal_judges_count_once() -> None:
    roles = assign_roles(_A, ["self", _A, "rules", "openai:other@http://127.0.0.1:9/v1"], "self", RefinementConfig())
    assert list(roles.judges) == ["self", "rules", "other"] and roles.judges["self"].model == _A
    assert roles.judges["rules"].model is None and roles.refiner.model == _A


def test_two_models_of_one_name_are_told_apart() -> None:
    one, other = (FunctionModel(str, name="j", revision=revision) for revision in ("1", "2"))
    judges = assign_roles(_A.replace(":m@", ":refiner@"), [one, other, _A], "self", RefinementConfig()).judges
    assert list(judges) == ["j", "j 2", "m"] and judges["j 2"].model == other


def test_a_judge_that_guides_needs_fresh_votes() -> None:
    trees = RefinementConfig(decoding="bfs")
    roles = assign_roles(_A, ["self", "rules"], _A, trees)
    assert roles.needs_fresh_votes(roles.judges["self"], trees)
    assert not roles.needs_fresh_votes(roles.judges["rules"], trees)
    assert not roles.needs_fresh_votes(roles.judges["self"], RefinementConfig())
    assert assign_roles(_A, ["self"], "rules", trees).uses_rules(trees)
    assert not assign_roles(_A, ["self"], "rules", RefinementConfig()).uses_rules(RefinementConfig())


def test_wrong_specs_are_refused() -> None:
    with pytest.raises(SparError, match="Did you mean 'hf'"):
        assign_roles(_A, ["self"], "hff:x", RefinementConfig(decoding="bfs"))
    with pytest.raises(SparError, match="no judge"):
        assign_roles(_A, [], "self", RefinementConfig())
