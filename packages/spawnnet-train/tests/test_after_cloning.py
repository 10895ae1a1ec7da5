"""What is done with a run of behaviour cloning: act, time, look, sweep."""

import io
from pathlib import Path
from typing import Any

import h5py
import imageio.v3 as iio
import numpy as np
import pytest
import torch
from numpy.typing import NDArray
from PIL import Image
from rich.console import Console as RichConsole

from spawnnet_train.config.loading import load_config
from spawnnet_train.console import Console
from spawnnet_train.inference import RobotPolicy, load_policy
from spawnnet_train.latency import measure_latency
from spawnnet_train.launch import launch
from spawnnet_train.run_directory import RunDirectory
from spawnnet_train.saved_run import open_saved_run
from spawnnet_train.sweep import run_sweep
from spawnnet_train.visualization import visualize_run

CONFIG = """
experiment: small
algorithm: bc
threads: 1
demonstrations:
  train: {path: FOLDER/train}
  validation: {L1: {path: FOLDER/train, stride: 2}}
  keys:
    views:
      right: {rgb: obs/rgb/1, depth: obs/depth/1}
      left: {rgb: obs/rgb/0, depth: obs/depth/0}
    proprioception: [obs/state]
    actions: [actions]
    image_size: [32, 48]
encoder:
  name: spawnnet
  backbone: {model: test_vit, weights: random, layers: [1, 3, 5]}
  width: 8
policy: {name: mlp, layers: [16]}
student: {stack_idx: [0, 2], action_horizon: 3}
normalization: {actions: mean_std}
train: {epochs: 2, batch_size: 8}
output: FOLDER/runs
"""
T = 9


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    place = tmp_path_factory.mktemp("small")
    (place / "train").mkdir()
    generator = np.random.default_rng(0)
    for index in range(2):
        with h5py.File(place / "train" / f"{index}.h5", "w") as file:
            file["traj_0/obs/rgb"] = generator.integers(0, 256, (T, 2, 3, 32, 48), np.uint8)
            file["traj_0/obs/depth"] = generator.uniform(0.3, 2, (T, 2, 1, 32, 48)).astype("f4")
            file["traj_0/obs/state"] = generator.normal(5, 2, (T, 3)).astype("f4")
            file["traj_0/actions"] = generator.normal(20, 3, (T, 7)).astype("f4")
    (place / "run.yaml").write_text(CONFIG.replace("FOLDER", str(place)))
    return place


def quiet() -> Console:
    return Console(RichConsole(file=io.StringIO()))


@pytest.fixture(scope="module")
def run(folder: Path) -> RunDirectory:
    return launch(load_config(folder / "run.yaml"), quiet())


@pytest.fixture
def policy(run: RunDirectory) -> RobotPolicy:
    return load_policy(run.path)


def observation(folder: Path, step: int) -> dict[str, Any]:
    with h5py.File(folder / "train" / "0.h5") as file:
        seen = file["traj_0/obs"]
        rgb, depth = seen["rgb"][step], seen["depth"][step]
        return {
            "rgb": {"left": rgb[0], "right": rgb[1].transpose(1, 2, 0)},
            "depth": {"left": depth[0], "right": depth[1, 0]},
            "proprioception": seen["state"][step],
        }


def test_the_robot_does_what_the_student_predicts_from_raw_arrays(
    run: RunDirectory, policy: RobotPolicy, folder: Path
) -> None:
    actions = [policy.act(observation(folder, step)) for step in range(4)]
    student = open_saved_run(run.path).student
    with h5py.File(folder / "train" / "0.h5") as file:
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


def test_actions_are_in_the_units_of_the_demonstrations(policy: RobotPolicy, folder: Path) -> None:
    action = policy.act(observation(folder, 0))
    assert action.shape == (7,)
    low, high = map(np.asarray, policy.spec.action_bounds)
    assert (action >= low).all()
    assert (action <= high).all()
    assert action.mean() > 10


def test_a_reset_forgets_the_episode(policy: RobotPolicy, folder: Path) -> None:
    first = policy.act(observation(folder, 0))
    policy.act(observation(folder, 5))
    policy.reset()
    np.testing.assert_array_equal(policy.act(observation(folder, 0)), first)


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
    policy: RobotPolicy, folder: Path, change: Any, message: str
) -> None:
    seen = observation(folder, 1)
    change(seen)
    with pytest.raises(ValueError, match=message):
        policy.act(seen)


def test_an_image_that_was_seen_before_is_stale(policy: RobotPolicy, folder: Path) -> None:
    seen = {**observation(folder, 1), "time": {"left": 1.0, "right": 1.0}}
    policy.act(seen)
    with pytest.raises(ValueError, match="time/right: the image is the one of the step before"):
        policy.act({**seen, "time": {"left": 1.05, "right": 1.0}})


def test_latency_names_every_part(run: RunDirectory) -> None:
    parts = measure_latency(open_saved_run(run.path), steps=5, warmup=1)
    assert len({part.part for part in parts}) == 5
    assert all(0 < part.median <= part.p99 for part in parts)


# imageio's reader leaves the pipes of its ffmpeg process to the garbage collector.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
def test_visualize_writes_a_picture_and_a_film_of_every_episode(run: RunDirectory) -> None:
    folder = visualize_run(run.path, quiet())
    (picture,) = folder.glob("*.png")
    (film,) = folder.glob("*.mp4")
    assert np.asarray(Image.open(picture)).std() > 0
    frames = iio.imread(film, plugin="FFMPEG")
    assert len(frames) == T
    assert frames[0].std() > 0
    assert run.curves.is_file()


@pytest.mark.slow
def test_a_sweep_runs_the_grid_once_and_compares(folder: Path) -> None:
    grid = ["lr=1e-4,1e-3", "seed=0"]
    output = f"output: {folder}/swept"
    file = folder / "sweep.yaml"
    file.write_text(CONFIG.replace("output: FOLDER/runs", output).replace("FOLDER", str(folder)))
    header, *rows = run_sweep(file, grid, jobs=2)
    assert header[:2] == ["train.optimizer.lr", "seed"]
    assert "val/mse_L1" in header
    assert [row[:2] for row in rows] == [["0.0001", "0"], ["0.001", "0"]]
    assert all(row[header.index("val/mse_L1")] for row in rows)
    finished = sorted((folder / "swept").rglob("result.json"))
    assert run_sweep(file, grid) == [header, *rows]
    assert sorted((folder / "swept").rglob("result.json")) == finished
