from __future__ import annotations

from checker_table import assert_verdict, cases


@cases(
    (
        "sentence.starts",
        {"text": "Once upon a time"},
        {
            "emphasis and white space": "**Once  upon**\na time, there was",
            "opening quote": "“Once upon a time …”",
            "heading": "# Once upon a time",
        },
        {
            "case": "once upon a time",
            "longer word": "Once upon a timeless day",
            "text before": "Sure! Once upon a time",
        },
    ),
    ("sentence.starts", {"text": "Don't"}, {"curly apostrophe": "Don’t go"}, {"other": "Do not go"}),
    (
        "sentence.ends",
        {"text": "That is all."},
        {
            "closing quote and emphasis": "**“So it goes. That is all.”**",
            "white space": "So.\nThat  is\nall. \n",
        },
        {
            "text behind": "That is all. Thanks.",
            "without the point": "That is all",
            "a bracket behind": "(So. That is all.)",
            "part of a word": "AThat is all.",
        },
    ),
    (
        "sentence.contains",
        {"text": 'the "big" day'},
        {
            "curly quotes and line break": "On the “big”\nday we sang.",
            "emphasis inside": 'On *the "big"* **day** we sang.',
        },
        {"case": 'The "big" day', "longer word": 'the "big" days'},
    ),
    ("sentence.contains", {"text": "天气"}, {"Chinese": "今天天气很好"}, {"other order": "气天"}),
    (
        "sentence.distinct_openings",
        {},
        {
            "different": "The cat sat. A dog ran. The cat left.",
            "one sentence": "The cat sat.",
            "list items": "1. Buy milk.\n2. Sell eggs.",
        },
        {
            "neighbours": "The cat sat. The dog ran.",
            "case and emphasis": "The cat sat. **the** dog ran.",
            "list items": "- Buy milk\n- Buy eggs",
            "behind a quote": "We sang. “We danced,” she said.",
        },
    ),
    (
        "sentence.questions",
        {"relation": "exactly", "n": 2},
        {
            "full-width": "你好吗？我很好。你呢？",
            "with an exclamation mark": "Really?! Why? Fine.",
            "in quotes": "“Why?” He asked. Who knows?",
        },
        {
            "inside a sentence": "“Why?” he asked. Who knows?",
            "in a URL": "See a.example/?q=1 now. Why?",
        },
    ),
)
def test_sentence(name: str, params: dict[str, object], response: str, passed: bool) -> None:
    assert_verdict(name, params, response, passed)
