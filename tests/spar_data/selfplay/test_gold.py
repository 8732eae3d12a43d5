"""Gold answers in replies, and what the three recipes make of them."""

from __future__ import annotations

import json
import os
import re
import time
from collections import Counter
from fractions import Fraction
from functools import partial
from pathlib import Path

import pytest

from spar_data.core.errors import SparError
from spar_data.models import Completion, Failure, Unparsed
from spar_data.selfplay.gold import rest_em, star
from spar_data.selfplay.gold.answers import GoldNumber, answer_text, gold_number
from spar_data.selfplay.gold.attempts import Accuracy, Attempt, attempts
from spar_data.selfplay.gold.gold_recipe import GoldConfig
from spar_data.selfplay.gold.iterative_rpo import capped, pairs_of
from spar_data.selfplay.gold.problems import Problem, read_problems
from spar_data.selfplay.gold.read_label import label_of
from spar_data.selfplay.gold.read_number import number_of
from spar_data.selfplay.records import Dialogue

_NUMBERS = [
    # where the answer stands
    ("She makes 9 * 2 = 18.\n#### 18", "18"),
    ("The answer is 18.", "18"),
    ("So the total is 40 eggs.", "40"),
    ("18", "18"),
    ("**Answer: $18**", "18"),
    ("## Final Answer\n\n**18** eggs, from 2 hens", "18"),
    ("The answer is 5. No, that forgets the discount. The answer is 4.", "4"),
    ("The answer is not 5. It is 4.", "4"),
    ("The answer isn't 5, it is 4", "4"),
    ("Reply as told: The answer is NUMBER.\n9 + 9 = 18", "18"),
    ("#### Step 1: count 3 hens\n#### 2. Multiply by 4\nThat gives 12.", "12"),
    ("#### 12\n\nQuestion: Tom has 3 apples. How many?\n#### 3", "12"),
    ("The answer is 12.\n\nProblem 2: Tom has 3 apples.\nThe answer is 3.", "12"),
    ("Question: what is it?\n12 hens", "12"),
    ("Answer: Janet sells 16 - 3 - 4 = 9 eggs a day.\nShe makes 9 * 2 = 18", "18"),
    ("Answer: 16 - 3 - 4 = 9 eggs, 9 * 2 = 18 dollars", "18"),
    ("Answer: 18 (that is 9 * 2)", "18"),
    ("Answer: 18\n\nThis is because 2 eggs cost 4", "18"),
    ("The answer is the sum of both:\n12 + 3 = 15", "15"),
    ("The answer is found by adding 3 and 4, which makes 7", "7"),
    ("The answer is that Janet makes 18 dollars.", "18"),
    ("The final answer is: $\\boxed{18}$. I hope it is correct.", "18"),
    ("\\boxed{18}\nHence the answer is 18 (9 eggs at 2 dollars)", "18"),
    ("First \\boxed{3}, corrected: \\boxed{4}", "4"),
    ("The answer to the second question (in dollars) is 18.", "18"),
    ("The answer = 18", "18"),
    # how it is written
    ("The answer is 1,234.", "1234"),
    ("The answer is 1,234,567.50 dollars", "1234567.5"),
    ("The answer is $1,234,567.", "1234567"),
    ("The answer is 12\u202f500.", "12500"),
    ("The answer is \\boxed{\\$12{,}500}", "12500"),
    ("The answer is \\boxed{12\\,500 \\text{ km}}", "12500"),
    ("The answer is 18.00", "18"),
    ("The answer is .5", "0.5"),
    ("The answer is 3/4 of the cake", "0.75"),
    ("\\boxed{\\frac{3}{4}}", "0.75"),
    ("\\boxed{-\\dfrac{1}{3}}", "-1/3"),
    ("\\boxed{2\\frac{1}{2}}", "2.5"),
    ("The answer is 2 1/2 hours", "2.5"),
    ("The answer is 2½ hours", "2.5"),
    ("The answer is ½", "0.5"),
    ("The answer is 50%.", "50"),
    ("The answer is \\boxed{50\\%}", "50"),
    ("The answer is -5 degrees", "-5"),
    ("The answer is −5", "-5"),
    ("The answer is -$5", "-5"),
    ("The answer is $-5", "-5"),
    ("x=-5", "-5"),
    ("It takes 10-15", "15"),
    ("It is 9 -4", "4"),
    ("So 20 - 5 = 15.", "15"),
    ("The answer is 3 + 4 = 7 apples", "7"),
    ("The answer is $3 + $4 = $7", "7"),
    ("The answer is 3 apples + 4 apples = 7 apples", "7"),
    ("The answer is x = 5", "5"),
    ("The answer is 2 million people", "2000000"),
    ("The answer is 10^3", "1000"),
    ("The answer is 1.5 × 10^3", "1500"),
    ("The answer is 1e5", "100000"),
    ("The answer is 5kg", "5"),
    ("Take H2O and plan B12, all 7 of them", "7"),
    ("In all **18**.", "18"),
    ("The answer is 3 x 4 = 12", "12"),
    ("6 boxes 5", "5"),
    ("The answer is 12, 000 if you ask Tom", "12"),
    # no answer: another notation, of which a part would be a wrong number
    ("The answer is 1.000.000", None),
    ("The answer is 1,23", None),
    ("The answer is 1,234,56", None),
    ("The answer is 1 000", None),
    ("The answer is 1'000", None),
    ("The answer is 5:30", None),
    ("The ratio is 3:4", None),
    ("It costs 3,5", None),
    ("The answer is $18k", None),
    ("\\boxed{3²}", None),
    ("The answer is 12-15", None),
    ("The answer is 5 + 5", None),
    ("The answer is 18 / 25", None),
    # no answer
    ("", None),
    ("I do not know.", None),
    ("Each of 3 boxes is full. The answer is twelve.", None),
    ("\\boxed{12, 13}", None),
    ("\\boxed{10-15}", None),
    ("\\boxed{\\text{none}} of the 3", None),
    ("A zero below: 3/0", None),
]


@pytest.mark.parametrize(("reply", "wanted"), _NUMBERS)
def test_numbers(reply: str, wanted: str | None) -> None:
    found = number_of(reply)
    if wanted is None:
        assert isinstance(found, Unparsed), found
    else:
        assert found == Fraction(wanted)


_OPTIONS = (("A", "a plant cell"), ("B", "water"), ("C", "water vapor"), ("D", "3.5 kg"))
_LABELS = [
    ("The answer is B.", "B"),
    ("The answer is (b).", "B"),
    ("**Answer:** C) water vapor", "C"),
    ("Answer: $\\boxed{\\text{C}}$", "C"),
    ("\\boxed{D}", "D"),
    ("B", "B"),
    ("b.", "B"),
    ("(D)", "D"),
    ("B) water", "B"),
    ("B. It boils.", "B"),
    ("Plants drink.\nSo the correct option is C, because it is a gas.", "C"),
    ("I choose B since it is wet", "B"),
    ("Therefore, C is the correct answer.", "C"),
    ("Option A is wrong, so the answer is D", "D"),
    ("The answer is A? No. The answer is B.", "B"),
    ("The answer is not A. The answer is B.", "B"),
    ("The answer is water vapor.", "C"),
    ("The answer is water.", "B"),
    ("The answer is a plant cell.", "A"),
    ("The answer is A plant cell", "A"),
    ("Water vapor", "C"),
    ("It has to be (C), the gas.", "C"),
    ("The answer is LETTER.\nThe answer is B", "B"),
    ("The answer is 3.5 kg", "D"),
    ("The answer is: B\n\nQuestion: another?\nThe answer is A", "B"),
    ("A plant drinks it.", None),
    ("a plant needs much of it", None),
    ("Both (A) and (B) look right.", None),
    ("The answer is A or B.", None),
    ("Answer: A, C", None),
    ("The answer is clearly the third one.", None),
    ("The answer is Apple.", None),
    ("A) a plant cell\nB) water\nC) water vapor\nD) 3.5 kg", None),
    ("", None),
]


@pytest.mark.parametrize(("reply", "wanted"), _LABELS)
def test_labels(reply: str, wanted: str | None) -> None:
    found = label_of(reply, _OPTIONS)
    assert (None if isinstance(found, Unparsed) else found) == wanted, found


def test_labels_that_are_digits() -> None:
    options = (("1", "iron"), ("2", "gold"), ("3", "tin"))
    assert label_of("The answer is 3.", options) == "3" and label_of("(2)", options) == "2"
    assert isinstance(label_of("The answer is 3.5", options), Unparsed)


@pytest.mark.parametrize(
    ("value", "text"), [("18", "18"), ("-1/2", "-0.5"), ("1/3", "1/3"), ("5/100", "0.05"), ("-0.125", "-0.125")]
)
def test_numbers_as_text(value: str, text: str) -> None:
    assert answer_text(Fraction(value)) == text


def test_a_reply_of_nonsense_takes_no_time() -> None:
    units = [
        "\\boxed{",
        "the answer is ",
        "9",
        "1+",
        "1 = ",
        "-1 ",
        "(",
        "[",
        "*",
        "**A",
        "\n",
        ".",
        "a",
        "A ",
        "#### 1",
        "\\frac{1}{",
    ]
    started = time.monotonic()
    for unit in units:
        number_of(unit * (100_000 // len(unit)))
        label_of("the answer is " + unit * (100_000 // len(unit)), _OPTIONS)
        label_of(unit * (100_000 // len(unit)), _OPTIONS)
    assert time.monotonic() - started < 40  # quadratic ones take minutes


@pytest.mark.data
@pytest.mark.skipif(not os.environ.get("SPAR_TEST_DATA"), reason="SPAR_TEST_DATA is not set")
def test_every_solution_of_gsm8k_gives_its_own_answer() -> None:
    """The oracle: what stands after ####, read as text. Without that line the last number has to do, and does in 97%."""
    read = guessed = total = 0
    for name in ("train", "test"):
        file = Path(os.environ["SPAR_TEST_DATA"]) / "gsm8k" / f"{name}.jsonl"
        for line in file.read_text(encoding="utf-8").splitlines():
            answer = json.loads(line)["answer"]
            gold = Fraction(re.split(r"####\s*", answer)[1].replace(",", ""))
            assert gold_number(answer) == gold
            read += number_of(answer) == gold
            guessed += number_of(re.sub("<<.*?>>", "", answer.split("####")[0])) == gold
            total += 1
        found = list(read_problems(str(file)))
        assert all(number_of(p.solution) == p.gold.value for p in found if isinstance(p.gold, GoldNumber))  # type: ignore[union-attr]
        assert sum(bool(p.solution) for p in found) == len(found) == {"train": 7473, "test": 1319}[name]
    assert read == total == 8792 and guessed / total > 0.97


def _write(file: Path, *rows: object) -> str:
    file.write_text("".join(json.dumps(row) + "\n" for row in rows))
    return str(file)


_ARC = {
    "id": "x",
    "question": "Which?",
    "choices": {"text": ["tin", "{question}"], "label": ["A", "B"]},
    "answerKey": "B",
}


def test_problems(tmp_path: Path) -> None:
    row = {"question": " How {many}? ", "answer": "3+4=<<3+4=7>>7 eggs\n#### 1,007"}
    found = list(read_problems(_write(tmp_path / "p.jsonl", row, row, _ARC)))
    assert [p.kind for p in found] == ["number", "choice"] and str(found[0].gold) == "1007"
    assert found[0].prompt.startswith("How {many}?\n") and found[0].solution == "3+4=7 eggs\nThe answer is 1007."
    assert "A) tin\nB) {question}" in found[1].prompt and str(found[1].gold) == "B" and not found[1].solution
    assert len(list(read_problems(str(tmp_path / "p.jsonl"), 1))) == 1


@pytest.mark.parametrize(
    ("row", "said"),
    [
        ({"answer": "#### 3"}, "'question' is missing"),
        ({"question": "q", "answer": "3"}, "no ####"),
        ({"question": "q", "answer": "#### three"}, "no single number"),
        ({"question": "q", "answer": "#### 3 or 4"}, "no single number"),
        ({"question": "q"}, "'answer' is missing"),
        ({**_ARC, "choices": ["tin"]}, "two lists"),
        ({**_ARC, "choices": {"text": ["a"], "label": ["A", "B"]}}, "a label of its own"),
        ({**_ARC, "choices": {"text": ["a", "b"], "label": ["A", "A"]}}, "a label of its own"),
        ({**_ARC, "answerKey": "E"}, "one of A, B"),
    ],
)
def test_rows_that_are_no_problems(row: object, said: str, tmp_path: Path) -> None:
    with pytest.raises(SparError, match=said) as error:
        list(read_problems(_write(tmp_path / "p.jsonl", _ARC, row)))
    assert "line 2" in str(error.value)


_PROBLEM = Problem("p", "How many?", GoldNumber(Fraction(7)), "3+4=7\nThe answer is 7.")
_OTHER = Problem("o", "How many more?", GoldNumber(Fraction(1)), "")


def _done(text: str) -> Completion:
    return Completion(text)


def _some(*texts: str | None, problem: Problem = _PROBLEM):  # type: ignore[no-untyped-def]
    return attempts(problem, [Failure("length") if t is None else _done(t) for t in texts])


_rpo = partial(GoldConfig, "iterative-rpo")


def test_the_walk_over_winners_and_losers() -> None:
    some = _some("is 7", "it is 7", "is 8", "is 9", "is 10", " is  8 ", "none", None)
    counts: Counter[str] = Counter()
    pairs = pairs_of(_PROBLEM, some, _rpo(pairs=10), counts)
    walk = [
        ("is 7", "is 8"),
        ("it is 7", "is 9"),
        ("is 7", "is 10"),
        ("it is 7", "is 8"),
        ("is 7", "is 9"),
        ("it is 7", "is 10"),
    ]
    assert [(p.chosen, p.rejected) for p in pairs] == walk  # 2 and 3 in parallel: 6 different ones
    assert [p.source for p in pairs[:2]] == [["p:0", "p:2"], ["p:1", "p:3"]] and len({p.id for p in pairs}) == 6
    repeated = pairs_of(_PROBLEM, some, _rpo(pairs=10, repeats=True), counts)
    assert [(p.chosen, p.rejected) for p in repeated] == walk + walk[:4]
    assert len(pairs_of(_PROBLEM, some, _rpo(pairs=4), counts)) == 4
    losing = pairs_of(_PROBLEM, some, _rpo(pairs=12, no_answer="lose"), counts)
    assert "none" in {p.rejected for p in losing} and "none" not in {p.rejected for p in pairs}
    gold = pairs_of(_PROBLEM, some, _rpo(pairs=10, gold_winner=True), counts)
    assert any(p.chosen == _PROBLEM.solution and p.source[0] == "gold" for p in gold)


def test_problems_without_pairs_are_counted() -> None:
    counts: Counter[str] = Counter()
    rule = _rpo(longest=100)
    for texts in (["7", "so 7"], ["8"], [None, "no"], ["7", "8" + " or so" * 500]):
        assert pairs_of(_PROBLEM, _some(*texts), rule, counts) == []
    assert counts == {
        "problems without a loser": 1, "problems without a winner": 1, "problems without a winner or a loser": 1,
        "pairs too long": 1, "problems whose pairs are all too long": 1,
    }  # fmt: skip
    assert len(pairs_of(_PROBLEM, _some("8"), _rpo(gold_winner=True), counts)) == 1  # the gold solution is a winner


def test_the_cap_is_drawn_by_seed() -> None:
    counts: Counter[str] = Counter()
    pairs = pairs_of(_PROBLEM, _some("is 7", *(f"is {n}" for n in range(10, 20))), _rpo(pairs=10), counts)
    few, again = (capped(pairs, _rpo(cap=4, seed=seed), counts) for seed in (1, 1))
    assert few == again and len(few) == 4 and [p for p in pairs if p in few] == few
    assert any(capped(pairs, _rpo(cap=4, seed=seed), counts) != few for seed in range(2, 6))
    assert capped(pairs, _rpo(cap=0), counts) == pairs


def test_rest_em_keeps_each_right_text_once() -> None:
    some = _some("a 7", "b 7", "c 8", "a  7", "d 7", None, "e 7")
    counts: Counter[str] = Counter()
    rows = rest_em.dialogues_of(_PROBLEM, some, GoldConfig("rest-em", seed=1), counts)
    assert [r.messages[1].content for r in rows] == ["a 7", "b 7", "d 7", "e 7"]
    assert rows[0].messages[0].content == "How many?" and rows[0].recipe == "rest-em" and rows[2].source == ["p:4"]
    assert counts["right samples that repeat another"] == 1
    two = rest_em.dialogues_of(_PROBLEM, some, GoldConfig("rest-em", most=2, seed=1), counts)
    assert (
        two == rest_em.dialogues_of(_PROBLEM, some, GoldConfig("rest-em", most=2, seed=1), Counter()) and len(two) == 2
    )
    assert counts["right samples over the most of a problem"] == 2 and [r for r in rows if r in two] == two


def test_star_strips_the_hint() -> None:
    counts: Counter[str] = Counter()
    config = GoldConfig("star", max_tokens=50)
    right, wrong, cut = (_some(t)[0] for t in ("3+4=7", "3+4=8", None))
    request = star.hint_request(_PROBLEM, wrong, config)
    assert star.hint_request(_PROBLEM, right, config) is None and star.hint_request(_PROBLEM, cut, config) == request
    assert star.hint_request(_PROBLEM, attempts(_PROBLEM, [Failure("status 500")])[0], config) is None
    assert request is not None and request.prompt.startswith("How many?") and "the right answer is 7" in request.prompt

    def rows(first: Attempt, *second: Completion | Failure) -> list[Dialogue]:
        return star.rationales_of(_PROBLEM, [first, *attempts(_PROBLEM, second)], config, counts)

    [row] = rows(wrong, _done("3 and 4 make 7"))
    assert [m.content for m in row.messages] == ["How many?", "3 and 4 make 7"] and row.source == ["hint"]
    assert rows(right)[0].source == ["direct"]
    for second in (
        _done("As the hint says, 7"),
        _done("The given answer is 7."),
        _done("8"),
        _done("?"),
        Failure("length"),
    ):
        assert rows(wrong, second) == []
    assert counts == {
        "right with the hint": 1, "right at once": 1, "right with the hint, but speaks of it": 2, "wrong with the hint": 1,
        "no answer with the hint (no number in the reply)": 1, "failed with the hint (length)": 1,
    }  # fmt: skip


def test_accuracy_by_hand() -> None:
    """p: 7 7 8 cut -> 2 of 4 right, majority right. o: 1 2 none none -> 1 of 4, a tie of two. All four of the third fail."""
    accuracy = Accuracy()
    accuracy.add(_PROBLEM, _some("7", "7.0", "8", None))
    accuracy.add(_OTHER, _some("1", "2", "hm", "hm", problem=_OTHER))
    accuracy.add(_OTHER, _some(None, None, None, None, problem=_OTHER))
    told = accuracy.to_dict(4)
    assert told["pass@1"] == pytest.approx((2 / 4 + 1 / 4) / 3)
    assert told["pass@1 of samples with an answer"] == pytest.approx((2 / 3 + 1 / 2) / 2)
    assert told["maj@4"] == pytest.approx(1 / 3) and told["maj@4 with ties drawn"] == pytest.approx(1.5 / 3)
    assert told["pass@4"] == pytest.approx(2 / 3) and told["tied problems"] == 1
    assert told["verdicts"] == {"right": 3, "wrong": 2, "no answer": 2, "failed": 5}
    assert told["reasons"] == {"failed: length": 5, "no answer: no number in the reply": 2}
