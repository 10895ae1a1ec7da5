"""Make a run directory of ours from a run of the original release."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

import torch
from safetensors.torch import save

from spawnnet_encoders import Encoder
from spawnnet_jobs.terminal.console import Console
from spawnnet_record.files import write_bytes, write_text
from spawnnet_record.run_directory import RunDirectory
from spawnnet_train.algorithms.registry import algorithm_class
from spawnnet_train.config.errors import ConfigError, building
from spawnnet_train.config.simulator import require_simulator
from spawnnet_train.learning.checkpoint import save_checkpoint
from spawnnet_train.runs.loading import dump_yaml, validate
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.versions import create_run
from spawnnet_train.student.create import create_student
from spawnnet_train.student.spec import StudentSpec, default_action_names
from spawnnet_train.student.student import Student
from spawnnet_train.use.original_checkpoints import (
    OriginalCheckpoint,
    list_checkpoints,
    load_original,
)
from spawnnet_train.use.original_config import (
    is_blind_to_proprioception,
    is_simulated,
    read_original,
    settings_of,
)

_NAMES = {"FrozenViT": "frozen_vit", "Impala": "impala", "R3M": "r3m", "SpawnNet": "spawnnet"}
_WITHOUT_DEPTH = {"rgbd": "rgb", "depth": "none", "rgb": "rgb", "none": "none"}


def import_run(
    path: Path | str, console: Console | None = None, *, output: Path = Path("runs")
) -> RunDirectory:
    """Make a run directory that `eval`, `visualize` and `load_policy` take.

    Nothing in the original's files is executed. Students compute what they computed, with two
    differences: actions keep to their bounds, and a robot's own state that was replaced by zeros in
    training is ignored.

    Args:
        path: The folder with `config.yaml`, `encoder_*.ckpt` and `policy_*.ckpt`.
        console: Says what was made; by default at the terminal.
        output: Where the folders of experiments are.

    Raises:
        ConfigError: If the folder is none of the release, or its files do not fit each other.
    """
    with building("simulation"):
        require_simulator()
    path, console = Path(path), console or Console()
    original, names = read_original(path), list_checkpoints(path)
    last = load_original(path, names[-1], original)
    settings = settings_of(original, _encoder_settings(last.encoder, original))
    spec = _spec(original, validate(settings))
    directory = create_run(output, settings["experiment"], "")
    if last.backbone:
        file = directory.path.resolve() / "backbone.safetensors"
        write_bytes(file, save({name: value.clone() for name, value in last.backbone.items()}))
        settings["encoder"]["backbone"]["weights"] = str(file)
    config = validate(settings)
    write_text(directory.config, dump_yaml(config))
    spec.save(directory.spec)
    student = create_student(config, spec, torch.device("cpu")).eval()
    for name in names:
        checkpoint = load_original(path, name, original)
        if not _is_same(checkpoint.backbone, last.backbone):
            message = "its frozen backbone is another one than the last one's"
            console.notice(f"{name} is left out: {message}, as with BatchNorm in the release.")
            continue
        _take_over(student, checkpoint)
        if is_blind_to_proprioception(original):
            _ignore_proprioception(student)
        facts = _facts(path, name, original, config)
        save_checkpoint(directory.checkpoints / facts["name"], student, facts)
    console.paths("Imported", {"run": directory.path, "checkpoints": directory.checkpoints})
    return directory


def _encoder_settings(encoder: Encoder, original: Mapping[str, Any]) -> dict[str, Any]:
    name = _NAMES[type(encoder).__name__]
    config: Any = encoder.config
    settings = {"name": name, **asdict(config)}
    if not original.get("use_depth", True) and not is_simulated(original):  # zeros in the files
        if name == "impala":
            raise ConfigError(["use_depth: false has no counterpart here with IMPALA."])
        if name == "spawnnet":
            settings["channels"] = _WITHOUT_DEPTH[settings["channels"]]
    return settings


def _spec(original: Mapping[str, Any], config: RunConfig) -> StudentSpec:
    """Return what the student sees and does: sizes of the original, names of ours."""
    sight = algorithm_class(config.algorithm.name).sight(config.algorithm, config)
    _, height, width = original["obs_shapes"]["rgb"]
    low, high = original["policy"]["act_bounds"]
    simulation = config.simulation
    return StudentSpec(
        views=sight.views,
        image_size=(height, width),
        depth_views=sight.views,
        proprioception_dim=original["obs_shapes"]["state"][0],
        action_bounds=(tuple(map(float, low)), tuple(map(float, high))),
        action_names=default_action_names(len(low)),
        rate=None if simulation is None else float(simulation.control_frequency),
    )


def _take_over(student: Student, checkpoint: OriginalCheckpoint) -> None:
    student.encoder.load_trainable_state_dict(checkpoint.encoder.trainable_state_dict())
    student.policy.load_state_dict(checkpoint.policy.state_dict())


@torch.no_grad()
def _ignore_proprioception(student: Student) -> None:
    """Clear the weights of the features that are the robot's own state."""
    shape = student.encoder.shape
    F, V, (H, W) = shape.num_frames, shape.num_views, shape.image_size
    rgb = torch.zeros(1, F, V, 3, H, W, dtype=torch.uint8)
    images = {"rgb": rgb, "depth": torch.zeros(1, F, V, 1, H, W)}
    frozen = student.encoder.frozen_features(rgb)
    zeros, ones = (
        student.encoder({**images, "proprioception": torch.full((1, F, S), value)}, frozen).features
        for S in [shape.proprioception_dim]
        for value in (0.0, 1.0)
    )
    student.policy.state_dict()["trunk.0.weight"][:, (zeros != ones)[0]] = 0  # (width, D)


def _is_same(one: Mapping[str, torch.Tensor], other: Mapping[str, torch.Tensor]) -> bool:
    return one.keys() == other.keys() and all(torch.equal(one[key], other[key]) for key in one)


def _facts(run: Path, name: str, original: Mapping[str, Any], config: RunConfig) -> dict[str, Any]:
    """Return what our checkpoint says of one of the original, whose iterations count from 0."""
    algorithm: Any = config.algorithm
    kind = algorithm_class(algorithm.name)
    last = algorithm.rounds if is_simulated(original) else algorithm.epochs - 1
    best = run / "best_epoch.txt"
    if name.isdigit():
        index = int(name)
    elif name == "best" and best.is_file():
        index = int("".join(filter(str.isdigit, best.read_text("utf-8").partition(",")[0])) or last)
    else:
        index = last
    period = index + kind.first_number
    ours = f"{kind.period}_{period:03d}" if name.isdigit() else name
    return {"name": ours, "period": period, "updates": 0}
