"""Extracts the evolved prompt from a teacher's reply."""

from __future__ import annotations

import re

from spar_data.prompts.evolve.outcomes import Dropped

_START, _END = "[[start]]", "[[end]]"
_FENCE = re.compile(r"^```[\w-]*\n(.*?)\n?```$", re.DOTALL)
_LABEL = re.compile(r"^(?:the )?(?:new |refined )?prompt\s*[:：]\s*", re.IGNORECASE)
_NONE = re.compile(r"^[\W_]*none[\W_]*$", re.IGNORECASE)
_PLACEHOLDERS = {"the new prompt", "{your refined prompt}", "your refined prompt", "..."}


def parse_evolved(reply: str, seed: str) -> str | Dropped:
    """Returns the text between the markers, or the reason why there is none.

    The last complete block counts: teachers mention the markers or quote the seed before they write the prompt, not after.
    A start without an end was cut off. An end without a start and a reply without markers hold no prompt (the reply may be
    an answer). Markers inside the block are nested or quoted: the outermost pair counts only if the seed contains markers.
    'None' is recognised in any case and punctuation, with or without markers. A code fence and a 'prompt:' label around the
    prompt are removed. A prompt that equals the seed up to white space is 'unchanged'.
    """
    if _NONE.match(reply.replace(_START, "").replace(_END, "")):
        return Dropped("teacher answered None")
    if _START in seed or _END in seed:
        start, end = reply.find(_START), reply.rfind(_END)
    else:
        end = reply.rfind(_END)
        start = reply.rfind(_START, 0, end) if end >= 0 else reply.rfind(_START)
    if start < 0:
        return Dropped("unparsable: no [[start]]")
    if end < start or reply.rfind(_START) > end:
        return Dropped("unparsable: no [[end]]")
    block = reply[start + len(_START) : end].strip()
    if fenced := _FENCE.match(block):
        block = fenced[1].strip()
    block = _LABEL.sub("", block).strip()
    if _NONE.match(block):
        return Dropped("teacher answered None")
    if not block or block.lower() in _PLACEHOLDERS:
        return Dropped("unparsable: empty block")
    if not (_START in seed or _END in seed) and (_START in block or _END in block):
        return Dropped("unparsable: nested markers")
    if block.split() == seed.split():
        return Dropped("unchanged")
    return block
