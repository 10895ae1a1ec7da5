"""Evaluations in chunks, by processes that know nothing of each other.

Seeds belong to (cabinet, episode), and a cabinet is simulated alone with as many environments
whatever the number of chunks is: so the episodes are the same, bit for bit.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from itertools import groupby
from pathlib import Path
from typing import Any

from spawnnet_jobs.chunks.chunk import Chunk
from spawnnet_jobs.chunks.files import FOLDER, Whole, digest, read_whole, restored, write_part
from spawnnet_jobs.chunks.work import CabinetWork, Split, all_work
from spawnnet_jobs.terminal.console import Console
from spawnnet_record.evaluations import Evaluated
from spawnnet_record.files import strict_json
from spawnnet_record.run_directory import RunDirectory
from spawnnet_record.run_record import RunRecord
from spawnnet_train.config.simulator import EnvironmentConfig
from spawnnet_train.learning.checkpoint import load_checkpoint
from spawnnet_train.rollouts.evaluated import record_evaluation
from spawnnet_train.rollouts.evaluation import Episode, evaluate
from spawnnet_train.rollouts.seeding import rollout_seed
from spawnnet_train.rollouts.simulation import open_environment
from spawnnet_train.rollouts.splits import measured_splits, show_results
from spawnnet_train.runs.loading import dump
from spawnnet_train.runs.reevaluation import changes_of_episodes, open_evaluated
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.saved_run import SavedRun
from spawnnet_train.student.actor import StudentActor

_DECIDING = ("simulation", "evaluation", "student", "seed")  # sections, for an episode


def evaluate_chunk(
    path: Path,
    chunk: Chunk,
    console: Console,
    *,
    checkpoint: str | None = None,
    is_blind: bool = False,
    per_cabinet: int | None = None,
    overrides: Sequence[str] = (),
) -> list[Path]:
    """Evaluate a part of the cabinets and return its files, one per checkpoint.

    Args:
        path: A run directory.
        chunk: Which part.
        console: Shows progress.
        checkpoint: As for `reevaluation.evaluate`.
        is_blind: Whether the student sees black images.
        per_cabinet: Episodes on every cabinet; those of the configuration, dealt out to the
            cabinets in turn, if None.
        overrides: Changes of the run's configuration.

    Raises:
        RecordError: If there is no such run or checkpoint.
        ConfigError: If an override does not fit.
    """
    saved, names = open_evaluated(path, console, checkpoint, overrides)
    run, config = saved.directory, saved.config
    sections = dump(config)
    deciding = {name: sections[name] for name in _DECIDING}
    settings = strict_json({**deciding, "episodes per cabinet": per_cabinet})
    way: dict[str, Any] = {"is_blind": is_blind, "changes": changes_of_episodes(overrides)}
    files = []
    for name in names:
        facts = load_checkpoint(run.checkpoints / name, saved.student)
        student = Evaluated(name, facts["period"], config.evaluation.seed, **way)
        weights = digest(run.checkpoints / f"{name}.safetensors")
        rows = list(_measured(saved, chunk.of(_work(config, per_cabinet)), student, console))
        whole = Whole(digest(run.config), weights, settings)
        folder = run.evaluation / student.label
        files.append(write_part(folder, chunk, whole, student._asdict(), rows))
    return files


def merge_chunks(path: Path, console: Console) -> list[Path]:
    """Put the chunks of all evaluations of a run together and return the folders of the results.

    Raises:
        RecordError: If there is no such run, or a file is damaged.
        ConfigError: If there are no chunks, or they are not those of one whole; it names them.
    """
    run = RunRecord.open(path).directory
    folders = sorted(place.parent for place in run.evaluation.glob(f"*/{FOLDER}"))
    return [_merge(run, folder, console) for folder in folders or [run.evaluation / "*"]]


def _merge(run: RunDirectory, folder: Path, console: Console) -> Path:
    parts = read_whole(folder)
    student, episodes = restored(parts, run, Evaluated, Episode)
    show_results(console, episodes, f"Student alone, {student.checkpoint}")
    return record_evaluation(run, student, episodes)


def _work(config: RunConfig, per_cabinet: int | None) -> list[CabinetWork]:
    splits = (
        Split(name, simulation.cabinets.count, episodes, simulation.env_count)
        for name, simulation, episodes in measured_splits(config)
    )
    return all_work(splits, per_cabinet)


def _measured(
    saved: SavedRun, work: Sequence[CabinetWork], student: Evaluated, console: Console
) -> Iterator[tuple[int, list[Any]]]:
    """Yield place and values of every episode of some work."""
    settings = {split: simulation for split, simulation, _ in measured_splits(saved.config)}
    for split, of_split in groupby(work, key=lambda one: one.split):
        cabinets = list(of_split)
        simulation = _with_envs(settings[split], cabinets[0].num_envs)
        with (
            closing(open_environment(simulation)) as environment,
            console.progress(f"evaluate {split}", len(cabinets)) as advance,
        ):
            num_envs, slices = environment.num_envs, saved.config.train.inference_batch
            actor = StudentActor(saved.student, saved.config.student, num_envs, slices)
            for one in cabinets:
                environment.set_cabinets([one.cabinet] * environment.num_envs)
                episodes = evaluate(
                    environment,
                    actor,
                    split=split,
                    num_cabinets=1,
                    episodes=one.episodes,
                    seed=rollout_seed("evaluation", student.seed, one.cabinet),
                    is_blind=student.is_blind,
                )
                for place, episode in enumerate(episodes, start=one.first):
                    yield place, [*episode[:-1], dict(episode.target_errors)]
                advance()


def _with_envs(simulation: EnvironmentConfig, num_envs: int) -> EnvironmentConfig:
    """Return a simulation with another number of environments, and no more workers than that."""
    engine = simulation.engine
    workers = min(engine.worker_count, num_envs)
    return replace(simulation, num_envs=num_envs, engine=engine.with_workers(workers))
