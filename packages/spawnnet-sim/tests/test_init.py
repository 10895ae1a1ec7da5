import subprocess
import sys

import spawnnet_sim


def test_all_names_are_the_public_names() -> None:
    script = (
        "import types, spawnnet_sim as s;"
        "print(*sorted(n for n, v in vars(s).items() if (n == '__version__' or n[0] != '_')"
        " and not isinstance(v, types.ModuleType)))"
    )
    names = subprocess.run(
        [sys.executable, "-c", script], capture_output=True, text=True, check=True
    ).stdout.split()
    assert names == sorted(spawnnet_sim.__all__)


def test_importing_the_package_imports_no_simulator_and_no_optional_dependency() -> None:
    heavy = "{'mujoco', 'warp', 'mujoco_warp', 'torch', 'av', 'PIL', 'h5py', 'typer',"
    heavy += " 'stable_baselines3', 'safetensors', 'matplotlib'}"
    script = f"import sys, spawnnet_sim; print({heavy} & sys.modules.keys() or 'none')"
    run = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True)
    assert run.stdout.strip() == "none"
