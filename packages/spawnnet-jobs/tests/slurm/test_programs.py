from pathlib import Path

import pytest

from spawnnet_config import ConfigError
from spawnnet_jobs.slurm import programs


def test_without_slurm_the_local_way_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(ConfigError, match=r"^sbatch: is not installed .* `train run` runs here"):
        programs.check_installed("train run")
    assert programs.queued() is None
    assert programs.accounted(["12"]) is None
