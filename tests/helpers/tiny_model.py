"""A model of 37,000 random weights that answers: three to seven letters that depend on the prompt, then the end token.

Letters are divided among levels. Some dimensions of the hidden state hold the level of the last token, attention and
MLP leave them alone, and the output layer prefers the next level by far; which of its letters it is, is up to the random
rest. Some letters lead to the end at once, so that lengths differ.
"""

from __future__ import annotations

import string
from pathlib import Path
from typing import Any

TEMPLATE = (
    "{% for m in messages %}<|{{ m['role'] }}|>{{ m['content'] }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
SPECIAL = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]
LEVELS = 8
LETTERS = 6  # of a level; the last of them ends the answer from the third level on
_HIDDEN, _PULL = 32, 3.0


def build(path: Path, seed: int = 0) -> Path:
    """Saves model and tokenizer; the same bytes for the same seed. Returns the path."""
    tokenizer = _tokenizer()
    tokenizer.save_pretrained(path)
    _model(tokenizer, seed).save_pretrained(path)
    return path


def _tokenizer() -> Any:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers
    from transformers import PreTrainedTokenizerFast

    alphabet = SPECIAL + sorted(pre_tokenizers.ByteLevel.alphabet())
    bytewise = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(alphabet)}, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bytewise.decoder = decoders.ByteLevel()
    bytewise.add_special_tokens(SPECIAL)
    return PreTrainedTokenizerFast(
        tokenizer_object=bytewise, pad_token="<|pad|>", eos_token="<|end|>", chat_template=TEMPLATE
    )


def _model(tokenizer: Any, seed: int) -> Any:
    import torch
    from transformers import LlamaConfig, LlamaForCausalLM

    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(tokenizer),
        hidden_size=_HIDDEN,
        intermediate_size=2 * _HIDDEN,
        num_hidden_layers=2,
        num_attention_heads=2,
        num_key_value_heads=2,
        max_position_embeddings=512,
        initializer_range=0.3,
        tie_word_embeddings=False,
        bos_token_id=None,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    model = LlamaForCausalLM(config)
    with torch.no_grad():
        for layer in model.model.layers:
            layer.self_attn.o_proj.weight[:LEVELS] = 0
            layer.mlp.down_proj.weight[:LEVELS] = 0
        into, out = model.model.embed_tokens.weight, model.lm_head.weight
        into.normal_()
        into[:, :LEVELS] = out[:, :LEVELS] = 0
        for token, level, following in _steps(tokenizer):
            if level is not None:
                out[token, level] = 20.0
            if following is not None:
                into[token, following] = _PULL
    return model


def _steps(tokenizer: Any) -> list[tuple[int, int | None, int | None]]:
    """(token, the level at which it is said, the level of what follows it); the end token stands at the last level."""
    last = LEVELS - 1
    steps: list[tuple[int, int | None, int | None]] = [
        (tokenizer.convert_tokens_to_ids("<|assistant|>"), None, 0),
        (tokenizer.eos_token_id, last, None),
    ]
    for i, letter in enumerate(string.ascii_letters[: last * LETTERS]):
        level, place = divmod(i, LETTERS)
        ends = level >= 2 and place == LETTERS - 1
        steps.append((tokenizer.convert_tokens_to_ids(letter), level, last if ends else level + 1))
    return steps
