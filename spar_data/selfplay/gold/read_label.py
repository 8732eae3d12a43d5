"""The label of a choice that a reply answers with."""

from __future__ import annotations

import re
from collections.abc import Sequence

from spar_data.models import Unparsed
from spar_data.selfplay.gold.answer_marks import first_problem, label_marks

Options = Sequence[tuple[str, str]]


def label_of(reply: str, options: Options) -> str | Unparsed:
    """See spar_data.selfplay.gold.answers for where it stands. options: label and text.

    A letter counts if it stands alone: the "A" of "A plant" is an article, and small letters count in brackets or as the
    whole reply only. The text of an option stands for its label. Two labels are no answer.
    """
    text = re.sub(r"\\(?:text|mathrm|textbf|mathbf)\s*\{([^{}]*)\}", r"\1", first_problem(reply))
    labels = "|".join(re.escape(label) for label, _ in sorted(options, key=lambda o: -len(o[0])))
    named = [(mark.start, text[mark.end : mark.stop]) for mark in label_marks(text)]
    turned = rf"(?<!\w)[(\[*_]{{0,4}}(?<!\w)({labels})[)\]*_.]{{0,4}}[ \t]is[ \t](?:the[ \t])?(?:correct|right|best)\b"  # "C is correct"
    named += [(m.start(), m[1]) for m in re.finditer(turned, text)]
    for _, said in sorted(named, reverse=True):
        if said.strip(" \t\n*_:.$") and not re.match(r"[\s*_:<\[(]*(?:not\b|LETTER\b|LABEL\b)", said):
            return _named(said, options, labels)
    return _unnamed(text, options, labels)


def _named(said: str, options: Options, labels: str) -> str | Unparsed:
    line = next(line for line in said.split("\n") if line.strip(" \t*_:.$"))
    alone = _alone(line, options)
    if alone:
        return alone
    if re.search(
        rf"(?<!\w)({labels})[)\]*_]{{0,4}}\s{{0,4}}(?:,|/|&|and|or)\s{{0,4}}[(\[*_]{{0,4}}({labels})(?![\w'’])", line
    ):
        return Unparsed("two labels named as the answer")
    lead = r"[\s*_:$`'\"“]{0,20}(?:(?:option|choice|letter|label)\s{1,4})?[*_$`'\"“]{0,4}"
    ends = r"[)\].:,;*_$`'\"”}!]|\s*$|\s+(?:because|since|as|for|which)\b|\s+[-–—(]"
    found = re.match(rf"{lead}[(\[{{]\s*({labels})\s*[)\]}}]", line, re.IGNORECASE) or re.match(
        rf"{lead}({labels})(?={ends})(?!\.\d)(?!\.[A-Za-z])", line
    )
    if found:
        return found[1].upper()
    by_text = [(len(_words(text)), label) for label, text in options if _starts(line, text)]
    longest = [label for size, label in by_text if size == max(by_text)[0]]
    if len(longest) == 1:
        return longest[0]
    bracketed = _bracketed(said, labels)
    return bracketed[0] if len(bracketed) == 1 else Unparsed("the answer is named, but is no label")


def _unnamed(text: str, options: Options, labels: str) -> str | Unparsed:
    """The whole reply is a label or an option, begins with one ("B) Wood"), or holds a single one in brackets."""
    alone = _alone(text, options)
    if alone:
        return alone
    listed = [
        m[1]
        for m in re.finditer(rf"^[ \t*_]{{0,20}}[(\[]?({labels})[)\].:]{{1,3}}[*_]{{0,3}}(?:\s|$)", text, re.MULTILINE)
    ]
    told = list(dict.fromkeys([*listed, *_bracketed(text, labels)]))
    if len(told) == 1:
        return told[0]
    return Unparsed("several labels, none named as the answer" if told else "no label in the reply")


def _alone(text: str, options: Options) -> str:
    bare = text.strip(" \t\n*_$`'\"“”.:!()[]{}").upper()
    by_text = [label for label, option in options if _words(option) and _words(text) == _words(option)]
    return bare if bare in [label for label, _ in options] else by_text[0] if len(by_text) == 1 else ""


def _bracketed(text: str, labels: str) -> list[str]:
    return list(dict.fromkeys(m[1].upper() for m in re.finditer(rf"[(\[]({labels})[)\]]", text)))


def _words(text: str) -> list[str]:
    words = [word.rstrip("./-") for word in re.findall(r"[\w.%°/-]+", text.lower())]
    words = [word for word in words if word]
    return words[1:] if len(words) > 1 and words[0] in ("a", "an", "the") else words


def _starts(said: str, text: str) -> bool:
    wanted = _words(text)
    return bool(wanted) and _words(said)[: len(wanted)] == wanted
