"""One self-contained HTML page of one result, or of two results of the same task side by side.

The page needs no network: style, script and data are in the file, and its content security policy allows nothing else
to be loaded or run. Prompts, responses and transcripts are untrusted: they are embedded as JSON in which no character can
end the element, and the script shows them as text, never as markup. The same results give the same bytes.
"""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import json
import math
import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from spar_data.core import templates
from spar_data.core.assets import asset
from spar_data.core.errors import SparError
from spar_data.core.files import write_text
from spar_eval.report.differences import differences
from spar_eval.report.text import lines
from spar_eval.results import Result

_ESCAPED = re.compile("[<>&\x7f-\x9f\u2028\u2029\ufeff\ud800-\udfff]")
_SCRIPTS = ("report.js", "report_items.js", "report_detail.js")  # one script, in this order
LONGEST = 2_000_000
"""Characters of a text that the page holds; the rest is in responses.jsonl. A browser keeps them all in memory."""

_SAFE_INTEGER = 2**53  # JavaScript's numbers are exact up to this one


def page(results: Sequence[Result], file: Path) -> None:
    """Writes the page. Raises SparError if two results are of different tasks, ValueError unless they are one or two."""
    write_text(file, render(results))


def render(results: Sequence[Result]) -> str:
    """The page as text."""
    if not 1 <= len(results) <= 2:
        raise ValueError(f"a page shows one result or two, not {len(results)}")
    if len({result.task for result in results}) > 1:
        a, b = (result.task for result in results)
        raise SparError(f"the results are of two tasks, '{a}' and '{b}': two results of the same task can be compared")
    style = asset("report.css", "spar_eval").read_text("utf-8")
    script = "".join(asset(name, "spar_eval").read_text("utf-8") for name in _SCRIPTS)
    paired = differences(*results) if len(results) == 2 else []
    data = {"results": [_plain(result) for result in results], "differences": _plain(paired)}
    text = templates.render(
        "report.html",
        "spar_eval",
        title=f"{results[0].task}: {' and '.join(result.model for result in results)}",
        style_hash=csp_hash(style),
        style=style,
        plain="\n\n".join("\n".join((r.model, "", *lines(r))) for r in results),
        data=embedded(data),
        script_hash=csp_hash(script),
        script=script,
    )
    return text.encode("utf-8", "replace").decode("utf-8")  # half a surrogate pair in a title is no UTF-8


def embedded(value: object) -> str:
    """JSON for a <script> element: nothing in it ends the element or a line of JavaScript, and it is valid UTF-8."""
    text = json.dumps(value, ensure_ascii=False, allow_nan=False, separators=(",", ":"))
    return _ESCAPED.sub(lambda match: f"\\u{ord(match[0]):04x}", text)


def _plain(value: object) -> object:
    """Converts to values that both JSON and JavaScript have: no NaN, no integer that would be rounded, text as keys."""
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, str):
        rest = len(value) - LONGEST
        return value if rest <= 0 else f"{value[:LONGEST]}\n[... {rest:,} more characters are in responses.jsonl]"
    if isinstance(value, int):
        return value if abs(value) <= _SAFE_INTEGER else str(value)
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if dataclasses.is_dataclass(value):
        return {f.name: _plain(getattr(value, f.name)) for f in dataclasses.fields(value) if f.compare}
    if isinstance(value, Mapping):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return str(value)


def csp_hash(text: str) -> str:
    """The hash by which a content security policy allows an inline style or script."""
    return "sha256-" + base64.b64encode(hashlib.sha256(text.encode()).digest()).decode()
