"""The command `spawnnet-sim`."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.table import Table

from spawnnet_sim.config import EnvironmentConfig
from spawnnet_sim.console import Advance, console, one_sentence_errors, print_table, progress
from spawnnet_sim.expert_registration import named_expert
from spawnnet_sim.experts.disturbance import DisturbanceConfig
from spawnnet_sim.experts.learned_expert import FILE_NAME
from spawnnet_sim.factory import partnet_config
from spawnnet_sim.isaacgym.config import IsaacGymConfig
from spawnnet_sim.options import (
    Belief,
    Changes,
    Compression,
    Episodes,
    Every,
    ExpertName,
    Format,
    Json,
    Noise,
    NumCabinets,
    Privileged,
    Profile,
    Seed,
    Split,
    Task,
    WrongAxis,
)
from spawnnet_sim.overrides import override
from spawnnet_sim.physics.engines import list_engines
from spawnnet_sim.profiles import environment_config
from spawnnet_sim.registration import SPLITS, TASKS, cabinet_set
from spawnnet_sim.registry import require_known
from spawnnet_sim.tools.doctor import diagnose, table_of
from spawnnet_sim.tools.evaluation import evaluate_expert
from spawnnet_sim.tools.isaacgym_doctor import NOT_RUN, diagnose_isaacgym, parse_device
from spawnnet_sim.tools.other_formats import recording_folder, written_as
from spawnnet_sim.tools.preview import CAMERA
from spawnnet_sim.tools.speed import measure_speed
from spawnnet_sim.training.learning_curve import CurvePoint
from spawnnet_sim.training.ppo_config import PpoConfig

app = typer.Typer(
    help="Cabinet tasks in simulation.",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)
MAX_ENVS = 48  # of a recording: more cabinets take turns


@app.command("expert")
def measure_expert(
    task: Task = "open_drawer",
    episodes: Annotated[int, typer.Option(min=1, help="Episodes per split.")] = 100,
    seed: Seed = 1000,
    noise: Annotated[float, typer.Option(min=0.0, help="Disturbance of the actions.")] = 0.0,
    expert: ExpertName = "smooth",
    profile: Profile = "light",
    changes: Changes = None,
    as_json: Json = False,
) -> None:
    """Print how often the expert opens cabinets: training ones, new ones, and held-out ones."""
    table = Table("split", "cabinets", "opened", "rate", "95 % interval", "not always opened")
    with one_sentence_errors():
        configs = _splits(task, changes, profile=profile, expert=named_expert(expert))
        for split, config in zip(SPLITS, configs, strict=True):
            rounds = -(-episodes // config.env_count)
            with progress(split, _num_steps(config, rounds)) as advance:
                results = evaluate_expert(
                    config, episodes=episodes, seed=seed, noise=noise, watch=advance
                )
            low, high = results.interval
            failed = [name.rpartition("/")[2] for name in results.failed_cabinets]
            table.add_row(
                split,
                f"{len(set(results.cabinets))} of {cabinet_set(config)}",
                f"{results.success.sum()} / {episodes}",
                f"{results.rate:.1%}",
                f"{low:.1%} to {high:.1%}",
                ", ".join(failed) or "-",
            )
    print_table(table, task, as_json=as_json)


@app.command()
def train_expert(
    task: Task = "open_drawer",
    out: Annotated[Path, typer.Option(help="Folder; run again to go on in it.")] = Path("expert"),
    steps: Annotated[int, typer.Option(min=1, help="Control steps in all.")] = 400_000,
    num_envs: Annotated[int, typer.Option(min=1, help="Number of environments N.")] = 42,
    num_cabinets: Annotated[
        int | None,
        typer.Option(min=1, help="Cabinets to take; all by default."),
    ] = None,
    profile: Profile = "light",
    seed: Annotated[int, typer.Option(min=0, help="Decides everything random.")] = 0,
    changes: Changes = None,
) -> None:
    """Train an expert by reinforcement learning (PPO) on the simulator's full state."""
    from spawnnet_sim.training.expert_training import train_expert as train

    with one_sentence_errors(goes_on=True):
        config = environment_config(task, profile=profile, num_envs=num_envs)
        config = override(config, changes or [])
        config = _with_count(config, num_cabinets or config.cabinets.count)
        ppo = PpoConfig(steps=steps, seed=seed)
        with progress(f"{task}: starts", steps) as advance:
            train(config, out, ppo=ppo, watch=lambda p: _show(advance, task, p))
    console.print(out / FILE_NAME, soft_wrap=True, highlight=False)


@app.command()
def preview(
    task: Task = "open_drawer",
    out: Annotated[Path, typer.Option(help="Folder for the files.")] = Path("preview"),
    seed: Seed = 0,
    partnet: Annotated[
        Path | None, typer.Option(help="Folder of PartNet-Mobility assets to show instead.")
    ] = None,
    view: Annotated[str, typer.Option(help="Camera, such as wrist.")] = CAMERA,
    expert: ExpertName = "smooth",
    changes: Changes = None,
) -> None:
    """Write a contact sheet (PNG) of a task's cabinets and a video (MP4) of its expert."""
    from spawnnet_sim.tools.preview import write_preview

    with one_sentence_errors():
        chosen = named_expert(expert)
        if partnet is None:
            configs = _splits(task, changes, splits=("training", "held_out"), expert=chosen)
        else:
            configs = [
                override(replace(partnet_config(task, partnet), expert=chosen), changes or [])
            ]
        for config in configs:
            with progress(cabinet_set(config), _num_steps(config, 1)) as advance:
                files = write_preview(config, out, view=view, seed=seed, watch=advance)
            for file in files:
                console.print(file, soft_wrap=True, highlight=False)


@app.command()
def record(
    task: Task = "open_drawer",
    out: Annotated[Path, typer.Option(help="Folder; for robomimic the file.")] = Path("demos"),
    output_format: Format = "hdf5",
    episodes: Episodes = 50,
    profile: Profile = "light",
    split: Split = "training",
    num_cabinets: NumCabinets = None,
    seed: Seed = 0,
    noise: Noise = 0.0,
    belief: Belief = 0.0,
    wrong_axis: WrongAxis = 0.0,
    every: Every = 1,
    privileged: Privileged = False,
    compression: Compression = "none",
    expert: ExpertName = "smooth",
    changes: Changes = None,
) -> None:
    """Write demonstrations of the expert, as HDF5 at first; run again to go on where it stopped."""
    from spawnnet_sim.tools import recording

    with one_sentence_errors(goes_on=True):
        folder = recording_folder(out, output_format)
        require_known(split, SPLITS, "split")
        (config,) = _splits(
            task, None, splits=(split,), profile=profile, expert=named_expert(expert)
        )
        config = _with_count(config, min(num_cabinets or config.cabinets.count, episodes))
        config = replace(config, num_envs=min(config.cabinets.count, MAX_ENVS))
        config = override(config, changes or [])
        disturbance = DisturbanceConfig(
            action_noise=noise, belief_std=belief, wrong_axis_probability=wrong_axis
        )
        rounds = -(-episodes // config.env_count)
        with progress(cabinet_set(config), _num_steps(config, rounds)) as advance:
            paths = recording.record(
                config,
                folder,
                episodes=episodes,
                seed=seed,
                recording=recording.RecordingConfig(disturbance, every, privileged, compression),
                watch=advance,
            )
        where = written_as(output_format, paths[0].parent, out)
    console.print(f"{len(paths)} episodes in {where}", soft_wrap=True, highlight=False)


@app.command()
def benchmark(
    task: Task = "open_drawer",
    num_envs: Annotated[int, typer.Option(min=1, help="Number of environments N.")] = 16,
    seconds: Annotated[float, typer.Option(min=0.1, help="Seconds for each row.")] = 3.0,
    as_json: Json = False,
) -> None:
    """Print steps per second without cameras and RGB-D frames per second with them."""
    table = Table("what", "per second")
    with one_sentence_errors():
        TASKS.lookup(task)
        for what, rate in measure_speed(task, num_envs=num_envs, seconds=seconds):
            table.add_row(what, f"{rate:,.0f}")
    print_table(table, task, as_json=as_json)


@app.command()
def doctor(
    engine: Annotated[str, typer.Option(help="Engine to look at in depth: isaacgym.")] = "mujoco",
    python: Annotated[str, typer.Option(help="Python that has isaacgym.")] = "",
    assets: Annotated[
        str | None, typer.Option(help="The original's folder `assets`, if there is one.")
    ] = None,
    expert: Annotated[
        Path | None, typer.Option(help="The paper's expert, `model_*.pt`, if there is one.")
    ] = None,
    cuda_device: Annotated[str, typer.Option(help="Number or UUID of the GPU.")] = "0",
    graphics_device: Annotated[str, typer.Option(help="Number or UUID of the GPU.")] = "0",
    as_json: Json = False,
) -> None:
    """Say what this machine can use, and for what it cannot the one thing to do."""
    with one_sentence_errors():
        require_known(engine, list_engines(), "engine")
        if engine != "isaacgym":
            print_table(table_of(diagnose()), engine, as_json=as_json)
            return
        config = IsaacGymConfig(
            python=python,
            assets=assets,
            cuda_device=parse_device(cuda_device),
            graphics_device=parse_device(graphics_device),
        )
        print_table(table_of(diagnose_isaacgym(config, expert)), engine, as_json=as_json)
    if not as_json:
        console.print(NOT_RUN)


def _with_count(config: EnvironmentConfig, count: int) -> EnvironmentConfig:
    return replace(config, cabinets=replace(config.cabinets, count=count))


def _num_steps(config: EnvironmentConfig, rounds: int) -> int:
    """Return the steps of a bar: the cabinets that are loaded first, and the control steps."""
    return min(config.env_count, config.cabinets.count) + rounds * config.episode_steps


def _splits(
    task: str, changes: list[str] | None, *, splits: Sequence[str] = SPLITS, **settings: Any
) -> list[EnvironmentConfig]:
    configs = (environment_config(task, split=split, **settings) for split in splits)
    return [override(config, changes or []) for config in configs]


def _show(advance: Advance, task: str, point: CurvePoint) -> None:
    title = f"{task}: return {point.mean_return:.0f}, success {point.success_rate:.0%}"
    advance.show(title, point.steps)
