"""What is generated from the configuration classes says what they say."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from spawnnet_config.options import Options
from spawnnet_train.config.structure import SCHEMA
from spawnnet_train.runs.loading import json_schema

ROOT = Path(__file__).parent.parent


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    return json_schema()


@pytest.fixture(scope="module")
def reference() -> ModuleType:
    spec = importlib.util.spec_from_file_location("reference", ROOT / "docs" / "write_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


def test_every_option_has_a_description(document: dict[str, Any]) -> None:
    sections = {"run": document, **document["$defs"]}
    lacking = {
        f"{section}.{name}"
        for section, node in sections.items()
        for name, option in node.get("properties", {}).items()
        if not option.get("description", "").endswith(".")
    }
    assert lacking == set()


def test_every_section_is_reached_from_the_run(document: dict[str, Any]) -> None:
    options = Options(document)
    starts = [document, *(s for v in options.choices().values() for s in v.values())]
    paths = {option.path for start in starts for option in options.below(start)}
    assert "train.optimizer.lr" in paths
    assert "backbone.layers" in paths
    assert "demonstrations.keys.views.NAME.rgb" in paths
    assert "demonstrations.validation.NAME.path" in paths


def test_the_schema_in_the_package_is_that_of_the_classes(
    document: dict[str, Any], reference: ModuleType
) -> None:
    assert SCHEMA.read_text("utf-8") == reference.schema_text(document), "run nox -s reference"


def test_the_page_of_options_is_that_of_the_classes(
    document: dict[str, Any], reference: ModuleType
) -> None:
    assert reference.PAGE.read_text("utf-8") == reference.page_text(document), (
        "run nox -s reference"
    )
