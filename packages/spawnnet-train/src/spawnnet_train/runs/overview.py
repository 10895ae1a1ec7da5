"""What a user should know before a run: sizes, device, renderer, and whether weights are random."""

from __future__ import annotations

from typing import TYPE_CHECKING

from spawnnet_sim import CabinetEnv
from spawnnet_train.record.console import Console
from spawnnet_train.student.student import Student

if TYPE_CHECKING:
    from spawnnet_train.runs.run_config import BehaviorCloningRun, RunConfig


def describe(
    config: RunConfig | BehaviorCloningRun, student: Student, environment: CabinetEnv
) -> dict[str, str]:
    """Return name and value of each line of the header."""
    simulation = config.simulation
    assert simulation is not None
    height, width = simulation.image_size
    cameras = ", ".join(simulation.cameras)
    trained, frozen = count_parameters(student)
    backbone = student.encoder.backbone_fingerprint()
    return {
        "task": f"{simulation.task}, {environment.num_envs} cabinets of {simulation.cabinets}",
        "cameras": f"{cameras}; {height} x {width} RGB-D, {environment.renderer} renderer",
        "encoder": " over ".join(filter(None, [config.encoder.name, backbone.get("model")])),
        "policy": f"{config.policy.name}, {student.policy.action_horizon} steps at once",
        "parameters": f"{trained:,} trained, {frozen:,} frozen",
        "device": f"{config.device}, {config.threads} threads",
        "seed": str(config.seed),
    }


def count_parameters(student: Student) -> tuple[int, int]:
    """Return how many numbers are trained and how many are frozen."""
    trained = {id(p): p.numel() for p in student.trainable_parameters()}
    total = sum(p.numel() for p in student.parameters())
    return sum(trained.values()), total - sum(trained.values())


def random_weights_notice(student: Student, console: Console) -> None:
    """Say so where the frozen backbone has no pre-trained weights."""
    backbone = student.encoder.backbone_fingerprint()
    if backbone.get("weights") == "random":
        console.notice(
            f"The frozen backbone {backbone['model']} has random weights: this run shows that "
            "everything works, not what pre-trained features give. Set encoder.backbone.weights "
            "to pretrained or to a file."
        )
