"""Task 2, stories with a given first and last sentence. What interferes: what happens in between.

The refined side is the wrong story with its first or last sentence mended, the middle untouched; the sampled side is another
story, with another theme and no sentence of the middle in common.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from random import Random
from typing import Any

from spar_data.core.errors import SparError
from spar_data.core.ids import row_id
from spar_data.models import fill
from spar_data.study.items import DIFFICULTIES, Checked, Item
from spar_data.study.story_text import AFTER, ENDS, NAMES, SLOTS, STARTS, THEMES

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
_TEST_SHARE = 5  # one sentence in so many is the test set's alone


@dataclass(frozen=True)
class StoriesConfig:
    """sentences: how many between the first and the last one, least and most."""

    difficulty: str = "mixed"
    sentences: tuple[int, int] = (4, 8)
    seed: int = 42

    def __post_init__(self) -> None:
        least, most = self.sentences
        longest = min(map(len, THEMES.values()))
        if not 1 <= least <= most <= longest:
            raise SparError(
                f"sentences = {least}-{most}: two numbers from 1 to {longest} are expected, the smaller first"
            )
        if self.difficulty not in DIFFICULTIES:
            raise SparError(f"difficulty = {self.difficulty!r}: one of {', '.join(DIFFICULTIES)} is expected")


@dataclass(frozen=True)
class _Sentence:
    template: str
    slots: dict[str, str]

    def __str__(self) -> str:
        return fill(self.template, **{k: v for k, v in self.slots.items() if f"{{{k}}}" in self.template})

    def with_a_word_changed(self) -> list[_Sentence]:
        slots = [slot for slot in SLOTS if f"{{{slot}}}" in self.template]
        words = [(slot, word) for slot in slots for word in SLOTS[slot] if word != self.slots[slot]]
        return [_Sentence(self.template, {**self.slots, slot: word}) for slot, word in words]


def make(random: Random, config: StoriesConfig, test: bool) -> Item:
    name = random.choice(NAMES)
    start, end = (_held(random, templates, name, config, test) for templates in (STARTS, ENDS))
    theme, other = random.sample(sorted(THEMES), 2)
    middle, another = (_middle(random, each, name, config) for each in (theme, other))
    flaw = random.choice(_FLAWS[config.difficulty])
    wrong_start, wrong_end = [str(start)], [str(end)]
    match flaw:
        case "no start":
            wrong_start = []
        case "no end":
            wrong_end = []
        case "other start":
            wrong_start = [str(_held(random, [t for t in STARTS if t != start.template], name, config, test))]
        case "other end":
            wrong_end = [str(_held(random, [t for t in ENDS if t != end.template], name, config, test))]
        case "more after the end":
            wrong_end = [str(end), random.choice(AFTER)]
        case "a word of the start":
            wrong_start = _changed(random, start, config, test)
        case "a word of the end":
            wrong_end = _changed(random, end, config, test)
    prompt = fill(random.choice(_PROMPTS), start=str(start), end=str(end))
    rejected = " ".join([*wrong_start, *middle, *wrong_end])
    refined, sampled = (" ".join([str(start), *each, str(end)]) for each in (middle, another))
    return Item(prompt, {"start": str(start), "end": str(end)}, rejected, refined, sampled, flaw)


def key(item: Item) -> str:
    return f"{item.params['start']}\n{item.params['end']}"


def check(response: str, params: dict[str, Any]) -> Checked:
    """Passed: begins and ends with the two sentences, character by character, and holds something between them. Loose: case,
    white space, marks of emphasis and quotes are left out, and so is a first line (a title)."""
    start, end = params["start"], params["end"]
    text = response.strip()
    reason = _wrong(text, start, end)
    _, _, below = text.partition("\n")
    loose = not reason or any(not _wrong(_bare(t), _bare(start), _bare(end)) for t in (text, below))
    measures: dict[str, float | None] = {
        "start": float(text.startswith(start)), "end": float(text.endswith(end)), "words": float(len(text.split())),
    }  # fmt: skip
    return Checked(not reason, reason, loose, measures)


def _wrong(text: str, start: str, end: str) -> str:
    if not text:
        return "empty"
    begins, ends = text.startswith(start), text.endswith(end)
    if not begins or not ends:
        return f"wrong {'start' if ends else 'end' if begins else 'start and end'}"
    return (
        ""
        if text[len(start) : len(text) - len(end)].strip() and len(text) > len(start) + len(end)
        else "nothing between"
    )


def _bare(text: str) -> str:
    return " ".join(re.sub(r"[*_#`\"“”]", "", text).split()).lower()


def _held(random: Random, templates: Any, name: str, config: StoriesConfig, test: bool) -> _Sentence:
    """A sentence of the half that is asked for: those of the test set occur nowhere in training."""
    while True:
        slots = {"name": name, **{slot: random.choice(words) for slot, words in SLOTS.items()}}
        sentence = _Sentence(random.choice(templates), slots)
        if _is_tests(sentence, config) == test:
            return sentence


def _changed(random: Random, sentence: _Sentence, config: StoriesConfig, test: bool) -> list[str]:
    """The sentence with a word changed; none at all if every such sentence is one of the test set's."""
    allowed = [each for each in sentence.with_a_word_changed() if test or not _is_tests(each, config)]
    return [str(random.choice(allowed))] if allowed else []


def _is_tests(sentence: _Sentence, config: StoriesConfig) -> bool:
    return int(row_id(str(config.seed), "study", "held out", str(sentence)), 16) % _TEST_SHARE == 0


def _middle(random: Random, theme: str, name: str, config: StoriesConfig) -> list[str]:
    number = random.randint(*config.sentences)
    kept = sorted(random.sample(range(len(THEMES[theme])), number))
    slots = {"name": name, **{slot: random.choice(words) for slot, words in SLOTS.items()}}
    return [str(_Sentence(THEMES[theme][at], slots)) for at in kept]
