"""What a user should know before a run: sizes, device, renderer, and whether weights are random."""

from __future__ import annotations

from torch.backends import cudnn

from spawnnet_jobs.terminal.console import Console
from spawnnet_jobs.together.ranks import size
from spawnnet_record.extras import is_installed
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.student.spec import StudentSpec
from spawnnet_train.student.student import Student


def describe(config: RunConfig, spec: StudentSpec, student: Student) -> dict[str, str]:
    """Return name and value of each line of the header."""
    height, width = spec.image_size
    trained, frozen = count_parameters(student)
    backbone = student.encoder.backbone_fingerprint()
    together = f" in each of {size()} processes" if size() > 1 else ""
    return {
        **_describe_simulation(config),
        "views": f"{', '.join(spec.views)}; {height} x {width} {_colours(spec)}",
        "encoder": " over ".join(filter(None, [config.encoder.name, backbone.get("model")])),
        "policy": f"{config.policy.name}, {student.policy.action_horizon} steps at once",
        "parameters": f"{trained:,} trained, {frozen:,} frozen",
        "device": f"{config.device}, {config.threads} threads{together}",
        "precision": _precision(config),
        "seed": str(config.seed),
    }


def _precision(config: RunConfig) -> str:
    """Return what is computed in, and where a GPU rounds more than that says."""
    train, is_gpu = config.train, config.device != "cpu"
    rounded = {"products": train.matmul_precision != "highest", "convolutions": cudnn.allow_tf32}
    where = " and ".join(name for name, is_rounded in rounded.items() if is_rounded and is_gpu)
    parts = (train.precision, "compiled" * train.compile, f"TF32 in {where}" * bool(where))
    return ", ".join(filter(None, parts))


def _describe_simulation(config: RunConfig) -> dict[str, str]:
    simulation = config.simulation
    if simulation is None:
        return {}
    cabinets = simulation.cabinets
    of_set = "" if cabinets.set is None else f" of {cabinets.set}"
    return {
        "task": f"{simulation.task}, {cabinets.count} cabinets{of_set}",
        "renderer": simulation.engine.renderer,
    }


def _colours(spec: StudentSpec) -> str:
    return "RGB-D" if spec.has_depth else "RGB"


def count_parameters(student: Student) -> tuple[int, int]:
    """Return how many numbers are trained and how many are frozen."""
    trained = {id(p): p.numel() for p in student.trainable_parameters()}
    total = sum(p.numel() for p in student.parameters())
    return sum(trained.values()), total - sum(trained.values())


def logs_notice(console: Console) -> None:
    """Say so where numbers are written but not drawn."""
    if not (is_installed("plots") and is_installed("tensorboard")):
        console.notice(
            "Pictures of curves or events of TensorBoard are left out, "
            "pip install 'spawnnet-train[logs]' for them."
        )


def random_weights_notice(student: Student, console: Console) -> None:
    """Say so where the frozen backbone has no pre-trained weights."""
    backbone = student.encoder.backbone_fingerprint()
    if backbone.get("weights") == "random":
        console.notice(
            f"The frozen backbone {backbone['model']} has random weights: this run shows that "
            "everything works, not what pre-trained features give. Set encoder.backbone.weights "
            "to pretrained or to a file."
        )
