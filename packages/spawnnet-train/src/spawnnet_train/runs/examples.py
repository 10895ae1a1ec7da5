"""The configurations that come with the package; in the repository they are in `configs/`."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from spawnnet_config.sentences import suggest
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.files import files_of, read_settings
from spawnnet_train.config.yaml_file import read_yaml

FOLDER = Path(__file__).parent.parent / "configs"


def list_examples() -> list[tuple[str, str]]:
    """Return the name of every configuration, and the first sentence of what it says it is."""
    files = sorted(FOLDER.rglob("*.yaml"), key=lambda file: (file.parent != FOLDER, file))
    return [(_name(file), _summary(file.read_text("utf-8"))) for file in files]


def example_text(name: str) -> str:
    """Return a configuration that needs no other file.

    Raises:
        ConfigError: If there is none of that name.
    """
    file = _file(name)
    bases = ", ".join(map(_name, files_of(file)[1:]))
    if not bases:
        return file.read_text("utf-8")
    settings = yaml.safe_dump(read_settings(file), sort_keys=False, allow_unicode=True, width=100)
    return f"# {name}, with {bases} that it extends.\n# {_summary(file.read_text())}\n{settings}"


def copy_example(name: str, folder: Path) -> list[Path]:
    """Copy a configuration and those that it is based on; return the files, its own first.

    Args:
        name: Of the configuration.
        folder: Where its folder goes, such as `paper/`; made if it is missing.

    Raises:
        ConfigError: If there is none of that name, or a file is there already with other content.
    """
    copies = {folder / _relative(file): file.read_bytes() for file in _needed(_file(name))}
    for copy, content in copies.items():
        if copy.exists() and copy.read_bytes() != content:
            raise ConfigError([f"{copy}: is there already and differs, name another folder."])
    for copy, content in copies.items():
        copy.parent.mkdir(parents=True, exist_ok=True)
        copy.write_bytes(content)
    return list(copies)


def _file(name: str) -> Path:
    files = {_name(file): file for file in FOLDER.rglob("*.yaml")}
    if name not in files:
        raise ConfigError([f"{name}: there is no such example{suggest(name, files)}"])
    return files[name]


def _needed(file: Path) -> list[Path]:
    """Return a file with those that it extends, or that it is a plan of."""
    base = read_yaml(file).get("base")
    return files_of(file) if base is None else [file, *files_of(file.parent / base)]


def _relative(file: Path) -> Path:
    return Path(os.path.normpath(file)).relative_to(FOLDER)  # bases are `../base.yaml`


def _name(file: Path) -> str:
    return str(_relative(file).with_suffix(""))


def _summary(text: str) -> str:
    """Return the first sentence of the comment at the head of a file, or of a plan its title."""
    lines = text.splitlines()
    head = [line.lstrip("# ") for line in lines[: _first(lines)]]
    if not head:
        return lines[0].removeprefix("title: ") if lines[0].startswith("title:") else ""
    return " ".join(head).partition(". ")[0].removesuffix(".") + "."


def _first(lines: list[str]) -> int:
    """Return the number of the first line that is no comment."""
    return next((i for i, line in enumerate(lines) if not line.startswith("#")), len(lines))
