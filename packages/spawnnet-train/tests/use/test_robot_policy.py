import json
import shutil
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from spawnnet_train.algorithms.cloning.bc_data import open_demonstrations
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.runs.saved_run import open_saved_run
from spawnnet_train.use.inference import RobotPolicy, load_policy
from spawnnet_train.use.prediction import predict_episode


@pytest.fixture
def policy(cloned_run: RunDirectory) -> RobotPolicy:
    return load_policy(cloned_run.path)


def observation(cloned_folder: Path, step: int) -> dict[str, Any]:
    with h5py.File(cloned_folder / "train" / "0.h5") as file:
        seen = file["traj_0/obs"]
        rgb, depth = seen["rgb"][step], seen["depth"][step]
        return {
            "rgb": {"left": rgb[0], "right": rgb[1].transpose(1, 2, 0)},
            "depth": {"left": depth[0], "right": depth[1, 0]},
            "proprioception": seen["state"][step],
        }


def test_the_robot_does_what_the_student_predicts_from_raw_arrays(
    cloned_run: RunDirectory, policy: RobotPolicy, cloned_folder: Path
) -> None:
    actions = [policy.act(observation(cloned_folder, step)) for step in range(4)]
    student = open_saved_run(cloned_run.path).student
    with h5py.File(cloned_folder / "train" / "0.h5") as file:
        seen = file["traj_0/obs"]
        arrays = {"rgb": seen["rgb"], "depth": seen["depth"], "proprioception": seen["state"]}
        for step in range(4):
            frames = [max(step - 2, 0), step]
            stack: dict[str, torch.Tensor] = {}
            for name, array in arrays.items():
                values: NDArray[Any] = np.stack([array[frame] for frame in frames])
                views = values if name == "proprioception" else values[:, ::-1]
                stack[name] = torch.from_numpy(views.copy())[None]
            stack["proprioception"] = student.standardization(stack["proprioception"])
            with torch.no_grad():
                features = student.encoder(stack).features
                expected = student.policy.predict(features)[0, 0].numpy()
            np.testing.assert_allclose(actions[step], expected, rtol=2e-3)


def test_actions_are_in_the_units_of_the_demonstrations(
    policy: RobotPolicy, cloned_folder: Path
) -> None:
    action = policy.act(observation(cloned_folder, 0))
    assert action.shape == (7,)
    low, high = map(np.asarray, policy.spec.action_bounds)
    assert (action >= low).all()
    assert (action <= high).all()
    assert action.mean() > 10


def test_a_reset_forgets_the_episode(policy: RobotPolicy, cloned_folder: Path) -> None:
    first = policy.act(observation(cloned_folder, 0))
    policy.act(observation(cloned_folder, 5))
    policy.reset()
    np.testing.assert_array_equal(policy.act(observation(cloned_folder, 0)), first)


def test_temporal_ensembling_blends_the_chunks_of_past_steps(
    cloned_run: RunDirectory, cloned_folder: Path, tmp_path: Path
) -> None:
    decay = 0.5
    shutil.copytree(cloned_run.path, tmp_path / "run")
    file = tmp_path / "run" / "config.yaml"
    text = file.read_text()
    assert "ensemble_decay: null" in text
    file.write_text(text.replace("ensemble_decay: null", f"ensemble_decay: {decay}"))
    policy = load_policy(tmp_path / "run")
    saved = open_saved_run(cloned_run.path)
    demonstrations = open_demonstrations(saved.config.demonstrations).train
    chunks = predict_episode(saved, demonstrations, 0).chunks  # (L, 3, A)
    for step in range(5):
        ages = np.arange(min(step, 2), -1, -1)  # the oldest chunk first, with the largest weight
        weights = np.exp(-decay * np.arange(len(ages)))
        expected = np.average([chunks[step - age, age] for age in ages], axis=0, weights=weights)
        action = policy.act(observation(cloned_folder, step))
        np.testing.assert_allclose(action, expected, rtol=1e-4)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        (lambda o: o["rgb"].pop("left"), "rgb/left: the image is missing"),
        (lambda o: o["rgb"].update(top=1), "rgb/top: no such view in training"),
        (
            lambda o: o["rgb"].update(left=o["rgb"]["left"] / 255),
            "rgb/left: expected uint8 from 0 to 255, got float64",
        ),
        (
            lambda o: o["rgb"].update(left=o["rgb"]["left"][:, :16]),
            r"rgb/left: expected shape \(32, 48, 3\), got \(3, 16, 48\)",
        ),
        (lambda o: o["depth"].pop("right"), "depth/right: the image is missing"),
        (
            lambda o: o["depth"].update(right=1000 * o["depth"]["right"]),
            "depth/right: expected metres",
        ),
        (lambda o: o.pop("proprioception"), "proprioception: is missing"),
        (
            lambda o: o.update(proprioception=57 * o["proprioception"]),
            r"proprioception\[\d\]: .* is far outside of what was demonstrated",
        ),
        (lambda o: o.update(time={"left": 1.0}), "time/right: is missing"),
        (
            lambda o: o.update(time={"left": 1.0, "right": 0.5}),
            "time/right: the image is 0.500 s older than the newest",
        ),
    ],
)
def test_a_bad_observation_is_named(
    policy: RobotPolicy, cloned_folder: Path, change: Any, message: str
) -> None:
    seen = observation(cloned_folder, 1)
    change(seen)
    with pytest.raises(ValueError, match=message):
        policy.act(seen)


def test_a_view_without_depth_in_training_needs_none(
    cloned_run: RunDirectory, cloned_folder: Path, tmp_path: Path
) -> None:
    shutil.copytree(cloned_run.path, tmp_path / "run")
    file = tmp_path / "run" / "demonstrations.json"
    spec = json.loads(file.read_text())
    assert spec["depth_views"] == ["right", "left"]
    file.write_text(json.dumps(spec | {"depth_views": ["right"]}))
    policy = load_policy(tmp_path / "run")
    seen = observation(cloned_folder, 1)
    with pytest.raises(ValueError, match="depth/left: no such view in training"):
        policy.act(seen)
    both = seen | {"depth": seen["depth"] | {"left": np.zeros_like(seen["depth"]["left"])}}
    del seen["depth"]["left"]
    expected = load_policy(cloned_run.path).act(both)
    np.testing.assert_array_equal(policy.act(seen), expected)


def test_an_image_that_was_seen_before_is_stale(policy: RobotPolicy, cloned_folder: Path) -> None:
    seen = {**observation(cloned_folder, 1), "time": {"left": 1.0, "right": 1.0}}
    policy.act(seen)
    with pytest.raises(ValueError, match="time/right: the image is the one of the step before"):
        policy.act({**seen, "time": {"left": 1.05, "right": 1.0}})
