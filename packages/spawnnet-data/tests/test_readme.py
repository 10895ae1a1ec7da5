"""Every example of the README runs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml
from examples import run_examples
from pydantic import TypeAdapter

from spawnnet_data.reading.mapping import KeyMapping
from spawnnet_data.sources import formats

README = Path(__file__).parent.parent / "README.md"


@pytest.fixture(autouse=True)
def unregistered() -> Iterator[None]:
    """Take the example's format away again, as it would be asked before all others."""
    yield
    formats._FORMATS.pop("numpy", None)


def test_the_examples_of_the_readme_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    assert run_examples(README) >= 7


def test_the_mapping_of_the_readme_is_valid() -> None:
    (text,) = re.findall(r"```yaml\n(.*?)```", README.read_text("utf-8"), re.S)
    mapping = TypeAdapter(KeyMapping).validate_python(yaml.safe_load(text))
    assert mapping.views["front"].unit == "mm"
