"""A tiny model with random weights, to try a training in seconds and without a download."""

from __future__ import annotations

from pathlib import Path

from spar_data.core.errors import importing

_TEMPLATE = (
    "{% for m in messages %}<|{{ m.role }}|>{{ m.content }}{% if m.role == 'assistant' %}<|end|>{% endif %}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)
_SPECIAL = ["<|pad|>", "<|end|>", "<|system|>", "<|user|>", "<|assistant|>"]


def random_model(folder: str | Path, seed: int = 0) -> Path:
    """Writes a Llama of two layers with a tokenizer of single bytes. Returns the folder.

    >>> import spar_train
    >>> sorted(path.suffix for path in spar_train.random_model("tiny").glob("model*"))
    ['.safetensors']
    """
    with importing("", "train", "A random model"):
        import torch
        import transformers
        from tokenizers import Tokenizer, decoders, models, pre_tokenizers
        from transformers import LlamaConfig, LlamaForCausalLM, PreTrainedTokenizerFast
    vocabulary = [*_SPECIAL, *sorted(pre_tokenizers.ByteLevel.alphabet())]
    bytewise = Tokenizer(models.BPE(vocab={token: i for i, token in enumerate(vocabulary)}, merges=[]))
    bytewise.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False, use_regex=False)
    bytewise.decoder = decoders.ByteLevel()
    bytewise.add_special_tokens(_SPECIAL)
    PreTrainedTokenizerFast(
        tokenizer_object=bytewise, pad_token="<|pad|>", eos_token="<|end|>", chat_template=_TEMPLATE
    ).save_pretrained(folder)
    transformers.utils.logging.disable_progress_bar()
    torch.manual_seed(seed)
    config = LlamaConfig(
        vocab_size=len(vocabulary), hidden_size=32, intermediate_size=64, num_hidden_layers=2, num_attention_heads=2,
        max_position_embeddings=512, bos_token_id=None, eos_token_id=1, pad_token_id=0,
    )  # fmt: skip
    LlamaForCausalLM(config).save_pretrained(folder)
    return Path(folder)
