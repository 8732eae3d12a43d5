"""Reasons of the verdicts; test_official.py compares the verdicts with the official code."""

from __future__ import annotations

from reason_table import reason_test

from spar_data.constraints import ifeval

test_reasons = reason_test(
    ifeval.check,
    ("length_constraints:number_words", {"num_words": 4, "relation": "at least"}, "I don't know", True, "4 words, at least 4 asked"),
    ("length_constraints:number_words", {"num_words": 4, "relation": "less than"}, "I don't know", False, "4 words, less than 4 asked"),
    ("length_constraints:number_sentences", {"num_sentences": 3, "relation": "at least"}, "Dr. Who left. Gone!", False, "2 sentences, at least 3 asked"),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "a\n***\n\n***\nb", False, "3 paragraphs between ***, exactly 2 asked; 1 of them empty"),
    ("length_constraints:number_paragraphs", {"num_paragraphs": 2}, "***\na\n***\nb\n***", True, "2 paragraphs between ***, exactly 2 asked"),
    ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "Yes"}, "No.\n\n\"yes, I do", True, "2 paragraphs, paragraph 2 as asked"),
    ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 2, "nth_paragraph": 2, "first_word": "yes"}, "No.\n\n\n\nyes", False, "paragraph 2 is blank: more than one blank line before it"),
    ("length_constraints:nth_paragraph_first_word", {"num_paragraphs": 3, "nth_paragraph": 1, "first_word": "yes"}, "No.", False, "1 paragraph, exactly 3 asked; paragraph 1 begins with 'no', not with 'yes'"),
)  # fmt: skip
