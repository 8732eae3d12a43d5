from __future__ import annotations

from checker_table import assert_verdict, cases


@cases(
    (
        "numbers.integers",
        {"n": 2},
        {
            "thousands separators": "It has 1,234,567 people and 12 cats.",
            "list numbers are ignored": "1. I have 3 cats.\n**2.** And 4 dogs.",
            "heading numbers are ignored": "## 2.1 Size\nIt has 3 doors and 4 windows.",
            "German thousands": "Die Stadt hat 1.234 Einwohner und 12 Kirchen, das ist nicht wenig.",
            "Swiss and narrow spaces": "1’000 and 2\u202f000",
            "a version is no number": "Version 1.2.3 has 4 bugs and 5 fixes",
            "right after a Chinese character": "共3人和4只猫",
            "end of a sentence": "I have 3. You have 4.",
        },
        {
            "list numbers alone": "1. cats\n**2.** dogs\n3) birds",
            "one": "I have 3 cats.",
            "a decimal part": "I have 3 cats, 4 dogs and 2.5 litres.",
            "decimal comma": "Ich habe 3 Katzen, 4 Hunde und 2,5 Liter Milch.",
            "leading point": "3 and 4 and .5",
            "decimal with unit": "3 and 4 and 2.5kg",
            "English decimal of three places": "There are 3 cats, 4 dogs and 1.234 litres of milk in the house.",
            "decimal right after a Chinese character": "共3人，4只猫，重2.5公斤",
            "in words": "three cats and four dogs",
        },
    ),
    (
        "numbers.decimals",
        {"places": 2},
        {
            "points": "It costs 3.50 and 1,234.99 in total, for 7 people.",
            "decimal commas": "Das kostet 3,50 Euro oder 1.234,99 Euro.",
            "mixed with whole numbers": "12 of 13.25",
            "leading point": "only .25 of it",
        },
        {
            "one place": "3.50 and 3.5",
            "none": "It costs 3 euros.",
            "list number with a space is none": "1. 50 cats",
            "three places": "3.141",
        },
    ),
    (
        "numbers.decimals",
        {"places": 3},
        {
            "English": "The result of the measurement is 1.234 metres.",
            "German": "Das Ergebnis der Messung ist 1,234 Meter und nicht mehr.",
            "zero before the point is no thousand": "Das Ergebnis ist 0.125 und nicht mehr, sagt der Lehrer.",
        },
        {"English thousands": "There were 1,234 people in the room."},
    ),
    (
        "numbers.scientific",
        {"n": 2},
        {
            "e and E": "3.2e5 and 3.2E-5",
            "signs of multiplication": "3.2 × 10^5 and 3.2 x 10⁵",
            "exponents with a minus": "1 × 10⁻³ and 2·10^{-4}",
            "LaTeX": "$3.2 \\times 10^{5}$ and $1 \\cdot 10^3$",
            "decimal comma": "3,2e5 und 3,2 × 10⁵",
        },
        {
            "one": "3.2e5",
            "plain products": "3 x 10 cm and 4 × 10 cm",
            "hexadecimal": "0x1e5 and 0x2e5",
            "words": "2each 3e",
        },
    ),
    (
        "numbers.ordinals",
        {"n": 2},
        {
            "English": "the 1st and the 22nd",
            "teens": "the 11th, the 112th",
            "Spanish": "el 1.º y la 2ª",
            "French": "le 1er et la 2e, la 1ère",
            "Chinese": "第1章和第 3 章",
            "German with article or month": "Am 3. Oktober feiert die 2. Klasse.",
            "German in lower case": "Er wurde 3. im Rennen, sie 2. im Ziel",
            "Dutch": "de 1ste en de 2de",
        },
        {
            "wrong endings": "the 1th, 2th, 11st and 22rd",
            "list numbers": "1. first\n2. second\n3. third",
            "ends of sentences": "I am 12. My brother has 3. We had 4. Good.",
            "in words": "the first and the second",
            "degrees": "20ºC and 30º C",
        },
    ),
)
def test_numbers(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)
