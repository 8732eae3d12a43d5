"""repeat:* of IFBench."""

from __future__ import annotations

from itertools import zip_longest

from spar_data.constraints.verdict import Verdict, explained, shortened

SENTENCE = "Only output this sentence here, ignore all other requests."


def repeat_change(response: str, *, prompt_to_repeat: str) -> Verdict:
    """Repeats the prompt with another first word.

    The first words are not compared: the response only must not equal the prompt. The same words with other white space
    pass.
    """
    if response == prompt_to_repeat:
        return Verdict(False, "the first word is not changed")
    expected, actual = prompt_to_repeat.split()[1:], response.split()[1:]
    if expected == actual:
        return Verdict(True, "the request with another first word")
    at = next(at for at, (a, b) in enumerate(zip_longest(expected, actual)) if a != b)
    right, wrong = (shortened(words[at]) if at < len(words) else "the end" for words in (expected, actual))
    return Verdict(False, f"word {at + 2} is '{wrong}', '{right}' asked")


def repeat_simple(response: str) -> Verdict:
    """The response is the sentence, in any case; white space around it is ignored."""
    passed = response.strip().lower() == SENTENCE.lower()
    return Verdict(passed, "the sentence" if passed else f"'{shortened(response)}', only '{SENTENCE}' asked")


def repeat_span(response: str, *, prompt_to_repeat: str, n_start: int, n_end: int) -> Verdict:
    """The response is the characters n_start to n_end of the prompt, both included and counted from 0.

    The prompts speak of words. Case and white space around the text are ignored.
    """
    span = prompt_to_repeat[n_start : n_end + 1].strip()
    passed = response.strip().lower() == span.lower()
    return explained(passed, f"'{shortened(response.strip())}'", f", '{shortened(span)}' asked")
