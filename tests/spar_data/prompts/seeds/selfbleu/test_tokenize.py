"""Both tokenizers: sacreBLEU's 13a rule by rule, and words of every script."""

from __future__ import annotations

import polars as pl
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import cut


@settings(max_examples=200, deadline=None)
@given(
    st.text(alphabet=st.sampled_from("aB1.,-&<>'\"\n\t\u00a0\u2003é中。{}[]$%()*+/:;=?@_`|~ "), max_size=40),
    st.booleans(),
)
def test_13a_is_sacrebleus_tokenizer(text: str, lowercase: bool) -> None:
    from sacrebleu.tokenizers.tokenizer_13a import Tokenizer13a

    config = SelfBleuConfig(tokenizer="13a", lowercase=lowercase)
    expected = Tokenizer13a()((text.lower() if lowercase else text).rstrip()).split()
    assert cut(pl.Series([text]), config).to_list() == [expected]


def test_words_tokenizer_splits_scripts_without_spaces() -> None:
    cut_text = cut(pl.Series(["Don't! 我喝茶, naïve_x 3.5"]), SelfBleuConfig()).to_list()[0]
    assert cut_text == ["don", "'", "t", "!", "我", "喝", "茶", ",", "naïve_x", "3", ".", "5"]
