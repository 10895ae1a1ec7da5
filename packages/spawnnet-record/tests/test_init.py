import subprocess
import sys

import spawnnet_record


def test_every_public_name_exists() -> None:
    for name in spawnnet_record.__all__:
        assert hasattr(spawnnet_record, name)


def test_the_import_brings_no_heavy_library() -> None:
    heavy = "{'torch', 'numpy', 'matplotlib', 'tensorboard', 'wandb', 'PIL'}"
    code = f"import sys, spawnnet_record; print(sorted({heavy} & set(sys.modules)))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout == "[]\n"
