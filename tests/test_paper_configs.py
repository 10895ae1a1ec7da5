"""The files of the paper's experiments say what the scripts of the original release say.

The tables are the release's numbers, script by script; its commit is 21953f5.
"""

import re
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import pytest
import yaml

from spawnnet_jobs.sweeps.grid import combinations, read_axes
from spawnnet_sim import environment_config
from spawnnet_sim.cabinets.partnet.lists import PARTNET_LISTS
from spawnnet_train.runs.loading import dump_yaml, load_config
from spawnnet_train.runs.program import Trainer

CONFIGS = Path(__file__).parent.parent / "configs"
PAPER, PLACE_BAG = CONFIGS / "paper", CONFIGS / "place_bag"
BOTH, DOOR = ("drawer", "door"), ("door",)


class Method(NamedTuple):
    """What a script of the simulation changes."""

    tasks: tuple[str, ...]
    encoder: dict[str, Any]
    batch_size: int = 24
    lr: float = 3e-4
    scheduler: bool = True
    augmentation: float | None = None


SPAWNNET = {
    "name": "spawnnet",
    "backbone.model": "dino_vits8",
    "width": 64,
    "adapter_width": None,
    "conv_size": 1,
    "version": "default",
    "features": "dense",
    "channels": "rgbd",
    "pretrained_features": True,
}
MVP = {"backbone.model": "mvp_vitb_egosoup", "backbone.mean": [0.5] * 3, "backbone.std": [0.5] * 3}
R3M = {"backbone.model": "r3m_resnet50"}
LFS = {"name": "impala", "width": 128, "joint": False, "depth": True}
FROZEN_DINO = {
    "name": "frozen_vit",
    "backbone.model": "dino_vits8",
    "facet": "key",
    "features": "class_token",
    "pool": 1,
}
RGB = {"channels": "rgb"}
METHODS = {
    "lfs_rgb": Method(BOTH, LFS | {"depth": False}, 64, 1e-4, scheduler=False),
    "lfs_rgbd": Method(BOTH, LFS, 64, 1e-4, scheduler=False),
    "lfs_aug": Method(BOTH, LFS | {"depth": False}, 64, 1e-4, scheduler=False, augmentation=0.5),
    "mvp_mlp": Method(BOTH, {"name": "mvp", "facet": "token", **MVP}, lr=1e-4),
    "r3m_mlp": Method(BOTH, {"name": "r3m", **R3M}),
    "vit_mlp": Method(BOTH, FROZEN_DINO),
    "spawnnet_dino_rgb": Method(BOTH, SPAWNNET | RGB),
    "spawnnet_dino": Method(BOTH, SPAWNNET),
    "spawnnet_mvp_rgb": Method(DOOR, SPAWNNET | MVP | RGB),
    "spawnnet_r3m_rgb": Method(DOOR, SPAWNNET | R3M | RGB),
    "depth_only": Method(DOOR, SPAWNNET | {"channels": "depth"}),
    "last_only": Method(DOOR, SPAWNNET | {"version": "last_only"}),
    "spawnnet_mvp": Method(DOOR, SPAWNNET | MVP),
    "spawnnet_r3m": Method(DOOR, SPAWNNET | R3M),
    "no_dense": Method(DOOR, SPAWNNET | {"features": "class_token"}),
    "no_adapters": Method(BOTH, FROZEN_DINO),
    "pretrained_only": Method(DOOR, SPAWNNET | {"version": "last_only", "channels": "none"}),
    "rgb_only": Method(BOTH, SPAWNNET | RGB),
}
EXPERIMENTS = [(task, name) for name, method in METHODS.items() for task in method.tasks]


def settings(file: Path) -> dict[str, Any]:
    """Return every setting of a configuration, with the defaults that it leaves out."""
    resolved: dict[str, Any] = yaml.safe_load(dump_yaml(load_config(file)))
    return resolved


def check(section: dict[str, Any], expected: dict[str, Any]) -> None:
    """Check settings by their dotted paths."""
    for path, value in expected.items():
        place: Any = section
        for key in path.split("."):
            place = place[key]
        assert place == value, path


def test_every_script_of_the_simulation_has_a_file_and_no_file_is_left_over() -> None:
    found = {(file.parent.name, file.stem) for file in PAPER.glob("*/*.yaml")}
    assert found == set(EXPERIMENTS)
    assert {file.stem for file in PAPER.glob("*.yaml")} == {"base_drawer", "base_door", "debug"}


def test_the_page_of_the_paper_has_a_command_for_every_file() -> None:
    page = (CONFIGS.parent / "docs" / "paper.md").read_text("utf-8")
    tables = [line.split("|")[2:] for line in page.splitlines() if line.startswith("| `")]
    named = re.findall(
        r"configs/([\w/{},]+\.yaml)", "".join(cell for row in tables for cell in row)
    )
    places = {name.replace("{door,drawer}", task) for name in named for task in BOTH}
    files = {str(file.relative_to(CONFIGS)) for file in [*PAPER.rglob("*"), *PLACE_BAG.glob("*")]}
    bases = {"paper/base_door.yaml", "paper/base_drawer.yaml", "place_bag/base.yaml"}
    assert places == {name for name in files if name.endswith(".yaml")} - bases


@pytest.mark.parametrize("task", BOTH)
def test_the_page_s_settings_for_the_paper_s_assets_are_taken(task: str, tmp_path: Path) -> None:
    page = (CONFIGS.parent / "docs" / "paper.md").read_text("utf-8")
    said = page[page.index("With the paper's assets") :].partition("and `door` for doors")[0]
    overrides = [
        text.replace("FOLDER", str(tmp_path)).replace("drawer", task)
        for text in re.findall(r"--set ([\w.=-]+)", said)
    ]
    found = load_config(PAPER / task / "lfs_rgb.yaml", overrides).simulation
    assert found is not None
    for cabinets, part in ((found.cabinets, "train"), (found.held_out, "test")):
        assert (cabinets.set, cabinets.folder) == (f"partnet-{task}-{part}", str(tmp_path))
        assert cabinets.count == len(PARTNET_LISTS[cabinets.set])


@pytest.mark.parametrize(("task", "name"), EXPERIMENTS)
def test_a_simulation_experiment_is_that_of_its_script(task: str, name: str) -> None:
    method, found = METHODS[name], settings(PAPER / task / f"{name}.yaml")
    check(found["encoder"], method.encoder)
    train = found["train"]
    check(train, {"batch_size": method.batch_size, "optimizer.lr": method.lr})
    check(train, {"optimizer.name": "adam", "optimizer.weight_decay": 0.0})
    check(train, {"clip_grad_norm": 0.5, "original_clipping": True, "ema_decay": None})
    schedule = train["schedule"]
    assert schedule["name"] == ("cosine" if method.scheduler else "constant")
    if method.scheduler:
        assert (schedule["unit"], schedule["warmup_rounds"]) == ("round", 1)
        assert schedule["warmup_factor"] * method.lr == pytest.approx(3e-5)
    augmentation = train["augmentation"]
    assert (augmentation and augmentation["probability"]) == method.augmentation
    if augmentation:
        check(augmentation, {"crop_scale": [0.7, 1.0], "brightness": 0.0})
        assert round(augmentation["shift"] * 224) == 5
    check_simulation(found, task)


def check_simulation(found: dict[str, Any], task: str) -> None:
    """Check what all experiments of a task share."""
    iterations, held_out, save_freq = {"drawer": (10, 12, 1), "door": (20, 8, 5)}[task]
    assert found["policy"] == {"name": "mlp", "layers": [256, 128], "activation": "relu"}
    check(found["algorithm"], {"name": "dagger", "rounds": iterations - 1})
    check(found["algorithm"], {"warmup_episodes": 10, "episodes_per_round": 21})
    check(found["algorithm"], {"updates_per_round": 500, "replay.capacity_episodes": 200})
    check(found["algorithm"], {"mixing.schedule": "original", "replay.keep_every": 1})
    simulation = {
        "task": f"open_{task}",
        "scene": "original",
        "cabinets.count": 21,
        "held_out.count": held_out,
        "cameras.views": ["middle", "left", "right"],
        "cameras.image_size": [224, 224],
        "robot.control": "joints",
        "robot.action_speed": 20.0,
        "robot.original_observation": True,
        "robot.start_noise": 0.0,
        "randomization.ball": True,
        "control_frequency": 60,
        "episode_steps": 192,
    }
    check(found["simulation"], simulation)
    student = {
        "stack_idx": [0],
        "action_horizon": 1,
        "proprioception": True,
        "normalization.proprioception": "none",
        "normalization.actions": "none",
    }
    check(found["student"], student)
    evaluation = {"splits": ["held_out"], "held_out_episodes": 5 * held_out, "every": save_freq}
    check(found["evaluation"], evaluation)
    assert found["sweep"] == {"seed": [0, 1, 2]}


@pytest.mark.parametrize("task", BOTH)
def test_the_simulation_is_the_profile_of_the_paper(task: str) -> None:
    found = load_config(PAPER / f"base_{task}.yaml").simulation
    profile = environment_config(f"open_{task}", profile="paper")
    assert found is not None
    for name in ("task", "cameras", "control_frequency", "episode_steps", "scene"):
        assert getattr(found, name, None) == getattr(profile, name, None), name
    assert found.robot.action_speed == profile.robot.action_speed


def test_debugging_takes_one_cabinet_and_the_small_network() -> None:
    found = settings(PAPER / "debug.yaml")
    check(found["encoder"], {"name": "impala", "width": 64, "joint": True, "depth": False})
    check(found["train"], {"batch_size": 24, "optimizer.lr": 3e-4, "schedule.name": "constant"})
    check(found["simulation"], {"task": "open_door", "cabinets.count": 1})


class Script(NamedTuple):
    """A script of Place Bag."""

    encoder: dict[str, Any]
    epochs: int
    batch_size: int
    lr: list[float]
    grid: dict[str, list[Any]] = {}  # noqa: RUF012 - nobody changes it


DEPTH_ON_AND_OFF = {"encoder.channels": ["rgbd", "rgb"]}
SCRIPTS = {
    "lfs": Script(LFS, 50, 32, [1e-4, 3e-4, 5e-4, 5e-5, 1e-3]),
    "mvp": Script({"name": "mvp", "facet": "token", **MVP}, 20, 8, [1e-4, 5e-4, 1e-5, 5e-5]),
    "r3m": Script({"name": "r3m", **R3M}, 20, 32, [1e-4, 5e-4, 1e-5, 5e-5]),
    "spawnnet": Script(SPAWNNET | RGB, 10, 8, [1e-4, 3e-4]),
    "spawnnet_d": Script(SPAWNNET, 20, 4, [1e-4, 3e-4]),
    "spawnnet_mvp": Script(SPAWNNET | MVP, 10, 4, [1e-4, 3e-4], DEPTH_ON_AND_OFF),
    "spawnnet_r3m": Script(SPAWNNET | R3M, 10, 4, [1e-4, 3e-4], DEPTH_ON_AND_OFF),
    "ablation": Script(
        SPAWNNET,
        10,
        8,
        [1e-4, 3e-4, 5e-4],
        {
            "encoder.features": ["dense", "class_token"],
            "encoder.channels": ["rgbd", "none"],
            "encoder.version": ["default", "last_only"],
        },
    ),
    "profile_lfs": Script(
        {"name": "impala", "width": 64, "joint": True, "depth": True},
        5,
        128,
        [3e-4],
        {
            "encoder": [
                {"name": "impala", "width": 64, "joint": True},
                {"name": "impala", "width": 64},
                {"name": "impala", "width": 128},
            ]
        },
    ),
    "profile_dino": Script(FROZEN_DINO, 5, 8, [5e-5]),
}


def test_every_script_of_place_bag_has_a_file() -> None:
    assert {file.stem for file in PLACE_BAG.glob("*.yaml")} == {*SCRIPTS, "base"}


@pytest.mark.parametrize("name", SCRIPTS)
def test_a_place_bag_experiment_is_that_of_its_script(name: str) -> None:
    script, found = SCRIPTS[name], settings(PLACE_BAG / f"{name}.yaml")
    check(found["encoder"], script.encoder)
    check(found["algorithm"], {"name": "bc", "epochs": script.epochs})
    augmentation = {"probability": 0.5, "crop_scale": [0.7, 1.0], "brightness": 0.3, "shift": 0.0}
    check(found["train"]["augmentation"], augmentation)
    check(found["train"], {"batch_size": script.batch_size, "optimizer.lr": script.lr[0]})
    check(found["train"], {"clip_grad_norm": 0.5, "schedule.name": "constant"})
    check(found["student"], {"stack_idx": [0, 1, 2, 3], "action_horizon": 4})
    check(found["student"], {"proprioception": False, "normalization.actions": "none"})
    assert found["sweep"] == {"train.optimizer.lr": script.lr, **script.grid}


@pytest.mark.parametrize(("name", "size"), [("ablation", 24), ("spawnnet_mvp", 4), ("lfs", 5)])
def test_the_grid_of_a_file_is_that_of_its_script(name: str, size: int) -> None:
    file = PLACE_BAG / f"{name}.yaml"
    chosen = combinations(read_axes(Trainer(), yaml.safe_load(dump_yaml(load_config(file))), []))
    values = [[str(v) for v in axis] for axis in load_config(file).sweep.values()]
    assert len(chosen) == size == len(list(product(*values)))
    for overrides in (chosen[0], chosen[-1]):
        load_config(file, overrides)
