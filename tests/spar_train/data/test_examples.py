"""The targets of a dialogue, exact to the token for every form of chat template."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tiny_llama import CHATML, TEMPLATES, tokenizer

from spar_data.core.assets import cache_folder
from spar_train.data.examples import Example, LeftOut, PairExample, pair_example, reason_counts, sft_example
from spar_train.data.rows import DialogueRow, PairRow

SYSTEM = {"role": "system", "content": "Be brief."}
USER = {"role": "user", "content": "Say hello."}
REPLY = {"role": "assistant", "content": "Hello, all!"}
AGAIN = {"role": "user", "content": "Say hello again."}

# what generation writes behind the prompt: the reply, what the template puts before it, the token that ends the turn
TARGETS = {
    "chatml": "{}<|im_end|>",
    "llama-3": "{}<|eot_id|>",
    "mistral": " {}</s>",
    "gemma": "{}<end_of_turn>",
    "qwen3": "<think>\n\n</think>\n\n{}<|im_end|>",
    "zephyr": "{}</s>",
    "default system prompt": "{}<|im_end|>",
    "glm-4": "{}</s>",
}


def _example(made: Any) -> Example:
    assert isinstance(made, Example), made
    assert made.tokens.dtype == np.int32 and made.targets.dtype == np.bool_ and made.tokens.shape == made.targets.shape
    assert not made.targets[0]
    return made


def _target(made: Any, tok: Any) -> str:
    example = _example(made)
    return str(tok.decode(example.tokens[example.targets]))


def test_every_form_of_template_is_tested() -> None:
    assert TARGETS.keys() == TEMPLATES.keys()


@pytest.mark.parametrize("name", TEMPLATES)
@pytest.mark.parametrize("turns", [[USER], [USER, REPLY, AGAIN]], ids=["one turn", "two turns"])
def test_target_is_the_last_reply_and_prompt_equals_that_of_generation(name: str, turns: list[Any]) -> None:
    tok = tokenizer(TEMPLATES[name])
    example = _example(sft_example(DialogueRow("r", [*turns, REPLY]), tok, 500))
    fed = tok.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)["input_ids"]
    assert example.tokens[~example.targets].tolist() == fed
    assert example.targets.tolist() == [False] * len(fed) + [True] * (len(example.tokens) - len(fed))
    assert _target(example, tok) == TARGETS[name].format("Hello, all!")


@pytest.mark.parametrize("name", TEMPLATES)
def test_replies_with_awkward_texts(name: str) -> None:
    """White space at both ends (some templates strip it), words of the template itself, letters beyond ASCII."""
    tok = tokenizer(TEMPLATES[name])
    for text in (
        "\n Hello \n",
        "end",
        "im_end",
        "think",
        "assistant\nassistant",
        "model",
        "[INST",
        "héllo 你好 🙂",
        "</",
    ):
        made = _target(sft_example(DialogueRow("r", [USER, {"role": "assistant", "content": text}]), tok, 500), tok)
        kept = text.strip() if "trim" in TEMPLATES[name] else text.lstrip("\n") if name == "qwen3" else text
        assert made == TARGETS[name].format(kept), (name, text)


@given(
    name=st.sampled_from(sorted(TEMPLATES)),
    sentencepiece=st.booleans(),
    asked=st.text(min_size=1, max_size=20).filter(str.strip),
    reply=st.text(st.one_of(st.characters(codec="utf-8"), st.sampled_from(" \n<|>/heloa[]")), min_size=1, max_size=20),
)
@settings(max_examples=100, deadline=None)
def test_any_reply_is_trained_on_completely_or_set_aside(
    name: str, sentencepiece: bool, asked: str, reply: str
) -> None:
    """The prompt is always what generation feeds; the target holds all of the reply but white space at its ends."""
    tok = _tokenizer(name, sentencepiece)
    turns = [{"role": "user", "content": asked}]
    made = sft_example(DialogueRow("r", [*turns, {"role": "assistant", "content": reply}]), tok, 10_000)
    if isinstance(made, LeftOut):
        assert (made.reason == "the reply is empty") == (not reply.strip())
        assert not reply.strip() or "holds the special token" in made.reason or (name == "qwen3" and "think" in reply)
        return
    fed = tok.apply_chat_template(turns, add_generation_prompt=True, return_dict=True)["input_ids"]
    example = _example(made)
    assert example.tokens[~example.targets].tolist() == fed and example.targets[len(fed) :].all()
    if sentencepiece and "▁" in reply:  # its own sign for a space
        return
    target = tok.decode(example.tokens[example.targets])
    before, _, after = TARGETS[name].partition("{}")
    assert target.startswith(before.lstrip(" ") if sentencepiece else before) and target.endswith(after)
    assert target.removeprefix(before).removesuffix(after).strip() == reply.strip()


_tokenizer = functools.cache(lambda name, sentencepiece: tokenizer(TEMPLATES[name], sentencepiece))


def test_thinking_that_is_part_of_a_reply_is_trained_on() -> None:
    tok = tokenizer(TEMPLATES["qwen3"])
    thought = {"role": "assistant", "content": "<think>\nWell.\n</think>\n\nHello!"}
    made = sft_example(DialogueRow("r", [USER, thought]), tok, 500)
    assert _target(made, tok) == thought["content"] + "<|im_end|>"
    other = {"role": "assistant", "content": "<think>Well.</think>Hello!"}  # the template sets the lines otherwise
    assert sft_example(DialogueRow("r", [USER, other]), tok, 500) == LeftOut(
        "r", "the chat template changes the text of the reply"
    )


def test_system_messages() -> None:
    for name in ("chatml", "llama-3", "default system prompt"):
        tok = tokenizer(TEMPLATES[name])
        example = _example(sft_example(DialogueRow("r", [SYSTEM, USER, REPLY]), tok, 500))
        assert "Be brief." in tok.decode(example.tokens[~example.targets]) and "Be kind." not in tok.decode(
            example.tokens
        )
    refused = sft_example(DialogueRow("r", [SYSTEM, USER, REPLY]), tokenizer(TEMPLATES["gemma"]), 500)
    assert refused == LeftOut("r", "the chat template refuses the messages: no system messages here")


def test_sentencepiece_puts_no_space_into_the_reply() -> None:
    """Its tokenizers set a space before a text; a reply that is tokenized alone would begin with one that nobody wrote."""
    tok = tokenizer(TEMPLATES["mistral"], sentencepiece=True)
    example = _example(sft_example(DialogueRow("r", [USER, REPLY]), tok, 500))
    fed = tok.apply_chat_template([USER], add_generation_prompt=True, return_dict=True)["input_ids"]
    assert example.tokens[: len(fed)].tolist() == fed
    assert "".join(tok.convert_ids_to_tokens(example.tokens[example.targets])) == "▁Hello,▁all!</s>"


def test_no_token_spans_prompt_and_reply() -> None:
    """The tokenizer joins two newlines: the prompt ends with one, the reply begins with one."""
    tok = tokenizer(CHATML)
    example = _example(sft_example(DialogueRow("r", [USER, {"role": "assistant", "content": "\nHello"}]), tok, 500))
    joined = tok.convert_tokens_to_ids("ĊĊ")
    assert joined in tok("a\n\nb")["input_ids"] and joined not in example.tokens
    fed = tok.apply_chat_template([USER], add_generation_prompt=True, return_dict=True)["input_ids"]
    assert example.tokens[~example.targets].tolist() == fed
    assert _target(example, tok) == "\nHello<|im_end|>"


REFINE = [
    {"role": "user", "content": "Judge it."},
    {"role": "assistant", "content": "It lacks a title."},
    {"role": "user", "content": "Refine it: It lacks a title."},
    {"role": "assistant", "content": "A title. Then text."},
]


@pytest.mark.parametrize("name", TEMPLATES)
def test_train_critique_adds_the_critique_to_the_targets(name: str) -> None:
    tok = tokenizer(TEMPLATES[name])
    without = _example(sft_example(DialogueRow("r", REFINE), tok, 500))
    example = _example(sft_example(DialogueRow("r", REFINE), tok, 500, train_critique=True))
    assert example.tokens.tolist() == without.tokens.tolist()
    edges = np.flatnonzero(np.diff(example.targets.astype(int)))
    spans = [
        tok.decode(example.tokens[a + 1 : b + 1]) for a, b in zip(edges[::2], [*edges[1::2], None], strict=False) if b
    ]
    last = tok.decode(example.tokens[edges[-1] + 1 :])
    # the last reply is as before; a template that thinks in the last turn only leaves earlier replies without
    assert last == TARGETS[name].format("A title. Then text.")
    end = {"glm-4": "<|user|>", "qwen3": "<|im_end|>"}.get(name)
    expected = "It lacks a title." + end if end else TARGETS[name].format("It lacks a title.")
    assert spans == [expected]
    assert example.targets.sum() == without.targets.sum() + len(tok(expected, add_special_tokens=False)["input_ids"])


def test_rows_that_are_too_long_are_set_aside_and_never_cut() -> None:
    tok = tokenizer(CHATML)
    row = DialogueRow("r", [USER, REPLY])
    size = len(_example(sft_example(row, tok, 500)).tokens)
    assert len(_example(sft_example(row, tok, size)).tokens) == size
    assert sft_example(row, tok, size - 1) == LeftOut("r", f"too long: {size} tokens, at most {size - 1}")
    pair = PairRow("p", [USER], "No.", "Hello, all!")
    assert isinstance(pair_example(pair, tok, size), PairExample)
    assert pair_example(pair, tok, size - 1) == LeftOut("p", f"rejected: too long: {size} tokens, at most {size - 1}")


def test_a_pair_has_one_prompt() -> None:
    tok = tokenizer(CHATML)
    pair = pair_example(PairRow("p", [SYSTEM, USER, REPLY, AGAIN], "Hello!", "No."), tok, 500)
    assert isinstance(pair, PairExample)
    chosen, rejected = pair.chosen, pair.rejected
    assert chosen.tokens[~chosen.targets].tolist() == rejected.tokens[~rejected.targets].tolist()
    assert (_target(chosen, tok), _target(rejected, tok)) == ("Hello!<|im_end|>", "No.<|im_end|>")


def test_pairs_that_a_template_makes_equal_are_set_aside() -> None:
    pair = PairRow("p", [USER], "Hello.", "Hello. \n")
    assert pair_example(pair, tokenizer(TEMPLATES["llama-3"]), 500) == LeftOut("p", "both sides are the same tokens")
    assert isinstance(pair_example(pair, tokenizer(CHATML), 500), PairExample)


@pytest.mark.parametrize(
    ("template", "reply", "reason"),
    [
        (CHATML, "One<|im_end|>two", "the reply holds the special token <|im_end|>"),
        (CHATML, "One</s>", "the reply holds the special token </s>"),
        (CHATML.replace("m.content", "m.content | upper"), "One", "the chat template changes the text of the reply"),
        (CHATML.replace("assistant\n{% endif %}", "assistant\n<think>{% endif %}"), "One", "renders the dialogue differently"),
        (None, "One", "the chat template refuses the messages"),
    ],
)  # fmt: skip
def test_the_reason_of_a_row_that_is_set_aside(template: str | None, reply: str, reason: str) -> None:
    tok = tokenizer(CHATML)
    tok.chat_template = template
    made = sft_example(DialogueRow("r", [USER, {"role": "assistant", "content": reply}]), tok, 500)
    assert isinstance(made, LeftOut) and reason in made.reason


def test_a_template_without_an_end_needs_an_end_token() -> None:
    tok = tokenizer(TEMPLATES["glm-4"])
    tok.eos_token = None
    made = sft_example(DialogueRow("r", [USER, REPLY]), tok, 500)
    assert isinstance(made, LeftOut) and "no token that ends a reply" in made.reason


def test_reasons_are_counted_by_kind() -> None:
    left = [
        LeftOut("a", "too long: 9 tokens, at most 8"),
        LeftOut("b", "chosen: too long: 12 tokens, at most 8"),
        LeftOut("c", "the reply holds the special token <|im_end|>"),
    ]
    assert reason_counts(left) == {"too long": 2, "the reply holds the special token": 1}


# name: its special tokens, the last of them the end token; the target of "Hello, all!"
PUBLISHED: dict[str, tuple[list[str], str]] = {
    "llama3": (["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], "Hello, all!<|eot_id|>"),
    "llama3_1": (["<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"], "Hello, all!<|eot_id|>"),
    "gemma": (["<start_of_turn>", "<end_of_turn>", "<eos>"], "Hello, all!<end_of_turn>"),
    "gemma3": (["<start_of_turn>", "<end_of_turn>", "<eos>"], "Hello, all!<end_of_turn>"),
    "phi3": (["<|user|>", "<|assistant|>", "<|end|>", "<|endoftext|>"], "Hello, all!<|end|>"),
    "qwen2_5": (["<|im_start|>", "<|im_end|>"], "Hello, all!<|im_end|>"),
    "qwen3": (["<|im_start|>", "<|im_end|>"], "<think>\n\n</think>\n\nHello, all!<|im_end|>"),
    "qwen3_instruct_2507": (["<|im_start|>", "<|im_end|>"], "Hello, all!<|im_end|>"),
    "qwen3_5_think": (["<|im_start|>", "<|im_end|>"], "\n</think>\n\nHello, all!<|im_end|>"),
    "lfm2": (["<|im_start|>", "<|im_end|>"], "Hello, all!<|im_end|>"),
    "glm4moe": (
        ["[gMASK]", "<sop>", "<|user|>", "<|assistant|>", "<|endoftext|>"],
        "\n<think></think>\nHello, all!<|endoftext|>",
    ),
    "cohere2": (
        ["<|START_RESPONSE|>", "<|END_RESPONSE|>", "<|CHATBOT_TOKEN|>", "<|END_OF_TURN_TOKEN|>"],
        "Hello, all!<|END_RESPONSE|><|END_OF_TURN_TOKEN|>",
    ),
    "gptoss": (
        ["<|start|>", "<|channel|>", "<|message|>", "<|end|>", "<|return|>"],
        "<|channel|>final<|message|>Hello, all!<|return|>",
    ),
    "deepseekv3": (
        ["<｜User｜>", "<｜Assistant｜>", "<｜end▁of▁sentence｜>"],
        "",
    ),  # its prompt begins to think, its dialogue not
}


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_templates(name: str) -> None:
    """Those that come with TRL, word for word the models' own."""
    trl = pytest.importorskip("trl")
    special, target = PUBLISHED[name]
    tok = tokenizer((Path(trl.__file__).parent / "chat_templates" / f"{name}.jinja").read_text(encoding="utf-8"))
    tok.add_special_tokens({"additional_special_tokens": special, "eos_token": special[-1]})
    made = sft_example(DialogueRow("r", [USER, REPLY]), tok, 10_000)
    if target:
        assert _target(made, tok) == target
        fed = tok.apply_chat_template([USER], add_generation_prompt=True, return_dict=True)["input_ids"]
        example = _example(made)
        assert example.tokens[~example.targets].tolist() == fed
    else:
        assert isinstance(made, LeftOut) and "'<think>" in made.reason


@pytest.mark.skipif(
    not (cache_folder() / "models" / "smollm2-135m-instruct").is_dir(), reason="the model smollm2 is not there"
)
def test_smollm2() -> None:
    """Its template adds a system prompt of its own."""
    from transformers import AutoTokenizer

    tok = AutoTokenizer.from_pretrained(cache_folder() / "models" / "smollm2-135m-instruct")
    example = _example(sft_example(DialogueRow("r", REFINE), tok, 500, train_critique=True))
    fed = tok.apply_chat_template(REFINE[:-1], add_generation_prompt=True, return_dict=True)["input_ids"]
    assert example.tokens[: len(fed)].tolist() == fed
    assert _target(example, tok) == "It lacks a title.<|im_end|>A title. Then text.<|im_end|>"
