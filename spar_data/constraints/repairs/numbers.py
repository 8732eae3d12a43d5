"""Rewrites numbers, writes number words in digits, and adds short sentences with numbers."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from decimal import ROUND_HALF_UP, Decimal

from spar_data.constraints.checkers.numbers import integers as integers_checked
from spar_data.constraints.checkers.numbers import numbers_in
from spar_data.constraints.checkers.numbers import ordinals as ordinals_checked
from spar_data.constraints.checkers.numbers import scientific as scientific_checked
from spar_data.constraints.repairs.edit import insert
from spar_data.constraints.repairs.phrases import Phrases, phrases_for
from spar_data.constraints.verdict import Verdict

_BESIDE = r"(?<![\d.,A-Za-z_])"


def integers(response: str, *, n: int) -> Iterator[str]:
    """Rounds decimal parts off; then writes number words in digits; then adds sentences."""
    text, phrases = _places(response, 0), phrases_for(response)
    yield text
    yield _worded(text, phrases.spelled, lambda t: integers_checked(t, n=n))
    yield from _added(text, phrases, phrases.number, lambda t: integers_checked(t, n=n))


def decimals(response: str, *, places: int) -> Iterator[str]:
    """Rounds decimal parts or fills them up with zeros; adds a sentence if there is none."""
    text, phrases = _places(response, places), phrases_for(response)
    yield text
    sign = "," if phrases.language in ("de", "es", "fr") else "."
    for whole, digits in (("1", "5"), ("0", "5"), ("12", "5")):
        number = whole + sign + (digits + "0" * places)[:places]
        yield from insert(text, phrases.decimal[0].replace("{number}", number), phrases)


def scientific(response: str, *, n: int) -> Iterator[str]:
    """Adds sentences with powers of ten."""
    phrases = phrases_for(response)
    yield from _added(response, phrases, phrases.scientific, lambda t: scientific_checked(t, n=n))


def ordinals(response: str, *, n: int) -> Iterator[str]:
    """Writes "first" as "1st", one word after the other; then adds sentences."""
    phrases = phrases_for(response)
    yield _worded(response, phrases.ranked, lambda t: ordinals_checked(t, n=n))
    yield from _added(response, phrases, phrases.ordinal, lambda t: ordinals_checked(t, n=n))


def _added(text: str, phrases: Phrases, bank: tuple[str, ...], check: Callable[[str], Verdict]) -> Iterator[str]:
    """Adds as few sentences of the bank as pass the check, together at one place."""
    fresh = [sentence for sentence in bank if sentence not in text]
    for turn in range(min(2, len(fresh))):
        for size in range(1, len(fresh) + 1):
            chosen = [fresh[(turn + i) % len(fresh)] for i in range(size)]
            addition = phrases.space.join(chosen)
            if check(f"{text}\n\n{addition}").passed or size == len(fresh):
                yield from insert(text, addition, phrases)
                break


def _worded(text: str, table: dict[str, str], check: Callable[[str], Verdict]) -> str:
    """Replaces words by their entries in the table, from the start of the text on, until the check passes."""
    if not table:
        return text
    pattern = re.compile(r"(?<![\w-])(?:" + "|".join(table) + r")(?![\w-])", re.IGNORECASE)
    matches = list(pattern.finditer(text))
    for count in range(1, min(len(matches), 8) + 1):
        draft = text
        for match in reversed(matches[:count]):
            draft = draft[: match.start()] + table[match[0].lower()] + draft[match.end() :]
        if check(draft).passed:
            return draft
    return text


def _places(text: str, places: int) -> str:
    """Writes every decimal part with this number of digits."""
    parts, at = [], 0
    for number in numbers_in(text):
        if not number.places or number.places == places:
            continue
        form = number.text.replace("．", ".")
        escaped = re.escape(form).replace(r"\.", "[.．]")
        hit = re.compile(_BESIDE + ("" if form[0] != "." else r"(?<!\d)") + escaped + r"(?![.,]?\d)").search(text, at)
        if not hit:
            continue
        parts += [text[at : hit.start()], _rounded(form, number.places, places)]
        at = hit.end()
    return "".join([*parts, text[at:]])


def _rounded(form: str, had: int, places: int) -> str:
    """Writes a number with `places` instead of `had` decimal digits."""
    whole, sign, digits = form[: -had - 1], form[-had - 1], form[-had:]
    if places >= had:
        return whole + sign + digits + "0" * (places - had)
    if not (whole or "0").isdecimal():  # groups of thousands: cut off
        return whole + (sign + digits[:places] if places else "")
    if len(whole) + had > 4000:
        return form
    unit = Decimal(1).scaleb(-places)
    value = Decimal(f"{whole or '0'}.{digits}")
    with_room = value.quantize(unit, rounding=ROUND_HALF_UP) if len(whole) + places < 25 else None
    return (
        str(with_room).replace(".", sign)
        if with_room is not None
        else whole + (sign + digits[:places] if places else "")
    )
