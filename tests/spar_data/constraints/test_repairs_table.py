"""Small faults and what becomes of them: the whole text, so that a repair that does more than it has to is seen."""

from __future__ import annotations

import json

import pytest

from spar_data.constraints import CHECKERS, run_checker
from spar_data.constraints.repairs import EDITS, repair
from spar_data.selfplay.refine.similarity import similarity

TEA = "Tea is a drink. It comes from Asia and it warms you. Many people like it in the morning, some at night."
TWO = f"{TEA}\n\nCoffee wakes you up. The cup should be warm! Milk is a matter of taste."
GERMAN = (
    "Der Tee wird heiß getrunken. Er kommt aus Asien und wärmt an kalten Tagen. Viele mögen ihn am Morgen. " * 8
    + "Das war alles."
)
STEPS = "Three steps:\n\n- Boil the water\n- Warm the pot\n- Wait for four minutes"

CASES: list[tuple[str, dict[str, object], str, str]] = [
    ("character.capital_words", {"relation": "at most", "n": 1}, f"READ this NOW. {TEA}", f"READ this Now. {TEA}"),
    ("character.capital_words", {"relation": "exactly", "n": 2}, TEA, TEA.replace("drink", "DRINK").replace("people", "PEOPLE")),
    ("character.lowercase", {}, TEA, TEA.lower()),
    ("character.title_case", {}, "The end of the day", "The End Of The Day"),
    ("character.uppercase", {}, "The straße ends here", "THE STRASSE ENDS HERE"),
    ("genre.hashtag_post", {"limit": 280}, TEA, f"{TEA} #morning"),
    ("genre.letter", {"greeting": "Dear friend", "closing": "Best wishes"}, f"Dear friend,\n\n{TEA}", f"Dear friend,\n\n{TEA}\n\nBest wishes,"),
    ("genre.letter", {"greeting": "Dear friend", "closing": "Best wishes"}, f"Hi Ann,\n\n{TEA}\n\nYours,\nTom", f"Dear friend,\n\n{TEA}\n\nBest wishes,\nTom"),
    ("genre.poem_lines", {"n": 4}, "Tea is warm,\nthe night is long and the moon is late,\nI wait.", "Tea is warm,\nthe night is long and\nthe moon is late,\nI wait."),
    ("genre.script_lines", {"n": 4}, "ANN: Is the tea ready yet?\nBEN: Wait for it a little.\nANN: It smells so good in here.", "ANN: Is the tea ready yet?\nBEN: Wait for it a little.\nANN: It smells so good in here.\nBEN: Details differ from case to case."),
    ("keyword.exclude", {"words": ["many", "very"]}, f"{TEA} This is very nice.", f"{TEA} This is nice.".replace("Many", "Numerous")),
    ("keyword.exclude", {"words": ["always", "simply"]}, f"{TWO} Simply, it is **always** (simply) hot.\n\n******\n\nAlways!", f"{TWO} It is **at all times** hot.\n\n******\n\nAt all times!"),
    ("keyword.frequency", {"word": "tea", "relation": "at least", "n": 2}, TWO, f"{TWO} A fitting word here is tea."),
    ("keyword.frequency", {"word": "tea", "relation": "at most", "n": 1}, f"{TEA} Green tea is mild.", f"{TEA} Green one is mild."),
    ("keyword.include", {"words": ["pot", "leaf"]}, TWO, f"{TWO} Words that fit here are pot and leaf."),
    ("language.is_language", {"code": "de"}, GERMAN + "\n\n" + TEA * 6, GERMAN),
    ("length.characters", {"relation": "at most", "n": 80}, TEA, "Tea is a drink. It comes from Asia and it warms you."),
    ("length.characters", {"relation": "at least", "n": 190}, TWO, f"{TWO} Details differ from case to case."),
    ("length.paragraphs", {"relation": "exactly", "n": 2}, TEA, TEA.replace("you. Many", "you.\n\nMany")),
    ("length.paragraphs", {"relation": "exactly", "n": 1}, TWO, TWO.replace("\n\n", "\n")),
    ("length.sections", {"marker": "Part", "n": 2}, TWO, f"Part 1\n{TWO}".replace("\n\nCoffee", "\n\nPart 2\nCoffee")),
    ("length.sections", {"marker": "Part", "n": 2}, f"Part 1\n{TEA}\n\nPart 3\n{TEA}", f"Part 1\n{TEA}\n\nPart 2\n{TEA}"),
    ("length.sentences", {"relation": "exactly", "n": 5}, TWO, TWO.replace("up. The", "up; the")),
    ("length.words", {"relation": "at most", "n": 24}, TWO, TEA),
    ("length.words", {"relation": "exactly", "n": 41}, TWO, f"{TWO} More could be said."),
    ("numbers.decimals", {"places": 2}, "It costs 3.5 dollars, or 2.715 pounds, for 4 cups.", "It costs 3.50 dollars, or 2.72 pounds, for 4 cups."),
    ("numbers.integers", {"n": 2}, "It takes 3.4 grams and two minutes.", "It takes 3 grams and 2 minutes."),
    ("numbers.ordinals", {"n": 1}, "The first cup is the best.", "The 1st cup is the best."),
    ("numbers.scientific", {"n": 1}, TWO, f"{TWO} An order of magnitude to compare with is 2 x 10^3."),
    ("punctuation.absent", {"mark": "!"}, TWO, TWO.replace("!", ".")),
    ("punctuation.absent", {"mark": ","}, TEA, TEA.replace(",", "")),
    ("punctuation.count", {"mark": "!", "relation": "exactly", "n": 2}, TWO, f"{TWO[:-1]}!"),
    ("punctuation.count", {"mark": "?", "relation": "at least", "n": 1}, TWO, f"{TWO} Does that make sense?"),
    ("punctuation.ends", {"mark": "!"}, TEA, f"{TEA[:-1]}!"),
    ("punctuation.ends", {"mark": "?"}, TEA, f"{TEA} Does that make sense?"),
    ("punctuation.starts", {"mark": '"'}, TEA, TEA.replace("Tea is a drink.", '"Tea is a drink."')),
    ("punctuation.starts", {"mark": "..."}, TEA, f"... {TEA}"),
    ("sentence.contains", {"text": "Small steps count."}, TWO, f"{TWO} Small steps count."),
    ("sentence.distinct_openings", {}, "The cat sat. The dog ran. The end.", "The cat sat. And the dog ran. The end."),
    ("sentence.ends", {"text": "That is all."}, TEA, f"{TEA} That is all."),
    ("sentence.questions", {"relation": "at most", "n": 0}, f"{TEA} Do you like it?", f"{TEA} Do you like it."),
    ("sentence.questions", {"relation": "at least", "n": 1}, TEA, f"{TEA} Does that make sense?"),
    ("sentence.starts", {"text": "Start small."}, TEA, f"Start small. {TEA}"),
    ("symbol.custom", {"symbol": "→", "relation": "at least", "n": 2}, TWO, f"→ {TWO}".replace("\n\n", "\n\n→ ")),
    ("symbol.custom", {"symbol": "***", "relation": "at least", "n": 1}, TWO, TWO.replace("\n\n", "\n\n***\n\n")),
    ("symbol.custom", {"symbol": "§", "relation": "exactly", "n": 1}, f"§ {TEA} § End.", f"§ {TEA} End."),
    ("symbol.emojis", {"relation": "at most", "n": 1}, "Tea 🍵 is hot 🔥. Wait 🕐!", "Tea 🍵 is hot. Wait!"),
    ("symbol.placeholders", {"n": 2}, f"Dear [Name], {TWO}", f"Dear [Name], {TWO} Please fill in [date]."),
    ("symbol.title", {}, f"# On Tea\n\n{TEA}", f"<<On Tea>>\n\n{TEA}"),
    ("symbol.title", {}, TWO, f"<<Tea is a drink>>\n\n{TWO}"),
    ("template.labelled_parts", {"labels": ["Before", "Now"]}, TWO, f"Before: {TWO}".replace("\n\n", "\n\nNow: ")),
    ("template.labelled_parts", {"labels": ["A one", "B two"]}, f"A one: {TEA}", f"A one: {TEA}\nB two: A closer look is worth the effort."),
    ("template.multiple_choice", {"n": 2}, f"{TEA}\nA) Hot\nB) Cold\nC) Iced", f"{TEA}\nA) Hot\nB) Cold"),
    ("template.multiple_choice", {"n": 3}, f"{TEA}\nA) Hot\nB) Cold", f"{TEA}\nA) Hot\nB) Cold\nC) None of this is true."),
    ("template.wrapped", {"opening": "<answer>", "closing": "</answer>"}, TEA, f"<answer>{TEA}</answer>"),
    ("template.wrapped", {"opening": "[BEGIN]", "closing": "[END]"}, f"Sure:\n[BEGIN]\n{TEA}\n[END]", f"[BEGIN]\n{TEA}\n[END]"),
    ("text_format.bullets", {"n": 2}, STEPS, STEPS.replace("- Wait", "  - Wait")),
    ("text_format.bullets", {"n": 4}, STEPS, f"{STEPS}\n- Details differ from case to case."),
    ("text_format.bullets", {"n": 3}, TEA, "- Tea is a drink.\n- It comes from Asia and it warms you.\n- Many people like it in the morning, some at night."),
    ("text_format.json_document", {}, 'Here you are:\n{"tea": ["green", "black"],}', '{"tea": ["green", "black"]}'),
    ("text_format.json_document", {}, TEA, json.dumps({"text": TEA}, indent=2)),
    ("text_format.markdown_headings", {"relation": "at least", "n": 1}, f"**On tea:**\n\n{TEA}", f"## On tea\n\n{TEA}"),
    ("text_format.markdown_headings", {"relation": "exactly", "n": 1}, f"# Tea\n\n{TEA}\n\n## More\n\nYes.", f"# Tea\n\n{TEA}\n\n**More**\n\nYes."),
    ("text_format.numbered_list", {"n": 3}, STEPS, "Three steps:\n\n1. Boil the water\n2. Warm the pot\n3. Wait for four minutes"),
    ("text_format.numbered_list", {"n": 2}, "1. Boil\n3. Warm", "1. Boil\n2. Warm"),
    ("text_format.postscript", {"marker": "P.S."}, TWO, f"{TWO}\n\nP.S. Details differ from case to case."),
    ("text_format.table", {"columns": 2}, "| a | b | c |\n|---|---|---|\n| 1 | 2 | 3 |", "| a | b, c |\n| --- | --- |\n| 1 | 2, 3 |"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "params", "response", "expected"), CASES, ids=[f"{i} {c[0]}" for i, c in enumerate(CASES)]
)
def test_small_faults(name: str, params: dict[str, object], response: str, expected: str) -> None:
    assert not run_checker(name, response, params).passed
    assert repair(name, response, params) == expected
    assert run_checker(name, expected, params).passed


def test_every_checker_has_edits_and_a_case() -> None:
    assert set(EDITS) == set(CHECKERS) == {case[0] for case in CASES}


WHOLE = ("character.lowercase", "character.uppercase", "character.title_case", "language.is_language", "length.words",
         "length.characters", "text_format.json_document", "text_format.table", "text_format.bullets")  # fmt: skip


@pytest.mark.parametrize("case", [c for c in CASES if c[0] not in WHOLE], ids=lambda c: c[0])
def test_most_of_the_text_stays(case: tuple[str, dict[str, object], str, str]) -> None:
    assert similarity(case[2], case[3]) > 0.8


@pytest.mark.parametrize(
    ("name", "params", "response"),
    [
        ("language.is_language", {"code": "de"}, TEA),
        ("length.words", {"relation": "at least", "n": 300}, "Sure."),
        ("length.words", {"relation": "less than", "n": 1}, TEA),
        ("character.uppercase", {}, "你好。今天很好。"),
        ("genre.poem_lines", {"n": 40}, "Tea is warm."),
        ("keyword.include", {"words": ["tea"]}, "   "),
    ],
)
def test_what_no_edit_mends(name: str, params: dict[str, object], response: str) -> None:
    assert repair(name, response, params) is None


@pytest.mark.parametrize(
    ("code", "text", "added"),
    [
        ("de", "Der Tee ist warm. Er kommt aus Asien und viele Menschen trinken ihn am Morgen.", " Ein passendes Wort ist hier Kanne."),
        ("es", "El té está caliente. Viene de Asia y mucha gente lo bebe por la mañana.", " Una palabra adecuada aquí es Kanne."),
        ("fr", "Le thé est chaud. Il vient d'Asie et beaucoup de gens le boivent le matin.", " Un mot juste ici est Kanne."),
        ("zh", "茶很热。它来自亚洲，很多人早上喝茶。", "这里可以说到Kanne。"),
        ("it", "Il tè è caldo. Viene dall'Asia e molte persone lo bevono la mattina presto.", " A fitting word here is Kanne."),
    ],
)  # fmt: skip
def test_words_come_in_the_language_of_the_response(code: str, text: str, added: str) -> None:
    assert repair("keyword.include", text, {"words": ["Kanne"]}) == text + added
