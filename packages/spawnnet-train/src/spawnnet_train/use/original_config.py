"""The configuration of a run of the original release, as settings of ours."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, fields, is_dataclass, replace
from pathlib import Path
from typing import Any

from spawnnet_train.config.errors import ConfigError
from spawnnet_train.config.simulator import (
    EnvironmentConfig,
    RandomizationConfig,
    environment_config,
)
from spawnnet_train.config.yaml_file import read_yaml

TASKS = {"open_drawer": ("open_drawer", 10, 12), "open_door_21": ("open_door", 20, 8)}
"""Of the simulation: our name, iterations, and held-out cabinets."""
UPDATES_PER_ITERATION = 500
_TRAINING_CABINETS = 21
_CHOSEN_ELSEWHERE = ("engine", "cabinets", "expert")  # of the simulation: not the profile's matter
_REFERENCE = re.compile(r"\$\{([\w.]+)\}")


def read_original(run: Path) -> dict[str, Any]:
    """Return the configuration of an original run, with references such as `${lr}` replaced.

    Raises:
        ConfigError: If there is none, it is no YAML, or a reference leads nowhere.
    """
    file = run / "config.yaml"
    settings = read_yaml(file)
    for key in ("encoder", "policy", "obs_shapes", "num_views", "stack_idx"):
        if key not in settings:
            raise ConfigError([f"{file}: {key}: is missing; is it of a run of the release?"])
    resolved: dict[str, Any] = _resolved(settings, settings, file)
    return resolved


def _resolved(value: Any, root: Mapping[str, Any], file: Path) -> Any:
    if isinstance(value, dict):
        return {key: _resolved(each, root, file) for key, each in value.items()}
    if isinstance(value, list):
        return [_resolved(each, root, file) for each in value]
    if not isinstance(value, str):
        return value
    whole = _REFERENCE.fullmatch(value)
    if whole:
        return _resolved(_look_up(whole[1], root, file), root, file)
    return _REFERENCE.sub(lambda m: str(_resolved(_look_up(m[1], root, file), root, file)), value)


def _look_up(path: str, root: Mapping[str, Any], file: Path) -> Any:
    place: Any = root
    for key in path.split("."):
        if not isinstance(place, dict) or key not in place:
            raise ConfigError([f"{file}: ${{{path}}}: there is no such setting."])
        place = place[key]
    return place


def is_simulated(original: Mapping[str, Any]) -> bool:
    """Return whether a run was one of DAgger in simulation, rather than of behaviour cloning."""
    return "isaacgym_task" in original


def is_blind_to_proprioception(original: Mapping[str, Any]) -> bool:
    """Return whether the student was trained on zeros in place of the robot's own state.

    The release did so where `use_proprio` is off, but not where `use_depth` is off too.
    """
    shown = original.get("use_proprio", True) or not original.get("use_depth", True)
    return not is_simulated(original) and not shown


def settings_of(original: Mapping[str, Any], encoder: Mapping[str, Any]) -> dict[str, Any]:
    """Return our settings of an original run.

    Args:
        original: From `read_original`.
        encoder: Our settings of its encoder.

    Raises:
        ConfigError: If its task is none of the release.
    """
    source = _dagger(original) if is_simulated(original) else _cloning(original)
    return {
        "experiment": re.sub(r"[^\w.-]+", "_", str(original.get("experiment", "imported"))),
        "seed": original.get("seed", 0),
        **source,
        "encoder": dict(encoder),
        "policy": {
            "name": "mlp",
            "layers": original["policy"]["layers"],
            "activation": original["policy"]["activation"].removeprefix("nn.").lower(),
        },
        "student": {
            "stack_idx": original["stack_idx"],
            "action_horizon": original.get("action_horizon", 1),
            "normalization": {"actions": "none", "proprioception": "none"},
            "frozen_format": "float32",
        },
        "train": {
            "batch_size": original.get("batch_size", 64),
            "optimizer": {"lr": original.get("lr", 1e-4)},
            "original_clipping": True,
        },
    }


def _dagger(original: Mapping[str, Any]) -> dict[str, Any]:
    task = original["isaacgym_task"]
    if task not in TASKS:
        raise ConfigError([f"isaacgym_task: expected one of {list(TASKS)}, got {task!r}."])
    name, iterations, held_out = TASKS[task]
    paper = environment_config(name, profile="paper", randomization=RandomizationConfig(ball=True))
    robot = replace(paper.robot, original_observation=True, start_noise=0.0)
    return {
        "algorithm": {
            "name": "dagger",
            "rounds": iterations - 1,
            "warmup_episodes": original.get("warmup_traj", 10),
            "episodes_per_round": _TRAINING_CABINETS,
            "updates_per_round": original.get("updates_per_iteration", UPDATES_PER_ITERATION),
        },
        "simulation": {
            **_plain(replace(paper, robot=robot)),
            "cabinets": {"count": _TRAINING_CABINETS},
            "held_out": {"count": held_out},
        },
        # The release evaluates 5 episodes of each held-out cabinet, and nothing else.
        "evaluation": {"splits": ["held_out"], "held_out_episodes": 5 * held_out},
    }


def _plain(environment: EnvironmentConfig) -> dict[str, Any]:
    """Return what a profile says of an environment, as YAML would."""
    values = {field.name: getattr(environment, field.name) for field in fields(environment)}
    return {
        name: asdict(value) if is_dataclass(value) and not isinstance(value, type) else value
        for name, value in values.items()
        if name not in _CHOSEN_ELSEWHERE
    }


def _cloning(original: Mapping[str, Any]) -> dict[str, Any]:
    def files(key: str, default: str) -> dict[str, Any]:
        folder = original.get(key, f"demonstrations/{default}")
        return {"path": f"{folder}/none", "trajectories": "first"}

    shapes = original["obs_shapes"]
    views = {
        f"view_{i}": {"rgb": f"obs/rgb/{i}", "depth": f"obs/depth/{i}"}
        for i in range(original["num_views"])
    }
    return {
        "algorithm": {
            "name": "bc",
            "epochs": original.get("epochs", 300),
            "demonstrations": {
                "train": files("train_dataset", "place_bag_train"),
                "validation": {
                    "L1": files("val_dataset_l1", "place_bag_val_l1"),
                    "L2": files("val_dataset_l2", "place_bag_val_l2"),
                },
                "keys": {
                    "views": views,
                    "proprioception": ["obs/state"],
                    "actions": ["actions"],
                    "image_size": shapes["rgb"][1:],
                },
                "action_bounds": original["policy"]["act_bounds"],
            },
        }
    }
