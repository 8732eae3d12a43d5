"""Instructions of IFEval on the whole response: combination:*, startend:*, punctuation:*, capital_word_frequency."""

from __future__ import annotations

from itertools import zip_longest

from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.verdict import Verdict, counted, explained, judge, shortened


def two_responses(response: str) -> Verdict:
    """Two different texts with ****** between them; an empty text in the middle fails."""
    return differing(response.split("******"))


def differing(texts: list[str]) -> Verdict:
    """Checks that these are two different texts; empty ones at the ends do not count."""
    parts = [part.strip() for part in texts]
    if "" in parts[1:-1]:
        return Verdict(False, "an empty response between two ******")
    responses = [part for part in parts if part]
    if len(responses) != 2:
        return Verdict(False, f"{counted(len(responses), 'response')} between ******, exactly 2 asked")
    same = responses[0] == responses[1]
    return Verdict(not same, "both responses are the same" if same else "2 different responses")


def repeat_prompt(response: str, *, prompt_to_repeat: str) -> Verdict:
    """The response begins with the request, in any case."""
    request, text = prompt_to_repeat.strip().lower(), response.strip().lower()
    if text.startswith(request):
        return Verdict(True, "begins with the request")
    same = next(at for at, (a, b) in enumerate(zip_longest(request, text)) if a != b)
    rest = shortened(text[same : same + 20])
    return Verdict(False, f"differs from the request at its character {same + 1} ('{rest}')")


def end_checker(response: str, *, end_phrase: str) -> Verdict:
    """The response ends with the phrase, in any case; white space and straight double quotes after it are ignored."""
    text, ending = response.strip().strip('"').lower(), end_phrase.strip()
    return explained(text.endswith(ending.lower()), f"ends with '{shortened(text[-40:])}'", f", not with '{ending}'")


def quotation(response: str) -> Verdict:
    """The response begins and ends with a straight double quote."""
    text = response.strip()
    passed = len(text) > 1 and text[0] == text[-1] == '"'
    return Verdict(passed, f"begins with {text[:1]!r} and ends with {text[-1:]!r}")


def no_comma(response: str) -> Verdict:
    """Only the ASCII comma counts."""
    count = response.count(",")
    where = f", first at character {response.index(',') + 1}" if count else ""
    return Verdict(not count, counted(count, "comma") + where)


def capital_word_frequency(response: str, *, capital_frequency: int, capital_relation: str) -> Verdict:
    """Counts NLTK's tokens that are all capitals: "I" is one, "U.S." may be one."""
    return judge(nltk_text.capitals(response), "word", capital_relation, capital_frequency, of=" in capitals")
