"""Golden numbers of the original release, where there are any."""

import importlib.util
import os
from pathlib import Path
from types import ModuleType

import pytest

REFERENCE = os.environ.get("SPAWNNET_REFERENCE")
GOLDEN = Path(REFERENCE or "") / "golden"
needs_golden = pytest.mark.skipif(REFERENCE is None, reason="SPAWNNET_REFERENCE is not set")


def load_seeded() -> ModuleType:
    """Return the module that draws the golden weights and inputs."""
    spec = importlib.util.spec_from_file_location("seeded", GOLDEN / "seeded.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
