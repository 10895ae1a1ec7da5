"""A training run from start to end: build, rounds, evaluations, and everything written down."""

from __future__ import annotations

import time
from contextlib import closing
from dataclasses import replace
from itertools import islice
from typing import Any, final

import torch

from spawnnet_sim import CabinetEnv, Expert
from spawnnet_train.algorithms.dagger.dagger import Dagger
from spawnnet_train.learning.checkpoint import load_checkpoint, save_checkpoint
from spawnnet_train.record.console import Console, RoundReport
from spawnnet_train.record.metrics import MetricsLog
from spawnnet_train.record.run_directory import RunDirectory
from spawnnet_train.rollouts.evaluation import Episode, summarize, write_results
from spawnnet_train.rollouts.splits import create_actor, evaluate_splits
from spawnnet_train.rollouts.statistics import Rate
from spawnnet_train.runs.assembly import create_cells, create_student, load_expert, prepare_torch
from spawnnet_train.runs.overview import describe, random_weights_notice
from spawnnet_train.runs.run_config import RunConfig
from spawnnet_train.runs.validation import dump_yaml
from spawnnet_train.student.student import Student

FINAL = "final"
INTERRUPTED = "interrupted"
_LOGGED_UPDATES = 50
"""Updates whose mean loss makes one row of the metrics."""


def train(config: RunConfig, console: Console) -> RunDirectory:
    """Train a student as `config` says and return the directory of the run.

    Raises:
        ConfigError: If what the configuration names does not exist, such as a learned expert.
        KeyboardInterrupt: If the user stops it, after a checkpoint of what was learned so far.
    """
    device, expert = prepare_torch(config), load_expert(config.simulation)
    with closing(create_cells(config.simulation)) as environment:
        config = _resolve(config, environment, device)
        student = create_student(config, environment, device)
        run = RunDirectory.create(config.output, config.experiment, dump_yaml(config))
        training = _Training(config, student, environment, expert, run=run, console=console)
        _finish(training, is_resumed=False)
    return run


def resume_training(config: RunConfig, run: RunDirectory, console: Console) -> None:
    """Go on with a run that was stopped, after the last round that it finished.

    Raises:
        ConfigError: If files are damaged.
        KeyboardInterrupt: As `train`.
    """
    device, expert = prepare_torch(config), load_expert(config.simulation)
    with closing(create_cells(config.simulation)) as environment:
        student = create_student(config, environment, device)
        training = _Training(config, student, environment, expert, run=run, console=console)
        _finish(training, is_resumed=True)


def _finish(training: _Training, *, is_resumed: bool) -> None:
    """Train to the end and show the results."""
    run, console = training.run, training.console
    console.header(f"DAgger in {run.path}", training.describe())
    random_weights_notice(training.student, console)
    next_round = training.restore() + 1 if is_resumed else 0
    resumed_at = training.dagger.learner.num_updates if is_resumed else None
    with MetricsLog(run.metrics, run.tensorboard, resumed_at=resumed_at) as log:
        try:
            episodes = training.run_all(next_round, log)
        except KeyboardInterrupt:
            training.save(INTERRUPTED)
            places = {**_places(run), "go on with": f"spawnnet-train resume {run.path}"}
            console.paths("Interrupted; what there is so far", places)
            raise
    write_results(run.evaluation, episodes)
    console.results(summarize(episodes))
    console.paths("Look at", _places(run))


def _places(run: RunDirectory) -> dict[str, str]:
    """Return where to look, and with what."""
    return {
        "videos": f"{run.videos}",
        "attention": f"{run.attention}",
        "results": f"{run.evaluation}",
        "learning curves": f"tensorboard --logdir {run.tensorboard}",
        "evaluate again": f"spawnnet-train eval {run.path}",
    }


def _resolve(config: RunConfig, environment: CabinetEnv, device: torch.device) -> RunConfig:
    """Return `config` with what it left open as it was decided, so that it can be repeated."""
    simulation: dict[str, Any] = {"renderer": environment.renderer}
    return replace(
        config,
        simulation=replace(config.simulation, **simulation),
        device=str(device),
        threads=torch.get_num_threads(),
    )


@final
class _Training:
    """The state of one run, which its rounds share."""

    def __init__(
        self,
        config: RunConfig,
        student: Student,
        environment: CabinetEnv,
        expert: Expert,
        *,
        run: RunDirectory,
        console: Console,
    ) -> None:
        self._config = config
        self._environment = environment
        self.student = student
        self.run = run
        self.console = console
        self.dagger = Dagger(
            config.train,
            student=student,
            actor=create_actor(config, student, environment),
            environment=environment,
            expert=expert,
            seed=config.seed,
            standardizes=config.student.standardize_proprioception,
        )

    def describe(self) -> dict[str, str]:
        """Return what runs, for a person."""
        return describe(self._config, self.student, self._environment)

    def restore(self) -> int:
        """Go back to the end of the last finished round and return it; -1 if there is none.

        The replay buffer is not kept on disk: rollouts follow from seeds and weights, so they are
        run again, each by the student of its time.

        Raises:
            ConfigError: If files are damaged.
        """
        if not self.run.training_state.is_file():
            return -1
        last = self.dagger.load(self.run.training_state)
        if last < self._config.train.rounds:
            for round_index in range(last + 1):
                if round_index:
                    before = self.run.checkpoints / _checkpoint(round_index - 1)
                    load_checkpoint(before, self.student)
                self._collect(round_index, "again")
            self.dagger.load(self.run.training_state)
        return last

    def run_all(self, next_round: int, log: MetricsLog) -> list[Episode]:
        """Run every round from `next_round` on and return the outcomes of the final evaluation."""
        for round_index in range(next_round, self._config.train.rounds + 1):
            self._run_round(round_index, log)
        self.save(FINAL)
        return self._evaluate(FINAL)

    def _run_round(self, round_index: int, log: MetricsLog) -> None:
        start = time.monotonic()
        with self.dagger.learner.acting_weights():
            rollout = self._collect(round_index, "rollouts")
        loss = self._learn(round_index, log)
        name = _checkpoint(round_index)
        self.save(name)
        report = RoundReport(
            round_index=round_index,
            expert_share=self.dagger.expert_share(round_index),
            rollout=rollout,
            loss=loss,
            lr=self.dagger.learner.lr,
            steps=len(self.dagger.replay),
            seconds=time.monotonic() - start,
            evaluation=self._evaluate_round(round_index, name),
        )
        self.console.round(report)
        log.log(self.dagger.learner.num_updates, _metrics(report))
        self.dagger.save(self.run.training_state, round_index)

    def _collect(self, round_index: int, what: str) -> Rate:
        steps = self.dagger.num_rollouts(round_index) * self._environment.episode_steps
        with self.console.progress(f"round {round_index}: {what}", steps) as advance:
            return self.dagger.collect(round_index, advance)

    def _learn(self, round_index: int, log: MetricsLog) -> float:
        """Do the updates of a round and return the mean loss of the last ones."""
        count = self._config.train.updates_per_round
        with self.console.progress(f"round {round_index}: updates", count) as advance:
            updates = self.dagger.learn(advance)
            while block := list(islice(updates, _LOGGED_UPDATES)):
                loss, grad_norm = (
                    float(torch.stack(each).mean()) for each in zip(*block, strict=True)
                )
                values = {"train/loss": loss, "train/grad_norm": grad_norm}
                log.log(self.dagger.learner.num_updates, values)
        return loss

    def _evaluate_round(self, round_index: int, name: str) -> Rate | None:
        """Return the success rate on the training cabinets, in the rounds that measure it."""
        every = self._config.evaluation.every
        is_last = round_index == self._config.train.rounds
        if every is None or round_index % every or is_last:
            return None
        return summarize(self._evaluate(name))[0].rate

    def _evaluate(self, name: str) -> list[Episode]:
        with self.dagger.learner.acting_weights():
            return evaluate_splits(
                self._config,
                self.student,
                self._environment,
                console=self.console,
                run=self.run,
                name=name,
            )

    def save(self, name: str) -> None:
        """Write the student, with the weights that it acts with, as checkpoint `name`."""
        facts = {"name": name, "updates": self.dagger.learner.num_updates}
        with self.dagger.learner.acting_weights():
            save_checkpoint(self.run.checkpoints / name, self.student, facts)


def _checkpoint(round_index: int) -> str:
    return f"round_{round_index:03d}"


def _metrics(report: RoundReport) -> dict[str, float]:
    metrics = {
        "round/index": report.round_index,
        "round/expert_share": report.expert_share,
        "round/rollout_success": report.rollout.rate,
        "round/seconds": report.seconds,
        "round/replay_steps": report.steps,
        "train/lr": report.lr,
    }
    if report.evaluation is not None:
        metrics["evaluation/train_success"] = report.evaluation.rate
    return metrics
