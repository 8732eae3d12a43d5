"""Pushes a release folder to the Hugging Face Hub."""

from __future__ import annotations

from pathlib import Path
from typing import NamedTuple

from spar_data.core.errors import SparError, first_line, importing
from spar_data.core.files import sha256
from spar_data.release.load import load_release


class Upload(NamedTuple):
    """The repository, and (path in it, bytes) of every file."""

    repository: str
    files: list[tuple[str, int]]


def plan_upload(folder: Path, repository: str = "") -> Upload:
    """Checks a release against its manifest and lists the files that a push sends.

    Raises SparError if a file is missing or changed, or if no repository is named.
    """
    manifest = load_release(folder).manifest
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
    files = [path for path in sorted(folder.rglob("*")) if path.is_file()]
    return Upload(repository, [(path.relative_to(folder).as_posix(), path.stat().st_size) for path in files])


def upload_release(folder: Path, repository: str, private: bool = False) -> str:
    """Pushes a folder that `plan_upload` checked, as one commit, and returns its address.

    The token is the one that `hf auth login` stored.
    """
    with importing("huggingface_hub", "hub", "publish"):
        from huggingface_hub import HfApi
        from huggingface_hub.errors import HfHubHTTPError
    api = HfApi()
    try:
        api.create_repo(repository, repo_type="dataset", private=private, exist_ok=True)
        commit = api.upload_folder(
            repo_id=repository,
            repo_type="dataset",
            folder_path=str(folder),
            commit_message=f"Release {folder.name}",
        )
    except (HfHubHTTPError, OSError) as error:
        raise SparError(f"the Hub refused {repository}: {first_line(error)}") from None
    return str(commit.commit_url)
