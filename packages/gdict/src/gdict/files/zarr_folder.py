"""zarr: a folder with one array per leaf, in groups as the data is nested."""

import math
import os
import stat
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np

from gdict.aliases import Data, FilePath, Key
from gdict.arrays.backend import is_array, require
from gdict.classes.gdict import GDict
from gdict.errors import GDictError, GDictFileError, GDictTypeError, path_text
from gdict.files.atomic import replacing_folder
from gdict.files.budget import Budget, check_stored
from gdict.files.expansion import COMPRESSORS, check_expansion, is_surely_fine
from gdict.trees import manifest
from gdict.trees.nodes import own
from gdict.trees.walks import iterate_leaves

MANIFEST = "gdict"
"""Attribute of the root group with the containers and the leaves that are no arrays."""

CHUNK_BYTES = 2**20
KINDS = "biufcSUmM"
# All that turn bytes into bytes or numbers; `pickle` runs what it reads.
CODECS = {*COMPRESSORS, "shuffle", "packbits", "delta", "fixedscaleoffset", "quantize", "bitround"}
CODECS |= {"astype", "bytes", "endian", "transpose"}
CODECS |= {"adler32", "crc32", "crc32c", "fletcher32", "jenkins_lookup3"}
METADATA = {".zarray", ".zattrs", "zarr.json"}


def save_zarr(data: Data, path: FilePath) -> None:
    """Write a zarr folder (format 2), which every zarr reads; arrays have checksums.

    Args:
        data: A GDict, or what can become one.
        path: The folder; an interrupted save leaves the old one.

    Raises:
        GDictTypeError: If a leaf is neither an array of numbers, text or times nor a JSON value;
            the path names it.
        GDictFileError: If a key begins with a dot or contains a backslash, or `path` is something
            else than a zarr folder.
        MissingExtraError: If zarr is not installed.
    """
    zarr = require("zarr", "zarr")
    tree = own(data)
    found: list[np.ndarray] = []
    description = manifest.encode(tree, found)
    paths = [where for where, leaf in iterate_leaves(tree) if is_array(leaf)]
    for where, array in zip(paths, found, strict=True):
        _check_storable(where, array)
    _check_replaceable(Path(path))
    with replacing_folder(path) as temporary:
        root = zarr.open_group(str(temporary), mode="w", zarr_format=2)
        names = [path_text(where) if where else "value" for where in paths]
        root.attrs[MANIFEST] = {"tree": description, "arrays": names}
        for name, array in zip(names, found, strict=True):
            stored = root.create_array(name, data=array, chunks=_chunks(array), fill_value=None)
            stored.attrs["crc32"] = _checksum(array)


def load_zarr(path: FilePath) -> GDict:
    """Read a zarr folder, format 2 or 3: ours, or any, whose arrays are then named by their paths.

    Raises:
        GDictFileError: If it is damaged, holds links or pickles, or claims more than it stores; the
            path names the leaf.
        FileNotFoundError: If there is no such folder.
        MissingExtraError: If zarr is not installed.
    """
    zarr = require("zarr", "zarr")
    budget = Budget(_stored_bytes(Path(path)))
    try:
        root = zarr.open_group(os.fspath(path), mode="r")
        arrays = dict(_arrays(root))
    except GDictError:
        raise
    except Exception as error:  # damaged metadata fail in many ways
        raise GDictFileError(f"{os.fspath(path)} cannot be read as zarr: {error}.") from error
    found = {name: _read(name, array, budget, Path(path, name)) for name, array in arrays.items()}
    description = root.attrs.get(MANIFEST)
    return GDict.unflatten_keys(found) if description is None else _nested(description, found)


def _nested(description: Any, found: dict[str, np.ndarray]) -> GDict:
    try:
        tree, arrays = description["tree"], [found[name] for name in description["arrays"]]
    except (KeyError, TypeError) as error:
        raise GDictFileError(f"The description of the containers is damaged: {error}.") from error
    return GDict(manifest.decode(tree, arrays))


def _check_storable(where: tuple[Key, ...], array: np.ndarray) -> None:
    """Raise where zarr would store what is not read again: it takes backslashes for slashes."""
    names = [str(key) for key in where]
    if any(name.startswith(".") or "\0" in name or "\\" in name for name in names):
        raise GDictFileError("zarr cannot store this name.", where)
    if array.dtype.kind not in KINDS:
        raise GDictTypeError(f"zarr cannot store an array of {array.dtype}.", where)


def _check_replaceable(path: Path) -> None:
    """Raise unless there is nothing that is no zarr folder: it would be removed."""
    is_zarr = any((path / name).exists() for name in (".zgroup", ".zarray", "zarr.json"))
    if path.exists() and not is_zarr and (path.is_file() or any(path.iterdir())):
        raise GDictFileError(f"{path} is there already and no zarr folder.")


def _chunks(array: np.ndarray) -> tuple[int, ...]:
    """Return chunks of whole rows."""
    if not array.ndim:
        return ()
    row_bytes = max(1, array.nbytes // max(1, len(array)))
    rows = min(max(1, CHUNK_BYTES // row_bytes), max(1, len(array)))
    return (rows, *(max(1, size) for size in array.shape[1:]))


def _checksum(array: np.ndarray) -> int:
    return zlib.crc32(np.ascontiguousarray(array).reshape(-1).view(np.uint8).data)


def _stored_bytes(path: Path) -> int:
    """Return the bytes of all files, none of which may be a link or a device."""
    if not path.is_dir():
        raise FileNotFoundError(f"There is no folder {path}.")
    total = 0
    for parent, folders, files in os.walk(path):
        for name in (*folders, *files):
            status = os.lstat(os.path.join(parent, name))  # noqa: PTH118 - many files
            if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
                raise GDictFileError(f"{Path(parent, name)} is no plain file, which is not read.")
            total += status.st_size
    return total


def _arrays(root: Any) -> Iterator[tuple[str, Any]]:
    for name, member in sorted(root.members(max_depth=None)):
        if hasattr(member, "dtype"):
            yield name, member


def _read(name: str, array: Any, budget: Budget, folder: Path) -> np.ndarray:
    """Return one array, once its metadata and the sizes of its chunks allow to read it."""
    where = tuple(name.split("/"))
    codecs = list(_codecs(array.metadata.to_dict()))
    unknown = set(codecs) - CODECS
    if unknown or np.dtype(array.dtype).kind not in KINDS:
        what = f"the codec {min(unknown)!r}" if unknown else f"the type {array.dtype}"
        raise GDictFileError(f"Its data have {what}, which is not read.", where)
    chunks, itemsize = array.chunks, np.dtype(array.dtype).itemsize
    sizes = [-(-size // chunk) * chunk for size, chunk in zip(array.shape, chunks, strict=True)]
    nbytes = math.prod(sizes) * itemsize
    try:
        budget.take(nbytes)
        check_stored(nbytes, array.nbytes_stored())
        _check_chunks(folder, codecs, math.prod(chunks) * itemsize)
        values = np.asarray(array[...])
    except GDictFileError as error:
        raise GDictFileError(error.message, where) from None
    except Exception as error:  # what codecs raise about damaged chunks
        raise GDictFileError(f"It cannot be read: {error}.", where) from error
    if array.attrs.get("crc32", _checksum(values)) != _checksum(values):
        raise GDictFileError("Its checksum is another one.", where)
    return values


def _check_chunks(folder: Path, codecs: list[str], values: int) -> None:
    """Raise where a chunk of an array would become far more than the bytes of its values."""
    compressors = [codec for codec in codecs if codec in COMPRESSORS]
    if len(compressors) > 1:
        message = f"It is compressed twice, by {' and '.join(compressors)}, which is not read."
        raise GDictFileError(message)
    for codec in compressors:
        for file in folder.rglob("*"):
            if file.name in METADATA or not file.is_file():
                continue
            if not is_surely_fine(codec, file.stat().st_size, values):
                check_expansion(codec, file.read_bytes(), values)


def _codecs(metadata: Any) -> Iterator[str]:
    """Yield the names of all codecs in the metadata of an array, format 2 or 3."""
    if isinstance(metadata, list | tuple):
        for part in metadata:
            yield from _codecs(part)
    elif isinstance(metadata, dict) and ("id" in metadata or "name" in metadata):
        yield str(metadata.get("id", metadata.get("name"))).removeprefix("numcodecs.")
        yield from _codecs(list(metadata.get("configuration", {}).values()))
    elif isinstance(metadata, dict):
        parts = ("filters", "compressor", "codecs", "index_codecs")
        yield from _codecs([metadata[part] for part in parts if part in metadata])
