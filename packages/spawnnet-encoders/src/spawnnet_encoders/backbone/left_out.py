"""What trainers keep beside their weights: known by name, so that a file is read without it."""

from collections import OrderedDict
from collections.abc import Callable
from typing import Any, final


@final
class LeftOut:
    """Stands for an object of a file that nobody needs; the class it names is never touched."""

    def __init__(self, *arguments: Any) -> None:
        """Take whatever the object was to be made of, and keep nothing."""

    def __setstate__(self, state: Any) -> None:
        """Take whatever the object was to hold, and keep nothing."""


def _as_mapping(*arguments: Any) -> OrderedDict[Any, Any]:
    """Return an empty mapping, which the file then fills."""
    return OrderedDict()


_ARRAYS = ("ndarray", "dtype", "bool_", "float32", "float64", "int32", "int64")
_IN_MULTIARRAY = ("_reconstruct", "scalar")
_PATHS = ("PosixPath", "PurePosixPath", "PureWindowsPath", "WindowsPath")
_OMEGACONF = (
    "dictconfig.DictConfig",
    "listconfig.ListConfig",
    *(f"base.{name}" for name in ("ContainerMetadata", "Metadata", "SCMode")),
    *(f"nodes.{kind}Node" for kind in ("Any", "Boolean", "Enum", "Float", "Integer", "String")),
)
_NAMES = (
    "argparse.Namespace",
    "builtins.bool",
    "builtins.dict",
    "builtins.float",
    "builtins.int",
    "builtins.list",
    "builtins.str",
    "types.SimpleNamespace",
    "typing.Any",
    *(f"datetime.{name}" for name in ("date", "datetime", "timedelta", "timezone")),
    *(f"numpy.{name}" for name in _ARRAYS),
    *(f"numpy.{core}.multiarray.{name}" for core in ("core", "_core") for name in _IN_MULTIARRAY),
    *(f"{module}.{name}" for module in ("pathlib", "pathlib._local") for name in _PATHS),
    *(f"omegaconf.{name}" for name in _OMEGACONF),
)
# As torch's `safe_globals` takes them: what is called instead, under which name.
STAND_INS: tuple[tuple[Callable[..., Any], str], ...] = (
    (_as_mapping, "collections.defaultdict"),
    *((LeftOut, name) for name in _NAMES),
)
