"""The request to a teacher holds the prompt as it is."""

from __future__ import annotations

from spar_data.prompts.evolve.template import evolve_messages


def test_template_keeps_braces_and_slot_names_of_a_prompt() -> None:
    prompt = 'Fill {main} into {"a": {0}} and {taxonomy}'
    text = evolve_messages(prompt, "TAXONOMY", "Length", "- Words", 1, 3)[1].content
    assert f"[[start]]{prompt}[[end]]" in text
    assert text.count("TAXONOMY") == 1
