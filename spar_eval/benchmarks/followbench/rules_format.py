"""The rules of two instructions of the category format."""

from __future__ import annotations

import re

from spar_eval.benchmarks.followbench.data import LeveledPrompt
from spar_eval.benchmarks.followbench.response_text import ResponseText, Ruling, count, read_response, split_sentences


def format_22(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    """Three paragraphs of under 3 sentences, sentences of over 20 words, numbers before paragraphs, closing words.

    Official: the "1" of "1. Wipe" is a sentence of one word, so that no response can pass levels 4 and 5; a line end does not
    end a sentence. Fixed: it does, and neither number nor closing words are sentences.
    """
    closing = "Those are suggestions"
    if text.fixed:
        ending = re.search(rf"(?<![\"'*])[\"'*]*{closing}[.!]?[\"'*]*$", text.text)
        body = text.text[: ending.start()] if ending and prompt.level == 5 else text.text
        paragraphs = [p.strip() for p in re.split(r"\n\s*\n", body) if p.strip()]
        marked = bool(paragraphs) and all(re.match(r"\W*\d+[.)]", p) for p in paragraphs)
        by_paragraph = [split_sentences(re.sub(r"^\W*\d+[.)]\W*", "", p)) for p in paragraphs]
        sentences, closes, expected = [s for paragraph in by_paragraph for s in paragraph], ending is not None, 3
        longest = max(map(len, by_paragraph), default=0)
    else:
        paragraphs, sentences = text.text.split("\n\n"), text.sentences
        marked = all(re.match(r"\d+\.", p.lstrip()) for p in paragraphs if p.strip())
        closes, expected = text.text.endswith(closing), 4 if prompt.level == 5 else 3
        longest = max(len(read_response(p, False).sentences) for p in paragraphs[:3])
    shortest = min((len(s.split()) for s in sentences), default=None)
    return [
        count(len(paragraphs), f"{expected} paragraphs", len(paragraphs) == expected),
        count(longest, "under 3 sentences a paragraph", longest < 3),
        count(shortest or 0, "over 20 words a sentence", shortest is None or shortest > 20),
        Ruling(marked, "every paragraph has to begin with a number and a dot"),
        Ruling(closes, f"{closing!r} has to end the response"),
    ]


def format_30(prompt: LeveledPrompt, text: ResponseText) -> list[Ruling]:
    """Five points.

    Official: asks for a keyword after each ** from level 2 on, which the instruction does at level 5, so that constraints 2 to
    5 are one level off; takes "**1." for a sentence; and takes words that end in hyphen, l, y for words in "-ly".
    """
    if text.fixed:
        return _format_30_fixed(text)
    # the official splitting: white space after a full stop or question mark, not after "e.g." or "Mr."
    sentences = re.split(r"(?<!\w\.\w.)(?<![A-Z][a-z]\.)(?<=\.|\?)\s", text.text)
    keywords = len(re.findall(r"\*\*\d.+?:", text.text))
    points = [s for s in sentences if any(f"{number}." in s for number in range(1, 6))]
    longest = max((len(s.split(".")) for s in points), default=0)
    sizes = [len(s.split()) for s in sentences]
    adverbs = any(word.endswith("-ly") for s in sentences for word in s.split())
    return [
        Ruling("**" in text.text, "** has to appear"),
        count(keywords, "5 times **, a number, and a colon after it", keywords == 5),
        count(longest, "under 3 pieces between dots a point", longest < 3),
        Ruling(all(10 <= size <= 15 for size in sizes), f"10 to 15 words a sentence wanted, {sizes} found"),
        Ruling(not adverbs, "no word may end in '-ly'"),
    ]


_POINT = re.compile(r"\s*(?:[-+•#]+|\*(?!\*))?\s*(?:\d+[.)]\s*)?(\*\*)?(?:\d+[.)]\s*)?")
_KEYWORD = re.compile(r"[^*:\n]{1,80}(?::?\s*\*\*\s*|(?=:))[:.\-\u2013\u2014]?\s*")
_NO_SUFFIX = {
    "ally", "anomaly", "apply", "assembly", "belly", "bully", "butterfly", "comply", "family", "fly", "imply", "italy",
    "jelly", "july", "lily", "monopoly", "multiply", "rally", "rely", "reply", "supply",
}  # fmt: skip


def _format_30_fixed(text: ResponseText) -> list[Ruling]:
    """In the order of the instruction. A point is a line with ** and the lines below it up to a blank one; its number and its
    keyword (in ** or before a colon) are not part of its sentences."""
    points: list[list[str]] = []
    others: list[str] = []
    keywords = 0
    inside = False
    for line in text.text.split("\n"):
        start = _POINT.match(line)
        body = line[start.end() :] if start else line
        keyword = _KEYWORD.match(body) if start and start[1] else None
        sentences = split_sentences(body[keyword.end() :] if keyword else body)
        if "**" in line:
            keywords += keyword is not None
            points.append([])
        inside = bool(line.strip()) and (inside or "**" in line)
        (points[-1] if inside else others).extend(sentences)
    longest = max(map(len, points), default=0)
    sizes = [len(s.split()) for s in [*others, *(s for point in points for s in point)]]
    adverbs = (word for word in re.findall(r"(?<![\w-])[\w-]+ly\b", text.text.lower()) if word not in _NO_SUFFIX)
    adverb = next(adverbs, "")
    return [
        Ruling("**" in text.text, "** has to appear"),
        count(longest, "under 2 sentences a point", longest < 2),
        Ruling(all(10 <= size <= 15 for size in sizes), f"10 to 15 words a sentence wanted, {sizes} found"),
        Ruling(not adverb, f"no word in -ly may appear{f', {adverb!r} does' if adverb else ''}"),
        count(keywords, "5 points that begin with a keyword", keywords == 5),
    ]
