from pathlib import Path
from typing import Any

import pytest
import yaml

from spawnnet_jobs.terminal.console import Console
from spawnnet_train.algorithms.storage import Space
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs import storage
from spawnnet_train.runs.launch import run
from spawnnet_train.runs.loading import load_config


def test_what_is_left_to_auto_is_decided_said_and_written_down(dagger: Any) -> None:
    replay = yaml.safe_load(dagger.run.config.read_text())["algorithm"]["replay"]
    assert (replay["images"], replay["frozen"]) == ("memory", "memory")
    steps, views = 30, 2  # six episodes of five
    pixels = steps * views * 32 * 48
    said = f"images {3 * pixels / 1e6:.1f} MB in memory, depth {2 * pixels / 1e6:.1f} MB in memory"
    assert said in " ".join(dagger.text.split())


def test_a_run_that_does_not_fit_is_refused_before_it_leaves_anything(
    dagger: Any, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(storage, "free_space", lambda folder: Space(10**5, 10**12))
    with pytest.raises(
        ConfigError, match=r"^algorithm\.replay\.\w+: this run needs images 0\.3 MB"
    ):
        run(load_config(dagger.file, [f"output={tmp_path}"]), quiet)
    assert not list(tmp_path.iterdir())
