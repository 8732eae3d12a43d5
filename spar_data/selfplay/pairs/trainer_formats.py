"""Pairs and dialogues as the trainers want them, in JSON Lines.

trl            conversational `prompt`, `chosen`, `rejected` (lists of messages) for DPOTrainer; for SFTTrainer `prompt` and
               `completion`, with the loss on the last message, and a file NAME.messages.jsonl with `messages`, which it
               trains on as a whole unless assistant_only_loss is set. TRL 1.16.
llama-factory  sharegpt: `messages`, and for pairs `chosen` and `rejected` (one message each), with the entries of
               dataset_info.json. `mask_history: true` puts the loss on the last message.
axolotl        `messages`, and for pairs `chosen` and `rejected` (one message each): type chat_template, for DPO type
               chat_template.default, whose field names these are; sides are stripped. Assistant messages carry `train`, true for the last one,
               which `message_field_training: train` obeys.
jsonl          the records as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spar_data.core.files import write_json, write_jsonl
from spar_data.models import Message
from spar_data.selfplay.records import Dialogue, Pair

Row = dict[str, Any]


def write_formats(
    folder: Path, sets: Mapping[str, Sequence[Pair] | Sequence[Dialogue]], formats: Iterable[str]
) -> list[Path]:
    """Writes FOLDER/FORMAT/NAME.jsonl for every set and format; returns the files. A set holds pairs or dialogues."""
    files = []
    for name in dict.fromkeys(formats):
        here = folder / name
        for key, rows in sets.items():
            for suffix, make in FORMATS[name][isinstance(rows[0], Pair) if rows else True].items():
                files.append(here / f"{key}{suffix}.jsonl")
                write_jsonl(files[-1], map(make, rows))
        if name == "llama-factory":
            files.append(here / "dataset_info.json")
            write_json(files[-1], {key: dataset_info(f"{key}.jsonl", rows) for key, rows in sets.items()})
    return files


def dataset_info(file_name: str, rows: Sequence[Pair] | Sequence[Dialogue]) -> Row:
    """The entry of a file in LLaMA-Factory's dataset_info.json."""
    ranking = bool(rows) and isinstance(rows[0], Pair)
    columns = {"messages": "messages", **({"chosen": "chosen", "rejected": "rejected"} if ranking else {})}
    tags = {
        "role_tag": "role",
        "content_tag": "content",
        "user_tag": "user",
        "assistant_tag": "assistant",
        "system_tag": "system",
    }
    return {
        "file_name": file_name,
        "formatting": "sharegpt",
        **({"ranking": True} if ranking else {}),
        "columns": columns,
        "tags": tags,
    }


def _turns(messages: Iterable[Message]) -> list[Row]:
    return [{"role": m.role, "content": m.content} for m in messages]


def _answer(text: str) -> Row:
    return {"role": "assistant", "content": text}


def trl_pair(pair: Pair) -> Row:
    return {"prompt": _turns(pair.prompt), "chosen": [_answer(pair.chosen)], "rejected": [_answer(pair.rejected)]}


def _trl_completion(row: Dialogue) -> Row:
    return {"prompt": _turns(row.messages[:-1]), "completion": _turns(row.messages[-1:])}


def _messages(row: Dialogue) -> Row:
    return {"messages": _turns(row.messages)}


def _ranked(pair: Pair) -> Row:
    return {"messages": _turns(pair.prompt), "chosen": _answer(pair.chosen), "rejected": _answer(pair.rejected)}


def _stripped(pair: Pair) -> Row:
    """axolotl looks for the sides in what the chat template makes of them, and many templates strip them."""
    return _ranked(dataclasses.replace(pair, chosen=pair.chosen.strip(), rejected=pair.rejected.strip()))


def _trained(row: Dialogue) -> Row:
    last = len(row.messages) - 1
    return {"messages": [{**turn, "train": i == last} for i, turn in enumerate(_turns(row.messages))]}


_Writers = dict[str, Callable[[Any], Row]]
# format -> pairs (True) or dialogues (False) -> suffix of the file name -> writer of a row
FORMATS: dict[str, dict[bool, _Writers]] = {
    "trl": {True: {"": trl_pair}, False: {"": _trl_completion, ".messages": _messages}},
    "llama-factory": {True: {"": _ranked}, False: {"": _messages}},
    "axolotl": {True: {"": _stripped}, False: {"": _trained}},
    "jsonl": {True: {"": dataclasses.asdict}, False: {"": dataclasses.asdict}},
}
