from pathlib import Path

import pytest
from examples import run_examples

from spawnnet_encoders import registry

README = Path(__file__).parents[1] / "README.md"


def test_every_example_runs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(registry, "_ENTRIES", dict(registry._ENTRIES))  # an example adds to it
    assert run_examples(README) >= 8
