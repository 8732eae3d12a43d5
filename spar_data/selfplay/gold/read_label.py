"""Reads the label of a choice that a reply answers with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spar_data.models import Unparsed
from spar_data.selfplay.gold.answer_marks import first_problem, label_marks

Options = Sequence[tuple[str, str]]


def label_of(reply: str, options: Options) -> str | Unparsed:
    """The label that a reply answers with; `answers` describes where it stands. options: label and text.

    A letter counts if it stands alone: the "A" of "A plant" is an article. Small letters count in brackets or as the whole
    reply only. The text of an option stands for its label. Two labels are no answer.
    """
    text = re.sub(r"\\(?:text|mathrm|textbf|mathbf)\s*\{([^{}]*)\}", r"\1", first_problem(reply))
    labels = "|".join(re.escape(label) for label, _ in sorted(options, key=lambda option: -len(option[0])))
    answers = [(mark.start, text[mark.end : mark.stop]) for mark in label_marks(text)]
    turned = rf"(?<!\w)[(\[*_]{{0,4}}(?<!\w)({labels})[)\]*_.]{{0,4}}[ \t]is[ \t](?:the[ \t])?(?:correct|right|best)\b"  # "C is correct"
    answers += [(m.start(), m[1]) for m in re.finditer(turned, text)]
    for _, answer in sorted(answers, reverse=True):
        if answer.strip(" \t\n*_:.$") and not re.match(r"[\s*_:<\[(]*(?:not\b|LETTER\b|LABEL\b)", answer):
            return _read_marked(answer, options, labels)
    return _read_unmarked(text, options, labels)


def _read_marked(answer: str, options: Options, labels: str) -> str | Unparsed:
    """The label in the text after a mark."""
    line = next(line for line in answer.split("\n") if line.strip(" \t*_:.$"))
    alone = _label_alone(line, options)
    if alone:
        return alone
    if re.search(
        rf"(?<!\w)({labels})[)\]*_]{{0,4}}\s{{0,4}}(?:,|/|&|and|or)\s{{0,4}}[(\[*_]{{0,4}}({labels})(?![\w'’])", line
    ):
        return Unparsed("two labels named as the answer")
    lead = r"[\s*_:$`'\"“]{0,20}(?:(?:option|choice|letter|label)\s{1,4})?[*_$`'\"“]{0,4}"
    ends = r"[)\].:,;*_$`'\"”}!]|\s*$|\s+(?:because|since|as|for|which)\b|\s+[-–—(]"
    match = re.match(rf"{lead}[(\[{{]\s*({labels})\s*[)\]}}]", line, re.IGNORECASE) or re.match(
        rf"{lead}({labels})(?={ends})(?!\.\d)(?!\.[A-Za-z])", line
    )
    if match:
        return match[1].upper()
    by_text = [(len(_words(text)), label) for label, text in options if _begins_with(line, text)]
    longest = [label for size, label in by_text if size == max(by_text)[0]]
    if len(longest) == 1:
        return longest[0]
    bracketed = _bracketed(answer, labels)
    return bracketed[0] if len(bracketed) == 1 else Unparsed("the answer is named, but is no label")


def _read_unmarked(text: str, options: Options, labels: str) -> str | Unparsed:
    """The label of a reply that is a label or an option, begins with one ("B) Wood"), or holds a single one in brackets."""
    alone = _label_alone(text, options)
    if alone:
        return alone
    pattern = rf"^[ \t*_]{{0,20}}[(\[]?({labels})[)\].:]{{1,3}}[*_]{{0,3}}(?:\s|$)"
    listed = [m[1] for m in re.finditer(pattern, text, re.MULTILINE)]
    candidates = list(dict.fromkeys([*listed, *_bracketed(text, labels)]))
    if len(candidates) == 1:
        return candidates[0]
    return Unparsed("several labels, none named as the answer" if candidates else "no label in the reply")


def _label_alone(text: str, options: Options) -> str:
    """The label if the text is nothing but a label or an option, else ""."""
    bare = text.strip(" \t\n*_$`'\"“”.:!()[]{}").upper()
    by_text = [label for label, option in options if _words(option) and _words(text) == _words(option)]
    return bare if bare in [label for label, _ in options] else by_text[0] if len(by_text) == 1 else ""


def _bracketed(text: str, labels: str) -> list[str]:
    return list(dict.fromkeys(m[1].upper() for m in re.finditer(rf"[(\[]({labels})[)\]]", text)))


def _words(text: str) -> list[str]:
    """Small words without marks, and without an article at the start."""
    words = [word.rstrip("./-") for word in re.findall(r"[\w.%°/-]+", text.lower())]
    words = [word for word in words if word]
    return words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words


def _begins_with(answer: str, option: str) -> bool:
    words = _words(option)
    return bool(words) and _words(answer)[: len(words)] == words
