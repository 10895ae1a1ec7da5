"""Errors that say where in the nested data they happened."""

from typing import NoReturn

from gdict.aliases import Key, Path


def path_text(path: Path) -> str:
    """Return `path` as users write it, such as `obs/rgb`; the root is `<root>`."""
    return "/".join(map(str, path)) or "<root>"


class GDictError(Exception):
    """Every error of this package; its text starts with the path of the leaf or container.

    Subclasses are also the built-in error of the same name, so `except KeyError` works too.

    Args:
        message: What is wrong and what to do, one sentence.
        path: Keys from the root to the place of the error; empty for the root itself.
    """

    def __init__(self, message: str, path: Path = ()) -> None:
        super().__init__(message)
        self.message = message
        self.path = path

    def __str__(self) -> str:
        return f"{path_text(self.path)}: {self.message}" if self.path else self.message


class GDictKeyError(GDictError, KeyError):
    """A key path that leads nowhere, or a key that no container may have."""


class GDictIndexError(GDictError, IndexError):
    """An array index that does not fit a leaf."""


class GDictTypeError(GDictError, TypeError):
    """A leaf or argument of a type that the operation does not take."""


class GDictValueError(GDictError, ValueError):
    """Shapes, structures or values that do not fit together."""


class GDictRuntimeError(GDictError, RuntimeError):
    """A failure inside an array library."""


class GDictFileError(GDictError, ValueError):
    """A file that is damaged, hostile, or of another format."""


class MissingExtraError(GDictError, ImportError):  # type: ignore[misc]  # both have a `path`
    """An optional library that is not installed; the text names the extra to install."""


_OURS = (
    (KeyError, GDictKeyError),
    (IndexError, GDictIndexError),
    (TypeError, GDictTypeError),
    (ValueError, GDictValueError),
    (RuntimeError, GDictRuntimeError),
)


def raise_at(error: Exception, key: Key) -> NoReturn:
    """Raise `error` as a GDictError whose path starts with `key`; the cause is kept.

    Walks over nested data call this once per container on the way out, so that the path costs
    nothing until something fails.
    """
    if isinstance(error, GDictError):
        error.path = (key, *error.path)
        raise error
    if isinstance(error, RecursionError):  # its path is as long as the stack
        raise error
    kind = next((ours for builtin, ours in _OURS if isinstance(error, builtin)), GDictError)
    message = str(error.args[0]) if isinstance(error, KeyError) and error.args else str(error)
    raise kind(message or type(error).__name__, (key,)) from error
