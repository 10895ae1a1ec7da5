import json
import shutil
from contextlib import closing
from pathlib import Path
from typing import Any

import h5py
import numpy as np
import pytest
import torch
from numpy.typing import NDArray

from spawnnet_data import Demonstrations, open_source
from spawnnet_record import RecordError
from spawnnet_record.run_directory import RunDirectory
from spawnnet_train.rollouts.simulation import open_environment
from spawnnet_train.runs.launch import open_algorithm
from spawnnet_train.runs.loading import load_config
from spawnnet_train.runs.prediction import predict_episode
from spawnnet_train.runs.saved_run import open_saved_run
from spawnnet_train.student.actor import StudentActor
from spawnnet_train.use.observation import ObservationReader
from spawnnet_train.use.robot_policy import RobotPolicy, load_policy


@pytest.fixture
def cloned_run(cloned: Any) -> RunDirectory:
    run: RunDirectory = cloned.run
    return run


@pytest.fixture
def policy(cloned_run: RunDirectory) -> RobotPolicy:
    return load_policy(cloned_run.path)


def observation(demonstrations: Path, step: int) -> dict[str, Any]:
    with h5py.File(demonstrations / "train" / "0.h5") as file:
        seen = file["traj_0/obs"]
        rgb, depth = seen["rgb"][step], seen["depth"][step]
        return {
            "rgb": {"left": rgb[0], "right": rgb[1].transpose(1, 2, 0)},
            "depth": {"left": depth[0], "right": depth[1, 0]},
            "proprioception": seen["state"][step],
        }


def test_the_robot_does_what_the_student_predicts_from_raw_arrays(
    cloned_run: RunDirectory, policy: RobotPolicy, demonstrations: Path
) -> None:
    actions = [policy.act(observation(demonstrations, step)) for step in range(4)]
    student = open_saved_run(cloned_run.path).student
    with h5py.File(demonstrations / "train" / "0.h5") as file:
        seen = file["traj_0/obs"]
        arrays = {"rgb": seen["rgb"], "depth": seen["depth"], "proprioception": seen["state"]}
        for step in range(4):
            frames = [max(step - 2, 0), step]
            stack: dict[str, torch.Tensor] = {}
            for name, array in arrays.items():
                values: NDArray[Any] = np.stack([array[frame] for frame in frames])
                views = values if name == "proprioception" else values[:, ::-1]
                stack[name] = torch.from_numpy(views.copy())[None]
            stack["proprioception"] = student.proprioception(stack["proprioception"])
            with torch.no_grad():
                features = student.encoder(stack).features
                expected = student.policy.predict(features)[0, 0].numpy()
            np.testing.assert_allclose(actions[step], expected, rtol=2e-3)


def test_actions_are_in_the_units_of_the_demonstrations(
    policy: RobotPolicy, demonstrations: Path
) -> None:
    action = policy.act(observation(demonstrations, 0))
    assert action.shape == (7,)
    low, high = map(np.asarray, policy.spec.action_bounds)
    assert (action >= low).all()
    assert (action <= high).all()
    assert action.mean() > 10


def test_a_reset_forgets_the_episode(policy: RobotPolicy, demonstrations: Path) -> None:
    first = policy.act(observation(demonstrations, 0))
    policy.act(observation(demonstrations, 5))
    policy.reset()
    np.testing.assert_array_equal(policy.act(observation(demonstrations, 0)), first)


def test_temporal_ensembling_blends_the_chunks_of_past_steps(
    cloned_run: RunDirectory, demonstrations: Path, tmp_path: Path
) -> None:
    decay = 0.5
    shutil.copytree(cloned_run.path, tmp_path / "run")
    file = tmp_path / "run" / "config.yaml"
    text = file.read_text()
    assert "ensemble_decay: null" in text
    file.write_text(text.replace("ensemble_decay: null", f"ensemble_decay: {decay}"))
    policy = load_policy(tmp_path / "run")
    saved = open_saved_run(cloned_run.path)
    with closing(open_algorithm(saved.config)) as algorithm:
        chunks = predict_episode(saved, next(algorithm.labelled_episodes(1))).chunks  # (L, 3, A)
    for step in range(5):
        ages = np.arange(min(step, 2), -1, -1)  # the oldest chunk first, with the largest weight
        weights = np.exp(-decay * np.arange(len(ages)))
        expected = np.average([chunks[step - age, age] for age in ages], axis=0, weights=weights)
        action = policy.act(observation(demonstrations, step))
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
            lambda o: o["rgb"].update(left=o["rgb"]["left"][:2]),
            r"rgb/left: expected shape \(H, W, 3\) or \(3, H, W\), got \(2, 32, 48\)",
        ),
        (
            lambda o: o["rgb"].update(left=o["rgb"]["left"][:, :0]),
            r"rgb/left: expected shape \(H, W, 3\) or \(3, H, W\), got \(3, 0, 48\)",
        ),
        (lambda o: o["depth"].pop("right"), "depth/right: the image is missing"),
        (
            lambda o: o["depth"].update(right=1000 * o["depth"]["right"]),
            "depth/right: expected metres",
        ),
        (lambda o: o.pop("proprioception"), "proprioception: is missing"),
        (
            lambda o: o.update(proprioception=57 * o["proprioception"]),
            r"proprioception\[\d\]: .* is far outside of the training data",
        ),
        (lambda o: o.update(rgb=None), "rgb: expected a mapping of images by view, got None"),
        (lambda o: o["rgb"].update(left=None), "rgb/left: expected numbers, got None"),
        (
            lambda o: o["rgb"].update(left=o["rgb"]["left"] // 255 | 1),
            "rgb/left: .* got 0 and 1 only",
        ),
        (lambda o: o["depth"].update(left=None), "depth/left: expected numbers, got None"),
        (
            lambda o: o["depth"].update(left=o["depth"]["left"] * np.float32("nan")),
            "depth/left: expected finite, positive metres",
        ),
        (
            lambda o: o["depth"].update(left=np.full_like(o["depth"]["left"], 1500)),
            "depth/left: expected metres up to 100, got 1500 as median",
        ),
        (lambda o: o.update(proprioception=None), "proprioception: expected numbers, got None"),
        (
            lambda o: o.update(proprioception=[0.1, None, *o["proprioception"][2:]]),
            r"proprioception\[1\]: expected numbers, got None",
        ),
        (
            lambda o: o.update(proprioception=[1e300, *o["proprioception"][1:]]),
            r"proprioception\[0\]: expected a finite number, got 1e\+300",
        ),
        (lambda o: o.update(time=None), "time: expected a mapping of seconds by view"),
        (lambda o: o.update(time={"left": 1.0, "right": None}), "time/right: expected numbers"),
        (
            lambda o: o.update(time={"left": 1.0, "right": float("nan")}),
            "time/right: expected seconds as one finite number",
        ),
        (lambda o: o.update(time={"left": 1.0}), "time/right: is missing"),
        (
            lambda o: o.update(time={"left": 1.0, "right": 0.5}),
            "time/right: the image is 0.500 s older than the newest",
        ),
    ],
)
def test_a_bad_observation_is_named(
    policy: RobotPolicy, demonstrations: Path, change: Any, message: str
) -> None:
    seen = observation(demonstrations, 1)
    change(seen)
    with pytest.raises(ValueError, match=message):
        policy.act(seen)


def test_a_view_without_depth_in_training_needs_none(
    cloned_run: RunDirectory, demonstrations: Path, tmp_path: Path
) -> None:
    shutil.copytree(cloned_run.path, tmp_path / "run")
    file = tmp_path / "run" / "spec.json"
    spec = json.loads(file.read_text())
    assert spec["depth_views"] == ["right", "left"]
    file.write_text(json.dumps(spec | {"depth_views": ["right"]}))
    policy = load_policy(tmp_path / "run")
    seen = observation(demonstrations, 1)
    with pytest.raises(ValueError, match="depth/left: no such view in training"):
        policy.act(seen)
    both = seen | {"depth": seen["depth"] | {"left": np.zeros_like(seen["depth"]["left"])}}
    del seen["depth"]["left"]
    expected = load_policy(cloned_run.path).act(both)
    np.testing.assert_array_equal(policy.act(seen), expected)


def test_an_image_that_was_seen_before_is_stale(policy: RobotPolicy, demonstrations: Path) -> None:
    seen = {**observation(demonstrations, 1), "time": {"left": 1.0, "right": 1.0}}
    policy.act(seen)
    with pytest.raises(ValueError, match="time/right: the image is the one of the step before"):
        policy.act({**seen, "time": {"left": 1.05, "right": 1.0}})


def test_a_student_of_a_simulator_acts_as_it_did_there(dagger: Any) -> None:
    policy, saved = (
        load_policy(dagger.run.path, checkpoint="final"),
        open_saved_run(dagger.run.path, "final"),
    )
    assert policy.spec.rate == pytest.approx(20)
    assert policy.spec.proprioception is not None
    simulation = saved.config.simulation
    assert simulation is not None
    with closing(open_environment(simulation.splits()["train"])) as environment:
        actor = StudentActor(saved.student, saved.config.student, environment.num_envs)
        seen, _ = environment.reset(seed=11)
        actor.reset(0)
        for _ in range(3):
            actor.observe(seen)
            actions = actor.act()
            images = {
                name: dict(zip(policy.spec.views, seen[name][1], strict=True))
                for name in ("rgb", "depth")
            }
            action = policy.act({**images, "proprioception": seen["proprioception"][1]})
            np.testing.assert_allclose(action, actions[1], atol=1e-5)
            seen, *_ = environment.step(actions)


def test_a_folder_without_a_run_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(RecordError, match="no run directory"):
        load_policy(tmp_path)


def test_an_action_that_is_no_number_is_never_sent(
    policy: RobotPolicy, demonstrations: Path
) -> None:
    with torch.no_grad():
        for parameter in policy._actor._student.policy.parameters():
            parameter.fill_(float("nan"))
    with pytest.raises(ValueError, match="action: the policy has no finite one here"):
        policy.act(observation(demonstrations, 0))


@pytest.fixture
def large(demonstrations: Path, tmp_path: Path) -> Path:
    """Demonstrations by cameras of other sizes and another shape than the policy sees."""
    generator = np.random.default_rng(1)
    with h5py.File(tmp_path / "large.h5", "w") as file:
        file["traj_0/obs/rgb"] = generator.integers(0, 256, (4, 2, 3, 75, 101), np.uint8)
        file["traj_0/obs/depth"] = generator.uniform(0.3, 2, (4, 2, 1, 75, 101)).astype("f4")
        with h5py.File(demonstrations / "train" / "0.h5") as small:
            for key in ("obs/state", "actions"):
                file[f"traj_0/{key}"] = small[f"traj_0/{key}"][:4]
    return tmp_path / "large.h5"


def test_images_of_another_size_are_resized_as_in_training(
    policy: RobotPolicy, cloned_run: RunDirectory, large: Path
) -> None:
    keys = load_config(cloned_run.config).algorithm.demonstrations.keys  # type: ignore[attr-defined]
    assert keys.image_size == (32, 48)
    shown = Demonstrations(open_source(large), keys)
    rgb, depth = shown.rgb(0, np.arange(4)), shown.depth(0, np.arange(4))  # (n, V, C, H, W)
    reader = ObservationReader(policy.spec, uses_proprioception=True)
    with h5py.File(large) as file:
        seen = file["traj_0/obs"]
        for step in range(4):
            arrays = reader.read(
                {
                    "rgb": {
                        "left": seen["rgb"][step, 0],
                        "right": seen["rgb"][step, 1].transpose(1, 2, 0),
                    },
                    "depth": {"left": seen["depth"][step, 0], "right": seen["depth"][step, 1, 0]},
                    "proprioception": seen["state"][step],
                }
            )
            np.testing.assert_array_equal(arrays["rgb"], rgb[step])
            np.testing.assert_array_equal(arrays["depth"], depth[step])


def test_views_go_by_the_keys_of_lerobot_where_that_is_asked_for(
    cloned_run: RunDirectory, policy: RobotPolicy, demonstrations: Path
) -> None:
    ours = observation(demonstrations, 2)
    theirs = {
        "observation.images.left": torch.from_numpy(ours["rgb"]["left"]),
        "observation.images.right": ours["rgb"]["right"],
        "observation.images.left_depth": ours["depth"]["left"],
        "observation.images.right_depth": ours["depth"]["right"],
        "observation.state": ours["proprioception"],
        "task": "open the drawer",
    }
    asked = load_policy(cloned_run.path, keys="lerobot")
    np.testing.assert_array_equal(asked.act(theirs), policy.act(ours))
    del theirs["observation.images.left"]
    with pytest.raises(ValueError, match="rgb/left: the image is missing"):
        asked.act(theirs)


def test_a_plan_is_the_whole_chunk_and_disturbs_nothing(
    policy: RobotPolicy, cloned_run: RunDirectory, demonstrations: Path
) -> None:
    first = policy.act(observation(demonstrations, 0))
    policy.reset()
    chunk = policy.plan(observation(demonstrations, 0))
    assert chunk.shape == (policy.action_horizon, 7)
    np.testing.assert_array_equal(chunk[0], first)


def test_a_policy_times_its_own_steps(policy: RobotPolicy, demonstrations: Path) -> None:
    assert np.isnan(policy.latency().median)
    for step in range(3):
        policy.act(observation(demonstrations, step))
    with pytest.raises(ValueError, match="rgb"):
        policy.act({})
    assert 0 < policy.latency().median <= policy.latency().p99 < 60


def test_only_a_policy_that_looks_back_or_blends_needs_every_step(dagger: Any) -> None:
    assert load_policy(dagger.run.path).needs_every_step  # it sees two frames
