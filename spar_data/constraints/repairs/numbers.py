"""Numbers written as asked; words that are numbers in digits; short sentences with a number."""

from __future__ import annotations

import re
from collections.abc import Iterator
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
    """Decimal parts are rounded off; then numbers in words become digits, then sentences come in."""
    text, phrases = _places(response, 0), phrases_for(response)
    yield text
    yield _worded(text, phrases.spelled, lambda t: integers_checked(t, n=n))
    yield from _added(text, phrases, phrases.number, lambda t: integers_checked(t, n=n))


def decimals(response: str, *, places: int) -> Iterator[str]:
    """Decimal parts are rounded or filled up with zeros; where there is none a sentence comes in."""
    text, phrases = _places(response, places), phrases_for(response)
    yield text
    sign = "," if phrases.language in ("de", "es", "fr") else "."
    for whole, digits in (("1", "5"), ("0", "5"), ("12", "5")):
        number = whole + sign + (digits + "0" * places)[:places]
        yield from insert(text, phrases.decimal[0].replace("{number}", number), phrases)


def scientific(response: str, *, n: int) -> Iterator[str]:
    phrases = phrases_for(response)
    yield from _added(response, phrases, phrases.scientific, lambda t: scientific_checked(t, n=n))


def ordinals(response: str, *, n: int) -> Iterator[str]:
    """ "first" becomes "1st", one after the other; then sentences come in."""
    phrases = phrases_for(response)
    yield _worded(response, phrases.ranked, lambda t: ordinals_checked(t, n=n))
    yield from _added(response, phrases, phrases.ordinal, lambda t: ordinals_checked(t, n=n))


def _added(text: str, phrases: Phrases, bank: tuple[str, ...], check: object) -> Iterator[str]:
    """As few sentences of the bank as pass, together at one place."""
    assert callable(check)
    fresh = [sentence for sentence in bank if sentence not in text]
    for turn in range(min(2, len(fresh))):
        for size in range(1, len(fresh) + 1):
            chosen = [fresh[(turn + i) % len(fresh)] for i in range(size)]
            addition = phrases.space.join(chosen)
            if check(f"{text}\n\n{addition}").passed or size == len(fresh):
                yield from insert(text, addition, phrases)
                break


def _worded(text: str, table: dict[str, str], check: object) -> str:
    """Words of the table as what the table has for them, from the start of the text until the check passes."""
    assert callable(check)
    if not table:
        return text
    pattern = re.compile(r"(?<![\w-])(?:" + "|".join(table) + r")(?![\w-])", re.IGNORECASE)
    found = list(pattern.finditer(text))
    for most in range(1, min(len(found), 8) + 1):
        draft = text
        for match in reversed(found[:most]):
            draft = draft[: match.start()] + table[match[0].lower()] + draft[match.end() :]
        verdict: Verdict = check(draft)
        if verdict.passed:
            return draft
    return text


def _places(text: str, places: int) -> str:
    """Every number with a decimal part with as many digits in it."""
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
