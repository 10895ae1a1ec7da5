"""npz files: arrays by their key paths, and a manifest of the containers."""

import json

import numpy as np

from gdict.aliases import Data, FilePath
from gdict.classes.gdict import GDict
from gdict.errors import GDictFileError, path_text
from gdict.files.archive import read_arrays, write_arrays
from gdict.files.atomic import replacing
from gdict.files.text import parsed_json
from gdict.trees import manifest
from gdict.trees.nodes import own
from gdict.trees.walks import iterate_leaves

MANIFEST = "__gdict__"
"""Entry of an npz file with the containers and the leaves that are no arrays."""


def save_npz(data: Data, path: FilePath, *, compress: bool = False) -> None:
    """Write an npz file that `numpy.load` reads too, with key paths as names.

    Args:
        data: A GDict, or what can become one.
        path: The file; an interrupted save leaves the old one.
        compress: Whether the arrays are deflated.

    Raises:
        GDictTypeError: If a leaf is neither an array nor a JSON value; the path names it.
        GDictFileError: If an array is called `__gdict__`, which names the description.
    """
    tree = own(data)
    found: list[np.ndarray] = []
    description = json.dumps(manifest.encode(tree, found))
    paths = [path_text(where) for where, leaf in iterate_leaves(tree) if hasattr(leaf, "dtype")]
    if MANIFEST in paths:
        raise GDictFileError("npz keeps its description by this name; rename it.", (MANIFEST,))
    entries = [(MANIFEST, np.array(description)), *zip(paths, found, strict=True)]
    with replacing(path) as temporary:
        write_arrays(temporary, entries, compress=compress)


def load_npz(path: FilePath) -> GDict:
    """Read an npz file: ours, or any, whose names are then taken as key paths.

    Raises:
        GDictFileError: If the file is damaged or holds pickles.
    """
    try:
        entries = read_arrays(path)
    except FileNotFoundError:
        raise
    except Exception as error:
        raise GDictFileError(f"{path} cannot be read as npz: {error}.") from error
    description = entries.pop(MANIFEST, None)
    if description is None:
        return GDict.unflatten_keys(entries)
    return GDict(manifest.decode(parsed_json(str(description), path), list(entries.values())))
