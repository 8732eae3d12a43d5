"""Pairs and dialogues in the formats of trainers, as JSON Lines.

trl            conversational `prompt`, `chosen`, `rejected` (lists of messages) for DPOTrainer; for SFTTrainer `prompt` and
               `completion`, with the loss on the last message, and a file NAME.messages.jsonl with `messages`, which it
               trains on as a whole unless assistant_only_loss is set. TRL 1.16.
llama-factory  sharegpt: `messages`, and for pairs `chosen` and `rejected` (one message each), with the entries of
               dataset_info.json. `mask_history: true` puts the loss on the last message.
axolotl        `messages`, and for pairs `chosen` and `rejected` (one message each): type chat_template, for DPO type
               chat_template.default, whose field names these are. Sides are stripped. Assistant messages carry `train`,
               true for the last one, which `message_field_training: train` obeys.
jsonl          the records as they are.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

from spar_data.core.errors import SparError, nearest
from spar_data.core.files import JsonValue, write_json, write_jsonl
from spar_data.models import Message
from spar_data.selfplay.pairs.pair_set import RowSet
from spar_data.selfplay.records import Dialogue, Pair

JsonRow = Mapping[str, JsonValue]


def write_formats(folder: Path, sets: Mapping[str, RowSet], formats: Iterable[str]) -> list[Path]:
    """Writes FOLDER/FORMAT/NAME.jsonl for every set, none of them empty, and format. Returns the files."""
    files = []
    for name in dict.fromkeys(formats):
        if name not in FORMATS:
            raise SparError(f"there is no format {name!r}.{nearest(name, FORMATS)}")
        for key, rows in sets.items():
            for suffix, make_row in FORMATS[name][type(rows[0])].items():
                files.append(folder / name / f"{key}{suffix}.jsonl")
                write_jsonl(files[-1], map(make_row, rows))
        if name == "llama-factory":
            files.append(folder / name / "dataset_info.json")
            write_json(files[-1], {key: dataset_info(f"{key}.jsonl", rows) for key, rows in sets.items()})
    return files


def dataset_info(file_name: str, rows: RowSet) -> JsonRow:
    """The entry of a file in LLaMA-Factory's dataset_info.json."""
    sides: dict[str, JsonValue] = {"chosen": "chosen", "rejected": "rejected"} if isinstance(rows[0], Pair) else {}
    roles = ("user", "assistant", "system")
    return {
        "file_name": file_name,
        "formatting": "sharegpt",
        **({"ranking": True} if sides else {}),
        "columns": {"messages": "messages", **sides},
        "tags": {"role_tag": "role", "content_tag": "content", **{f"{role}_tag": role for role in roles}},
    }


def _turns(messages: Sequence[Message]) -> list[JsonValue]:
    return [{"role": message.role, "content": message.content} for message in messages]


def _assistant(text: str) -> dict[str, JsonValue]:
    return {"role": "assistant", "content": text}


def trl_pair(pair: Pair) -> JsonRow:
    return {
        "prompt": _turns(pair.prompt), "chosen": [_assistant(pair.chosen)], "rejected": [_assistant(pair.rejected)],
    }  # fmt: skip


def _trl_completion(row: Dialogue) -> JsonRow:
    return {"prompt": _turns(row.messages[:-1]), "completion": _turns(row.messages[-1:])}


def _messages(row: Dialogue) -> JsonRow:
    return {"messages": _turns(row.messages)}


def _ranked(pair: Pair) -> JsonRow:
    return {"messages": _turns(pair.prompt), "chosen": _assistant(pair.chosen), "rejected": _assistant(pair.rejected)}


def _stripped(pair: Pair) -> JsonRow:
    """Axolotl looks for the sides in the output of the chat template, and many templates strip them."""
    return _ranked(dataclasses.replace(pair, chosen=pair.chosen.strip(), rejected=pair.rejected.strip()))


def _trained(row: Dialogue) -> JsonRow:
    last = len(row.messages) - 1
    return {
        "messages": [{"role": m.role, "content": m.content, "train": i == last} for i, m in enumerate(row.messages)]
    }


# format -> kind of row -> suffix of the file name -> writer of a row
FORMATS: dict[str, dict[type, dict[str, Callable[[Any], JsonRow]]]] = {
    "trl": {Pair: {"": trl_pair}, Dialogue: {"": _trl_completion, ".messages": _messages}},
    "llama-factory": {Pair: {"": _ranked}, Dialogue: {"": _messages}},
    "axolotl": {Pair: {"": _stripped}, Dialogue: {"": _trained}},
    "jsonl": {Pair: {"": dataclasses.asdict}, Dialogue: {"": dataclasses.asdict}},
}
