"""length_constraints:* of IFEval."""

from __future__ import annotations

import re

from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.verdict import Verdict, counted, judge, shortened


def number_words(response: str, *, num_words: int, relation: str) -> Verdict:
    return judge(len(nltk_text.words(response)), "word", relation, num_words)


def number_sentences(response: str, *, num_sentences: int, relation: str) -> Verdict:
    return judge(len(nltk_text.sentences(response)), "sentence", relation, num_sentences)


def number_paragraphs(response: str, *, num_paragraphs: int) -> Verdict:
    """Counts parts between `***`. An empty part in the middle fails; one at an end does not count."""
    parts = [bool(part.strip()) for part in re.split(r"\s?\*\*\*\s?", response)]
    empty = parts[1:-1].count(False)
    count = len(parts) - (not parts[0]) - (len(parts) > 1 and not parts[-1])
    reason = f"{counted(count, 'paragraph')} between ***, exactly {num_paragraphs} asked"
    return Verdict(not empty and count == num_paragraphs, f"{reason}; {empty} of them empty" if empty else reason)


def nth_paragraph_first_word(response: str, *, num_paragraphs: int, nth_paragraph: int, first_word: str) -> Verdict:
    """Blank parts do not count as paragraphs, but officially they do when the nth paragraph is looked up."""
    parts = response.split("\n\n")
    count = sum(bool(part.strip()) for part in parts)
    if nth_paragraph > count:
        return Verdict(False, f"{counted(count, 'paragraph')}, exactly {num_paragraphs} asked")
    paragraph = parts[nth_paragraph - 1].strip()
    if not paragraph:
        return Verdict(False, f"paragraph {nth_paragraph} is blank: more than one blank line before it")
    word = opening(paragraph)
    wrong = [f"{counted(count, 'paragraph')}, exactly {num_paragraphs} asked"] if count != num_paragraphs else []
    if word != first_word.lower():
        wrong.append(f"paragraph {nth_paragraph} begins with '{shortened(word)}', not with '{first_word}'")
    return Verdict(not wrong, "; ".join(wrong) or f"{counted(count, 'paragraph')}, paragraph {nth_paragraph} as asked")


def opening(paragraph: str) -> str:
    """Returns the first word in lower case, up to the first punctuation mark, without quotes before it."""
    word = paragraph.split()[0].lstrip("'").lstrip('"')
    return re.split("[.,?!'\"]", word, maxsplit=1)[0].lower()
