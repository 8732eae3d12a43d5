"""The detector of refusals."""

from __future__ import annotations

import time

import pytest

from spar_data.sft.refusals import is_refusal

REFUSALS = [
    "I'm sorry, but I can't help with that.",
    "I’m sorry, but I cannot assist with this request.",
    "Sorry, I can't do that.",
    "I cannot fulfill your request.",
    "I am unable to provide medical advice.",
    "As an AI language model, I cannot generate images.",
    "I'm sorry, but as an AI assistant, I am not able to write a story about that.",
    "Unfortunately, I won't be able to complete this task as asked.",
    "I must respectfully decline.",
    "Thank you for asking. I can't discuss this topic.",
    "I apologize, but I can't comply with that.",
    "**I'm sorry**, I can't help.",
    "That's not something I can help with.",
    "This request violates the rules I follow.",
    "Es tut mir leid, aber ich kann dir dabei nicht helfen.",
    "Leider kann ich Ihnen bei dieser Anfrage nicht weiterhelfen.",
    "Ich kann diese Bitte nicht erfüllen.",
    "Lo siento, pero no puedo ayudarte con eso.",
    "Como modelo de lenguaje, no puedo proporcionar esa información.",
    "Je suis désolé, mais je ne peux pas vous aider.",
    "En tant qu'assistant, je ne suis pas en mesure de répondre à cette question.",
    "抱歉，我无法提供相关信息。",
    "对不起，我不能帮助您完成这个请求。",
    "作为一个人工智能，我无法回答这个问题。",
    "很抱歉，我無法滿足您的要求。",
]
RESPONSES = [
    "I cannot help but smile when I think of that summer.",
    "I'm sorry to hear that you lost your cat. Here is a poem for you.",
    "Sorry seems to be the hardest word, said the old man.",
    "Dear Anna, I am sorry that I can't come to your wedding.",
    "I can't believe it is already spring! The garden is full of bees.",
    "Unfortunately, the train was late, and nobody could help it.",
    "The assistant said: I cannot help with that.",
    "Here is how to say no politely: I'm sorry, but I can't help with that.",
    "As an AI language model, I don't have feelings, but here is a poem about joy.",
    "Ich kann dir gern ein Rezept geben: Nimm zwei Eier.",
    "Es tut mir leid, dass du krank bist. Gute Besserung!",
    "No puedo creer que ya sea primavera.",
    "Lo siento mucho por tu pérdida.",
    "Je ne peux pas oublier ce jour à Paris.",
    "我不能忘记那一天。",
    "对不起，让你久等了。",
    "无法忘怀的旅行",
    "Yes.",
    "",
]


@pytest.mark.parametrize("text", REFUSALS)
def test_refusal(text: str) -> None:
    assert is_refusal(text)


@pytest.mark.parametrize("text", RESPONSES)
def test_response(text: str) -> None:
    assert not is_refusal(text)


def test_long_texts_are_no_refusals_and_take_no_time() -> None:
    start = time.perf_counter()
    assert not is_refusal("I'm sorry, but I can't help with that. " * 100)
    for text in ("sorry " * 300, "i am " * 300, "抱歉，" * 500, "sorry, but " * 130, "kann ich dir " * 110):
        is_refusal(text)
    assert time.perf_counter() - start < 1
