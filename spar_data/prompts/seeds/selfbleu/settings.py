"""What a self-BLEU decision depends on, and the signature that says it in one line."""

from __future__ import annotations

from dataclasses import dataclass

from spar_data.core.errors import SparError, nearest

TOKENIZERS = ("words", "13a")
SMOOTHINGS = ("none", "floor", "add-k", "exp")
_DEFAULT_VALUE = {"none": 0.0, "floor": 0.1, "add-k": 1.0, "exp": 0.0}


@dataclass(frozen=True)
class SelfBleuConfig:
    """The self-BLEU filter. SPaR names the filter but publishes neither threshold nor settings; the defaults are those
    of `sacrebleu.sentence_bleu` (exp smoothing, effective order), on lower-cased words.

    mode        pairwise: drop a prompt if BLEU(prompt | one kept prompt) > threshold;
                corpus: drop it if BLEU(prompt | all kept prompts as references) > threshold;
                off: keep all.
    threshold   on the scale 0-1, from 0.2 to below 1.
    tokenizer   words: runs of letters and digits, single punctuation marks, single characters of scripts written
                without spaces; 13a: sacreBLEU's default.
    max_kept    stop when so many prompts are kept; 0 = no limit.
    """

    mode: str = "pairwise"
    threshold: float = 0.7
    tokenizer: str = "words"
    lowercase: bool = True
    smoothing: str = "exp"
    smooth_value: float | None = None
    effective_order: bool = True
    max_kept: int = 0

    def __post_init__(self) -> None:
        for key, value, known in (
            ("mode", self.mode, ("pairwise", "corpus", "off")),
            ("tokenizer", self.tokenizer, TOKENIZERS),
            ("smoothing", self.smoothing, SMOOTHINGS),
        ):
            if value not in known:
                raise SparError(f"self_bleu.{key} = {value!r} is not known.{nearest(value, known)}")
        if not 0.2 <= self.threshold < 1:
            raise SparError(
                f"self_bleu.threshold = {self.threshold} is out of range: from 0.2 to below 1 "
                "(below 0.2 nearly everything counts as a copy; at 1 nothing does)"
            )
        if self.smooth_value is not None and (self.smooth_value <= 0 or self.smoothing not in ("floor", "add-k")):
            raise SparError(
                f"self_bleu.smooth_value = {self.smooth_value} does not fit smoothing = {self.smoothing!r}: "
                "a positive number, for floor and add-k only"
            )
        if self.max_kept < 0:
            raise SparError(f"self_bleu.max_kept = {self.max_kept}: 0 (no limit) or a positive number")

    @property
    def value(self) -> float:
        """The smoothing value in force (sacreBLEU's defaults: floor 0.1, add-k 1)."""
        return _DEFAULT_VALUE[self.smoothing] if self.smooth_value is None else self.smooth_value

    @property
    def smoothing_code(self) -> int:
        return SMOOTHINGS.index(self.smoothing)

    def signature(self, seed: int) -> str:
        """All that a decision depends on, in sacreBLEU's form: `selfbleu:pairwise|t:0.7|order:seed42|...`."""
        smooth = self.smoothing + (f"[{self.value:g}]" if self.smoothing in ("floor", "add-k") else "")
        refs = "1" if self.mode == "pairwise" else "all-kept"
        return (
            f"selfbleu:{self.mode}|t:{self.threshold:g}|order:seed{seed}|nrefs:{refs}"
            f"|case:{'lc' if self.lowercase else 'mixed'}|eff:{'yes' if self.effective_order else 'no'}"
            f"|tok:{self.tokenizer}|smooth:{smooth}|version:1"
        )
