"""Folders on the Hugging Face Hub, by its own client, which timm brings along."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from spawnnet_encoders.errors import ConfigurationError


def upload(folder: Path, repo_id: str, *, private: bool = False, message: str = "") -> str:
    """Make a model repository, unless there is one, and commit the files of a folder to it.

    Args:
        folder: Every file in it goes to the root of the repository.
        repo_id: Such as `owner/name`; the token is that of `hf auth login` or of `HF_TOKEN`.
        private: Whether a new repository can be seen by its owner alone.
        message: Of the commit.

    Returns:
        The address of the repository.

    Raises:
        ConfigurationError: If the Hub cannot be reached, or does not let you.
    """
    from huggingface_hub import HfApi  # takes a second, so not at the import of the package

    with _answered(repo_id, "push to"):
        api = HfApi()
        url = api.create_repo(repo_id, private=private, exist_ok=True)
        api.upload_folder(repo_id=repo_id, folder_path=folder, commit_message=message or None)
    return str(url)


def find_folder(name: str | Path, *, contains: str, revision: str | None = None) -> Path:
    """Return a folder of this computer, or else the repository of that name, downloaded.

    Args:
        name: A path, or `owner/name` on the Hub; what is cached is not downloaded again.
        contains: The file by which the folder is recognised.
        revision: A branch, tag or commit of the repository.

    Raises:
        ConfigurationError: If there is neither.
    """
    folder = Path(name)
    if (folder / contains).is_file():
        return folder
    if folder.is_dir() or str(name).count("/") != 1 or str(name).startswith((".", "/", "~")):
        raise ConfigurationError("", f"{name}: holds no {contains}, and is no `owner/name`.")
    from huggingface_hub import snapshot_download

    with _answered(str(name), "get"):
        folder = Path(snapshot_download(str(name), revision=revision))
    if not (folder / contains).is_file():
        raise ConfigurationError("", f"{name}: the repository holds no {contains}.")
    return folder


@contextmanager
def _answered(repo_id: str, what: str) -> Iterator[None]:
    """Turn what the Hub's client raises into one sentence."""
    try:
        yield
    except Exception as error:  # the client has dozens of ways to fail
        reason = str(error).strip().partition("\n")[0].rstrip(".")
        hint = "; HF_HUB_OFFLINE is set" if os.environ.get("HF_HUB_OFFLINE") else ""
        raise ConfigurationError(
            "", f"could not {what} {repo_id} on the Hub, {reason} ({type(error).__name__}){hint}."
        ) from error
