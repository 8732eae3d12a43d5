"""format:* of IFBench."""

from __future__ import annotations

import re
import string
from collections import defaultdict, deque
from itertools import pairwise

from spar_data.constraints.ifbench.text import EDGES, bare
from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.verdict import Verdict, counted, judge, shortened
from spar_data.core.errors import importing

_CLOSES = {")": "(", "]": "[", "}": "{"}
_DEPTH, _QUOTE_DEPTH = 5, 3
_LETTERED = re.compile(r"\W*[aA]\W*[bB]\W*[cC]\W*")


def parentheses(response: str) -> Verdict:
    """Five brackets are open at a time and the innermost is closed; a wrong closing bracket resets the count."""
    open_: list[str] = []
    deepest = best = 0
    for char in response:
        if char in "([{":
            open_.append(char)
            deepest = max(deepest, len(open_))
            best = max(best, deepest)
        elif char in _CLOSES:
            if not open_ or open_[-1] != _CLOSES[char]:
                open_, deepest = [], 0
                continue
            open_.pop()
            if deepest >= _DEPTH:
                return Verdict(True, f"{_DEPTH} levels of brackets")
    return Verdict(False, f"{best} brackets open at a time, {_DEPTH} asked and the innermost closed")


def quotes(response: str) -> Verdict:
    """Three levels of straight quotes, closed. An apostrophe opens or closes a level like any single quote."""
    open_: list[str] = []
    deepest = 0
    for char in response:
        if open_ and char == open_[-1]:
            open_.pop()
            if deepest - len(open_) >= _QUOTE_DEPTH:
                return Verdict(True, f"{_QUOTE_DEPTH} levels of quotes")
        elif char in "\"'":
            open_.append(char)
            deepest = max(deepest, len(open_))
    return Verdict(False, f"{deepest} quotes open at a time, {_QUOTE_DEPTH} asked, \" and ' in turn, and all closed")


def options_(response: str, *, options: str) -> Verdict:
    """The response is one of the options, which "/", "or" or "," separates, in this order of preference.

    Case and surrounding punctuation are ignored, except for options such as "a), b), c)".
    """
    separator = next((sign for sign in ("/", "or") if sign in options), ",")
    allowed = [option.strip() for option in options.split(separator)]
    passed = response in allowed if _LETTERED.match(options) else _plain(response) in map(_plain, allowed)
    return Verdict(passed, f"'{shortened(response)}' is {'' if passed else 'not '}one of: {options}")


def _plain(option: str) -> str:
    return option.strip(EDGES).lower()


def newline(response: str) -> Verdict:
    """There are as many lines as words, without ASCII punctuation and empty lines."""
    text = bare(response).strip()
    lines, words = sum(line != "" for line in text.split("\n")), len(text.split())
    return Verdict(lines == words, f"{counted(words, 'word')} on {counted(lines, 'line')}, one on each asked")


def emoji(response: str) -> Verdict:
    """One of the last two characters of each sentence, or the first of the next one, is an emoji.

    ASCII punctuation is removed first. The package emoji knows the emoji; one of several characters counts by one of them.
    """
    with importing("emoji", "eval", "Finding emoji"):
        from emoji import is_emoji
    sentences = [bare(sentence).strip() for sentence in nltk_text.sentences(response)]
    for number, (sentence, after) in enumerate(zip(sentences, [*sentences[1:], ""], strict=True), start=1):
        if not sentence:
            return Verdict(False, f"sentence {number} is punctuation only, without an emoji")
        if not any(map(is_emoji, sentence[-2:])) and not is_emoji(after[:1]):
            return Verdict(False, f"sentence {number} ends without an emoji: '{shortened(sentence[-30:])}'")
    return Verdict(True, f"an emoji after each of {counted(len(sentences), 'sentence')}")


def line_indent(response: str) -> Verdict:
    """Each line begins with more spaces than the one before. Of two blank lines in a row, only the first is ignored."""
    lines = _without_blank(response.split("\n"))
    indents = [len(line) - len(line.lstrip(" ")) for line in lines]
    for line, (before, indent) in zip(lines[1:], pairwise(indents), strict=True):
        if indent <= before:
            what = f"'{shortened(line)}'" if line.strip() else "a blank line"
            return Verdict(False, f"{what} begins with {counted(indent, 'space')} after {before}, more asked")
    return Verdict(True, f"{counted(len(lines), 'line')}, each indented further")


def _without_blank(lines: list[str]) -> list[str]:
    """Does in linear time what `for line in lines: if not line.strip(): lines.remove(line)` does.

    `remove` takes out the first equal line, which may be one that the loop has passed. The loop then skips a line.
    """
    equal: defaultdict[str, deque[int]] = defaultdict(deque)
    for at, line in enumerate(lines):
        if not line.strip():
            equal[line].append(at)
    gone, at = set(), 0
    while at < len(lines):
        if lines[at] in equal:
            gone.add(equal[lines[at]].popleft())
            at += 1
        at += 1
    return [line for at, line in enumerate(lines) if at not in gone]


def quote_unquote(response: str) -> Verdict:
    """No quote right behind another, and none at the end, where digits and punctuation are ignored. No quotes pass."""
    text = "".join(response.replace("'\"'", "").split())
    if '""' in text:
        return Verdict(False, 'two " with nothing between them: each quoted phrase needs an explanation after it')
    last = text.strip(string.digits + string.punctuation.replace('"', ""))[-1:]
    return Verdict(last != '"', "ends with a quote" if last == '"' else f'{response.count(chr(34))} ", none at the end')


def list_(response: str, *, sep: str) -> Verdict:
    """The separator occurs twice, anywhere: as "-" also as a hyphen."""
    return judge(response.count(sep), "time", "at least", 2, of=f" '{sep}'")


def thesis(response: str) -> Verdict:
    """There is text between the first <i> and the next </i>, and text after that; <em> and </em> if there is no <i>, </i>.

    Official code cuts <em> as if it were <i>, so its letters count as text.
    """
    start = next((at for tag in ("<i>", "<em>") if (at := response.find(tag)) >= 0), -1)
    if start < 0:
        return Verdict(False, "no <i> or <em>")
    text = response[start:]
    end = next((at for tag in ("</i>", "</em>") if (at := text.find(tag)) >= 0), -1)
    if end < 0:
        return Verdict(False, "italics without </i> or </em>")
    if not text[3:end].strip():
        return Verdict(False, "nothing in italics")
    passed = bool(text[end + 4 :].strip())
    return Verdict(passed, f"'{shortened(text[3:end])}' in italics, {'text' if passed else 'nothing'} after it")


def sub_bullets(response: str) -> Verdict:
    """Each "*", anywhere, has a "-" before the next "*". A text without "*" passes."""
    for number, part in enumerate(response.split("*")[1:], start=1):
        if "-" not in part:
            return Verdict(False, f"star {number} has no '-' behind it: '{shortened(part.strip())}'")
    stars = response.count("*")
    return Verdict(True, f"a '-' behind each of {counted(stars, 'star')}" if stars else "no '*', which passes")


def no_bullets_bullets(response: str) -> Verdict:
    """At least two sentences, then at least two lines that begin with "*", and nothing else.

    A sentence need not end in a period. A blank line ends the sentences: only bullets may follow.
    """
    sentences = bullets = 0
    in_sentences = True
    for number, line in enumerate(response.split("\n"), start=1):
        line = line.strip()
        if line.startswith("*"):
            if sentences < 2:
                return Verdict(False, f"{counted(sentences, 'sentence')} before the first bullet, at least 2 asked")
            in_sentences, bullets = False, bullets + 1
        elif in_sentences:
            count = len(nltk_text.sentences(line))
            in_sentences, sentences = count > 0, sentences + count
        else:
            what = f"'{shortened(line)}'" if line else "a blank line"
            reason = f"line {number}, {what}, stands after a blank line or a bullet: bullets only asked there"
            return Verdict(False, reason)
    return judge(bullets, "bullet", "at least", 2)


def title_case(response: str) -> Verdict:
    """Every word that begins with a letter begins with a capital, short ones included.

    Mixed case such as "iPhone" passes; "don't" fails over its token "n't".
    """
    for word in nltk_text.tokens(response):
        rest = word[1:]
        if word[0].isalpha() and word[0].islower() and (not rest or rest.isupper() or rest.islower()):
            return Verdict(False, f"'{shortened(word)}' does not begin with a capital")
    return Verdict(True, "title case")


def output_template(response: str) -> Verdict:
    """The three headings occur, anywhere and in any order."""
    missing = [heading for heading in ("My Answer:", "My Conclusion:", "Future Outlook:") if heading not in response]
    return Verdict(not missing, f"without {', '.join(missing)}" if missing else "has the three headings")


def no_whitespace(response: str) -> Verdict:
    """There is no white space, not even at the ends."""
    at = next((at for at, char in enumerate(response, start=1) if char.isspace()), 0)
    return Verdict(not at, f"white space at character {at}" if at else "no white space")
