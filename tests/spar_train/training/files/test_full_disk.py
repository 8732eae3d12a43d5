"""Disk errors: recognised from any library, reported with the remedy."""

from __future__ import annotations

import errno
from pathlib import Path

import pytest
from command_line import FAST, Run

torch = pytest.importorskip("torch")

from spar_data.core.errors import SparError  # noqa: E402
from spar_train.training.files import checkpoint, export  # noqa: E402
from spar_train.training.files.full_disk import writing  # noqa: E402


def test_a_full_disk_for_the_model_or_for_a_checkpoint(
    world: Path, tmp_path: Path, run: Run, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*args: object, **values: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    words = (
        "sft",
        world / "rows.jsonl",
        "--model",
        world / "model",
        "--out",
        tmp_path / "out",
        "--save-every",
        1,
        *FAST,
    )
    place = tmp_path / "out" / "checkpoints"
    with monkeypatch.context() as patch:
        plain = checkpoint.write_json
        patch.setattr(
            checkpoint, "write_json", lambda path, value: full() if value["step"] == 2 else plain(path, value)
        )
        status, _, stderr = run(*words)
    assert (
        status == 2
        and "The checkpoint of step 2 could not be written to" in stderr
        and "No space left on device" in stderr
    )
    assert "The checkpoint of step 1 is kept" in stderr and [path.name for path in place.iterdir()] == ["step-000001"]
    with monkeypatch.context() as patch:
        patch.setattr(export, "sync", full)
        status, _, stderr = run(*words)
    assert status == 2 and "The model could not be written to" in stderr and checkpoint.latest(place) == 2
    assert not (tmp_path / "out" / "model").exists()
    assert run(*words)[0] == 0 and (tmp_path / "out" / "model" / "model.safetensors").is_file()


def _chained() -> Exception:
    """What torch.save raises: an error of its own on top of the OSError."""
    error = RuntimeError("unexpected pos 64 vs 0")
    error.__context__ = OSError(errno.EDQUOT, "Disk quota exceeded")
    return error


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (OSError(errno.ENOSPC, ""), "No space left on device"),
        (Exception("I/O error: No space left (os error 28)"), "No space left on device"),
        (_chained(), "Disk quota exceeded"),
    ],
)
def test_disk_errors_of_any_library_are_recognised(error: Exception, text: str, tmp_path: Path) -> None:
    message = f"The file could not be written to .*{text}. Nothing is lost. Free space"
    with pytest.raises(SparError, match=message), writing("The file", tmp_path, "Nothing is lost."):
        raise error


def test_other_errors_pass(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="no disk"), writing("The file", tmp_path, ""):
        raise ValueError("no disk")
