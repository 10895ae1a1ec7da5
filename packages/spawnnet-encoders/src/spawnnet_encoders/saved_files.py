"""The files of a saved encoder, read as those of strangers."""

import json
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import load_file
from torch import Tensor

from spawnnet_encoders.errors import ConfigurationError
from spawnnet_encoders.observation import ObservationShape


def read_settings(file: Path) -> dict[str, Any]:
    """Return `name`, `shape`, `options` and `backbone` of an encoder.

    Raises:
        ConfigurationError: If the file is missing or damaged.
    """
    with _guard("", file):
        content = json.loads(file.read_text("utf-8"))
        parts = {name: {**content[name]} for name in ("shape", "options", "backbone")}
        shape = asdict(ObservationShape(**parts["shape"]))
        return {**parts, "name": str(content["name"]), "shape": shape}


def read_weights(file: Path, field: str = "") -> dict[str, Tensor]:
    """Return the tensors of a safetensors file.

    Args:
        file: The file.
        field: Of errors.

    Raises:
        ConfigurationError: If it is missing or damaged, or a number is NaN or infinite.
    """
    with _guard(field, file):
        tensors = load_file(file)
        for name, tensor in tensors.items():
            if not torch.isfinite(tensor).all():
                raise ValueError(f"{name} has values that are NaN or infinite")
        return tensors


@contextmanager
def _guard(field: str, file: Path) -> Iterator[None]:
    """Turn whatever is wrong with a file into one sentence."""
    try:
        yield
    except Exception as error:  # foreign content fails in more ways than can be listed
        reason = " ".join(str(error).split())[:300].rstrip(".")
        message = f"{file}: cannot be read, {reason} ({type(error).__name__})."
        raise ConfigurationError(field, message) from error
