"""Rewrites numbers, writes number words in digits, and adds short sentences with numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal
from functools import partial
from itertools import accumulate

from spar_data.constraints.checkers import numbers
from spar_data.constraints.repairs.edit import insert, splice
from spar_data.constraints.repairs.phrases import Phrases, phrases_for
from spar_data.constraints.verdict import Verdict

_BESIDE = r"(?<![\d.,A-Za-z_])"


def integers(response: str, *, n: int) -> Iterator[str]:
    """Rounds decimal parts off; then writes number words in digits; then adds sentences."""
    text, phrases = _places(response, 0), phrases_for(response)
    yield text
    check = partial(numbers.integers, n=n)
    yield _worded(text, phrases.spelled, check)
    yield from _added(text, phrases, phrases.number, check)


def decimals(response: str, *, places: int) -> Iterator[str]:
    """Rounds decimal parts or fills them up with zeros; adds a sentence if there is none."""
    text, phrases = _places(response, places), phrases_for(response)
    yield text
    sign = "," if phrases.language in ("de", "es", "fr") else "."
    for whole in ("1", "0", "12"):
        number = whole + sign + ("5" + "0" * places)[:places]
        yield from insert(text, phrases.decimal[0].replace("{number}", number), phrases)


def scientific(response: str, *, n: int) -> Iterator[str]:
    """Adds sentences with powers of ten."""
    phrases = phrases_for(response)
    yield from _added(response, phrases, phrases.scientific, partial(numbers.scientific, n=n))


def ordinals(response: str, *, n: int) -> Iterator[str]:
    """Writes "first" as "1st", one word after the other; then adds sentences."""
    phrases, check = phrases_for(response), partial(numbers.ordinals, n=n)
    yield _worded(response, phrases.ranked, check)
    yield from _added(response, phrases, phrases.ordinal, check)


def _added(text: str, phrases: Phrases, bank: tuple[str, ...], check: Callable[[str], Verdict]) -> Iterator[str]:
    """Adds as few sentences of the bank as pass the check, together at one place."""
    fresh = [sentence for sentence in bank if sentence not in text]
    for turn in range(min(2, len(fresh))):
        additions = accumulate(fresh[turn:] + fresh[:turn], lambda one, two: one + phrases.space + two)
        enough = (addition for addition in additions if check(f"{text}\n\n{addition}").passed)
        yield from insert(text, next(enough, phrases.space.join(fresh[turn:] + fresh[:turn])), phrases)


def _worded(text: str, table: dict[str, str], check: Callable[[str], Verdict]) -> str:
    """Replaces words by their entries in the table, from the start of the text on, until the check passes."""
    if not table:
        return text
    pattern = re.compile(r"(?<![\w-])(?:" + "|".join(table) + r")(?![\w-])", re.IGNORECASE)
    matches = list(pattern.finditer(text))
    for count in range(1, min(len(matches), 8) + 1):
        draft = splice(text, ((*match.span(), table[match[0].lower()]) for match in matches[:count]))
        if check(draft).passed:
            return draft
    return text


def _places(text: str, places: int) -> str:
    """Writes every decimal part with this number of digits."""
    pieces, at = [], 0
    for number in numbers.numbers_in(text):
        if not number.places or number.places == places:
            continue
        form = number.text.replace("．", ".")
        escaped = re.escape(form).replace(r"\.", "[.．]")
        hit = re.compile(_BESIDE + ("" if form[0] != "." else r"(?<!\d)") + escaped + r"(?![.,]?\d)").search(text, at)
        if not hit:
            continue
        at = hit.end()
        pieces.append((*hit.span(), _rounded(form, number.places, places)))
    return splice(text, pieces)


def _rounded(form: str, had: int, places: int) -> str:
    """Writes a number with `places` instead of `had` decimal digits."""
    whole, sign, digits = form[: -had - 1], form[-had - 1], form[-had:]
    if places >= had:
        return whole + sign + digits + "0" * (places - had)
    plain = (whole or "0").isdecimal()  # without groups of thousands
    if plain and len(whole) + had > 4000:
        return form
    if plain and len(whole) + places < 25:
        value = Decimal(f"{whole or '0'}.{digits}").quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_UP)
        return str(value).replace(".", sign)
    return whole + (sign + digits[:places] if places else "")
