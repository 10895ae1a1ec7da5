"""What a tree holds: shapes, types, devices, sizes, and a summary to read."""

from gdict.aliases import Leaf, Tree
from gdict.arrays.backend import is_array
from gdict.arrays.conversion import device_name, dtype_name
from gdict.errors import path_text
from gdict.trees.nodes import CONTAINERS, children
from gdict.trees.walks import collect_leaves, iterate_leaves, map_leaves


def shape(tree: Tree) -> Tree:
    """Return the nesting with the shape of every array; None for other leaves."""
    return map_leaves(lambda leaf: tuple(leaf.shape) if is_array(leaf) else None, tree)


def dtype(tree: Tree) -> Tree:
    """Return the nesting with the name of every array's data type; None for other leaves."""
    return map_leaves(lambda leaf: dtype_name(leaf) if is_array(leaf) else None, tree)


def device(tree: Tree) -> Tree:
    """Return the nesting with every array's device, such as `cuda:0`; None for the rest."""
    return map_leaves(lambda leaf: device_name(leaf) if is_array(leaf) else None, tree)


def nbytes(tree: Tree) -> int:
    """Return the bytes of all arrays together; of datasets, once they are read."""
    return sum(int(leaf.nbytes) for leaf in leaves(tree) if is_array(leaf))


def leaves(tree: Tree) -> list[Leaf]:
    """Return all leaves, in order."""
    return collect_leaves(tree, [])


def paths(tree: Tree) -> list[str]:
    """Return the paths of all leaves, in order."""
    return [path_text(path) for path, _ in iterate_leaves(tree)]


def summary(tree: Tree, title: str) -> str:
    """Return the nesting as an indented text, one line per leaf, with the total size."""
    lines = [f"{title}  {_size_text(nbytes(tree))}"]
    _summarize(tree, "  ", lines)
    return "\n".join(lines)


def _summarize(node: Tree, indent: str, lines: list[str]) -> None:
    if type(node) not in CONTAINERS:
        lines.append(f"{indent}{describe(node)}")
        return
    width = max((len(str(key)) for key, _ in children(node)), default=0)
    for key, child in children(node):
        if type(child) in CONTAINERS:
            lines.append(f"{indent}{key}/  ({type(child).__name__} of {len(child)})")
            _summarize(child, indent + "  ", lines)
        else:
            lines.append(f"{indent}{key!s:<{width}}  {describe(child)}")


def describe(leaf: Leaf) -> str:
    """Return type, shape, device and size of an array, or the text of another leaf."""
    if not is_array(leaf):
        text = repr(leaf)
        return text if len(text) <= 60 else f"{text[:57]}..."
    library = type(leaf).__module__.partition(".")[0]
    device = "" if device_name(leaf) == "cpu" else f" on {device_name(leaf)}"
    return (
        f"{dtype_name(leaf)} {tuple(leaf.shape)}{device}  {_size_text(int(leaf.nbytes))}  {library}"
    )


def _size_text(nbytes: int) -> str:
    if nbytes < 1024:
        return f"{nbytes} B"
    size, unit = nbytes / 1024, "KiB"
    for larger in ("MiB", "GiB"):
        if size >= 1024:
            size, unit = size / 1024, larger
    return f"{size:.1f} {unit}"
