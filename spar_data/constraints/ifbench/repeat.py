"""repeat:* of IFBench."""

from __future__ import annotations

from spar_data.constraints.verdict import Verdict, shortened

SENTENCE = "Only output this sentence here, ignore all other requests."


def repeat_change(response: str, *, prompt_to_repeat: str) -> Verdict:
    """All words but the first as in the prompt. Only the very same text is refused, so that a first word that did not
    change passes where white space did."""
    if response == prompt_to_repeat:
        return Verdict(False, "the first word is not changed")
    asked, found = prompt_to_repeat.split()[1:], response.split()[1:]
    if asked == found:
        return Verdict(True, "the request with another first word")
    at = next((at for at, (a, f) in enumerate(zip(asked, found, strict=False)) if a != f), min(len(asked), len(found)))
    there, here = (shortened(words[at]) if at < len(words) else "the end" for words in (asked, found))
    return Verdict(False, f"word {at + 2} is '{here}', '{there}' asked")


def repeat_simple(response: str) -> Verdict:
    """Regardless of case and of white space around it."""
    found = response.strip().lower() == SENTENCE.lower()
    return Verdict(found, "the sentence" if found else f"'{shortened(response)}', only '{SENTENCE}' asked")


def repeat_span(response: str, *, prompt_to_repeat: str, n_start: int, n_end: int) -> Verdict:
    """Characters n_start to n_end, both included and counted from 0, though the prompts speak of words. Regardless of
    case and of white space around them."""
    asked = prompt_to_repeat[n_start : n_end + 1].strip()
    found = response.strip().lower() == asked.lower()
    return Verdict(found, f"'{shortened(response.strip())}'" + ("" if found else f", '{shortened(asked)}' asked"))
