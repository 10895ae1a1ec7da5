"""Get the file of named weights: from where it is kept, from a package, or by a download."""

import hashlib
import importlib.metadata
import urllib.error
from pathlib import Path

import torch

from spawnnet_encoders.backbone.weights import NamedWeights
from spawnnet_encoders.errors import ConfigurationError


def find_file(name: str, named: NamedWeights) -> Path:
    """Return the file of named weights, downloaded if there is a link, with its checksum verified.

    Args:
        name: As it stands in the configuration.
        named: Its entry of the table.

    Raises:
        ConfigurationError: If the file cannot be had, or has another checksum.
    """
    path = _packaged(name, named) if named.package else named.path
    if not path.is_file():
        _download(name, named)
    verify(path, named.checksum)
    return path


def verify(path: Path, checksum: str) -> None:
    """Compare a file with a published checksum.

    Args:
        path: Of the file.
        checksum: `sha256:` or `md5:` and the first digits; "" where none is published.

    Raises:
        ConfigurationError: If they differ.
    """
    algorithm, _, digits = checksum.partition(":")
    if not digits:
        return
    with path.open("rb") as file:
        found = hashlib.file_digest(file, algorithm).hexdigest()
    if not found.startswith(digits):
        raise ConfigurationError(
            "backbone.weights",
            f"`{path}` has the {algorithm} {found}, but the published one starts with {digits}: "
            "remove the file and get it again.",
        )


def _packaged(name: str, named: NamedWeights) -> Path:
    try:
        files = importlib.metadata.files(named.package) or []
    except importlib.metadata.PackageNotFoundError as error:
        raise ConfigurationError("backbone.weights", f"`{name}`: {named.instructions()}") from error
    paths = [Path(str(file.locate())) for file in files if file.suffix == ".pth"]
    if len(paths) != 1:
        raise ConfigurationError(
            "backbone.weights",
            f"`{name}`: the package {named.package} has {len(paths)} weight files instead of one: "
            "install it again.",
        )
    return paths[0]


def _download(name: str, named: NamedWeights) -> None:
    if named.url is None:
        raise ConfigurationError("backbone.weights", f"`{name}`: {named.instructions()}")
    try:
        named.path.parent.mkdir(parents=True, exist_ok=True)
        torch.hub.download_url_to_file(named.url, str(named.path), progress=False)
    except (urllib.error.URLError, OSError) as error:
        raise ConfigurationError(
            "backbone.weights",
            f"`{name}` could not be downloaded ({error}); {named.instructions()}",
        ) from error
