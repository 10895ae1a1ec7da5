import subprocess
import sys
import types

import spawnnet_encoders


def test_all_is_sorted_and_complete() -> None:
    public = {
        name
        for name, value in vars(spawnnet_encoders).items()
        if not name.startswith("_") and not isinstance(value, types.ModuleType)
    }
    assert set(spawnnet_encoders.__all__) == public | {"__version__"}
    assert len(spawnnet_encoders.__all__) == len(public) + 1


def python(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], check=True, capture_output=True, text=True
    ).stdout


def test_import_loads_neither_timm_nor_siblings() -> None:
    loaded = python("import sys, spawnnet_encoders; print(*sys.modules)").split()
    assert not {"timm", "torchvision", "gdict", "spawnnet_policies", "spawnnet_sim"} & set(loaded)


def test_import_adds_little_to_that_of_torch() -> None:
    code = "import torch, numpy, time; t = time.process_time(); import spawnnet_encoders; "
    assert float(python(code + "print(time.process_time() - t)")) < 1.0
