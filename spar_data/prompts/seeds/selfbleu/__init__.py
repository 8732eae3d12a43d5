"""The self-BLEU filter: exact, greedy, in the seeded order."""

from spar_data.prompts.seeds.selfbleu.corpus import corpus
from spar_data.prompts.seeds.selfbleu.pairwise import KEPT, UNREACHED, Decisions, pairwise
from spar_data.prompts.seeds.selfbleu.settings import SelfBleuConfig
from spar_data.prompts.seeds.selfbleu.tokenize import Tokenizer, Tokens, concatenate

__all__ = [
    "KEPT",
    "UNREACHED",
    "Decisions",
    "SelfBleuConfig",
    "Tokenizer",
    "Tokens",
    "concatenate",
    "corpus",
    "pairwise",
]
