"""Imports point downwards: from the command line to the readers, never back."""

from __future__ import annotations

import ast
from graphlib import TopologicalSorter
from pathlib import Path

import spawnnet_data

ROOT = Path(spawnnet_data.__file__).parent
LAYERS = ("common", "sources", "reading", "batches", "tools", "cli")


def imports() -> dict[str, set[str]]:
    """Return the modules of the package that each imports, wherever in it that is."""
    found = {}
    for file in ROOT.rglob("*.py"):
        module = ".".join(file.relative_to(ROOT).with_suffix("").parts)
        nodes = ast.walk(ast.parse(file.read_text("utf-8")))
        names = [node.module or "" for node in nodes if isinstance(node, ast.ImportFrom)]
        prefix = "spawnnet_data."
        found[module] = {name.removeprefix(prefix) for name in names if name.startswith(prefix)}
    del found["__init__"]
    return found


def test_no_module_imports_from_a_folder_above_its_own() -> None:
    for module, names in imports().items():
        if module == "__about__":
            continue
        own = LAYERS.index(module.split(".")[0])
        for name in names:
            assert LAYERS.index(name.split(".")[0]) <= own, f"{module} imports {name}"


def test_there_is_no_circle() -> None:
    TopologicalSorter(imports()).prepare()
