import subprocess
import sys

import spawnnet_train


def test_all_names_what_is_public() -> None:
    public = {name for name in vars(spawnnet_train) if not name.startswith("_")}
    modules = {
        name
        for name in public
        if name in ("data", "config") or f"spawnnet_train.{name}" in sys.modules
    }
    assert set(spawnnet_train.__all__) == (public - modules) | {"__version__"}
    assert sorted(spawnnet_train.__all__) == spawnnet_train.__all__


def test_the_help_does_not_wait_for_torch() -> None:
    code = "import sys, spawnnet_train.cli; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
