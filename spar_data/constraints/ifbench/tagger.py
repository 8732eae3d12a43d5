"""The part of speech of the first word of a text, as NLTK's averaged perceptron tagger has it.

No package brings the tagger's weights: NLTK downloads them (`python -m nltk.downloader averaged_perceptron_tagger_eng`)
or finds them under $NLTK_DATA. Nothing is downloaded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

NAME = "averaged_perceptron_tagger_eng"


def first(tokens: Sequence[str]) -> str | None:
    """`nltk.pos_tag(tokens)[0][1]`, e.g. "VBZ"; None if the weights are not installed.

    The tag of the first word depends on the two words after it and on nothing else.
    """
    tagger = _load()
    return None if tagger is None else tagger.tag(list(tokens[:3]))[0][1]


def installed() -> bool:
    return _load() is not None


@cache
def _load() -> Any:
    from nltk.tag.perceptron import PerceptronTagger

    try:
        return PerceptronTagger()
    except LookupError:
        return None
