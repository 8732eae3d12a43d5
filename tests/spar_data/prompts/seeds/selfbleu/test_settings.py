"""Settings of self-BLEU: limits, and a signature that names everything."""

from __future__ import annotations

import pytest

from spar_data.core.errors import SparError
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig


def test_signature_names_everything() -> None:
    config = SelfBleuConfig(threshold=0.5, smoothing="floor", effective_order=False, tokenizer="13a", lowercase=False)
    assert config.signature(7) == (
        "selfbleu:pairwise|t:0.5|order:seed7|nrefs:1|case:mixed|eff:no|tok:13a|smooth:floor[0.1]|version:1"
    )


@pytest.mark.parametrize(
    ("key", "value"),
    [
        ("threshold", 0.1),
        ("threshold", 1.0),
        ("mode", "pair"),
        ("smoothing", "ex"),
        ("smooth_value", 0.5),
        ("max_kept", -1),
    ],
)
def test_impossible_settings_name_the_key(key: str, value: object) -> None:
    with pytest.raises(SparError, match=f"^{key} = {value!r}"):
        SelfBleuConfig(**{key: value})  # type: ignore[arg-type]
