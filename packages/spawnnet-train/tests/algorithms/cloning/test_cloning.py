from collections.abc import Callable, Mapping
from contextlib import closing
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from pydantic import TypeAdapter

from spawnnet_jobs.terminal.console import Console
from spawnnet_policies import list_policies
from spawnnet_record.run_directory import RunDirectory
from spawnnet_sim import DisturbanceConfig
from spawnnet_sim.tools.recording import RecordingConfig, record
from spawnnet_train.algorithms.cloning.cloning import BehaviorCloning
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.rollouts.simulation import SimulationConfig
from spawnnet_train.runs.launch import open_algorithm, run
from spawnnet_train.runs.loading import load_config
from spawnnet_train.student.create import create_student

Metrics = Callable[[RunDirectory], list[dict[str, Any]]]
CPU = torch.device("cpu")


def losses(rows: list[dict[str, Any]]) -> list[tuple[int, float]]:
    return [(row["update"], row["update/loss"]) for row in rows if "update/loss" in row]


@pytest.fixture
def opened(cloned: Any) -> Any:
    """Opens the demonstrations of the small run, with changes, and sets a student up."""

    def open_(*changes: str) -> BehaviorCloning:
        config = load_config(cloned.file, changes)
        algorithm = open_algorithm(config)
        assert isinstance(algorithm, BehaviorCloning)
        algorithm.set_up(create_student(config, algorithm.spec, CPU))
        return algorithm

    return open_


def actions(algorithm: BehaviorCloning, period: int, first: int = 0) -> list[torch.Tensor]:
    return [batch.action_chunk for batch in algorithm.batches(period, first)]


def test_an_epoch_shows_every_step_once_in_an_order_of_its_own(opened: Any) -> None:
    algorithm = opened()
    assert algorithm.num_periods == 4
    assert algorithm.num_updates(0) == 3
    epochs = [torch.cat(actions(algorithm, period))[:, 0] for period in (0, 1, 0)]
    assert len(epochs[0]) == 18
    assert torch.equal(epochs[0], epochs[2])
    assert not torch.equal(epochs[0], epochs[1])
    assert torch.equal(*(epoch.sort(0).values for epoch in epochs[:2]))


def test_the_student_of_every_nth_epoch_is_kept(
    cloned: Any, tmp_path: Path, quiet: Console
) -> None:
    changes = [f"output={tmp_path}", "algorithm.keep_every=2", "algorithm.validate_every=9"]
    directory = run(load_config(cloned.file, changes), quiet)
    kept = sorted(path.stem for path in directory.checkpoints.glob("*.json"))
    assert kept == ["best", "epoch_002", "epoch_004", "final"]


def test_an_epoch_goes_on_in_its_middle(opened: Any) -> None:
    whole, rest = actions(opened(), 1), actions(opened(), 1, 2)
    assert len(rest) == 1
    assert torch.equal(rest[0], whole[2])


def test_the_score_is_the_error_of_the_first_validation_set(opened: Any, quiet: Console) -> None:
    report = opened().end(0, 0.7, quiet)
    assert report.score == report.metrics["val/mse_L1"]
    assert list(report.cells) == ["mse L1", "abs L1"]
    without = opened("algorithm.demonstrations.validation={}").end(0, 0.7, quiet)
    assert without.score == 0.7
    assert without.cells == {}


def test_epochs_are_validated_every_so_often_and_the_last_one_always(
    opened: Any, quiet: Console
) -> None:
    algorithm = opened("algorithm.validate_every=3")
    scored = [algorithm.end(period, 0.7, quiet).score is not None for period in range(4)]
    assert scored == [False, False, True, True]


def test_predictions_are_measured_every_so_often_before_the_update(
    opened: Any, quiet: Console
) -> None:
    algorithm = opened("algorithm.measure_every=2")
    batches = list(algorithm.batches(0, 0))
    student = algorithm._student
    chosen = []
    for index, batch in enumerate(batches):
        with torch.no_grad():
            features, _ = student.encode(batch.stack)
            predicted = student.eval().policy.predict(features)
        algorithm.watch(batch, features)
        if index % 2 == 0:
            chosen.append((predicted - batch.action_chunk)[batch.mask].abs())
    found = algorithm.end(0, 0.7, quiet).metrics["train/abs"]
    assert found == pytest.approx(float(torch.cat(chosen).mean()), rel=1e-5)


def test_validation_demonstrations_are_what_there_is_to_look_at(
    opened: Any, demonstrations: Path
) -> None:
    with closing(opened()) as algorithm:
        (episode,) = algorithm.labelled_episodes(None)
        assert algorithm.num_labelled_episodes(None) == 1
    with h5py.File(demonstrations / "train" / "0.h5") as file:
        seen = file["traj_0/obs"]
        np.testing.assert_array_equal(episode.observation["rgb"], seen["rgb"][:][:, ::-1])
        np.testing.assert_allclose(episode.observation["depth"], seen["depth"][:][:, ::-1])
        np.testing.assert_allclose(episode.observation["proprioception"], seen["state"])
        np.testing.assert_allclose(episode.actions, file["traj_0/actions"])
    assert episode.split == "L1"
    with closing(opened("algorithm.demonstrations.validation={}")) as algorithm:
        assert [e.split for e in algorithm.labelled_episodes(None)] == ["train", "train"]
        assert len(list(algorithm.labelled_episodes(1))) == algorithm.num_labelled_episodes(1) == 1


@pytest.mark.parametrize(
    ("override", "problem"),
    [
        ("train.path=nowhere", "algorithm.demonstrations.train.*nowhere"),
        ("keys.actions=[action]", r"algorithm\.demonstrations\.keys\.actions\[0\]: .*'action'"),
        ("action_names=[x]", r"algorithm\.demonstrations\.action_names: expected 7 values, got 1"),
    ],
)
def test_bad_input_is_one_sentence_with_its_path(cloned: Any, override: str, problem: str) -> None:
    config = load_config(cloned.file, [f"algorithm.demonstrations.{override}"])
    with pytest.raises(ConfigError, match=f"^{problem}") as error:
        open_algorithm(config)
    assert len(error.value.problems) == 1


@pytest.mark.parametrize("frozen", ["none", "disk"])
def test_where_features_are_kept_changes_no_loss(
    cloned: Any, frozen: str, quiet: Console, tmp_path: Path, metrics: Metrics
) -> None:
    settings = [f"output={tmp_path}", f"algorithm.frozen={frozen}"]
    settings += [f"algorithm.frozen_folder={tmp_path / 'features'}"]
    found = run(load_config(cloned.file, settings), quiet)
    assert losses(metrics(found)) == losses(metrics(cloned.run))


@pytest.mark.parametrize("policy", list_policies())
def test_every_head_clones(
    cloned: Any, policy: str, quiet: Console, tmp_path: Path, metrics: Metrics
) -> None:
    if policy == "diffusion":
        pytest.importorskip("diffusers", reason="the extra `diffusion` is not installed")
    settings = [f"output={tmp_path}", "algorithm.epochs=1", f"policy={{name: {policy}}}"]
    settings += ["encoder={name: impala}"]
    rows = metrics(run(load_config(cloned.file, settings), quiet))
    assert np.isfinite(losses(rows)).all()
    assert np.isfinite(rows[-1]["val/mse_L1"])


@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_augmentation_and_workers_train(
    cloned: Any, quiet: Console, tmp_path: Path, metrics: Metrics
) -> None:
    settings = [f"output={tmp_path}", "algorithm.epochs=1", "train.augmentation={}"]
    config = load_config(cloned.file, [*settings, "algorithm.num_workers=1"])
    found = losses(metrics(run(config, quiet)))
    assert [update for update, _ in found] == [2, 3]
    assert np.isfinite(found).all()


@pytest.mark.slow
def test_cloning_an_expert_of_the_simulator_beats_predicting_the_mean(
    tmp_path: Path,
    quiet: Console,
    simulation: Callable[..., dict[str, Any]],
    cloning_settings: Callable[[Path], dict[str, Any]],
    write_config: Callable[[Path, Mapping[str, Any]], Path],
    metrics: Metrics,
) -> None:
    config = TypeAdapter(SimulationConfig).validate_python(simulation(count=3, episode_steps=64))
    noisy = RecordingConfig(disturbance=DisturbanceConfig(action_noise=0.15))
    paths = {
        part: record(
            config.splits()["train"], tmp_path / part, episodes=n, seed=seed, recording=noisy
        )
        for part, n, seed in (("train", 12, 10), ("validation", 3, 20))
    }
    settings = cloning_settings(tmp_path)
    demonstrations = settings["algorithm"]["demonstrations"]
    demonstrations["validation"]["L1"] = {"path": str(tmp_path / "validation")}
    demonstrations["keys"]["views"] = {
        view: {kind: f"obs/{kind}/{view}" for kind in ("rgb", "depth")}
        for view in config.cameras.views
    }
    settings["train"] |= {"batch_size": 32, "optimizer": {"lr": 3e-3}}
    changes = ["algorithm.epochs=10", "student.normalization.actions=min_max", "policy.layers=[32]"]
    file = write_config(tmp_path / "run.yaml", settings)
    rows = metrics(run(load_config(file, changes), quiet))
    best = min(row["val/mse_L1"] for row in rows if "val/mse_L1" in row)
    shown = {
        part: np.concatenate([h5py.File(file)["traj_0/actions"][:] for file in files])
        for part, files in paths.items()
    }
    mean_error = np.mean((shown["validation"] - shown["train"].mean(0)) ** 2)
    assert best < mean_error / 3
