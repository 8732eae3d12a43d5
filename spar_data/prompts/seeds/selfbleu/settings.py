"""Settings of the self-BLEU filter, and the signature that states them in one line."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.config import Config, setting
from spar_data.core.errors import SparError

MODES = ("pairwise", "corpus", "off")
TOKENIZERS = ("words", "13a")
SMOOTHINGS = ("none", "floor", "add-k", "exp")
_DEFAULT_VALUE = {"none": 0.0, "floor": 0.1, "add-k": 1.0, "exp": 0.0}


# Scripts written without spaces: kana, Han, Thai, Lao, Myanmar, Khmer. One character is one token, as in sacreBLEU's zh.
UNSPACED = r"\p{Han}\p{Hiragana}\p{Katakana}\p{Thai}\p{Lao}\p{Myanmar}\p{Khmer}"
WORDS = rf"[{UNSPACED}]|[\w&&[^{UNSPACED}]]+|[^\w\s]"
"""The tokenizer `words`."""


@dataclass(frozen=True)
class SelfBleuConfig(Config):
    """The self-BLEU filter. SPaR names the filter but publishes neither threshold nor settings.

    The defaults are those of `sacrebleu.sentence_bleu` (exp smoothing, effective order), on lower-cased words.

    mode        pairwise: drop a prompt if BLEU(prompt | one kept prompt) > threshold;
                corpus: drop it if BLEU(prompt | all kept prompts as references) > threshold;
                off: keep all.
    tokenizer   words: runs of letters and digits, single punctuation marks, single characters of scripts written
                without spaces; 13a: sacreBLEU's default.
    """

    mode: str = setting("pairwise", "Compare with one kept prompt at a time, or with all.", choices=MODES)
    threshold: float = setting(0.7, "BLEU on the scale 0-1 above which a prompt is dropped, from 0.2 to below 1.")
    tokenizer: str = setting("words", "Tokens that BLEU compares.", choices=TOKENIZERS)
    lowercase: bool = setting(True, "Ignore case.")
    smoothing: str = setting("exp", "sacreBLEU's smoothing method.", choices=SMOOTHINGS)
    smooth_value: float | None = setting(None, "Value of the methods floor (0.1) and add-k (1).", above=0)
    effective_order: bool = setting(True, "Leave out n-gram orders that a short prompt does not have.")
    max_kept: int = setting(0, "Stop when so many prompts are kept; 0 = no limit.", at_least=0)

    def __post_init__(self) -> None:
        super().__post_init__()
        if not 0.2 <= self.threshold < 1:
            raise SparError(
                f"threshold = {self.threshold} is out of range: from 0.2 to below 1 is expected "
                "(below 0.2 nearly everything counts as a copy; at 1 nothing does)"
            )
        if self.smooth_value is not None and self.smoothing not in ("floor", "add-k"):
            raise SparError(
                f"smooth_value = {self.smooth_value} does not fit smoothing = {self.smoothing!r}: "
                "it is for floor and add-k only"
            )

    @property
    def value(self) -> float:
        """The smoothing value in force (sacreBLEU's defaults: floor 0.1, add-k 1)."""
        return _DEFAULT_VALUE[self.smoothing] if self.smooth_value is None else self.smooth_value

    @property
    def smoothing_code(self) -> int:
        return SMOOTHINGS.index(self.smoothing)

    def signature(self, seed: int) -> str:
        """Everything that a decision depends on, in sacreBLEU's form: `selfbleu:pairwise|t:0.7|order:seed42|...`."""
        smooth = self.smoothing + (f"[{self.value:g}]" if self.smoothing in ("floor", "add-k") else "")
        refs = "1" if self.mode == "pairwise" else "all-kept"
        return (
            f"selfbleu:{self.mode}|t:{self.threshold:g}|order:seed{seed}|nrefs:{refs}"
            f"|case:{'lc' if self.lowercase else 'mixed'}|eff:{'yes' if self.effective_order else 'no'}"
            f"|tok:{self.tokenizer}|smooth:{smooth}|version:1"
        )
