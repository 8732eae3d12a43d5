"""combination:*, startend:*, punctuation:* and change_case:capital_word_frequency of IFEval."""

from __future__ import annotations

from spar_data.constraints.text import nltk as nltk_text
from spar_data.constraints.verdict import Verdict, counted, judge, shortened


def two_responses(response: str) -> Verdict:
    """Two texts that differ, with ****** between; an empty one in between fails."""
    return differing(response.split("******"))


def differing(texts: list[str]) -> Verdict:
    """Whether these are two texts that differ; empty ones at the ends do not count."""
    parts = [part.strip() for part in texts]
    if "" in parts[1:-1]:
        return Verdict(False, "an empty response between two ******")
    found = [part for part in parts if part]
    if len(found) != 2:
        return Verdict(False, f"{counted(len(found), 'response')} between ******, exactly 2 asked")
    same = found[0] == found[1]
    return Verdict(not same, "both responses are the same" if same else "2 different responses")


def repeat_prompt(response: str, *, prompt_to_repeat: str) -> Verdict:
    """The response begins with the request, in any case of letters."""
    wanted, text = prompt_to_repeat.strip().lower(), response.strip().lower()
    if text.startswith(wanted):
        return Verdict(True, "begins with the request")
    same = next((i for i, (a, b) in enumerate(zip(wanted, text, strict=False)) if a != b), min(len(wanted), len(text)))
    return Verdict(
        False, f"differs from the request at its character {same + 1} ('{shortened(text[same : same + 20])}')"
    )


def end_checker(response: str, *, end_phrase: str) -> Verdict:
    r"""Ends with the phrase, in any case of letters; white space and straight double quotes after it do not count."""
    text, wanted = response.strip().strip('"').lower(), end_phrase.strip().lower()
    found = text.endswith(wanted)
    return Verdict(
        found, f"ends with '{shortened(text[-40:])}'" + ("" if found else f", not with '{end_phrase.strip()}'")
    )


def quotation(response: str) -> Verdict:
    text = response.strip()
    found = len(text) > 1 and text[0] == text[-1] == '"'
    return Verdict(found, f"begins with {text[:1]!r} and ends with {text[-1:]!r}")


def no_comma(response: str) -> Verdict:
    found = response.count(",")
    where = f", first at character {response.index(',') + 1}" if found else ""
    return Verdict(not found, counted(found, "comma") + where)


def capital_word_frequency(response: str, *, capital_frequency: int, capital_relation: str) -> Verdict:
    """NLTK's tokens that are all capitals: "I" is one, "U.S." may be one."""
    return judge(nltk_text.capitals(response), "word", capital_relation, capital_frequency, of=" in capitals")
