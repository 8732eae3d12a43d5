"""The request that makes a model teacher evolve a prompt: our wording, the published method and reply format.

The method is that of SPaR (arXiv 2412.11605) and its instruction_evolve script: the whole taxonomy, a drawn main constraint
that is used unless it contradicts the prompt, one to three more, "None" for maths and code, and a reply between [[start]]
and [[end]].
"""

from __future__ import annotations

from spar_data.models import Message, fill

_SYSTEM = "You are a careful writer of instructions for language models."

_USER = """\
Below is a prompt that somebody gave to a language model. Make it harder to follow by working constraints into it.

Kinds of constraints you can draw on:
{taxonomy}

The prompt:
[[start]]{prompt}[[end]]

Main constraint, of the type "{main}". It may take one of these forms:
{forms}

How to do it:
1. Add the main constraint, unless it contradicts the prompt.
2. Add between {least} and {most} further constraints. They must fit the prompt and each other.
3. Be inventive: kinds that are not listed above are welcome. Prefer other kinds over length.
4. Keep what the prompt asks for, and keep its language.
5. Say the constraints as part of the text, in natural sentences. Never list them.
6. Do not answer the prompt.
7. If the prompt is a mathematics or programming task, or needs an image, a file or a website, reply with None instead.

Reply with the new prompt alone, in exactly this form:
[[start]]the new prompt[[end]]"""


def evolve_messages(prompt: str, taxonomy: str, main: str, forms: str, least: int, most: int) -> tuple[Message, ...]:
    """Fills the template in one pass, so that braces and markers inside a prompt stay as they are.

    taxonomy: all types and leaves as text. main: label of the drawn type. forms: its leaves as text. least, most: bounds of
    the number of further constraints.
    """
    text = fill(_USER, taxonomy=taxonomy, prompt=prompt, main=main, forms=forms, least=str(least), most=str(most))
    return (Message("system", _SYSTEM), Message("user", text))
