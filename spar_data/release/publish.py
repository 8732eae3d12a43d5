"""Pushes a release folder to the Hugging Face Hub."""

from __future__ import annotations

import json
from pathlib import Path
from typing import NamedTuple

from spar_data.core.errors import SparError, missing_package
from spar_data.core.files import sha256


class Upload(NamedTuple):
    """What would go, or went: the repository and (path in it, bytes) of every file."""

    repository: str
    files: list[tuple[str, int]]


def plan(folder: Path, repository: str = "") -> Upload:
    """Checks a release against its manifest and lists what a push would send. Raises SparError if anything is off."""
    manifest_file = folder / "manifest.json"
    if not manifest_file.is_file():
        raise SparError(f"{folder} is no release: it has no manifest.json. `make dataset` makes one")
    manifest = json.loads(manifest_file.read_text(encoding="utf-8"))
    repository = repository or manifest["recipe"]["release"]["repository"]
    if repository.count("/") != 1:
        raise SparError(
            f"repository {repository!r}: OWNER/NAME is expected; give --repository or set release.repository"
        )
    for name, facts in manifest["files"].items():
        if not (folder / name).is_file() or sha256(folder / name) != facts["sha256"]:
            raise SparError(
                f"{folder / name} is missing or not the file that the manifest describes: build the release again"
            )
    files = [p for p in sorted(folder.rglob("*")) if p.is_file()]
    return Upload(repository, [(p.relative_to(folder).as_posix(), p.stat().st_size) for p in files])


def publish(folder: Path, repository: str = "", private: bool = False) -> str:
    """Pushes the folder as one commit and returns its address. The token is the one `hf auth login` stored."""
    upload = plan(folder, repository)
    try:
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError
    except ImportError:
        raise missing_package("huggingface_hub", "hub", "publish") from None
    api = HfApi()
    try:
        api.create_repo(upload.repository, repo_type="dataset", private=private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=upload.repository,
            repo_type="dataset",
            folder_path=str(folder),
            commit_message=f"Release {folder.name}",
        )
    except (HfHubHTTPError, OSError) as error:
        raise SparError(f"the Hub refused {upload.repository}: {str(error).splitlines()[0]}") from None
    return str(commit.commit_url)
