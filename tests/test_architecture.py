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
        "terminal",
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
    "spawnnet-sim": (
        "__about__",
        "errors",
        "rotations",
        "atomic_file",
        "extras",
        "interruption",
        "console",
        "registry",
        "value_types",
        "configuration",
        "cabinets",
        "physics",
        "isaacgym",
        "mujoco",
        "robots",
        "tasks",
        "experts",
        "scenes",
        "config",
        "outcomes",
        "environment",
        "overrides",
        "camera_images",
        "registration",
        "expert_registration",
        "single",
        "factory",
        "profiles",
        "gymnasium_ids",
        "options",
        "tools",
        "stable_baselines",
        "training",
        "cli",
        "__init__",
    ),
    "spawnnet-jobs": (
        "__about__",
        "parent",
        "terminal",
        "together",
        "program",
        "places",
        "processes",
        "chunks",
        "slurm",
        "sweeps",
        "studies",
        "__init__",
    ),
    "spawnnet-data": (
        "__about__",
        "common",
        "sources",
        "reading",
        "batches",
        "tools",
        "cli",
        "__init__",
    ),
}
PACKAGES = {path.parent.name: path.parent for path in ROOT.glob("packages/*/pyproject.toml")}
BELOW = {"spawnnet-jobs": {"spawnnet_config", "spawnnet_record"}}
"""Siblings that a library may import."""
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


def check_no_circle(graph: dict[str, set[str]]) -> None:
    for module, targets in graph.items():
        targets.discard(module)
    try:
        TopologicalSorter(graph).prepare()
    except CycleError as error:
        pytest.fail(" -> ".join(error.args[1]))


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_no_modules_import_each_other_in_a_circle(package: str) -> None:
    check_no_circle(arrows(package))


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_no_folders_import_each_other_in_a_circle(package: str) -> None:
    folders: dict[str, set[str]] = {}
    for module, targets in arrows(package).items():
        folder = folders.setdefault(module.partition(".")[0], set())
        folder |= {target.partition(".")[0] for target in targets}
    check_no_circle(folders)


@pytest.mark.parametrize("package", sorted(PACKAGES))
def test_a_package_imports_the_siblings_that_are_its_own_to_import(package: str) -> None:
    own = next(PACKAGES[package].glob("src/*")).name
    names = {
        name.partition(".")[0] for path in sources(package).values() for name in imported(path)
    }
    found = (names & set(SIBLINGS)) - {own}
    assert found <= (
        set(SIBLINGS) - {own} if package == "spawnnet-train" else BELOW.get(package, set())
    )


def functions() -> Iterator[tuple[str, int]]:
    """Yield every function of the packages with its number of lines, its docstring left out."""
    for package in PACKAGES:
        for name, path in sources(package).items():
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                    yield f"{package}: {name}.{node.name}", _lines(node)


def _lines(node: ast.FunctionDef | ast.AsyncFunctionDef) -> int:
    """Return the lines from `def` on, less the docstring; of a command less its options, too."""
    first = node.body[0]
    body = [part for part in node.body if part is not first or ast.get_docstring(node) is None]
    if not body:
        return 1
    is_command = any("command" in ast.unparse(decorator) for decorator in node.decorator_list)
    signature = 1 if is_command else first.lineno - node.lineno
    return signature + (node.end_lineno or node.lineno) - body[0].lineno + 1


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
    texts = [path.read_text("utf-8") for path in sources("spawnnet-train").values()]
    # Lines that do something: docs/decisions.md says why no others are counted.
    assert sum(map(_num_code_lines, texts)) <= 5000


def _num_code_lines(text: str) -> int:
    """Return the lines of a module that are no docstring, comment, import or blank."""
    tree = ast.parse(text)
    left_out: set[int] = set()
    for node in ast.walk(tree):
        is_text = isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
        if is_text or isinstance(node, ast.Import | ast.ImportFrom):
            left_out |= set(range(node.lineno, (node.end_lineno or node.lineno) + 1))
    lines = enumerate(text.splitlines(), start=1)
    return sum(
        bool(line.strip()) and not line.lstrip().startswith("#")
        for number, line in lines
        if number not in left_out
    )
