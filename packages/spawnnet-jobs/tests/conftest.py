"""A trainer that takes moments, and a screen that keeps what it is shown."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any

import pytest
import yaml
from toy_trainer import ToyTrainer


class Shown:
    """A `spawnnet_jobs.program.Screen`."""

    def __init__(self) -> None:
        self.rows: list[Mapping[str, str]] = []
        self.said: list[tuple[str, str]] = []

    def row(self, cells: Mapping[str, str], *, is_first: bool) -> None:
        assert is_first == (not self.rows)
        self.rows.append(cells)

    @contextmanager
    def lines(self, titles: Sequence[str]) -> Iterator[Sequence[Callable[[str], None]]]:
        yield [partial(self._say, title) for title in titles]

    def _say(self, title: str, text: str) -> None:
        self.said.append((title, text))


@pytest.fixture
def screen() -> Shown:
    return Shown()


@pytest.fixture
def program() -> ToyTrainer:
    return ToyTrainer()


@pytest.fixture
def write_config() -> Callable[[Path, Mapping[str, Any]], Path]:
    def write(path: Path, settings: Mapping[str, Any]) -> Path:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(yaml.safe_dump(dict(settings), sort_keys=False), "utf-8")
        return path

    return write
