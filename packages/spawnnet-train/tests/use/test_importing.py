"""Runs of the original release, made from its golden numbers, as run directories of ours."""

import json
from collections.abc import Callable, Mapping
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
import pytest
import torch
import yaml
from golden import GOLDEN, load_seeded, needs_golden
from numpy.typing import NDArray

from spawnnet_jobs.terminal.console import Console
from spawnnet_record import RecordError
from spawnnet_record.run_record import RunRecord
from spawnnet_train.config.errors import ConfigError
from spawnnet_train.runs.loading import dump_yaml, load_config
from spawnnet_train.runs.reevaluation import evaluate
from spawnnet_train.use.importing import import_run
from spawnnet_train.use.original_config import is_blind_to_proprioception, read_original
from spawnnet_train.use.robot_policy import load_policy


class Case(NamedTuple):
    """A golden case.

    Attributes:
        settings: Its configuration and sizes.
        observation: `rgb` `(B, F, V, 3, H, W)`, `depth`, `proprioception`.
        actions: `(B, T, A)`, not clipped.
    """

    settings: dict[str, Any]
    observation: tuple[NDArray[Any], NDArray[Any], NDArray[Any]]
    actions: NDArray[np.float32]


@pytest.fixture(scope="module")
def seeded() -> ModuleType:
    return load_seeded()


def read_case(name: str, seeded: ModuleType) -> Case:
    settings = json.loads((GOLDEN / "encoders" / f"{name}.json").read_text())
    sizes = [settings[key] for key in ("batch", "frames", "views", "state_dim")]
    actions = np.load(GOLDEN / "encoders" / f"{name}.npz")["action"]
    return Case(settings, seeded.observation(*sizes), actions)


def states(case: Mapping[str, Any], seeded: ModuleType) -> list[dict[str, torch.Tensor]]:
    """Return the state dicts of encoder and policy."""
    encoder = {
        key: torch.zeros(shape, dtype=torch.int64)
        if key.endswith("num_batches_tracked")
        else torch.from_numpy(seeded.encoder_weight(key, tuple(shape)).astype(np.float32))
        for key, shape in case["encoder_state_dict"].items()
    }
    low, high = (torch.tensor(bound, dtype=torch.float32) for bound in case["policy"]["act_bounds"])
    trunk = {
        key: torch.from_numpy(seeded.policy_weight(key, tuple(shape)).astype(np.float32))
        for key, shape in case["policy_state_dict"].items()
        if key.startswith("trunk.")
    }
    return [encoder, {**trunk, "scale": (high - low) / 2, "bias": (high + low) / 2}]


def configuration(case: Mapping[str, Any], **more: Any) -> dict[str, Any]:
    """Return a `config.yaml` of the release, with references as it writes them."""
    encoder, policy = case["encoder"], case["policy"]
    is_simulated = case["state_dim"] == 49
    return {
        "experiment": "sim_test",
        **(
            {"isaacgym_task": "open_drawer"} if is_simulated else {"task": "place_bag", "epochs": 3}
        ),
        "obs_shapes": encoder["obs_shapes"],
        "num_views": case["views"],
        "num_frames": case["frames"],
        "stack_idx": list(range(case["frames"])),
        "action_horizon": policy["action_horizon"],
        "lr": 3e-4,
        "batch_size": 24,
        "seed": 1,
        "encoder": {**encoder, "obs_shapes": "${obs_shapes}", "num_frames": "${num_frames}"},
        "policy": {**policy, "action_horizon": "${action_horizon}"},
        "wandb": {"name": "${now:%m%d}_${experiment}"},
        **more,
    }


def write_original(
    folder: Path, case: Case, seeded: ModuleType, names: tuple[str, ...] = ("final",), **more: Any
) -> Path:
    folder.mkdir(exist_ok=True)
    (folder / "config.yaml").write_text(yaml.safe_dump(configuration(case.settings, **more)))
    for kind, state in zip(("encoder", "policy"), states(case.settings, seeded), strict=True):
        for name in names:
            torch.save(state, folder / f"{kind}_{name}.ckpt")
    return folder


def act(run: Path, case: Case, sample: int, change: float = 0.0) -> NDArray[np.float32]:
    """Return what the policy of a run does after all frames of a sample."""
    policy = load_policy(run)
    rgb, depth, state = case.observation
    for frame in range(case.settings["frames"]):
        seen = {
            "rgb": dict(zip(policy.spec.views, rgb[sample, frame], strict=True)),
            "depth": dict(zip(policy.spec.views, depth[sample, frame], strict=True)),
            "proprioception": state[sample, frame] + change,
        }
        action = policy.act(seen)
    return action


@needs_golden
@pytest.mark.parametrize("name", ["spawnnet_dino", "impala_large", "r3m_mlp", "vit_mlp_dino"])
def test_actions_of_an_imported_run_are_those_of_the_original(
    name: str, seeded: ModuleType, tmp_path: Path, quiet: Console
) -> None:
    case = read_case(name, seeded)
    original = write_original(tmp_path / "original", case, seeded)
    run = import_run(original, quiet, output=tmp_path / "runs")
    low, high = case.settings["policy"]["act_bounds"]
    expected = np.clip(case.actions[:, 0], low, high)
    found = np.stack([act(run.path, case, sample) for sample in range(len(expected))])
    np.testing.assert_allclose(found, expected, rtol=1e-3, atol=1e-4)
    assert load_config(run.config).experiment == "sim_test"
    assert run.path.parent.parent == tmp_path / "runs"


@needs_golden
def test_checkpoints_are_named_and_numbered_as_ours(
    seeded: ModuleType, tmp_path: Path, quiet: Console
) -> None:
    case = read_case("impala_large", seeded)
    original = write_original(tmp_path / "original", case, seeded, ("0", "10", "best", "final"))
    (original / "best_epoch.txt").write_text("Best epoch: 1, Best loss: 0.1234")
    run = import_run(original, quiet, output=tmp_path)
    assert RunRecord(run).checkpoints() == ["epoch_001", "best", "epoch_011", "final"]
    periods = [
        json.loads((run.checkpoints / f"{name}.json").read_text())["period"]
        for name in RunRecord(run).checkpoints()
    ]
    assert periods == [1, 2, 11, 3]


@needs_golden
def test_an_imported_run_is_measured_as_the_release_does(
    seeded: ModuleType, tmp_path: Path, quiet: Console
) -> None:
    original = write_original(tmp_path / "original", read_case("r3m_mlp", seeded), seeded)
    run = import_run(original, quiet, output=tmp_path)
    measured = load_config(run.config).evaluation
    assert (measured.splits, measured.held_out_episodes) == (("held_out",), 5 * 12)
    cabinets = [f"simulation.{name}.count=1" for name in ("cabinets", "held_out")]
    small = ["simulation.episode_steps=2", "evaluation.held_out_episodes=1", *cabinets]
    run.config.write_text(dump_yaml(load_config(run.config, small)))
    evaluate(run.path, quiet, checkpoint="all")
    (row,) = RunRecord(run).evaluations()
    assert [row[name] for name in ("checkpoint", "split", "episodes")] == ["final", "held_out", "1"]


@needs_golden
def test_a_robot_state_that_was_zeroed_in_training_is_ignored(
    seeded: ModuleType, tmp_path: Path, quiet: Console
) -> None:
    case = read_case("impala_large", seeded)
    original = write_original(
        tmp_path / "original", case, seeded, use_proprio=False, use_depth=True
    )
    run = import_run(original, quiet, output=tmp_path)
    found = act(run.path, case, 0)
    np.testing.assert_array_equal(found, act(run.path, case, 0, change=3.0))
    # The same as the other one, on a state of zeros.
    plain = import_run(write_original(tmp_path / "plain", case, seeded), quiet, output=tmp_path)
    zeros = case._replace(observation=(*case.observation[:2], 0 * case.observation[2]))
    np.testing.assert_allclose(found, act(plain.path, zeros, 0), rtol=1e-5, atol=1e-6)


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"use_proprio": False, "use_depth": True}, True),
        ({"use_proprio": False, "use_depth": False}, False),  # the release fed it all the same
        ({"use_proprio": True, "use_depth": True}, False),
        ({"use_proprio": False, "isaacgym_task": "open_drawer"}, False),
    ],
)
def test_when_the_release_fed_zeros(settings: dict[str, Any], expected: bool) -> None:
    assert is_blind_to_proprioception(settings) is expected


def test_references_are_replaced_and_unknown_ones_are_errors(
    tmp_path: Path, write_config: Callable[[Path, Mapping[str, Any]], Path]
) -> None:
    settings = {
        "num_views": 2,
        "deep": {"width": 3},
        "obs_shapes": {"state": ["${deep.width}"]},
        "stack_idx": "${wide}",
        "wide": [0, "${num_views}"],
        "encoder": {"out_shape": "(64 + ${deep.width}) * ${num_views}"},
        "policy": {"name": "${now:%m%d}"},
    }
    write_config(tmp_path / "config.yaml", settings)
    found = read_original(tmp_path)
    assert found["obs_shapes"] == {"state": [3]}
    assert found["stack_idx"] == [0, 2]
    assert found["encoder"] == {"out_shape": "(64 + 3) * 2"}
    assert found["policy"] == {"name": "${now:%m%d}"}
    write_config(tmp_path / "config.yaml", {**settings, "wide": "${deep.high}"})
    with pytest.raises(ConfigError, match=r"\$\{deep.high\}: there is no such setting"):
        read_original(tmp_path)


class Dangerous:
    """Would write a file where it is unpickled."""

    def __init__(self, trace: Path) -> None:
        self.trace = trace

    def __reduce__(self) -> Any:
        return Path.touch, (self.trace,)


def test_what_is_no_run_of_the_release_is_one_sentence_and_nothing_in_it_runs(
    tmp_path: Path, quiet: Console, write_config: Callable[[Path, Mapping[str, Any]], Path]
) -> None:
    with pytest.raises(ConfigError, match=r"config\.yaml: cannot be read"):
        import_run(tmp_path, quiet)
    keys = ("encoder", "policy", "obs_shapes", "num_views", "stack_idx")
    write_config(tmp_path / "config.yaml", dict.fromkeys(keys[1:], 1))
    with pytest.raises(ConfigError, match="encoder: is missing"):
        import_run(tmp_path, quiet)
    write_config(tmp_path / "config.yaml", dict.fromkeys(keys, 1))
    with pytest.raises(ConfigError, match=r"holds no encoder_\*\.ckpt"):
        import_run(tmp_path, quiet)
    for name in ("encoder_0.ckpt", "policy_0.ckpt"):
        torch.save({"x": Dangerous(tmp_path / "trace")}, tmp_path / name)
    with pytest.raises(RecordError, match=r"encoder_0\.ckpt: is no file of plain tensors"):
        import_run(tmp_path, quiet)
    assert not (tmp_path / "trace").exists()
