"""Task 2, stories with a given first and last sentence. The story in between interferes.

The refined side is the wrong story with its first or last sentence corrected and the middle untouched; the sampled side is
another story, with another theme and no sentence of the middle in common.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from random import Random
from typing import NamedTuple

from spar_data.core.assets import asset
from spar_data.core.config import read_toml
from spar_data.core.errors import SparError
from spar_data.core.files import JsonValue
from spar_data.core.ids import row_id
from spar_data.models import fill
from spar_data.study.config import StudyConfig
from spar_data.study.items import CheckedResponse, StudyItem, StudyTask

NAME = "stories"
_PROMPTS = (
    "Write a short story. Its first sentence must be “{start}” and its last sentence “{end}” Use both exactly as they are.",
    "Tell a little story. It begins with “{start}” and it ends with “{end}” Neither sentence may be changed, and nothing may "
    "come before the first or after the last.",
    "Here are the two ends of a story.\nFirst sentence: “{start}”\nLast sentence: “{end}”\nWrite the whole story, both "
    "sentences included word for word, without a title.",
)
_FLAWS = {
    "easy": ("no start", "no end", "other start", "other end", "more after the end"),
    "hard": ("a word of the start", "a word of the end"),
}
_FLAWS["mixed"] = (*_FLAWS["easy"], *_FLAWS["hard"])
_TEST_SHARE = 5  # one sentence in five belongs to the test set alone


class _Texts(NamedTuple):
    """Templates of sentences, and the words for their slots."""

    names: list[str]
    starts: list[str]
    ends: list[str]
    after: list[str]
    slots: dict[str, list[str]]
    themes: dict[str, list[str]]


@cache
def _texts() -> _Texts:
    return _Texts(**read_toml(asset("stories.toml")))


@dataclass(frozen=True)
class _Sentence:
    template: str
    slots: dict[str, str]

    def __str__(self) -> str:
        return fill(self.template, **{k: v for k, v in self.slots.items() if f"{{{k}}}" in self.template})

    def with_a_word_changed(self) -> list[_Sentence]:
        slots = [slot for slot in _texts().slots if f"{{{slot}}}" in self.template]
        words = [(slot, word) for slot in slots for word in _texts().slots[slot] if word != self.slots[slot]]
        return [_Sentence(self.template, {**self.slots, slot: word}) for slot, word in words]


def settings(config: StudyConfig) -> dict[str, JsonValue]:
    """Raises SparError if the themes have too few sentences."""
    least, most = config.span("sentences")
    longest = min(map(len, _texts().themes.values()))
    if most > longest:
        raise SparError(f"sentences = {config.sentences}: two numbers from 1 to {longest} are expected")
    return {"difficulty": config.difficulty, "sentences": [least, most], "seed": config.seed}


def make(random: Random, config: StudyConfig, test: bool) -> StudyItem:
    texts = _texts()
    name = random.choice(texts.names)
    start, end = (_sentence_of(random, templates, name, config, test) for templates in (texts.starts, texts.ends))
    theme, other = random.sample(sorted(texts.themes), 2)
    middle, other_middle = (_middle(random, t, name, config) for t in (theme, other))
    flaw = random.choice(_FLAWS[config.difficulty])
    wrong_start, wrong_end = [str(start)], [str(end)]
    match flaw:
        case "no start":
            wrong_start = []
        case "no end":
            wrong_end = []
        case "other start":
            others = [template for template in texts.starts if template != start.template]
            wrong_start = [str(_sentence_of(random, others, name, config, test))]
        case "other end":
            others = [template for template in texts.ends if template != end.template]
            wrong_end = [str(_sentence_of(random, others, name, config, test))]
        case "more after the end":
            wrong_end = [str(end), random.choice(texts.after)]
        case "a word of the start":
            wrong_start = _changed(random, start, config, test)
        case "a word of the end":
            wrong_end = _changed(random, end, config, test)
    prompt = fill(random.choice(_PROMPTS), start=str(start), end=str(end))
    rejected = " ".join([*wrong_start, *middle, *wrong_end])
    refined, sampled = (" ".join([str(start), *m, str(end)]) for m in (middle, other_middle))
    return StudyItem(prompt, {"start": str(start), "end": str(end)}, rejected, refined, sampled, flaw)


def check(response: str, start: str, end: str) -> CheckedResponse:
    """Passed: the response begins and ends with the two sentences, character by character, with some text between them.

    Loose: the same without case, white space, marks of emphasis, quotes and, perhaps, the first line (a title).
    """
    text = response.strip()
    reason = _fault(text, start, end)
    _, _, below = text.partition("\n")
    loose = not reason or any(not _fault(_bare(t), _bare(start), _bare(end)) for t in (text, below))
    measures: dict[str, float | None] = {
        "start": float(text.startswith(start)), "end": float(text.endswith(end)), "words": float(len(text.split())),
    }  # fmt: skip
    return CheckedResponse(not reason, reason, loose, measures)


def _fault(text: str, start: str, end: str) -> str:
    """Says what is wrong with a text; "" if nothing is."""
    if not text:
        return "empty"
    begins, ends = text.startswith(start), text.endswith(end)
    if not begins or not ends:
        return f"wrong {'start' if ends else 'end' if begins else 'start and end'}"
    between = len(text) > len(start) + len(end) and text[len(start) : len(text) - len(end)].strip()
    return "" if between else "nothing between"


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[*_#`\"“”]", "", text).split()).lower()


def _sentence_of(random: Random, templates: list[str], name: str, config: StudyConfig, test: bool) -> _Sentence:
    """A sentence of the training or the test set: those of the test set occur nowhere in training."""
    while True:
        slots = {"name": name, **{slot: random.choice(words) for slot, words in _texts().slots.items()}}
        sentence = _Sentence(random.choice(templates), slots)
        if _is_test_only(sentence, config) == test:
            return sentence


def _changed(random: Random, sentence: _Sentence, config: StudyConfig, test: bool) -> list[str]:
    """The sentence with a word changed; nothing if every such sentence belongs to the test set."""
    allowed = [changed for changed in sentence.with_a_word_changed() if test or not _is_test_only(changed, config)]
    return [str(random.choice(allowed))] if allowed else []


def _is_test_only(sentence: _Sentence, config: StudyConfig) -> bool:
    return int(row_id(str(config.seed), "study", "held out", str(sentence)), 16) % _TEST_SHARE == 0


def _middle(random: Random, theme: str, name: str, config: StudyConfig) -> list[str]:
    number = random.randint(*config.span("sentences"))
    chosen = sorted(random.sample(range(len(_texts().themes[theme])), number))
    slots = {"name": name, **{slot: random.choice(words) for slot, words in _texts().slots.items()}}
    return [str(_Sentence(_texts().themes[theme][at], slots)) for at in chosen]


STORIES = StudyTask(NAME, settings, make, check)
