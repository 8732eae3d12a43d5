"""keywords:* of IFEval. Officially a keyword is a regular expression that matches anywhere, even inside a word."""

from __future__ import annotations

from spar_data.constraints.ifeval.patterns import count, is_found
from spar_data.constraints.verdict import Verdict, judge, quoted


def existence(response: str, *, keywords: list[str]) -> Verdict:
    missing = [keyword for keyword in sorted(keywords) if not is_found(keyword, response, keyword)]
    return Verdict(not missing, f"without {quoted(missing)}" if missing else f"has {quoted(keywords)}")


def frequency(response: str, *, keyword: str, frequency: int, relation: str) -> Verdict:
    keyword = keyword.strip()
    return judge(count(keyword, response, keyword), "occurrence", relation, frequency, of=f" of '{keyword}'")


def forbidden_words(response: str, *, forbidden_words: list[str]) -> Verdict:
    r"""Words have to match between word boundaries (`\b`): "apples" does not contain "apple"."""
    present = [word for word in sorted(set(forbidden_words)) if is_found(rf"\b{word}\b", response, word)]
    return Verdict(not present, f"has {quoted(present)}" if present else f"without {quoted(forbidden_words)}")


def letter_frequency(response: str, *, letter: str, let_frequency: int, let_relation: str) -> Verdict:
    """Counts any character. Official code replaces what is not a Latin letter by a random one (keys 1122, 1129)."""
    letter = letter.strip().lower() or letter.lower()
    return judge(response.lower().count(letter), "occurrence", let_relation, let_frequency, of=f" of '{letter}'")
