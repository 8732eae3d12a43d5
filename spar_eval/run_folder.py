"""The folder of a finished evaluation: results.json (scores, tables, counts, notes, signature, settings),
responses.jsonl (one item a line, with each verdict and its reason) and report.html.

The two data files carry `format`, the version of their layout.
"""

from __future__ import annotations

import dataclasses
import math
from pathlib import Path

import msgspec

from spar_data.core.errors import SparError
from spar_data.core.files import write_json, write_jsonl
from spar_eval.report.page import page
from spar_eval.results import FORMAT, Item, Result


def save_result(result: Result, folder: Path | str) -> None:
    """Writes results.json, responses.jsonl and report.html into a folder.

    results.json comes last: where it exists, the folder is complete.

    >>> from spar_eval import Result, save_result
    >>> save_result(Result("ifeval", "my-model", "ifeval|n:0", scores=(), items=()), "runs/mine")
    """
    folder = Path(folder)
    write_jsonl(folder / "responses.jsonl", ({"format": FORMAT, **dataclasses.asdict(item)} for item in result.items))
    (folder / "results.json").unlink(missing_ok=True)
    page([result], folder / "report.html")
    write_json(folder / "results.json", result.summary())


def load_result(folder: Path | str, items: bool = True) -> Result:
    """Reads the result of a finished run from its folder.

    items: False skips the items, which is quicker if only scores are needed. Raises SparError naming file, line and field.

    >>> from spar_eval import Result, load_result, save_result
    >>> save_result(Result("ifeval", "my-model", "ifeval|n:0", scores=(), items=()), "runs/mine")
    >>> load_result("runs/mine")
    Result of ifeval: my-model, 0 items
      ifeval|n:0
    """
    file = Path(folder) / "results.json"
    try:
        plain = msgspec.json.decode(file.read_bytes(), type=dict[str, object])
    except OSError:
        raise SparError(f"{file} does not exist: the folder of a finished spar-eval run is expected") from None
    except msgspec.DecodeError as error:
        raise SparError(f"{file} is not a JSON object: {error}") from None
    if plain.pop("format", None) != FORMAT:
        raise SparError(f"{file}: 'format' is not {FORMAT}: written by another version; score the responses again")
    plain |= {name: _restore_nan(plain[name]) for name in ("scores", "tables") if name in plain}
    try:
        result = msgspec.convert({**plain, "items": ()}, Result)
    except msgspec.ValidationError as error:
        raise SparError(f"{file}: not as spar-eval writes it: {error}") from None
    return dataclasses.replace(result, items=_load_items(file.with_name("responses.jsonl"))) if items else result


def _restore_nan(plain: object) -> object:
    """JSON has no NaN: a score without a value or interval has null there."""
    if isinstance(plain, list):
        return [_restore_nan(value) for value in plain]
    if isinstance(plain, dict):
        return {name: math.nan if value is None else _restore_nan(value) for name, value in plain.items()}
    return plain


def _load_items(file: Path) -> tuple[Item, ...]:
    try:
        lines = file.read_bytes().split(b"\n")
    except OSError:
        raise SparError(f"{file} does not exist: it belongs to results.json beside it") from None
    decoder, items = msgspec.json.Decoder(Item), []
    for number, line in enumerate(lines, 1):
        if line.strip():
            try:
                items.append(decoder.decode(line))
            except msgspec.DecodeError as error:  # ValidationError is one
                raise SparError(f"{file}, line {number}: not as spar-eval writes it: {error}") from None
    return tuple(items)
