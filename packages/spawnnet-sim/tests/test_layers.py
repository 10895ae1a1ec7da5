"""Imports point downwards, folder by folder; those in functions and for types count as well."""

import ast
import itertools
from collections.abc import Iterator
from graphlib import TopologicalSorter
from pathlib import Path

import spawnnet_sim

PACKAGE = Path(spawnnet_sim.__file__).parent
LAYERS = (  # from the bottom up; those of one layer do not know each other
    {"__about__", "errors", "rotations", "atomic_file", "interruption"},
    {"extras", "registry", "value_types"},
    {"configuration"},
    {"cabinets"},
    {"physics"},
    {"isaacgym", "mujoco", "robots"},
    {"tasks"},
    {"experts", "scenes"},
    {"config", "outcomes"},
    {"environment", "overrides", "camera_images"},
    {"registration", "single"},
    {"expert_registration"},
    {"factory", "profiles"},
    {"gymnasium_ids", "stable_baselines"},
    {"tools", "training", "console", "options"},
    {"cli", "__init__"},
)
LEVELS = {name: level for level, names in enumerate(LAYERS) for name in names}


def module_name(file: Path) -> str:
    return ".".join(file.relative_to(PACKAGE).with_suffix("").parts)


def imported(file: Path) -> Iterator[str]:
    """Yield the modules of the package that a file imports, without the package's name."""
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("spawnnet_sim"):
            path = (node.module or "").split(".")[1:]
            for alias in node.names:
                is_module = PACKAGE.joinpath(*path, f"{alias.name}.py").exists()
                yield ".".join([*path, alias.name] if is_module else path)
        elif isinstance(node, ast.Import):
            names = (alias.name for alias in node.names)
            yield from (name[14:] for name in names if name.startswith("spawnnet_sim."))


IMPORTS = {module_name(file): sorted(set(imported(file))) for file in PACKAGE.rglob("*.py")}


def test_every_module_has_a_layer() -> None:
    assert {name.split(".")[0] for name in IMPORTS} == set(LEVELS)
    assert len(LEVELS) == len(list(itertools.chain(*LAYERS)))


def test_imports_point_downwards() -> None:
    arrows = [
        (module, target)
        for module, targets in IMPORTS.items()
        for target in targets
        if module.split(".")[0] != target.split(".")[0]
        and LEVELS[module.split(".")[0]] <= LEVELS[target.split(".")[0]]
    ]
    assert not arrows


def test_no_modules_import_each_other() -> None:
    packages = {name.removesuffix(".__init__"): targets for name, targets in IMPORTS.items()}
    TopologicalSorter(packages).prepare()  # raises a CycleError otherwise
