"""Every import within the package points downwards, folder by folder and file by file."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1] / "src" / "gdict"
FILES = {
    ".".join(path.relative_to(ROOT.parent).with_suffix("").parts): path
    for path in ROOT.rglob("*.py")
    if path.name != "__init__.py"
}


def imported(path: Path) -> set[str]:
    """Return the files of the package that a file imports, anywhere in it."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return names & FILES.keys()


def arrows(depth: int) -> dict[str, set[str]]:
    """Return what imports what, files seen as their first `depth` names."""
    graph: dict[str, set[str]] = {}
    for name, path in FILES.items():
        source = ".".join(name.split(".")[:depth])
        targets = {".".join(target.split(".")[:depth]) for target in imported(path)}
        graph.setdefault(source, set()).update(targets - {source})
    return graph


@pytest.mark.parametrize("depth", [2, 3, 4])
def test_imports_have_no_circle(depth: int) -> None:
    graph = arrows(depth)
    while graph:
        lowest = {name for name, targets in graph.items() if not targets & graph.keys()}
        assert lowest, f"a circle among {sorted(graph)}"
        graph = {name: targets for name, targets in graph.items() if name not in lowest}


def test_a_newcomer_sees_at_most_twelve_entries() -> None:
    entries = {path.name for path in ROOT.iterdir()} - {"__pycache__"}
    assert len(entries) <= 12, sorted(entries)
