"""Tiny models with random weights, tokenizers that need no download, and chat templates in the forms that models have."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch
from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast

from spar_train.data.examples import Example

VOCABULARY = 61

_TURN = "{% if add_generation_prompt %}%s{% endif %}"


def _template(before: str, turn: str, generation: str) -> str:
    return before + "{% for m in messages %}" + turn + "{% endfor %}" + _TURN.replace("%s", generation)


CHATML = _template(
    "", "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n", "<|im_start|>assistant\n"
)  # fmt: skip
TEMPLATES = {
    "chatml": CHATML,
    "llama-3": _template(
        "{{ bos_token }}",
        "<|start_header_id|>{{ m.role }}<|end_header_id|>\n\n{{ m.content | trim }}<|eot_id|>",
        "<|start_header_id|>assistant<|end_header_id|>\n\n",
    ),
    "mistral": "{{ bos_token }}{% for m in messages %}{% if m.role == 'user' %}[INST] {{ m.content }} [/INST]"
    "{% else %} {{ m.content | trim }}{{ eos_token }}{% endif %}{% endfor %}",
    "gemma": _template(
        "{{ bos_token }}{% if messages[0].role == 'system' %}{{ raise_exception('no system messages here') }}{% endif %}",
        "<start_of_turn>{{ 'model' if m.role == 'assistant' else m.role }}\n{{ m.content | trim }}<end_of_turn>\n",
        "<start_of_turn>model\n",
    ),
    "qwen3": _template(  # the last reply gets its thinking, or an empty block; earlier ones lose theirs
        "",
        "<|im_start|>{{ m.role }}\n{% if m.role == 'assistant' and loop.last %}<think>\n"
        "{{ m.content.split('</think>')[0].split('<think>')[-1].strip('\n') if '</think>' in m.content else '' }}"
        "\n</think>\n\n{% endif %}{{ m.content.split('</think>')[-1].lstrip('\n') }}<|im_end|>\n",
        "<|im_start|>assistant\n",
    ),
    "zephyr": _template("", "<|{{ m.role }}|>\n{{ m.content }}{{ eos_token }}\n", "<|assistant|>\n"),
    "default system prompt": _template(
        "{% if messages[0].role != 'system' %}<|im_start|>system\nBe kind.<|im_end|>\n{% endif %}",
        "<|im_start|>{{ m.role }}\n{{ m.content }}<|im_end|>\n",
        "<|im_start|>assistant\n",
    ),
    "glm-4": _template(  # ends no turn: generation stops where the next role's token would stand
        "[gMASK]<sop>", "<|{{ m.role }}|>\n{{ m.content }}", "<|assistant|>\n"
    ),
}
_ROLES = ["<|system|>", "<|user|>", "<|assistant|>", "<start_of_turn>", "<end_of_turn>", "[gMASK]", "<sop>"]
_SPECIAL = ["<|im_start|>", "<|im_end|>", "<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>", *_ROLES]


def tokenizer(template: str, sentencepiece: bool = False) -> Any:
    """Bytes with a few merges ("he", "ll", two newlines, ...); or sentencepiece's way with spaces: "▁" in front."""
    from tokenizers import Tokenizer, decoders, models, normalizers, pre_tokenizers

    if sentencepiece:
        letters = ["<unk>", *(f"<0x{i:02X}>" for i in range(256)), "▁", *map(chr, range(33, 127))]
        merges = [("▁", "H"), ("▁", "a"), ("▁", "["), ("e", "l"), ("l", "o")]
    else:
        letters = sorted(pre_tokenizers.ByteLevel.alphabet())
        merges = [("h", "e"), ("l", "l"), ("Ċ", "Ċ"), ("Ġ", "a"), ("o", "Ġ")]
    vocabulary = {token: i for i, token in enumerate([*letters, *("".join(pair) for pair in merges)])}
    if sentencepiece:
        made = Tokenizer(models.BPE(vocab=vocabulary, merges=merges, unk_token="<unk>", byte_fallback=True))
        made.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
        made.decoder = decoders.Sequence(
            [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
        )
    else:
        made = Tokenizer(models.BPE(vocab=vocabulary, merges=merges))
        made.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
        made.decoder = decoders.ByteLevel()
    return PreTrainedTokenizerFast(
        tokenizer_object=made,
        bos_token="<s>",
        eos_token="</s>",
        additional_special_tokens=_SPECIAL,
        chat_template=template,
        clean_up_tokenization_spaces=False,
    )


def llama(vocabulary: int = VOCABULARY, seed: int = 0, **more: Any) -> Any:
    """Two layers, grouped queries, large random weights: log-probabilities that differ from token to token."""
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=vocabulary,
        hidden_size=32,
        intermediate_size=64,
        num_hidden_layers=2,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=256,
        initializer_range=0.2,
        **more,
    )
    return LlamaForCausalLM(config)


def example(length: int, targets: int, seed: int = 0, vocabulary: int = VOCABULARY) -> Example:
    """Random tokens; the loss is on the last `targets` of them."""
    tokens = np.random.default_rng((seed, length, targets)).integers(0, vocabulary, length)
    return Example(f"{seed}/{length}", tokens.astype(np.int32), np.arange(length) >= length - targets)
