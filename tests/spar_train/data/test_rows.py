"""Rows that are read, and the errors for those that are refused."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from spar_data.core.errors import SparError
from spar_data.core.files import write_parquet
from spar_data.core.tables import frame
from spar_data.models import Message
from spar_data.selfplay.pairs import trainer_formats as formats
from spar_data.selfplay.records import Dialogue, Pair
from spar_train.data.rows import read_dialogues, read_pairs

USER = {"role": "user", "content": "Say hello."}
REPLY = {"role": "assistant", "content": "Hello."}


def _jsonl(folder: Path, *rows: Any) -> Path:
    file = folder / "rows.jsonl"
    file.write_text("\n".join(json.dumps(row) for row in rows) + "\n", encoding="utf-8")
    return file


def _pair(**changed: Any) -> dict[str, Any]:
    return {"prompt": [USER], "chosen": "Hello.", "rejected": "No.", **changed}


_DIALOGUE = Dialogue("00", "actor", "sft", "p", [Message("user", "Say hello."), Message("assistant", "Hello.")], "", [])
_PAIR = Pair("01", "spar", "p", [Message("user", "Say hello.")], "Hello.", "No.", 1.0, 0.0, [])


def test_rows_of_the_suite_as_parquet_and_json_lines(tmp_path: Path) -> None:
    write_parquet(tmp_path / "d.parquet", frame([_DIALOGUE], Dialogue))
    write_parquet(tmp_path / "p.parquet", frame([_PAIR], Pair))
    for file in (tmp_path / "d.parquet", _jsonl(tmp_path, dataclasses.asdict(_DIALOGUE))):
        (row,) = read_dialogues(file)
        assert (row.id, row.messages) == ("00", [USER, REPLY])
    for file in (tmp_path / "p.parquet", _jsonl(tmp_path, dataclasses.asdict(_PAIR))):
        (pair,) = read_pairs(file)
        assert (pair.id, pair.prompt, pair.chosen, pair.rejected) == ("01", [USER], "Hello.", "No.")


def test_rows_that_a_release_writes_for_trl(tmp_path: Path) -> None:
    (pair,) = read_pairs(_jsonl(tmp_path, formats.trl_pair(_PAIR)))
    assert (pair.prompt, pair.chosen, pair.rejected) == ([USER], "Hello.", "No.")
    for written in (formats._trl_completion(_DIALOGUE), formats._messages(_DIALOGUE)):
        (row,) = read_dialogues(_jsonl(tmp_path, written))
        assert row.messages == [USER, REPLY]
    first, second = read_dialogues(_jsonl(tmp_path, {"messages": [USER, REPLY]}, {"messages": [REPLY, USER, REPLY]}))
    assert first.id and first.id != second.id  # rows without an id get that of their content


def test_ids_and_empty_system_messages_are_kept(tmp_path: Path) -> None:
    system = {"role": "system", "content": ""}
    (row,) = read_dialogues(_jsonl(tmp_path, {"id": "mine", "messages": [system, USER, REPLY]}))
    assert (row.id, row.messages[0]) == ("mine", system)


PAIR_FAULTS: list[tuple[Any, str, str]] = [
    ({"prompt": [USER], "chosen": "Hello."}, "rejected", "no field"),
    (_pair(prompt=None), "prompt", "null"),
    (_pair(prompt="Say hello."), "prompt", "str"),
    (_pair(prompt=[]), "prompt", "an empty list"),
    (_pair(prompt=["Say hello."]), "prompt[0]", "str"),
    (_pair(prompt=[{"role": "tool", "content": "x"}]), "prompt[0].role", "'tool'"),
    (_pair(prompt=[{"role": "user"}]), "prompt[0].content", "null"),
    (_pair(prompt=[{"role": "user", "content": " "}]), "prompt[0].content", "empty"),
    (_pair(prompt=[USER, {"role": "system", "content": "x"}]), "prompt[1]", "system"),
    (_pair(prompt=[USER, REPLY]), "prompt", "the last message is of the assistant"),
    (_pair(chosen=None), "chosen", "null"),
    (_pair(chosen=7), "chosen", "int"),
    (_pair(rejected="  \n"), "rejected", "empty"),
    (_pair(chosen=[USER, REPLY]), "chosen", "2 messages"),
    (_pair(chosen=[USER]), "chosen", "the last message is of the user"),
    (_pair(rejected="Hello."), "chosen and rejected", "equal"),
    (_pair(chosen=[REPLY], rejected="Hello."), "chosen and rejected", "equal"),
]


@pytest.mark.parametrize(("row", "field", "what"), PAIR_FAULTS)
def test_a_faulty_pair_is_named_by_file_line_and_field(tmp_path: Path, row: Any, field: str, what: str) -> None:
    with pytest.raises(SparError) as error:
        read_pairs(_jsonl(tmp_path, _pair(), row))
    said = str(error.value)
    assert (
        said.startswith(f"{tmp_path / 'rows.jsonl'}, line 2") and field in said and what in said and "expected" in said
    )


DIALOGUE_FAULTS: list[tuple[Any, str, str]] = [
    ({"text": "Hello."}, "messages", "the row holds text"),
    (_pair(), "messages", "spar-train dpo"),
    ({"messages": None}, "messages", "null"),
    ({"messages": [USER]}, "messages", "the last message is of the user"),
    ({"messages": [USER, {"role": "assistant", "content": ""}]}, "messages[1].content", "empty"),
    ({"prompt": [USER], "completion": "Hello."}, "completion", "str"),
    ({"prompt": [USER], "completion": [USER]}, "completion", "the last message is of the user"),
]


@pytest.mark.parametrize(("row", "field", "what"), DIALOGUE_FAULTS)
def test_a_faulty_dialogue_is_named_by_file_line_and_field(tmp_path: Path, row: Any, field: str, what: str) -> None:
    with pytest.raises(SparError) as error:
        read_dialogues(_jsonl(tmp_path, {"messages": [USER, REPLY]}, row))
    said = str(error.value)
    assert said.startswith(f"{tmp_path / 'rows.jsonl'}, line 2") and field in said and what in said


def test_a_parquet_row_is_counted_too(tmp_path: Path) -> None:
    faulty = dataclasses.replace(_PAIR, rejected="Hello.")
    write_parquet(tmp_path / "p.parquet", frame([_PAIR, faulty], Pair))
    with pytest.raises(SparError, match=r"p\.parquet, row 2, fields chosen and rejected: equal"):
        read_pairs(tmp_path / "p.parquet")


def test_files_without_rows_are_refused(tmp_path: Path) -> None:
    (tmp_path / "broken.jsonl").write_text(json.dumps(_pair()) + '\n{"prompt": [\n', encoding="utf-8")
    (tmp_path / "list.jsonl").write_text("[1]\n", encoding="utf-8")
    (tmp_path / "empty.jsonl").write_text("\n", encoding="utf-8")
    (tmp_path / "bytes.parquet").write_bytes(b"PAR1 no")
    (tmp_path / "rows.csv").write_text("prompt\n", encoding="utf-8")
    write_parquet(tmp_path / "none.parquet", pl.DataFrame(schema=frame([_PAIR], Pair).schema))
    expected = {
        "broken.jsonl": "broken.jsonl, line 2: not JSON",
        "list.jsonl": "list.jsonl, line 1: a JSON object is expected",
        "empty.jsonl": "empty.jsonl holds no rows",
        "bytes.parquet": "bytes.parquet: not a parquet file",
        "rows.csv": "not .csv",
        "none.parquet": "none.parquet holds no rows",
        "absent.jsonl": "absent.jsonl does not exist",
    }
    for name, said in expected.items():
        with pytest.raises(SparError) as error:
            read_pairs(tmp_path / name)
        assert said in str(error.value)
