"""The keys of one episode in an HDF5 file, and how each is stored."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeGuard

import h5py
import numpy as np

from spawnnet_data.common.errors import Problem
from spawnnet_data.sources.hdf5_chunks import check_chunks
from spawnnet_data.sources.hdf5_tree import Tree
from spawnnet_data.sources.images import ImageLayout, find_layout
from spawnnet_data.sources.pictures import is_picture, picture_spec
from spawnnet_data.sources.source import KeySpec, natural_key
from spawnnet_data.sources.stored_array import StoredArray

_TYPED_NAME = re.compile(r"(?:dict_[a-z]+_|list_int_|int__)(.+)")
# No values over time: lengths of ALOHA's encoded images, first states of Isaac Lab's environments.
_NOT_OVER_TIME = re.compile(r"compress_len$|initial_state/")


def plain_name(name: str) -> str:
    """Return the key in a name of the original release: `obs` of `dict_str_obs`."""
    typed = _TYPED_NAME.fullmatch(name)
    return typed[1] if typed else name


@dataclass(frozen=True)
class StoredKey:
    """A key of one episode.

    Attributes:
        array: The array that holds it.
        spec: What it is read as.
        layout: How its images lie, or None if it holds none, or pictures in a file format.
        view: Index of the camera in an array that stacks several, or None.
        is_encoded: Whether each time step is a picture in a file format such as JPEG.
    """

    array: StoredArray
    spec: KeySpec
    layout: ImageLayout | None = None
    view: int | None = None
    is_encoded: bool = False

    @property
    def stored_shape(self) -> tuple[int, ...]:
        """Shape of one time step as stored."""
        return self.array.shape[1:] if self.view is None else self.array.shape[2:]


def stored_keys(group: h5py.Group, tree: Tree) -> dict[str, StoredKey | Problem]:
    """Return every key below a group, or why it cannot be read.

    Cameras stacked in one array `(T, V, ...)` become one key each: `obs/rgb/0`, or `obs/rgb/front`
    where the attribute `views` names them. Left out are text and scalars: in files of the original
    release these are pickles, which are never loaded.
    """
    keys: dict[str, StoredKey | Problem] = {}
    for path, item in tree.arrays(group):
        name = "/".join(map(plain_name, path.split("/")))
        if isinstance(item, Problem):
            keys[name] = replace(item, key=name)
        elif item.shape and not _NOT_OVER_TIME.match(name):
            keys.update(_keys_of(name, item))
    if _has_depth_buffer(group):
        keys |= {name: _no_distance(name, key) for name, key in keys.items() if _is_depth(key)}
    return dict(sorted(keys.items(), key=lambda item: natural_key(item[0])))


def _keys_of(name: str, dataset: h5py.Dataset) -> Iterator[tuple[str, StoredKey | Problem]]:
    if _may_be_encoded(dataset):
        first = first_picture(dataset)
        if is_picture(first):
            yield name, _encoded_key(name, dataset, first)
            return
    if dataset.dtype.kind not in "biuf":
        if not _is_text(dataset.dtype):
            message = f"holds values of type {dataset.dtype}, which are not read."
            yield name, Problem(str(dataset.file.filename), message, key=name)
        return
    shape, dtype = dataset.shape, dataset.dtype
    layout, array = find_layout(name, shape, dtype), StoredArray.of(dataset)
    if layout is None:
        yield name, StoredKey(array, KeySpec("array", shape[1:], dtype, shape[0]))
        return
    spec = layout.spec(shape, dtype, shape[0])
    views = _view_names(dataset) if layout.has_views else [None]
    for view, label in enumerate(views):
        if label is None:
            yield name, StoredKey(array, spec, layout)
        else:
            yield f"{name}/{label}", StoredKey(array, spec, layout, view)


def _has_depth_buffer(episode: h5py.Group) -> bool:
    """Whether depth is what MuJoCo's renderer leaves in its buffer, as LIBERO writes it."""
    return "bddl_file_name" in episode.parent.attrs


def _is_depth(key: StoredKey | Problem) -> TypeGuard[StoredKey]:
    return isinstance(key, StoredKey) and key.spec.kind == "depth"


def _no_distance(name: str, key: StoredKey) -> Problem:
    message = (
        "holds MuJoCo's depth buffer from 0 to 1 and no distances; "
        "write what robosuite's `get_real_depth_map` makes of it."
    )
    return Problem(str(key.array.file), message, key=name)


def _view_names(dataset: h5py.Dataset) -> Sequence[str | None]:
    count = dataset.shape[1]
    names = [str(name) for name in np.ravel(dataset.attrs.get("views", ()))]
    return names if len(set(names)) == count else [str(i) for i in range(count)]


def _is_text(dtype: np.dtype[Any]) -> bool:
    return dtype.kind == "S" or h5py.check_string_dtype(dtype) is not None


def _may_be_encoded(dataset: h5py.Dataset) -> bool:
    """Whether time steps are bytes: padded rows, of varying length, opaque or byte strings."""
    is_row = dataset.dtype == np.uint8 and dataset.ndim == 2
    is_bytes = dataset.ndim == 1 and dataset.dtype.kind in "OSV"
    return dataset.shape[0] > 0 and (is_row or is_bytes)


def first_picture(dataset: h5py.Dataset) -> bytes:
    """Return the first time step of an array as bytes, empty if it has none."""
    check_chunks(dataset, np.zeros(1, np.int64))
    return as_bytes(dataset[0])


def as_bytes(row: Any) -> bytes:
    """Return a time step as bytes: an array of them, a byte string or an opaque value."""
    if isinstance(row, bytes):
        return row
    is_plain = isinstance(row, np.ndarray | np.void) and row.dtype.names is None
    return row.tobytes() if is_plain else b""


def _encoded_key(name: str, dataset: h5py.Dataset, first: bytes) -> StoredKey | Problem:
    try:
        spec = picture_spec(name, first, dataset.shape[0])
    except OSError as error:
        return Problem(
            str(dataset.file.filename), f"the first image is damaged, {error}.", key=name
        )
    return StoredKey(StoredArray.of(dataset), spec, is_encoded=True)
