"""Read the weight files that exist in the field, safely, into flat dictionaries of tensors."""

import json
import re
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import safetensors.torch
import torch
from torch import Tensor

from spawnnet_encoders.backbone.left_out import STAND_INS
from spawnnet_encoders.errors import ConfigurationError

INDEX = ".index.json"
IN_FOLDERS = ("model.safetensors", "pytorch_model.bin")  # as Hugging Face's libraries call them
SHARD = re.compile(r"-\d{5}-of-\d{5}(?=\.)")
MOST_NESTED = 8  # mappings in mappings
# What else people name as weights, by how it begins.
FOREIGN = {
    b"version https://git-lfs": "a pointer of Git LFS, get what it stands for: git lfs pull",
    b"\x89HDF": "an HDF5 file, as Keras writes them; weights of PyTorch are needed",
    b"<": "a web page, so the download went wrong: get the file again",
}
# And by the end of a name in a zip archive.
FOREIGN_ARCHIVES = {
    "/constants.pkl": "a TorchScript program: `torch.jit.load` it and save its `state_dict()`",
    ".npy": "an archive of NumPy, as JAX's networks come in; weights of PyTorch are needed",
}


def read_tensors(path: str | Path) -> dict[str, Tensor]:
    """Return all tensors of a weight file under dotted names, such as `teacher.backbone.norm.bias`.

    Understands safetensors whatever their suffix, torch's files, indices of files that are split,
    and folders that hold one of these. Pickled code is never run.

    Raises:
        ConfigurationError: If there is no such file, or it holds no tensors in mappings.
    """
    path = _located(Path(path).expanduser())
    content = _read_index(path) if path.name.endswith(INDEX) else _read_file(path)
    if not isinstance(content, Mapping):
        raise _error(f"`{path}` holds {type(content).__name__}, no weights.")
    tensors = dict(_tensors(content, "", 0))
    if not tensors:
        names = ", ".join(map(repr, list(content)[:5]))
        raise _error(f"`{path}` holds no weights, only {names or 'nothing'}.")
    return tensors


def _located(path: Path) -> Path:
    """Return the file to read where a folder or one part of several is named."""
    if path.is_dir():
        return _in_folder(path)
    if not path.is_file():
        raise _error(f"there is no file `{path}`.")
    index = path.with_name(SHARD.sub("", path.name) + INDEX)
    return index if SHARD.search(path.name) and index.is_file() else path


def _in_folder(path: Path) -> Path:
    """Return the weight file of a folder: of a usual name, or the only one."""
    names = [name + suffix for name in IN_FOLDERS for suffix in (INDEX, "")]
    found = [path / name for name in names if (path / name).is_file()]
    for pattern in (f"*{INDEX}", "*.safetensors"):
        only = list(path.glob(pattern))
        found += only if len(only) == 1 else []
    if not found:
        raise _error(f"`{path}` is a folder and holds none of {', '.join(names)}.")
    return found[0]


def _read_index(path: Path) -> dict[str, Any]:
    """Return what the files that an index names hold together."""
    try:
        names = sorted(set(json.loads(path.read_text("utf-8"))["weight_map"].values()))
        if any(Path(name).name != name for name in names):
            raise ValueError("it names files elsewhere")
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError) as error:
        raise _error(f"`{path}` is no index of a split weight file ({error}).") from error
    content: dict[str, Any] = {}
    for name in names:
        if not (path.parent / name).is_file():
            raise _error(f"`{path}` needs `{name}` beside it, which is not there.")
        part = _read_file(path.parent / name)
        content |= part if isinstance(part, Mapping) else {}
    return content


def _read_file(path: Path) -> Any:
    with path.open("rb") as file:
        start = file.read(64)
    try:
        if start[8:9] == b"{":  # a length, then the JSON of the header
            return safetensors.torch.load_file(path)
        if foreign := _foreign(path, start):
            raise _error(f"`{path}` is {foreign}.")
        _check_archive(path)
        # By the open file: given a name, torch goes by its suffix.
        with path.open("rb") as file, torch.serialization.safe_globals(list(STAND_INS)):
            return torch.load(file, map_location="cpu", weights_only=True)
    except ConfigurationError:
        raise
    except Exception as error:  # damaged bytes lead the unpickler to any of them
        raise _error(
            f"`{path}` is no file of plain tensors, or it is damaged ({type(error).__name__})"
            f"{_strangers(path)}. Other objects are not loaded, because unpickling them can run "
            "code: convert a file that you trust to safetensors."
        ) from error


def _foreign(path: Path, start: bytes) -> str | None:
    """Return what a file is, in words, where that is known and no file of weights."""
    kinds = [words for begin, words in FOREIGN.items() if start.startswith(begin)]
    if not kinds and zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
        kinds = [
            words for end, words in FOREIGN_ARCHIVES.items() if any(n.endswith(end) for n in names)
        ]
    return kinds[0] if kinds else None


def _check_archive(path: Path) -> None:
    """Refuse archives that unpack to more than they are; torch stores tensors as they are."""
    if zipfile.is_zipfile(path):
        with zipfile.ZipFile(path) as archive:
            size = sum(entry.file_size for entry in archive.infolist())
        if size > 2 * path.stat().st_size:
            raise ValueError(f"unpacks to {size:,} bytes")


def _strangers(path: Path) -> str:
    """Return words on the classes in a file that are not loaded."""
    try:
        with path.open("rb") as file, torch.serialization.safe_globals(list(STAND_INS)):
            names = torch.serialization.get_unsafe_globals_in_checkpoint(file)
    except Exception:  # damaged, or of the format before zip archives
        return ""
    return f": it holds {', '.join(sorted(names)[:5])}" if names else ""


def _tensors(content: Mapping[Any, Any], prefix: str, depth: int) -> Iterator[tuple[str, Tensor]]:
    for key, value in content.items():
        name = f"{prefix}{key}"
        if isinstance(value, Tensor) and isinstance(key, str) and value.layout == torch.strided:
            yield name, value
        elif isinstance(value, Mapping) and depth < MOST_NESTED:
            yield from _tensors(value, f"{name}.", depth + 1)


def _error(message: str) -> ConfigurationError:
    return ConfigurationError("backbone.weights", message)
