"""Imports point downwards: a folder uses those before it in its package's order, and no others."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
# From the bottom up; a module at the top of a package counts as a folder of its own.
ORDERS = {
    "spawnnet-train": (
        "__about__",
        "config",
        "record",
        "student",
        "learning",
        "rollouts",
        "algorithms",
        "runs",
        "use",
        "cli",
        "__init__",
        "__main__",
    ),
}
PACKAGES = {path.parent.name: path.parent for path in ROOT.glob("packages/*/pyproject.toml")}
SIBLINGS = {next(path.glob("src/*")).name: name for name, path in PACKAGES.items()}


def sources(package: str) -> dict[str, Path]:
    """Return every module of a package by its dotted name below the package."""
    (root,) = PACKAGES[package].glob("src/*")
    files = {path.relative_to(root).with_suffix(""): path for path in root.rglob("*.py")}
    return {".".join(part for part in name.parts): path for name, path in files.items()}


def imported(path: Path) -> Iterator[str]:
    """Yield the dotted names that a file imports, in functions and for types too."""
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def arrows(package: str) -> dict[str, set[str]]:
    """Return for each module of a package the modules of it that it imports."""
    modules = sources(package)
    (root,) = PACKAGES[package].glob("src/*")
    found: dict[str, set[str]] = {name: set() for name in modules}
    for name, path in modules.items():
        for target in imported(path):
            below = target.removeprefix(f"{root.name}.")
            if below == target:
                continue
            known = [below, below.rpartition(".")[0], f"{below}.__init__"]
            found[name] |= {each for each in known if each in modules}
    return found


@pytest.mark.parametrize("package", ORDERS)
def test_folders_import_only_those_below(package: str) -> None:
    rank = {folder: index for index, folder in enumerate(ORDERS[package])}
    upward = {
        f"{module} -> {target}"
        for module, targets in arrows(package).items()
        for target in targets
        if rank[target.partition(".")[0]] > rank[module.partition(".")[0]]
    }
    assert upward == set()


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_no_imports_go_in_circles(package: str) -> None:
    graph = arrows(package)
    for module, targets in graph.items():
        targets.discard(module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_only_the_trainer_imports_siblings(package: str) -> None:
    own = next(PACKAGES[package].glob("src/*")).name
    names = {
        name.partition(".")[0] for path in sources(package).values() for name in imported(path)
    }
    found = (names & set(SIBLINGS)) - {own}
    assert found == (set(SIBLINGS) - {own} if package == "spawnnet-train" else set())


def functions() -> Iterator[tuple[str, int]]:
    """Yield every function of the packages with its number of lines, its docstring left out."""
    for package in PACKAGES:
        for name, path in sources(package).items():
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{package}: {name}.{node.name}", _lines(node)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    total = (node.end_lineno or node.lineno) - node.lineno + 1
    first = node.body[0]
    if isinstance(first, ast.Expr) and ast.get_docstring(node) is not None:
        total -= (first.end_lineno or first.lineno) - first.lineno + 1
    return total


def test_functions_are_short() -> None:
    lengths = sorted(length for _, length in functions())
    assert lengths[len(lengths) // 2] <= 6
    assert lengths[len(lengths) * 9 // 10] <= 17
    assert {name for name, length in functions() if length > 45} == set()


def test_modules_are_short() -> None:
    lengths = {
        f"{package}: {name}": len(path.read_text("utf-8").splitlines())
        for package in PACKAGES
        for name, path in sources(package).items()
    }
    assert {name: length for name, length in lengths.items() if length > 270} == {}


def test_the_trainer_is_thin() -> None:
    (root,) = PACKAGES["spawnnet-train"].glob("src/*")
    entries = {path.name for path in root.iterdir() if path.name != "__pycache__"}
    assert len(entries) <= 15
    lines = sum(
        len(path.read_text("utf-8").splitlines()) for path in sources("spawnnet-train").values()
    )
    assert lines <= 5000
