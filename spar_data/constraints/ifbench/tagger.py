"""Tags the part of speech of the first word of a text with NLTK's averaged perceptron tagger.

No package contains the tagger's weights. NLTK downloads them (`python -m nltk.downloader averaged_perceptron_tagger_eng`)
or finds them under $NLTK_DATA. Nothing is downloaded here.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from nltk.tag.perceptron import PerceptronTagger

NAME = "averaged_perceptron_tagger_eng"


def first(tokens: Sequence[str]) -> str | None:
    """Returns `nltk.pos_tag(tokens)[0][1]`, e.g. "VBZ", or None if the weights are not installed.

    The tag of the first word depends only on the two words after it.
    """
    tagger = _load()
    return None if tagger is None else tagger.tag(list(tokens[:3]))[0][1]


def installed() -> bool:
    """Whether the weights are installed."""
    return _load() is not None


@cache
def _load() -> PerceptronTagger | None:
    from nltk.tag.perceptron import PerceptronTagger

    try:
        return PerceptronTagger()
    except LookupError:
        return None
