from __future__ import annotations

import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from spar_data.constraints.text.language_of import LANGUAGES, UNKNOWN, detect

PROMPTS = {
    "Write a poem": "en",
    "Explain gravity": "en",
    "hi": "en",
    "WHY DOES MY ROUTER BLINK RED?": "en",
    "Was ist der Unterschied zwischen Strom und Spannung?": "de",
    "Hauptstadt von Australien?": "de",
    "Corrige este correo": "es",
    "Corrige ce mail": "fr",
    "Correggi questa mail": "it",
    "Por que os gatos ronronam?": "pt",
    "Waarom spinnen katten?": "nl",
    "Popraw ten mail": "pl",
    "Kediler neden mırlar?": "tr",
    "Столица Австралии?": "ru",
    "Яка столиця Австралії?": "uk",
    "空が青い理由を説明して": "ja",
    "호주의 수도는?": "ko",
    "Python으로 피보나치 함수를 작성해 줘": "ko",
    "澳大利亚的首都是哪里": "zh",
    "把这句话翻译成中文: The early bird catches the worm.": "zh",
    "用 Python 写一个 quicksort": "zh",
    "この英文を訳して: I have no time to read this book today.": "ja",
    "Translate 我喜欢你 into English": "en",
    "Γράψε ένα ποίημα": "el",
    "اكتب قصيدة قصيرة عن الخريف": "ar",
    "یک شعر کوتاه درباره پاییز بنویس": "fa",
    "12 + 30 = ?": UNKNOWN,
    "": UNKNOWN,
}


@pytest.mark.parametrize(("text", "code"), PROMPTS.items())
def test_short_prompts(text: str, code: str) -> None:
    assert detect(text) == code


def test_code_and_urls_do_not_decide() -> None:
    code = "```python\nfor line in open('file'):\n    print(line)\n```"
    assert detect(f"Was macht dieser Code?\n{code}\nhttps://the.example.com/this/is/the/page") == "de"


def test_only_the_start_is_read() -> None:
    """A long text must not cost more, and its end must not change the answer."""
    assert detect("Der Herbst ist schön. " * 30 + "The leaves are red and the days are short. " * 10_000) == "de"


def test_the_model_is_shared_by_threads() -> None:
    texts = list(PROMPTS) * 20
    with ThreadPoolExecutor(16) as pool:
        assert list(pool.map(detect, texts)) == list(PROMPTS.values()) * 20


def test_importing_does_not_read_the_model() -> None:
    code = "import sys, spar_data.constraints.text.language_of; assert 'py3langid' not in sys.modules"
    subprocess.run([sys.executable, "-c", code], check=True)


@settings(deadline=None)  # the first call reads the model
@given(st.text(alphabet=st.characters(exclude_categories=[])))
def test_any_text_gets_a_known_code(text: str) -> None:
    assert detect(text) in {*LANGUAGES, UNKNOWN}
