from pathlib import Path
from typing import Any

import pytest
import torch
from safetensors.torch import load_file

from spawnnet_jobs.terminal.console import Console
from spawnnet_record.run_record import find_runs
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.launch import resume, run
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.training import Training


def started_with(source: str, file: Path, output: Path, quiet: Console, *more: str) -> Any:
    config = load_config(file, [f"output={output}", f"train.init_from={source}", *more])
    return run(config, quiet)


def test_a_run_starts_with_the_weights_of_any_checkpoint(
    cloned: Any, dagger: Any, tmp_path: Path, quiet: Console, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[dict[str, torch.Tensor]] = []

    def only_look(self: Training, log: object) -> None:
        state = self._student.trainable_state()
        seen.append({name: tensor.clone() for name, tensor in state.items()})
        raise KeyboardInterrupt

    monkeypatch.setattr(Training, "run_all", only_look)
    for small, name in ((cloned, "final"), (dagger, "round_001")):
        source = f"{{run: {small.run.path}, checkpoint: {name}}}"
        with pytest.raises(KeyboardInterrupt):
            started_with(source, small.file, tmp_path / name, quiet)
        (stopped,) = find_runs(tmp_path / name)
        with pytest.raises(KeyboardInterrupt):
            resume(stopped.directory.path, quiet)  # before it has kept anything
        expected = load_file(small.run.checkpoints / f"{name}.safetensors")
        for state in seen[-2:]:
            assert state.keys() == expected.keys()
            assert all(torch.equal(state[key], expected[key]) for key in expected)


def test_a_checkpoint_that_does_not_fit_is_one_sentence(
    cloned: Any, tmp_path: Path, quiet: Console
) -> None:
    source = f"{{run: {cloned.run.path}}}"
    with pytest.raises(ConfigError, match=r"^train.init_from: .*policy.* instead of"):
        started_with(source, cloned.file, tmp_path, quiet, "student.action_horizon=2")
    with pytest.raises(ConfigError, match=r"^train.init_from: .*no run directory"):
        started_with(f"{{run: {tmp_path}}}", cloned.file, tmp_path, quiet)
    assert list(tmp_path.iterdir()) == []  # nothing has begun
