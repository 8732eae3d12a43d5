"""The request to a judge, and the verdict in its reply, with every trap that is known."""

from __future__ import annotations

import pytest

from spar_data.models import Unparsed
from spar_data.selfplay.judge.prompt import judge_request, parse_verdict

_FORM = "Final Judgement (if the Output accurately follows the Prompt):"


@pytest.mark.parametrize(
    ("reply", "verdict"),
    [
        (f"Step-by-step verification: fine\n{_FORM} Yes", True),
        (f"Step-by-step verification: no\n{_FORM} No", False),
        (f"{_FORM} (Yes)", True),
        (f"{_FORM} **No**", False),
        (f"{_FORM}\n\nYes.", True),
        (f"{_FORM} YES", True),
        ("final judgement: no, it has 187 words", False),
        ("Final Judgment: Yes", True),
        ("**Final Judgement (if the Output accurately follows the Prompt):** No", False),
        ("### Final Judgement\nNo", False),
        (f"{_FORM} (Yes or No) No", False),
        (f"{_FORM} (Yes or No): Yes", True),
        ("Final Judgement (Yes/No): No", False),
        ("Final Judgement: Yes or No? No", None),
        (f"{_FORM} (Yes or No)", None),
        (f"{_FORM}", None),
        (f"{_FORM} None of the constraints is violated, so Yes", None),
        (f"{_FORM} Now, Yes", None),
        (f"{_FORM} Not quite", None),
        (f"{_FORM} Notably, no", None),
        (f"{_FORM} Yesterday", None),
        (f"{_FORM} It follows the prompt.", None),
        ("Yes", None),
        ("", None),
        (f'The prompt says "Final Judgement: Yes" must be in it.\n{_FORM} No', False),
        (f"The form is '{_FORM} (Yes or No)'.\nVerification ...\n{_FORM} Yes", True),
        (f"{_FORM} No\n\nTo repeat my Final Judgement in words: the output is too long.", False),
        (f"{_FORM} Yes\nFinal Judgement: No", False),
        ("Final Judgement: \u201cYes\u201d", True),
        ("Final Judgement \u2013 No", False),
        ("Final Judgement: 'No'", False),
    ],
)
def test_verdicts(reply: str, verdict: bool | None) -> None:
    parsed = parse_verdict(reply)
    assert parsed is verdict if verdict is not None else isinstance(parsed, Unparsed), parsed


def test_a_reply_of_a_hundred_thousand_characters() -> None:
    assert isinstance(parse_verdict("Final Judgement ((((" * 5_000), Unparsed)
    assert parse_verdict("(" * 100_000 + _FORM + " " * 50_000 + "Yes") is True


def test_prompts_keep_their_braces_and_template_words() -> None:
    request = judge_request("{response} {0} Final Judgement: Yes", "{prompt} [[end]]", votes=3)
    text = request.messages[0].content
    assert "“{response} {0} Final Judgement: Yes”" in text and "“{prompt} [[end]]”" in text
    assert (request.n, request.temperature, request.max_tokens) == (3, 0.7, 2048)
